"""Do-not-call files, read whatever their form: lines of numbers, the registry's, tables, workbooks, archives.

Plain lines and the registry have a fast way of their own (`dnc_lines`), for they may be of a hundred million lines. All
else is unpacked, decoded and cut into cells as a contact list is, and each record is looked at here.
"""

from __future__ import annotations

import codecs
import csv
import re
from itertools import islice
from typing import TYPE_CHECKING

from dialer.errors import SetupError
from dialer.lists.archives import DamagedArchiveError, LockedArchiveError
from dialer.lists.dialect import find_dialect
from dialer.lists.encoding import Decoding, find_decoding
from dialer.lists.filetype import Filetype, recognise
from dialer.lists.source import open_members
from dialer.lists.workbook import open_workbook
from dialer.numbers.reader import NumberReader
from dialer.screening.dnc_columns import find_table
from dialer.screening.dnc_lines import REGISTRY_LINE, LineReader
from dialer.screening.dnc_records import sheet_records, table_pages, text_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dialer.lists.source import Reading, Source
    from dialer.screening.dnc_lines import Bytes, DncPage

_HEAD = 1 << 16  #: bytes from which a file's form is told: twenty lines, and a title of several kilobytes above them
_SAMPLE = 20  #: lines by whose majority a file's form is told
_SHOWN = 8  #: headings in a sentence
_SIGNS = ",;\t|"
_BARE = _SIGNS + ' "\r'
_WIDE = ("utf-16", "utf-32")
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_CHANGE_LINE = re.compile(r'"?[0-9]{3}"?,[ ]?"?[0-9]{7}"?,.*')
_LINE_END = re.compile(r"\r\n?|\n")


def read_pages(path: Path, *, region: str | None, label: str) -> Iterator[tuple[str, DncPage]]:
    """Read a do-not-call file page by page, each with its name within a zip of many or a workbook, '' elsewhere.

    `label` is what sentences call the file. Raises SetupError when it cannot be read to its end or its form is
    none of those known.
    """
    try:
        for source in _members(path, label):
            name = source.member or ""
            for sheet, page in _read(source, region):
                yield ", ".join(filter(None, (name, sheet))), page
    except DamagedArchiveError as damaged:
        raise SetupError(f"{label} is a damaged archive ({damaged.problem}): fetch it anew") from damaged
    except LockedArchiveError as locked:
        raise SetupError(f"{label} is locked by a password: unpack it first") from locked


def _members(path: Path, label: str) -> Sequence[Source]:
    try:
        return open_members(path, label)
    except SetupError as refused:
        if isinstance(refused.__cause__, FileNotFoundError):
            raise SetupError(f"{label} is not there: {path}") from refused
        raise


def _read(source: Source, region: str | None) -> Iterator[tuple[str, DncPage]]:
    with source.open() as stream:
        head = stream.read(_HEAD)
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise SetupError(f"{source.label} is XML or HTML: get the list as text, one number a line")
    if head and recognise(source) is Filetype.WORKBOOK:
        yield from _sheets(source, region)
    else:
        yield from (("", page) for page in _TextFile(source, head).pages(region))


def _sheets(source: Source, region: str | None) -> Iterator[tuple[str, DncPage]]:
    """Read every sheet that can be seen: whoever is on any of them asked not to be called."""
    first = open_workbook(source)
    for name in (first.sheet, *first.others):
        rows = first if name == first.sheet else open_workbook(source, sheet=name)
        label = f"{source.label}, sheet {name!r}," if first.others else source.label
        reader, sample = NumberReader(region), [cells for _, cells in islice(sheet_records(rows), _SAMPLE)]
        found = find_table(sample, reader, may_lack_headings=True)
        if not found.columns.numbers:
            raise _no_heading(label, sample)
        pages = table_pages(sheet_records(rows), found, reader)
        yield from ((name if first.others else "", page) for page in pages)


class _TextFile:
    """A do-not-call file that is text, whose form is told by its first lines."""

    def __init__(self, source: Source, head: bytes) -> None:
        self._source = source
        self._begins_plain = head.isascii() and 0 not in head
        self._decoding = self._find_decoding(head)
        self._is_wide = self._decoding.encoding.startswith(_WIDE)
        text = codecs.getincrementaldecoder(self._decoding.encoding)("replace").decode(head[self._decoding.mark :])
        self._has_newlines = "\n" in text
        lines = _LINE_END.split(text)
        whole = lines[:-1] if len(head) == _HEAD else lines
        said = (line.strip() for line in whole if line.strip(_BARE) and not line.lstrip().startswith("#"))
        self._sample = tuple(islice(said, _SAMPLE))

    def _find_decoding(self, head: bytes) -> Decoding:
        """Find out how the file is text; of ASCII it is enough to know that it begins so, until cells are looked at."""
        if self._begins_plain:
            return Decoding("utf-8")
        try:
            decoding = find_decoding(self._source)
        except SetupError:
            if head.startswith(_MARKS):
                raise
            decoding = Decoding("latin-1", len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
        if 0 in head and not decoding.encoding.startswith(_WIDE):
            raise SetupError(f"{self._source.label} is not plain text: save it as text or CSV in UTF-8")
        return decoding

    def pages(self, region: str | None) -> Iterator[DncPage]:
        label, sample = self._source.label, self._sample
        if _mostly(REGISTRY_LINE, sample):
            return self._lines(LineReader(region, registry=True))
        if _mostly(_CHANGE_LINE, sample):
            raise SetupError(
                f"{label} looks like the registry's list of changes: get the full list, AAA,NNNNNNN a line"
            )
        delimiter = find_dialect("\n".join(sample)).delimiter
        reader, records = NumberReader(region), list(csv.reader(sample, delimiter=delimiter))
        found = find_table(records, reader)
        if found.columns.numbers:
            return table_pages(text_records(self._source, self._whole(), delimiter), found, reader)
        if sum(any(sign in line for sign in _SIGNS) for line in sample) * 2 > len(sample):
            raise _no_heading(label, records)
        return self._lines(LineReader(region))

    def _whole(self) -> Decoding:
        """Find out how the whole file is text; where that cannot be known, its digits are read nevertheless."""
        if not self._begins_plain:
            return self._decoding
        try:
            return find_decoding(self._source)
        except SetupError:
            return Decoding("latin-1")

    def _lines(self, reader: LineReader) -> Iterator[DncPage]:
        with self._source.open() as stream:
            stream.read(self._decoding.mark)
            text: Bytes = _Narrow(stream, self._decoding) if self._is_wide else stream
            yield from reader.pages(text if self._has_newlines else _Returns(text), self._source.label)


class _Narrow:
    """A text of two or four bytes a sign, with UTF-8 in its place."""

    def __init__(self, stream: Reading, decoding: Decoding) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(decoding.encoding)()

    def read(self, size: int, /) -> bytes:
        """Read on."""
        text, block = "", b"-"
        while block and not text:
            block = self._stream.read(size)
            text = self._decoder.decode(block, final=not block)
        return text.encode()


class _Returns:
    """A text whose lines end in CR alone, as old Macs write it, with LF in its place."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """Read on."""
        return self._stream.read(size).replace(b"\r", b"\n")


def _mostly(pattern: re.Pattern[str], sample: Sequence[str]) -> bool:
    return sum(pattern.fullmatch(line) is not None for line in sample) * 2 > len(sample)


def _no_heading(label: str, records: Sequence[Sequence[str]]) -> SetupError:
    told = ", ".join(records[0][:_SHOWN]) if records else ""
    return SetupError(f'{label} has no heading by which its numbers could be known ({told}): write "phone" above them')

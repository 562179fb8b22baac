"""Do-not-call files, read whatever their form: numbers one a line, tables with headings, the national registry's."""

from __future__ import annotations

import codecs
import csv
import io
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dialer.errors import SetupError
from dialer.numbers.reader import NumberReader
from dialer.screening.dnc_columns import Columns, find_columns
from dialer.screening.dnc_entries import MISSING, UNDIALLED, other_readings, read_entry
from dialer.screening.dnc_lines import REGISTRY_LINE, Bytes, LineReader, Page
from dialer.screening.dnc_members import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    Record: TypeAlias = tuple[int, list[str]]  #: the line a record begins on, and its cells

_HEAD = 1 << 16
_SAMPLE = 20
_BATCH = 1 << 10  #: records; with more, collecting garbage takes as long as reading
_LONGEST_NOTE = 200
_DELIMITERS = ",;\t|"
_BARE = _DELIMITERS + ' "\r'
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHANGE_LINE = re.compile(r'"?[0-9]{3}"?,[ ]?"?[0-9]{7}"?,.*')
_LINE_END = re.compile(r"\r\n?|\n")


def read_pages(path: Path, *, region: str | None, label: str) -> Iterator[tuple[str, Page]]:
    """Read a do-not-call file page by page, each with its name within a zip of many, '' elsewhere.

    `label` is what sentences call the file. Raises SetupError when it cannot be read to its end or its form is
    none of those known.
    """
    with members(path, label) as found:
        for member in found:
            inside = f"{label}, {member.name}," if member.name else label
            with member.open() as stream:
                head = stream.read(_HEAD)
            with member.open() as stream:
                if head.startswith(codecs.BOM_UTF8):
                    stream.read(len(codecs.BOM_UTF8))
                for page in _pages(stream, _sample(head, inside), region, inside, all_returns=b"\n" not in head):
                    yield member.name, page


def _sample(head: bytes, label: str) -> Sequence[str]:
    """Return the first lines with something on them; raises SetupError for what is no text."""
    text = head.removeprefix(codecs.BOM_UTF8)
    if head.startswith(_WIDE) or b"\0" in text:
        raise SetupError(f"{label} is not plain text: save it as text or CSV in UTF-8")
    if text.lstrip().startswith(b"<"):
        raise SetupError(f"{label} is XML or HTML: get the list as text, one number a line")
    lines = _LINE_END.split(text.decode("latin-1"))
    whole = lines[:-1] if len(head) == _HEAD else lines
    said = (line.strip() for line in whole if line.strip(_BARE) and not line.lstrip().startswith("#"))
    return tuple(islice(said, _SAMPLE))


def _pages(
    stream: IO[bytes], sample: Sequence[str], region: str | None, label: str, *, all_returns: bool
) -> Iterator[Page]:
    if _mostly(REGISTRY_LINE, sample):
        return LineReader(region, registry=True).pages(stream, label)
    if _mostly(_CHANGE_LINE, sample):
        raise SetupError(f"{label} looks like the registry's list of changes: get the full list, AAA,NNNNNNN a line")
    delimiter = max(_DELIMITERS, key=sample[0].count) if sample else ","
    records = list(csv.reader(sample, delimiter=delimiter))
    reader = NumberReader(region)
    columns = find_columns(records[0] if records else [], records[1:], reader)
    if columns.numbers:
        return _table_pages(stream, columns, delimiter, reader, label)
    if sum(any(sign in line for sign in _DELIMITERS) for line in sample) * 2 > len(sample):
        raise SetupError(
            f"{label} has no heading by which its numbers could be known ({', '.join(map(_decoded, records[0][:8]))}): "
            'write "phone" above them'
        )
    return LineReader(region).pages(_Returns(stream) if all_returns else stream, label)


class _Returns:
    """A text whose lines end in CR alone, as old Macs write it, with LF in its place."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """Read on."""
        return self._stream.read(size).replace(b"\r", b"\n")


def _mostly(pattern: re.Pattern[str], sample: Sequence[str]) -> bool:
    return sum(pattern.fullmatch(line) is not None for line in sample) * 2 > len(sample)


def _table_pages(
    stream: IO[bytes], columns: Columns, delimiter: str, reader: NumberReader, label: str
) -> Iterator[Page]:
    records = _records(stream, delimiter, label)
    next(records, None)
    while batch := list(islice(records, _BATCH)):
        yield _table_page(batch, columns, reader)


def _records(stream: IO[bytes], delimiter: str, label: str) -> Iterator[Record]:
    """Read the records with something in them, each with the line it begins on."""
    line = 1
    # Latin-1 keeps every byte, so that only the cells that are kept need their encoding known. Lines may end in CR.
    with io.TextIOWrapper(stream, "latin-1", newline=None) as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if any(cells) and not cells[0].startswith("#"):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as problem:
            raise SetupError(f"{label} is no CSV from line {line} on: {problem}") from problem


def _table_page(batch: Sequence[Record], columns: Columns, reader: NumberReader) -> Page:
    """Read one batch; a record is bad when it has no number, or something in a number's place that is none."""
    kept: list[tuple[int, str]] = []
    empty, unread = set(range(len(batch))), set()
    blocks: list[tuple[int, str]] = []
    for column in columns.numbers:
        cells = [_cell(cells, column) for _, cells in batch]
        numbers, told = reader.read_column(cells)
        kept += [(at, number) for at, number in enumerate(numbers) if number and at not in told]
        kept += [(at, number) for at, number in other_readings(reader, cells).items() if number != numbers[at]]
        entries = {at: read_entry(reader, cells[at]) for at in told}
        kept += [(at, number) for at, entry in entries.items() for number in entry.numbers]
        blocks += [(batch[at][0], cells[at]) for at, entry in entries.items() if entry.is_block]
        bad = {at: entry.code for at, entry in entries.items() if not entry.numbers and not entry.is_block}
        empty &= {at for at, code in bad.items() if code == MISSING}
        if column in columns.sure:
            unread |= {at for at, code in bad.items() if code != MISSING and code not in UNDIALLED}
    kept.sort()
    return Page(
        numbers=np.array([int(number) for _, number in kept], np.uint64),
        lines=np.array([batch[at][0] for at, _ in kept], np.uint32),
        bad=[(batch[at][0], ",".join(batch[at][1])) for at in sorted(empty | unread)],
        blocks=sorted(blocks),
        read=len(batch),
        last=batch[-1][0],
        note=None if columns.date is columns.reason is None else lambda at: _note(batch[kept[at][0]][1], columns),
    )


def _cell(cells: Sequence[str], column: int | None) -> str:
    return cells[column].strip() if column is not None and column < len(cells) else ""


def _note(cells: Sequence[str], columns: Columns) -> tuple[str, str]:
    return _clean(_cell(cells, columns.date)), _clean(_cell(cells, columns.reason))


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    return " ".join(_decoded(text).split())[:_LONGEST_NOTE]


def _decoded(text: str) -> str:
    """Read a cell kept byte by byte as UTF-8, else as what Windows writes."""
    given = text.encode("latin-1")
    try:
        return given.decode("utf-8")
    except UnicodeDecodeError:
        return given.decode("cp1252", "replace")

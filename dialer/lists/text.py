"""Reading a text file as records, at the speed of the csv module."""

from __future__ import annotations

import codecs
import csv
import io
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from dialer.collector import patient
from dialer.errors import SetupError
from dialer.lists.dialect import Dialect, find_dialect
from dialer.lists.encoding import Decoding, find_decoding
from dialer.lists.hidden_rows import NOTHING_HIDDEN
from dialer.lists.quotes import LARGEST_CELL, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dialer.lists.source import Reading, Source

_BLOCK = 1 << 17
_MANY_OBJECTS = 1_000_000
_END_OF_FILE = "\x1a"


class TextRows:
    """The records of a text file, numbered from 1 as a spreadsheet does; a quoted cell may have many lines."""

    def __init__(self, source: Source, decoding: Decoding, dialect: Dialect) -> None:
        """Hold what `open_text` found."""
        self._source = source
        self._decoding = decoding
        self._dialect = dialect
        self._reading: Reading | None = None
        self._is_cut = False
        self.cut_row: int | None = None  #: the row without a line end, once it has been read
        said = " ".join(filter(None, [decoding.said, "text", dialect.assumption]))
        self.assumptions = (f"read as {said}",) if said != "text" else ()
        self.warnings = (decoding.doubt,) if decoding.doubt else ()
        self.hidden, self.sheet = NOTHING_HIDDEN, ""

    def pages(self, size: int) -> Iterator[tuple[list[int], list[list[str]]]]:
        """Read the rows from the beginning; raises SetupError where the file stops being a list."""
        csv.field_size_limit(LARGEST_CELL)
        self._is_cut, self.cut_row = False, None
        with self._source.open() as self._reading:
            lines = text_lines(self._reading, self._decoding, self._dialect.skip, cut=self._note_cut)
            reader = csv.reader(lines, strict=True, delimiter=self._dialect.delimiter)
            row = 1
            try:
                while rows := _next(reader, size):
                    numbers = list(range(row, row + len(rows)))
                    row += len(rows)
                    self.cut_row = numbers[-1] if self._is_cut else None
                    if all(map(any, rows)):
                        yield numbers, rows
                    elif kept := [(number, cells) for number, cells in zip(numbers, rows, strict=True) if any(cells)]:
                        yield [number for number, _ in kept], [cells for _, cells in kept]
            except csv.Error as problem:
                raise self._explained(problem) from problem

    def bytes_read(self) -> int:
        """Return how much of the file the latest reading has used."""
        return self._reading.bytes_read() if self._reading is not None else 0

    def _note_cut(self) -> None:
        self._is_cut = True

    def _explained(self, problem: csv.Error) -> SetupError:
        with self._source.open() as reading:
            lines = text_lines(reading, self._decoding, self._dialect.skip)
            what = explain(lines, self._dialect.delimiter, skipped=1 if self._dialect.skip else 0)
        return SetupError(f"{self._source.label} is no list: {what or problem}")


def open_text(source: Source, *, encoding: str | None = None, delimiter: str | None = None) -> TextRows:
    """Find out how a file is text and what parts its cells; reads it to its end once.

    Raises SetupError when it is no text or cannot be read as one.
    """
    csv.field_size_limit(LARGEST_CELL)
    decoding = find_decoding(source, encoding)
    with source.open() as reading:
        dialect = find_dialect(next(_pieces(reading, decoding, 0)), delimiter)
    return TextRows(source, decoding, dialect)


def _next(reader: Iterator[list[str]], size: int) -> list[list[str]]:
    # Thousands of new lists are looked through again and again for rubbish that cannot be there: half of the time.
    with patient(_MANY_OBJECTS):
        return list(islice(reader, size))


def text_lines(
    reading: Reading, decoding: Decoding, skip: int = 0, *, cut: Callable[[], None] | None = None
) -> Iterator[str]:
    """Give the lines of a text with their line ends, from behind the first `skip` characters on.

    Where the last one has no line end, `cut` is called before it is given.
    """
    # A TextIOWrapper asks all layers beneath, for each line, whether they are closed; a StringIO has none.
    return chain.from_iterable(map(partial(io.StringIO, newline=""), _pieces(reading, decoding, skip, cut=cut)))


def _pieces(reading: Reading, decoding: Decoding, skip: int, *, cut: Callable[[], None] | None = None) -> Iterator[str]:
    """Read text in pieces that end where a line does, from behind the first `skip` characters on.

    Where the last one does not, `cut` is called before it is given.
    """
    decoder = codecs.getincrementaldecoder(decoding.encoding)()
    reading.read(decoding.mark)
    kept: list[str] = []
    while block := reading.read(_BLOCK):
        text = decoder.decode(block)
        # A CR at the end may be half of a line end; a line that is longer than a block is only put together once.
        end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
        if end:
            yield "".join([*kept, text[:end]])[skip:]
            skip, kept = 0, []
        kept.append(text[end:])
    last = "".join([*kept, decoder.decode(b"", final=True)])[skip:]
    if last.endswith(_END_OF_FILE):  # DOS programs end a file with a sign of its own, which is no row
        last = last.removesuffix(_END_OF_FILE)
    elif cut and last and last[-1] not in "\r\n":
        cut()
    yield last

"""Reading a text file as records, at the speed of the csv module or twice that, and telling where it is no list."""

from __future__ import annotations

import codecs
import csv
import io
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from dialer.errors import SetupError
from dialer.garbage_collection import patient
from dialer.lists.chunk import Columns
from dialer.lists.dialect import Dialect, find_dialect
from dialer.lists.encoding import Decoding, find_decoding
from dialer.lists.hidden_rows import NOTHING_HIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from dialer.lists.source import Reading, Source

    Page = tuple[list[int], list[list[str]]]

LARGEST_CELL = 1 << 20  #: characters; what is longer is no note but a quote that is never closed
_SHOWN = 20  #: characters behind a quote, to find the place by
_BLOCK = 1 << 17  #: bytes at a time: their text stays in the processor's cache
_MANY_OBJECTS = 1_000_000  #: more than the rows that are read at once: none of them are cycles
_END_OF_FILE = "\x1a"  #: Ctrl-Z


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

    def pages(self, size: int) -> Iterator[Page]:
        """Read the rows from the beginning; raises SetupError where the file stops being a list."""
        with self._opened() as pieces:
            yield from self._rows(pieces, 1, size)

    def tables(self, size: int, width: int) -> Iterator[tuple[list[int], list[list[str]] | Columns]]:
        """Read the rows as `pages` does, but give those as columns that have `width` cells without quotes.

        That takes half of the time: most lists have no other rows.
        """
        row = 1
        with self._opened() as pieces:
            for piece in pieces:
                if columns := split_columns(piece, self._dialect.delimiter, width):
                    rows = range(row, row + len(columns[0]))
                    for at in range(0, len(rows), size):
                        yield list(rows[at : at + size]), Columns([column[at : at + size] for column in columns])
                    row = rows.stop
                else:  # a quoted cell may go on in the next piece
                    row = yield from self._rows(chain([piece], pieces if '"' in piece else ()), row, size)

    @contextmanager
    def _opened(self) -> Iterator[Iterator[str]]:
        """Give the text in pieces that end where a line does; what the csv module refuses in them is a SetupError."""
        csv.field_size_limit(LARGEST_CELL)
        self._is_cut, self.cut_row = False, None
        with self._source.open() as self._reading:
            try:
                yield _pieces(self._reading, self._decoding, self._dialect.skip, cut=self._note_cut)
            except csv.Error as problem:
                raise self._explained(problem) from problem

    def _rows(self, pieces: Iterable[str], row: int, size: int) -> Generator[Page, None, int]:
        """Read rows with the csv module, numbered from `row` on; return the number of the one behind them."""
        reader = csv.reader(_lines(pieces), strict=True, delimiter=self._dialect.delimiter)
        while rows := _read_rows(reader, size):
            numbers = list(range(row, row + len(rows)))
            row += len(rows)
            self.cut_row = numbers[-1] if self._is_cut else None
            if all(map(any, rows)):
                yield numbers, rows
            elif kept := [(number, cells) for number, cells in zip(numbers, rows, strict=True) if any(cells)]:
                yield [number for number, _ in kept], [cells for _, cells in kept]
        return row

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


def _read_rows(reader: Iterator[list[str]], size: int) -> list[list[str]]:
    # Thousands of new lists are looked through again and again for rubbish that cannot be there: half of the time.
    with patient(_MANY_OBJECTS):
        return list(islice(reader, size))


def text_lines(
    reading: Reading, decoding: Decoding, skip: int = 0, *, cut: Callable[[], None] | None = None
) -> Iterator[str]:
    """Give the lines of a text with their line ends, from behind the first `skip` characters on.

    Where the last one has no line end, `cut` is called before it is given.
    """
    return _lines(_pieces(reading, decoding, skip, cut=cut))


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    # A TextIOWrapper asks all layers beneath, for each line, whether they are closed; a StringIO has none.
    return chain.from_iterable(map(partial(io.StringIO, newline=""), pieces))


def split_columns(text: str, delimiter: str, width: int) -> list[list[str]]:
    """Return the columns of whole lines that all have `width` cells.

    There are none where only the csv module can tell: with quotes, empty rows, or rows of another width.
    """
    end = "\r\n" if "\r" in text else "\n"
    count = text.count(end)
    if '"' in text or not text.endswith(end) or len(text) > LARGEST_CELL:
        return []
    if text.count("\n") != count or text.count("\r") != count * (len(end) - 1):
        return []
    # With a line end as the last cell of every row, the rows are of one width where it comes at even distances.
    cells = text.replace(end, f"{delimiter}\n{delimiter}").split(delimiter)
    *columns, ends = (cells[at : -1 : width + 1] for at in range(width + 1))
    if len(cells) != count * (width + 1) + 1 or ends.count("\n") != count:
        return []
    return columns if "" not in columns[0] or all(map(any, zip(*columns, strict=True))) else []


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


class _Quote(NamedTuple):
    opened: int  #: line within the record, from 0
    closed: int | None = None
    behind: str = ""


def explain(lines: Iterable[str], delimiter: str, *, skipped: int = 0) -> str:
    """Return what is wrong with the first record that cannot be read, by line and row; empty when all can.

    `skipped` lines stand before the first of `lines`.
    """
    record: list[str] = []
    row = 1
    reader = csv.reader(_remembering(lines, record), strict=True, delimiter=delimiter)
    try:
        for _ in reader:
            record.clear()
            row += 1
    except csv.Error as problem:
        first_line = reader.line_num - len(record) + 1 + skipped
        return _told(_find_quote(record, delimiter), first_line, row, str(problem))
    return ""


def _told(quote: _Quote | None, first_line: int, row: int, problem: str) -> str:
    too_large = f"row {row} has a cell of more than {LARGEST_CELL:,} characters"
    if quote is None:
        return too_large if "limit" in problem else f"row {row} cannot be read ({problem})"
    opened = f"a quote is opened on line {first_line + quote.opened} (row {row})"
    if quote.closed is not None:
        return (
            f"{opened} and closed on line {first_line + quote.closed} in the middle of a cell, "
            f"before {quote.behind!r}: close it at the end of the cell, and double quotes within"
        )
    if "limit" in problem:
        return f"{too_large}: {opened} and, it seems, never closed"
    return f"{opened} and never closed"


def _remembering(lines: Iterable[str], record: list[str]) -> Iterator[str]:
    for line in lines:
        record.append(line)
        yield line


def _find_quote(record: list[str], delimiter: str) -> _Quote | None:
    """Return the quote at which a record goes wrong, as the csv module reads it."""
    opened: int | None = None
    for number, line in enumerate(record):
        at, end = 0, len(line)
        while at < end:
            if opened is None:
                if line[at] != '"':
                    at = _behind_cell(line, at, delimiter)
                    continue
                opened, at = number, at + 1
            at = line.find('"', at)
            if at < 0:
                break
            behind = line[at + 1 : at + 2]
            if behind == '"':
                at += 2
            elif behind in ("", delimiter, "\r", "\n"):
                opened, at = None, at + 2
            else:
                return _Quote(opened, number, line[at + 1 : at + 1 + _SHOWN].rstrip("\r\n"))
    return None if opened is None else _Quote(opened)


def _behind_cell(line: str, at: int, delimiter: str) -> int:
    place = line.find(delimiter, at)
    return len(line) if place < 0 else place + 1

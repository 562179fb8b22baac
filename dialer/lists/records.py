"""A list's records: its headings and rows, verbatim as text, from any file people keep lists in.

What a table cannot hold is seen to before there is one: headings that come twice and rows of another width.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.lists.chunk import Columns, make_chunk
from dialer.lists.filetype import Filetype, recognise
from dialer.lists.headings import Heading, find_heading
from dialer.lists.source import open_source
from dialer.lists.text import TextRows, open_text
from dialer.lists.workbook import open_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dialer.lists.chunk import Chunk
    from dialer.lists.hidden_rows import HiddenRows
    from dialer.lists.source import Source

Page = tuple[list[int], list[list[str]]]

_MOST_ROWS = 4_000  #: at once: with more, their cells would leave the processor's cache between two rules
_MOST_CELLS = 100_000  #: at once, where a list is wide
_MOST_SHEETS = 20  #: looked into for headings: for each of them the whole workbook is read again


class Content(Protocol):
    """Numbered rows of cells, from the first record of a file to the last; empty rows count and are left out."""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What had to be assumed to read it, a sentence each."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the file has already lost, a sentence each."""

    @property
    def sheet(self) -> str:
        """The name of the sheet that is read, '' where there are none."""

    @property
    def hidden(self) -> HiddenRows:
        """Which rows a sheet does not show."""

    @property
    def cut_row(self) -> int | None:
        """The last row, where the file ends without ending it; None until it has been read, and where it is ended."""

    def pages(self, size: int) -> Iterator[Page]:
        """Read the rows from the beginning, `size` at a time; raises SetupError where that is impossible."""

    def bytes_read(self) -> int:
        """Return how much of the file the latest reading has used."""


class Records:
    """A list under its headings that can be read again and again; rows have the numbers a spreadsheet shows."""

    def __init__(
        self,
        content: Content,
        heading: Heading,
        *,
        source: Source | None = None,
        dials_hidden: bool = False,
        assumptions: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        """Hold what `open_records` found; rows up to that of the `heading` are no contacts.

        `source` is the file, where there is one. Rows that a sheet hides are not dialled unless `dials_hidden`. `hint`
        says where else the headings may be, where they name no phone column.
        """
        self.headings = heading.cells
        self.digest, self.size = (source.digest, source.size) if source else ("", 0)  #: of the bytes as given
        self.hidden = content.hidden.after(heading.row)  #: rows of contacts that the sheet does not show
        self.dials_hidden = dials_hidden
        said = (heading.assumption, self.hidden.said(dialled=dials_hidden))
        self.assumptions = (*content.assumptions, *assumptions, *filter(None, said))
        self.hints = tuple(filter(None, (heading.hint, hint)))
        self.content = content
        self._heading_row = heading.row

    @property
    def cut_row(self) -> int | None:
        """The row that the file does not end, once the list has been read to it: it may have been cut off."""
        return self.content.cut_row

    def prove_readable(self) -> None:
        """Read to the end without keeping anything; raises SetupError where the file stops being a list."""
        for _ in self.pages(_MOST_ROWS):
            pass

    def pages(self, size: int) -> Iterator[Page]:
        """Read up to `size` rows at a time, from the first contact on: their numbers and their cells.

        Cells are the file's own text. Wholly empty rows are passed over; a row of another width than the
        headings comes as it is. Raises SetupError where the file stops being a list.
        """
        for numbers, rows in self.content.pages(size):
            after = bisect_right(numbers, self._heading_row)
            if after < len(numbers):
                yield numbers[after:], rows[after:]

    def chunks(self, size: int = _MOST_ROWS) -> Iterator[Chunk]:
        """Read the rows from the beginning as tables of up to `size` rows; empty ones are passed over.

        Empty cells beyond the headings are cut off, and missing ones under headings that are empty themselves
        are added: spreadsheets write the one and leave out the other. Raises SetupError where the file stops
        being a list.
        """
        width = len(self.headings)
        for rows, cells in self._tables(max(1, min(size, _MOST_CELLS // width)), width):
            if not isinstance(cells, Columns) and set(map(len, cells)) != {width}:
                self._fit(cells)
            yield make_chunk(
                self.headings,
                rows,
                cells,
                bytes_read=self.content.bytes_read(),
                hidden=[at for at, row in enumerate(rows) if row in self.hidden] if self.hidden else (),
                cut=len(rows) - 1 if self.cut_row == rows[-1] else None,
            )

    def _tables(self, size: int, width: int) -> Iterator[tuple[list[int], list[list[str]] | Columns]]:
        """Read rows as `pages` does; in a text those of the list's width come as columns."""
        if not isinstance(self.content, TextRows):
            yield from self.pages(size)
            return
        for numbers, cells in self.content.tables(size, width):
            after = bisect_right(numbers, self._heading_row)
            if after < len(numbers):
                yield numbers[after:], cells.below(after) if isinstance(cells, Columns) else cells[after:]

    def _fit(self, cells: list[list[str]]) -> None:
        """Bring rows to the list's width where that costs nothing."""
        width = len(self.headings)
        least = next((width - at for at, name in enumerate(reversed(self.headings)) if name.strip()), width)
        for position, own in enumerate(cells):
            if len(own) > width and not any(own[width:]):
                cells[position] = own[:width]
            elif least <= len(own) < width:
                cells[position] = own + [""] * (width - len(own))


def open_records(path: Path, rules: ListRules | None = None) -> Records:
    """Find out how a list is to be read, and read its headings; what the rules say is not found out.

    Raises SetupError with a sentence for the person who made the file when it is no list.
    """
    rules = rules or ListRules()
    source = open_source(path)
    records = partial(Records, source=source, dials_hidden=rules.hidden == "dial")
    if recognise(source) is Filetype.WORKBOOK:
        return _of_workbook(source, rules, records)
    content = open_text(source, encoding=rules.encoding, delimiter=rules.delimiter)
    said = [f"a text file has no sheets: [list] sheet = {rules.sheet!r} is left aside"] if rules.sheet else []
    return records(content, _heading(source, content, rules), assumptions=said)


def _of_workbook(source: Source, rules: ListRules, records: Callable[..., Records]) -> Records:
    """Read the sheet the rules name, else the first that is not empty, else the only one that names a phone column."""
    content = open_workbook(source, sheet=rules.sheet)
    heading = _heading(source, content, rules)
    if heading.is_sure or not content.others:
        return records(content, heading)
    found = []
    for name in content.others[:_MOST_SHEETS]:
        other = open_workbook(source, sheet=name)
        with suppress(SetupError):
            if (its := _heading(source, other, rules)).is_sure:
                found.append((name, other, its))
    if len(found) == 1:
        ((name, other, its),) = found
        said = f"read from sheet {name!r}, the only one with a phone column; the workbook also has {content.sheet!r}"
        return records(other, its, assumptions=[said])
    sheets = ", ".join(repr(name) for name, *_ in found) or ", ".join(map(repr, content.others))
    hint = f"the workbook has more sheets, {sheets}: say which with [list] sheet, or --sheet"
    return records(content, heading, hint=hint)


def _heading(source: Source, content: Content, rules: ListRules) -> Heading:
    if rules.headings is not None:
        return Heading(0, rules.headings, is_sure=True)
    parted = rules.delimiter is not None
    return find_heading(content, source.label, wanted=rules.phone, given=rules.header_row, parted=parted)

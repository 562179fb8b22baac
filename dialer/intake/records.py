"""A list's records: its headings and rows, verbatim as text, from any file people keep lists in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dialer.errors import SetupError
from dialer.intake.filetype import Filetype, recognise
from dialer.intake.headings import find_heading
from dialer.intake.source import open_source
from dialer.intake.text import open_text
from dialer.intake.workbook import open_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dialer.intake.source import Source

Page = tuple[list[int], list[list[str]]]


class Content(Protocol):
    """Numbered rows of cells, from the first record of a file to the last; empty rows count and are left out."""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What had to be assumed to read it, a sentence each."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the file has already lost, a sentence each."""

    def pages(self, size: int) -> Iterator[Page]:
        """Read the rows from the beginning, `size` at a time; raises SetupError where that is impossible."""

    def bytes_read(self) -> int:
        """Return how much of the file the latest reading has used."""


class Records:
    """A list that can be read again and again; rows have the numbers a spreadsheet shows."""

    def __init__(self, source: Source, content: Content, *, headings: tuple[str, ...], heading_row: int) -> None:
        """Hold what `open_records` found; rows up to `heading_row` are no contacts."""
        self.digest = source.digest
        self.size = source.size  #: bytes of the file as given
        self.headings = headings
        self.assumptions = content.assumptions
        self.warnings = content.warnings
        self._content = content
        self._heading_row = heading_row

    def pages(self, size: int) -> Iterator[Page]:
        """Read up to `size` rows at a time, from the first contact on: their numbers and their cells.

        Cells are the file's own text. Wholly empty rows are passed over; a row of another width than the
        headings comes as it is. Raises SetupError where the file stops being a list.
        """
        for numbers, rows in self._content.pages(size):
            if numbers[0] > self._heading_row:
                yield numbers, rows
            elif (after := numbers.index(self._heading_row) + 1) < len(numbers):
                yield numbers[after:], rows[after:]

    def bytes_read(self) -> int:
        """Return how many of the `size` bytes the latest reading has used."""
        return self._content.bytes_read()


def open_records(
    path: Path,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    headings: tuple[str, ...] | None = None,
) -> Records:
    """Find out how a list is to be read, and read its headings; what is given is not found out.

    Raises SetupError with a sentence for the person who made the file when it is no list.
    """
    source = open_source(path)
    kind = recognise(source)
    content: Content
    if kind is Filetype.WORKBOOK:
        content = open_workbook(source, sheet=sheet)
    elif sheet is not None:
        raise SetupError(f"{source.label} is a text file and has no sheet {sheet!r}: leave [list] sheet out")
    else:
        content = open_text(source, encoding=encoding, delimiter=delimiter)
    if headings is not None:
        return Records(source, content, headings=headings, heading_row=0)
    row, found = find_heading(content, source.label)
    return Records(source, content, headings=found, heading_row=row)

"""A contact list as records under its headings: which rows fit them, and which do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.problem import Problem, quoted
from dialer.lists.chunk import make_chunk
from dialer.lists.records import open_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dialer.domain.campaign import ListRules
    from dialer.lists.chunk import Chunk
    from dialer.lists.records import Records

_MOST_ROWS = 4_000
_MOST_CELLS = 100_000
_SHOWN = 5  #: cells too many


class Table:
    """A contact list whose headings have been read; it can be read again and again."""

    hints: tuple[str, ...] = ()  #: where the headings may be, if those that were read name no phone column
    dials_hidden = False

    def __init__(self, records: Records, *, dials_hidden: bool = False) -> None:
        """Hold what `open_table` found; rows that a sheet hides are not dialled unless `dials_hidden`."""
        self.dials_hidden = dials_hidden
        self._records = records
        self.headings = records.headings
        self.digest = records.digest  #: the SHA-256 of the file
        self.size = records.size  #: bytes of the file
        self.assumptions = (*records.assumptions, *filter(None, [records.hidden.said(dialled=dials_hidden)]))
        self.warnings = records.warnings
        self.hints = records.hints
        width = len(self.headings)
        self._width = width
        self._least = next((width - at for at, name in enumerate(reversed(self.headings)) if name.strip()), width)
        # As many rows at once as pay, but no more cells than are handy where a list is wide.
        self._page = max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, width)))

    @property
    def cut_row(self) -> int | None:
        """The row that the file does not end, once the list has been read to it."""
        return self._records.cut_row

    def prove_readable(self) -> None:
        """Read to the end without keeping anything; raises SetupError where the file stops being a list."""
        for _ in self._records.pages(self._page):
            pass

    def chunks(self) -> Iterator[Chunk]:
        """Read the rows from the beginning; empty ones are passed over.

        Empty cells beyond the headings are cut off, and missing ones under headings that are empty themselves
        are added: spreadsheets write the one and leave out the other. Raises SetupError where the file stops
        being a list.
        """
        hidden = self._records.hidden
        for rows, cells in self._records.pages(self._page):
            if set(map(len, cells)) != {self._width}:
                self._fit(cells)
            unseen = [at for at, row in enumerate(rows) if row in hidden] if hidden else ()
            cut = len(rows) - 1 if self._records.cut_row == rows[-1] else None
            yield make_chunk(self.headings, rows, cells, bytes_read=self._records.bytes_read(), hidden=unseen, cut=cut)

    def _fit(self, cells: list[list[str]]) -> None:
        """Bring rows to the list's width where that costs nothing."""
        for position, own in enumerate(cells):
            if len(own) > self._width and not any(own[self._width :]):
                cells[position] = own[: self._width]
            elif self._least <= len(own) < self._width:
                cells[position] = own + [""] * (self._width - len(own))


def open_table(path: Path, rules: ListRules | None = None) -> Table:
    """Find out how a list is to be read, by the rules if there are any; raises SetupError when it is no list."""
    return Table(open_records(path, rules), dials_hidden=rules is not None and rules.hidden == "dial")


def misfit(cells: Sequence[str], width: int) -> Problem:
    """Say of a row that it is wider or narrower than its list."""
    what = f"{len(cells)} cells under {width} headings"
    if extra := cells[width:]:
        shown = [*map(quoted, extra[:_SHOWN]), *(["…"] if len(extra) > _SHOWN else [])]
        what += f"; too many: {', '.join(shown)}"
    return Problem("row-width", what)

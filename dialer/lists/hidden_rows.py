"""Which rows of a sheet are hidden, by a filter or by hand."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 5  #: stretches in a sentence of one line


@dataclass(frozen=True, slots=True)
class HiddenRows:
    """Rows that a sheet does not show, as first and last rows of stretches, in order; and whether a filter is set."""

    stretches: Sequence[tuple[int, int]] = ()
    filtered: bool = False
    _starts: Sequence[int] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        """Make the rows quick to look up."""
        object.__setattr__(self, "_starts", [first for first, _ in self.stretches])

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self.stretches)

    def __contains__(self, row: int) -> bool:
        """Say whether a row is hidden."""
        at = bisect_right(self._starts, row) - 1
        return at >= 0 and row <= self.stretches[at][1]

    def after(self, row: int) -> HiddenRows:
        """Give those below a row."""
        left = [(max(first, row + 1), last) for first, last in self.stretches if last > row]
        return HiddenRows(left, self.filtered)

    def said(self, *, dialled: bool) -> str:
        """Say which rows are hidden and what becomes of them, '' where none is."""
        if not self.stretches:
            return ""
        shown = ", ".join(map(_stretch, self.stretches[:_SHOWN])) + (", ..." if len(self.stretches) > _SHOWN else "")
        count = sum(last - first + 1 for first, last in self.stretches)
        rows = f"row {shown} is" if count == 1 else f"{count:,} rows ({shown}) are"
        by = ", by a filter" if self.filtered else ""
        what = "dialled all the same" if dialled else 'not dialled; [list] hidden = "dial" dials what is hidden, too'
        return f"{rows} hidden in the sheet{by}, and {what}"


NOTHING_HIDDEN = HiddenRows()


def _stretch(rows: tuple[int, int]) -> str:
    first, last = rows
    return str(first) if first == last else f"{first}-{last}"

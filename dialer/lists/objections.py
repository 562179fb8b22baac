"""What a list itself says against ringing somebody, by row and by number: one such row binds all rows of its number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dialer.domain.call import Outcome
from dialer.domain.problem import Problem
from dialer.errors import DialerError
from dialer.lists.duplicates import RowIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from dialer.domain.sheet import Sheet

    Meant = Callable[[str], Iterable[str]]


class ReadAgainError(DialerError):
    """A row objects to a number that an earlier row has been given for: the list has to be read again."""


class Objections:
    """The numbers that rows of a list say not to ring, each with the first such row.

    `meant` gives every number that a phone cell could mean, in E.164; `phones` are the places of such cells: whoever
    asked not to be called is not called by another of their numbers either.
    """

    def __init__(self, meant: Meant, phones: Sequence[int]) -> None:
        """Know of none yet."""
        self._meant = meant
        self._phones = phones
        self._index = RowIndex()
        self._any = False

    def look_at(self, sheet: Sheet) -> NDArray[np.uint64]:
        """Remember the numbers of rows that are suppressed, and return them."""
        said = [at for at in sheet.problems if sheet.outcome(at) is Outcome.SUPPRESSED]
        found = [(int(number), sheet.rows[at]) for at in said for number in self._numbers(sheet, at)]
        numbers = np.fromiter((number for number, _ in found), np.uint64, len(found))
        if found:
            self._any = True
            self._index.keep_first(numbers, np.fromiter((row for _, row in found), np.uint32, len(found)))
        return numbers

    def apply(self, sheet: Sheet) -> Sheet:
        """Give the sheet with every row suppressed whose number another row says not to ring, invalid ones too."""
        if not self._any:
            return sheet
        said = {**self._of_sound(sheet), **self._of_invalid(sheet)}
        if not said:
            return sheet
        problems = {
            **sheet.problems,
            **{at: (_told(row), *sheet.problems.get(at, ())) for at, row in said.items()},
        }
        warnings = {at: warning for at, warning in sheet.warnings.items() if at not in said}
        return replace(sheet, problems=dict(sorted(problems.items())), warnings=warnings)

    def _of_sound(self, sheet: Sheet) -> dict[int, int]:
        numbers = numbers_of(sheet)
        numbers[list(sheet.problems)] = 0
        positions = np.flatnonzero(numbers)
        rows = self._index.find(numbers[positions])
        found = np.flatnonzero(rows)
        return dict(zip(positions[found].tolist(), rows[found].tolist(), strict=True))

    def _of_invalid(self, sheet: Sheet) -> dict[int, int]:
        """Find invalid rows of such numbers: mended, they would be rung."""
        found: dict[int, int] = {}
        invalid = (at for at in sheet.problems if sheet.outcome(at) is not Outcome.SUPPRESSED)
        pairs = [(at, int(number)) for at in invalid for number in self._numbers(sheet, at)]
        rows = self._index.find(np.fromiter((number for _, number in pairs), np.uint64, len(pairs)))
        for (at, _), row in zip(pairs, rows.tolist(), strict=True):
            if row:
                found.setdefault(at, row)
        return found

    def _numbers(self, sheet: Sheet, at: int) -> Sequence[str]:
        number, own = sheet.numbers[at], sheet.cells[at]
        cells = {own[place] for place in self._phones if place < len(own)} - {number}
        meant = (each for cell in cells if cell for each in self._meant(cell))
        return [*([number] if number else ()), *meant]


def numbers_of(sheet: Sheet) -> NDArray[np.uint64]:
    """Return the numbers of a sheet as integers, 0 where there is none."""
    digits = [number or "0" for number in sheet.numbers]
    return np.fromiter(map(int, digits), np.uint64, len(digits))


def _told(row: int) -> Problem:
    return Problem("do-not-call", f"row {row} of this list says that the number must not be rung")

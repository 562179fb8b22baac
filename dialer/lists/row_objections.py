"""What a list itself says against ringing somebody, by row and by number: one such row binds all rows of its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dialer.domain.call import Outcome
from dialer.domain.problem import Problem
from dialer.errors import DialerError
from dialer.lists.duplicates import RowIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from dialer.lists.screened import ScreenedChunk

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

    def look_at(self, screened: ScreenedChunk) -> NDArray[np.uint64]:
        """Remember the numbers of rows that are suppressed, and return them."""
        rows = screened.rows
        said = [at for at in screened.problems if screened.outcome(at) is Outcome.SUPPRESSED]
        found = [(int(number), rows[at]) for at in said for number in self._numbers(screened, at)]
        numbers = np.fromiter((number for number, _ in found), np.uint64, len(found))
        if found:
            self._any = True
            self._index.keep_first(numbers, np.fromiter((row for _, row in found), np.uint32, len(found)))
        return numbers

    def apply(self, screened: ScreenedChunk) -> ScreenedChunk:
        """Give the rows with every row suppressed whose number another row says not to ring, invalid ones too."""
        if not self._any:
            return screened
        problems = {}
        for at, row in {**self._of_sound(screened), **self._of_invalid(screened)}.items():
            told = Problem("do-not-call", f"row {row} of this list says that the number must not be rung")
            problems[at] = (told, *screened.problems.get(at, ()))
        return screened.refusing(problems)

    def _of_sound(self, screened: ScreenedChunk) -> dict[int, int]:
        positions, numbers = sound_numbers(screened)
        rows = self._index.find(numbers)
        found = np.flatnonzero(rows)
        return dict(zip(positions[found].tolist(), rows[found].tolist(), strict=True))

    def _of_invalid(self, screened: ScreenedChunk) -> dict[int, int]:
        """Find invalid rows of such numbers: mended, they would be rung."""
        found: dict[int, int] = {}
        invalid = (at for at in screened.problems if screened.outcome(at) is not Outcome.SUPPRESSED)
        pairs = [(at, int(number)) for at in invalid for number in self._numbers(screened, at)]
        rows = self._index.find(np.fromiter((number for _, number in pairs), np.uint64, len(pairs)))
        for (at, _), row in zip(pairs, rows.tolist(), strict=True):
            if row:
                found.setdefault(at, row)
        return found

    def _numbers(self, screened: ScreenedChunk, at: int) -> Sequence[str]:
        number = screened.numbers[at]
        cells = {screened.chunk.columns[place][at] for place in self._phones} - {number}
        meant = (each for cell in cells if cell for each in self._meant(cell))
        return [*([number] if number else ()), *meant]


def sound_numbers(screened: ScreenedChunk) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the positions of the rows that may be dialled, and their numbers as integers."""
    digits = np.array([int(number or 0) for number in screened.numbers], np.uint64)
    digits[list(screened.problems)] = 0
    positions = np.flatnonzero(digits)
    return positions, digits[positions]

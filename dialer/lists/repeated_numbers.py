"""Rows of a list whose number another row is dialled for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dialer.domain.problem import Problem
from dialer.lists.objections import numbers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dialer.domain.sheet import Sheet
    from dialer.lists.duplicates import RowIndex


def numbers_and_rows(sheet: Sheet) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint32]]:
    """Return the positions of the rows that may be dialled, their numbers as integers, and the rows."""
    numbers = numbers_of(sheet)
    numbers[list(sheet.problems)] = 0
    positions = np.flatnonzero(numbers)
    return positions, numbers[positions], np.fromiter(sheet.rows, np.uint32, len(numbers))[positions]


def without_duplicates(sheet: Sheet, index: RowIndex, *, phone: int, heading: str) -> Sheet:
    """Give the sheet with a problem for every row whose number another row is dialled for.

    `index` knows which; the cell of the number is at the place `phone`, under `heading`.
    """
    positions, numbers, rows = numbers_and_rows(sheet)
    dialled = index.keep_first(numbers, rows)
    again = np.flatnonzero(dialled != rows)
    if not len(again):
        return sheet
    problems = dict(sheet.problems)
    for position, row in zip(positions[again].tolist(), dialled[again].tolist(), strict=True):
        problem = Problem("duplicate", f"the same number as row {row}", heading, sheet.cells[position][phone])
        problems[position] = (problem,)
    warnings = {at: warning for at, warning in sheet.warnings.items() if at not in problems}
    return replace(sheet, problems=dict(sorted(problems.items())), warnings=warnings)

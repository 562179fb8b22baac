"""Rows of a list whose number another row is dialled for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dialer.domain.problem import Problem
from dialer.lists.row_objections import sound_numbers

if TYPE_CHECKING:
    from dialer.lists.duplicates import RowIndex
    from dialer.lists.screened import ScreenedChunk


def keep_last(screened: ScreenedChunk, index: RowIndex) -> None:
    """Let the index remember these rows for their numbers, in place of earlier ones."""
    positions, numbers = sound_numbers(screened)
    index.keep_last(numbers, _rows(screened)[positions])


def without_duplicates(screened: ScreenedChunk, index: RowIndex, *, phone: int) -> ScreenedChunk:
    """Give the rows with a problem for every one whose number another row is dialled for.

    `index` knows which, and learns it here; the cell of the number is at the place `phone`.
    """
    positions, numbers = sound_numbers(screened)
    rows = _rows(screened)[positions]
    dialled = index.keep_first(numbers, rows)
    again = np.flatnonzero(dialled != rows)
    heading = screened.chunk.headings[phone]
    return screened.refusing(
        {
            at: (Problem("duplicate", f"the same number as row {row}", heading, screened.chunk.columns[phone][at]),)
            for at, row in zip(positions[again].tolist(), dialled[again].tolist(), strict=True)
        }
    )


def _rows(screened: ScreenedChunk) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.fromiter(screened.rows, np.uint32, len(screened))

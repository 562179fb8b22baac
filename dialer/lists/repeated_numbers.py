"""Rows of a list whose number another row is dialled for, or which say that they are who another row is."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from dialer.domain.problem import Problem
from dialer.lists.row_objections import sound_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


def keep_last_keys(screened: ScreenedChunk, index: RowIndex) -> None:
    """Let the index remember these rows for their keys, in place of earlier ones."""
    positions, keys = _sound_keys(screened)
    index.keep_last(keys, _rows(screened)[positions])


def without_same_key(screened: ScreenedChunk, index: RowIndex) -> ScreenedChunk:
    """Give the rows with a problem for every one that another row of its key is dialled for; `index` is of keys."""
    if screened.key is None:
        return screened
    positions, keys = _sound_keys(screened)
    rows = _rows(screened)[positions]
    dialled = index.keep_first(keys, rows)
    again = np.flatnonzero(dialled != rows)
    heading, cells = screened.chunk.headings[screened.key], screened.chunk.columns[screened.key]
    return screened.refusing(
        {
            at: (Problem("duplicate", f"the same key as row {row}", heading, cells[at]),)
            for at, row in zip(positions[again].tolist(), dialled[again].tolist(), strict=True)
        }
    )


def _sound_keys(screened: ScreenedChunk) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the positions of the rows that may be dialled and have a key, and their keys as integers.

    These are 64 bits of a digest: that any two of a million keys are taken for one happens in one of 37 million lists.
    """
    known = [(at, key) for at, key in enumerate(screened.keys()) if key and at not in screened.problems]
    digests = (int.from_bytes(blake2b(key.encode(errors="replace"), digest_size=8).digest()) or 1 for _, key in known)
    positions = np.fromiter((at for at, _ in known), np.int64, len(known))
    return positions, np.fromiter(digests, np.uint64, len(known))


def _rows(screened: ScreenedChunk) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.fromiter(screened.rows, np.uint32, len(screened))

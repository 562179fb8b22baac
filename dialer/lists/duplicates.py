"""Which row of a list has a number: exact, some 20 bytes a number, a whole column at a time."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Keys: TypeAlias = "NDArray[np.uint64]"
Rows: TypeAlias = "NDArray[np.uint32]"

_FIRST_BITS = 18  #: 180,000 numbers in 3 MB: most lists need no second table
_LAST_BITS = 22  #: 50 MB: memory grows by no more than that at once
_MET_BITS = 27  #: 16 MB that tell most new numbers from known ones in one look
#: 2 ** 64 by the golden ratio, which sets numbers that follow one another far apart; odd, so that multiplying loses
#: nothing, and what is kept is still the number.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class RowIndex:
    """Remembers one row for each number it is shown.

    A number is its E.164 digits as an integer of at most 64 bits, and not 0. Memory grows in steps of 50 MB at
    most, and nothing is ever copied from a small table to a larger one.
    """

    def __init__(self, *, first_bits: int = _FIRST_BITS, last_bits: int = _LAST_BITS) -> None:
        """Remember nothing yet; tables have 2 ** `first_bits` places, then twice as many, up to `last_bits`."""
        self._tables: list[_Table] = []
        self._met = np.zeros(1 << (_MET_BITS - 3), np.uint8)
        self._bits = first_bits
        self._last_bits = last_bits

    def keep_first(self, numbers: Keys, rows: Rows) -> Rows:
        """Remember rows of numbers not seen before; return for each number the row remembered."""
        keys = numbers * _SPREAD
        order = np.argsort(keys, kind="stable")
        firsts, group = _groups(keys[order])
        chosen = order[firsts]
        answer = np.empty_like(rows)
        answer[order] = self._look_up(keys[chosen], rows[chosen])[group]
        return answer

    def find(self, numbers: Keys) -> Rows:
        """Return the rows remembered for numbers, 0 for those that are not."""
        keys = numbers * _SPREAD
        answer = np.zeros(len(keys), np.uint32)
        for table in self._tables:
            places = table.find(keys)
            found = places >= 0
            answer[found] = table.rows[places[found]]
        return answer

    def keep_last(self, numbers: Keys, rows: Rows) -> None:
        """Remember these rows for their numbers, in place of earlier ones."""
        keys = numbers * _SPREAD
        order = np.argsort(keys, kind="stable")
        firsts, _ = _groups(keys[order])
        chosen = order[np.append(firsts[1:], len(keys)) - 1] if len(keys) else order
        self._look_up(keys[chosen], rows[chosen], replace=True)

    def _look_up(self, keys: Keys, rows: Rows, *, replace: bool = False) -> Rows:
        """Look up distinct keys, and add those that are new; return the rows remembered for all of them."""
        answer = rows.copy()
        new = np.ones(len(keys), np.bool_)
        left = np.flatnonzero(self._maybe_met(keys))
        for table in self._tables:
            places = table.find(keys[left])
            found = places >= 0
            if replace:
                table.rows[places[found]] = rows[left[found]]
            answer[left[found]] = table.rows[places[found]]
            new[left[found]] = False
            left = left[~found]
        self._add(keys[new], rows[new])
        return answer

    def _maybe_met(self, keys: Keys) -> NDArray[np.bool_]:
        """Say which keys may have been here before, and note them all: most are new, and need no looking up."""
        bits = (keys >> np.uint64(64 - _MET_BITS)).astype(np.int64)
        places, marks = bits >> 3, np.left_shift(1, bits & 7).astype(np.uint8)
        met: NDArray[np.bool_] = self._met[places] & marks != 0
        np.bitwise_or.at(self._met, places, marks)
        return met

    def _add(self, keys: Keys, rows: Rows) -> None:
        while len(keys):
            if not self._tables or self._tables[-1].room == 0:
                self._tables.append(_Table(self._bits))
                self._bits = min(self._bits + 1, self._last_bits)
            table = self._tables[-1]
            room = table.room
            table.add(keys[:room], rows[:room])
            keys, rows = keys[room:], rows[room:]


class _Table:
    """A hash table of fixed size, over whole columns of distinct keys.

    A key whose place is taken tries the one 1 further, then 2, then 3: no long runs of taken places build up.
    """

    def __init__(self, bits: int) -> None:
        self._keys = np.zeros(1 << bits, np.uint64)
        self.rows = np.zeros(1 << bits, np.uint32)
        self.room = (1 << bits) * 7 // 10  # in a fuller one a free place takes many steps to find
        self._shift = np.uint64(64 - bits)
        self._wrap = np.int64((1 << bits) - 1)

    def find(self, keys: Keys) -> NDArray[np.int64]:
        """Return the places of keys, -1 for those that are not here."""
        places = self._home(keys)
        answer = np.full(len(keys), -1)
        left = np.arange(len(keys))
        for step in count(1):
            there = self._keys[places]
            same = there == keys[left]
            answer[left[same]] = places[same]
            on = ~same & (there != 0)
            if not on.any():
                break
            left = left[on]
            places = (places[on] + step) & self._wrap
        return answer

    def add(self, keys: Keys, rows: Rows) -> None:
        """Put keys that are not here into free places."""
        self.room -= len(keys)
        places = self._home(keys)
        for step in count(1):
            free = self._keys[places] == 0
            self._keys[places[free]] = keys[free]
            # Where two keys went for one place the later one has it, and the other goes on.
            settled = self._keys[places] == keys
            self.rows[places[settled]] = rows[settled]
            if settled.all():
                break
            keys, rows = keys[~settled], rows[~settled]
            places = (places[~settled] + step) & self._wrap

    def _home(self, keys: Keys) -> NDArray[np.int64]:
        return (keys >> self._shift).astype(np.int64)


def _groups(ordered: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each run of equal numbers begins, and for each number which run it is in."""
    begins = np.empty(len(ordered), np.bool_)
    begins[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return np.flatnonzero(begins), np.cumsum(begins) - 1

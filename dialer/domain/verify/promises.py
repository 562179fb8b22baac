"""What a run's records prove: the promises, what was found of each, and where requests left too soon.

A promise is added to `Promise`. What a row's own records can break is examined in `history`, a check each; what
takes the whole run is walked by `dialer verify`.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

SHOWN = 20
"""How many breaches of one promise are kept; the others are only counted."""

_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000  #: microseconds: whole numbers of them are compared, and no fractions


class Promise(StrEnum):
    """What a run promises, in the words it is reported with."""

    RECORDS = "every record can be read, and fits the others"
    COUNTS = "every row has one outcome, and the counts add up"
    LIST = "every row is what the list says, read by the campaign's rules"
    ONCE = "no number is dialled twice"
    AGAIN = "nobody is called again but by a rule, in time, and not once reached"
    PLACED = "placed is said only with the id the provider gave"
    UNKNOWN = "outcomes are what the answers prove, and unknown is what may have rung"
    PACE = "no rolling second is over the pace"
    LAWFUL = "nobody was dialled who was suppressed, out of hours or over a cap"
    FINISHED = "finished is said when every row is final, and only then"
    RESULTS = "the results file agrees with the ledger"


class State(StrEnum):
    """What can be said of a promise; what could not be looked at is not proved."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNPROVED = "not proved"


class Breach(NamedTuple):
    """One place where a promise is broken; `row` is None where no row alone is to blame."""

    row: int | None
    expected: str
    found: str


class Flaw(NamedTuple):
    """A breach of a row whose history was examined, and the promise it breaks."""

    promise: Promise
    expected: str
    found: str


@dataclass(slots=True)
class Finding:
    """What was found of one promise: how much was looked at, how often it is broken, and the first breaches."""

    promise: Promise
    checked: int = 0
    broken: int = 0
    breaches: list[Breach] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def state(self) -> State:
        """Tell whether the promise is broken, and whether it is proved."""
        if self.broken:
            return State.BROKEN
        return State.UNPROVED if self.doubts else State.HOLDS

    def doubt(self, why: str) -> None:
        """Note what could not be looked at."""
        if why not in self.doubts:
            self.doubts.append(why)

    def breach(self, row: int | None, *, expected: str, found: str) -> None:
        """Note one breach."""
        self.broken += 1
        if len(self.breaches) < SHOWN:
            self.breaches.append(Breach(row, expected, found))


def crowded(
    sendings: Iterable[tuple[int, datetime]], sessions: Sequence[tuple[datetime, float]]
) -> Iterator[tuple[int, float, float]]:
    """Find each request that left too soon, as (row, its session's rate, seconds it and that many before it took).

    `sendings` are (row, moment) and `sessions` (moment, rate), both in the order of time. A rate that
    is not whole is kept over the shortest time in which it is: 2.5 a second is 3 in 1.2 seconds.
    """
    rates = deque(sessions)
    before: deque[datetime] = deque()
    rate = 0.0
    for row, at in sendings:
        while rates and (not rate or rates[0][0] <= at):
            begun = rates.popleft()[1]
            if begun != rate:
                rate, before = begun, deque(maxlen=math.ceil(begun))
        took = (at - before[0]) // _MICROSECOND if len(before) == before.maxlen else None
        if took is not None and took < window(rate) * _SECOND - 1:  # times are whole microseconds
            yield row, rate, took / _SECOND
        before.append(at)


def window(rate: float) -> float:
    """Tell over how many seconds a rate is counted."""
    return math.ceil(rate) / rate


def side_by_side(*streams: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, list[Any]]]:
    """Walk streams of (row, value) in the rows' order; who has nothing for a row gives None."""
    walks = [iter(stream) for stream in streams]
    heads = [next(walk, None) for walk in walks]
    while rows := [head[0] for head in heads if head]:
        row = min(rows)
        yield row, [head[1] if head and head[0] == row else None for head in heads]
        heads = [next(walk, None) if head and head[0] == row else head for walk, head in zip(walks, heads, strict=True)]

"""What is kept of closed runs, and for how long: what of each is due to go, and what it is called once it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from dialer.domain.campaign import KeepRules

FORGOTTEN = "~"
"""What stands in the place of a forgotten person's number begins so; no number does."""


class Taken(StrEnum):
    """What may be taken out of a run's records: the word it is recorded by."""

    CELLS = "cells"  # cells, parameters, addresses and the words of errors of every row
    ROWS = "rows"  # the rows and their attempts
    PERSON = "person"  # one person's rows are nobody's any more
    RESULTS = "results"  # the results file
    LOG = "log"  # files of the log


class Pruned(NamedTuple):
    """What was taken out of a run, of how many rows, when, and by whom."""

    what: str
    rows: int
    at: datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A run that was finished or abandoned, when, and what was taken out of it already."""

    run: int
    campaign: str
    at: datetime
    rows: int
    taken: frozenset[str]


def due(
    closed: Iterable[Closed], keep: KeepRules, *, reach: timedelta, now: datetime
) -> Iterator[tuple[Closed, Taken]]:
    """Tell what of each run is kept for long enough; rows never go while somebody's past calls may still matter.

    `reach` is how far back those do: the longest gap or cap of any campaign.
    """
    for each in closed:
        age = now - each.at
        if Taken.ROWS not in each.taken and keep.rows is not None and age > max(keep.rows, reach):
            yield each, Taken.ROWS
        elif not {Taken.ROWS, Taken.CELLS} & each.taken and keep.cells is not None and age > keep.cells:
            yield each, Taken.CELLS
        if Taken.RESULTS not in each.taken and keep.results is not None and age > keep.results:
            yield each, Taken.RESULTS

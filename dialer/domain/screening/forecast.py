"""How many of a list can be rung when, and when a run that waits for them would end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run begun at a moment could do: calls at once, later, and of those within a day of that moment.

    `ends` is when the last call would leave if the run waited for everybody; `first` and `last` are openings.
    """

    at_once: int
    later: int
    within_a_day: int
    first: datetime | None
    last: datetime | None
    ends: datetime


def forecast(
    begins: datetime, at_once: int, opens: Mapping[datetime, int], *, rate: float, per_day: int | None = None
) -> Forecast:
    """Count on from a moment: calls at `rate` a second, later ones from the moment their hours open."""
    ends = begins + timedelta(seconds=at_once / rate)
    for moment in sorted(opens):
        ends = max(ends, moment) + timedelta(seconds=opens[moment] / rate)
    later = sum(opens.values())
    if per_day:
        ends = max(ends, begins + (max(0, at_once + later - 1) // per_day) * _DAY)
    return Forecast(
        at_once=at_once,
        later=later,
        within_a_day=sum(count for moment, count in opens.items() if moment < begins + _DAY),
        first=min(opens, default=None),
        last=max(opens, default=None),
        ends=ends,
    )

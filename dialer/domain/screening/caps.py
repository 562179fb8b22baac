"""How often a number may be called: caps over rolling windows."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DAY = timedelta(hours=24)
_PERIODS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_WORDS = {"m": "minutes", "h": "hours", "d": "days"}
_CAP = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,4})([mhd])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `calls` attempts in any stretch of `within`; `rule` says so, and whose rule it is."""

    calls: int
    within: timedelta
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capped:
    """No further call before `until`, because of `rule`."""

    rule: str
    until: datetime


class DailyAllowance:
    """Counts requests against a number of them that may leave in any 24 hours; no number means no limit."""

    def __init__(self, calls: int | None, past: Iterable[datetime] = ()) -> None:
        """Start from what left in the last day, in any order."""
        self._calls = calls
        self._left_at = deque(sorted(past), maxlen=calls)

    def allows(self, now: datetime) -> int | None:
        """Say how many requests may leave now; None is any number."""
        if self._calls is None:
            return None
        while self._left_at and self._left_at[0] + _DAY <= now:
            self._left_at.popleft()
        return self._calls - len(self._left_at)

    def spend(self, now: datetime, requests: int) -> None:
        """Count requests that leave now."""
        if self._calls is not None:
            self._left_at.extend([now] * requests)

    def take_back(self, requests: int) -> None:
        """Uncount the last requests: they did not leave."""
        for _ in range(min(requests, len(self._left_at))):
            self._left_at.pop()

    def opens(self, now: datetime) -> datetime:
        """Return the moment from which another request may leave."""
        return now if self.allows(now) != 0 else self._left_at[0] + _DAY


def read_caps(text: str, *, origin: str) -> tuple[Cap, ...]:
    """Read a cap such as `3/24h` or `1/24h+2/7d`; an empty text is no cap.

    `origin` names whose rule it is. Raises ValueError for anything else. Laws that count by calendar day
    or week are written as 24 hours or 7 days, which allows less.
    """
    return tuple(_read_cap(part, origin) for part in text.split("+")) if text else ()


def _read_cap(text: str, origin: str) -> Cap:
    found = _CAP.fullmatch(text)
    if found is None:
        message = f"cap {text!r} is not calls/period, such as 3/24h"
        raise ValueError(message)
    calls, count, unit = found.groups()
    plural = "call" if calls == "1" else "calls"
    rule = f"{calls} {plural} in {count} {_WORDS[unit]} ({origin})"
    return Cap(calls=int(calls), within=int(count) * _PERIODS[unit], rule=rule)


def next_allowed(times: Sequence[datetime], caps: Iterable[Cap], now: datetime) -> Capped | None:
    """Return the cap that forbids a call at `now` the longest, or None when a call is allowed.

    `times` are the past attempts at this number, newest first. One exactly `within` old does not count.
    """
    longest: Capped | None = None
    for cap in caps:
        if len(times) < cap.calls:
            continue
        until = times[cap.calls - 1] + cap.within
        if until > now and (longest is None or until > longest.until):
            longest = Capped(rule=cap.rule, until=until)
    return longest

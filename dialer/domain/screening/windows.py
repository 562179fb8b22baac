"""Calling windows as the law writes them: local spans for working days, weekends and holidays."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.domain.screening.caps import Cap

Voice = Literal["automated", "live"]
CallClass = Literal["any", "prerecorded"]
HolidaysOf = Callable[[str, int], frozenset[date]]
Spans = tuple[tuple[int, int], ...]
"""Half-open stretches of one local day, in minutes after midnight, in order and apart from each other."""

WHOLE_DAY: Final[Spans] = ((0, 24 * 60),)
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_SATURDAY, _SUNDAY = 5, 6  #: as `date.weekday` counts

Moment = TypeVar("Moment", int, datetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One row of the table: when one jurisdiction lets its people be called, and who says so.

    `holiday` and `holiday_eve` further narrow the day of the week; None leaves it as it is.
    `effective_from` and `effective_to` are the first and the last local day the row is in force.
    """

    jurisdiction: str
    call_class: CallClass
    weekdays: Spans
    saturday: Spans
    sunday: Spans
    holiday: Spans | None = None
    holiday_eve: Spans | None = None
    holiday_set: str = ""
    caps: tuple[Cap, ...] = ()
    effective_from: date = date.min
    effective_to: date = date.max
    source: str
    as_of: date
    verified: str
    confidence: str

    def applies_to(self, voice: Voice) -> bool:
        """Whether calls with this voice are bound by the row; live calls are free of recorded-voice rows."""
        return self.call_class == "any" or voice == "automated"

    def in_force(self, day: date) -> bool:
        """Whether the row holds on this local day."""
        return self.effective_from <= day <= self.effective_to

    def spans(self, day: date, holidays_of: HolidaysOf) -> Spans:
        """Return the stretches of this local day in which calls are allowed."""
        spans = {_SATURDAY: self.saturday, _SUNDAY: self.sunday}.get(day.weekday(), self.weekdays)
        if self.holiday is not None and self._is_holiday(day, holidays_of):
            return common(spans, self.holiday)
        if self.holiday_eve is not None and self._is_holiday(day + timedelta(days=1), holidays_of):
            return common(spans, self.holiday_eve)
        return spans

    def text(self) -> str:
        """Write the hours in one line, such as `Mon-Fri 08:00-20:00, Sat 08:00-20:00, Sun closed`."""
        parts = [("Mon-Fri", self.weekdays), ("Sat", self.saturday), ("Sun", self.sunday)]
        if self.holiday_eve is not None:
            parts.append(("eves of holidays", self.holiday_eve))
        if self.holiday is not None:
            parts.append(("holidays", self.holiday))
        return ", ".join(f"{name} {write_spans(spans)}" for name, spans in parts)

    def _is_holiday(self, day: date, holidays_of: HolidaysOf) -> bool:
        return bool(self.holiday_set) and day in holidays_of(self.holiday_set, day.year)


def read_spans(text: str) -> Spans:
    """Read `closed`, `08:00-20:00` or `10:00-13:00+14:00-20:00`; 24:00 may end a day.

    Raises ValueError for any other text and for a span that is empty or crosses midnight.
    """
    spans = () if text == "closed" else tuple(_read_span(part) for part in text.split("+"))
    if any(later[0] <= earlier[1] for earlier, later in pairwise(spans)):
        message = f"hours {text!r} overlap or are out of order"
        raise ValueError(message)
    return spans


def _read_span(text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        message = f"hours {text!r} are not closed or HH:MM-HH:MM"
        raise ValueError(message)
    hour, minute, last_hour, last_minute = map(int, found.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if max(minute, last_minute) > 59 or end > WHOLE_DAY[0][1]:  # noqa: PLR2004
        message = f"hours {text!r} name a time that no clock shows"
        raise ValueError(message)
    return a_span(start, end)


def a_span(start: int, end: int) -> tuple[int, int]:
    """Return the span when it lies in one day; ValueError when it is empty or crosses midnight."""
    if start < end:
        return start, end
    message = f"hours {_clock(start)}-{_clock(end)} are empty or cross midnight: give each day its own"
    raise ValueError(message)


def write_spans(spans: Spans) -> str:
    """Write spans as `read_spans` reads them."""
    return "+".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans) or "closed"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def common(
    ours: Sequence[tuple[Moment, Moment]], theirs: Sequence[tuple[Moment, Moment]]
) -> tuple[tuple[Moment, Moment], ...]:
    """Return what two ordered lists of half-open stretches share, in order."""
    shared = []
    mine = other = 0
    while mine < len(ours) and other < len(theirs):
        start = max(ours[mine][0], theirs[other][0])
        end = min(ours[mine][1], theirs[other][1])
        if start < end:
            shared.append((start, end))
        if ours[mine][1] < theirs[other][1]:
            mine += 1
        else:
            other += 1
    return tuple(shared)

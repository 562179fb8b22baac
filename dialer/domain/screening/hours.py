"""When a person may be called, and when that is next true."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dialer.domain.screening.location import named
from dialer.domain.screening.windows import WHOLE_DAY, Spans, Voice, Window, a_span, common

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dialer.domain.screening.caps import Cap
    from dialer.domain.screening.location import Location, Spot
    from dialer.domain.screening.windows import HolidaysOf

_ZONES_SHOWN = 2  #: by name in a sentence; the others are counted
#: Days ahead in which hours are looked for: almost all open within nine, over a long weekend of holidays too. Who has
#: none in fifteen days, which is every weekday twice, has none that could be promised.
_NEAR, _FAR = 9, 15
_KEPT = 4096  #: days and timelines remembered: far more than all states and countries of a list have

Interval = tuple[datetime, datetime]
WindowsOf = Mapping[str, Sequence[Window]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A call may start now: hours began at `opened`, and new calls end at `closes`, the guard taken off."""

    opened: datetime
    closes: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """No call now; the next stretch is [`opens`, `closes`), the guard taken off."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """No moment can be named, because of `reason`; what would help is to `supply` something or to `change` it.

    `countries` are those that have no hours: the campaign may name its own.
    """

    reason: str
    supply: str = ""
    change: str = ""
    countries: tuple[str, ...] = ()

    @property
    def advice(self) -> str:
        """What to do about it."""
        return f"change {self.change}" if self.change else f"supply {self.supply}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursTerms:
    """What a campaign says about hours.

    `start` and `end` narrow every window in the called person's own time. `windows` are the campaign's own:
    they open countries the table lacks and narrow those it has. `guard` is taken off before each closing.
    Raises ValueError when start and end cross midnight or are finer than a minute, or the guard is negative.
    """

    voice: Voice = "automated"
    start: time | None = None
    end: time | None = None
    guard: timedelta = timedelta(seconds=60)
    windows: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        """Refuse terms that could not be kept."""
        if self.voice not in ("automated", "live"):
            message = f"voice {self.voice!r} is neither automated nor live"
            raise ValueError(message)
        if self.guard < timedelta(0):
            message = "the guard before closing cannot be negative"
            raise ValueError(message)
        self.spans()

    def spans(self) -> Spans:
        """Return the stretch of a local day the campaign keeps to."""
        first, last = WHOLE_DAY[0]
        return (a_span(_minute(self.start, first), _minute(self.end, last)),)


class Hours:
    """The hours of one campaign: the strictest of all windows that apply, in every zone the person may be in.

    `holidays_of(set_name, year)` gives the holidays of a set. A bounded number of answers is kept.
    """

    def __init__(self, windows: Iterable[Window], terms: HoursTerms, *, holidays_of: HolidaysOf) -> None:
        """Keep the windows that bind this campaign's voice."""
        self._terms = terms
        self._holidays_of = lru_cache(maxsize=_KEPT)(holidays_of)
        legal = [window for window in windows if window.applies_to(terms.voice)]
        self._legal = _by_jurisdiction(legal)
        self._rows = _by_jurisdiction([*legal, *(own for own in terms.windows if own.applies_to(terms.voice))])
        self._timeline = lru_cache(maxsize=_KEPT)(self._draw)
        self._day = lru_cache(maxsize=_KEPT)(self._read_day)

    def decide(self, where: Location, now: datetime) -> Open | Closed | Never:
        """Say whether a call may start at `now` (any zone), and until or from when.

        Looks fourteen days ahead; hours that never end are given in pieces of about nine days.
        """
        if now.tzinfo is None:
            message = "a moment without a zone cannot be compared with calling hours"
            raise ValueError(message)
        moment = now.astimezone(UTC)
        today = moment.date()
        for days in (_NEAR, _FAR):
            opens, closes = self._timeline(where.each(), today, days)
            place = bisect_right(closes, moment)
            if place < len(closes):
                if opens[place] <= moment:
                    return Open(opened=opens[place], closes=closes[place])
                return Closed(opens=opens[place], closes=closes[place])
        return self._never(where, today)

    def explain(self, where: Location, on: date) -> tuple[Window, ...]:
        """Return the rows that apply on a local day, countries before their parts."""
        rows = (row for name in sorted(where.jurisdictions) for row in self._rows.get(name, ()))
        return tuple(row for row in rows if row.in_force(on))

    def caps_for(self, where: Location, on: date) -> tuple[Cap, ...]:
        """Return the legal caps on calls to this person on a day."""
        return tuple(cap for row in self.explain(where, on) for cap in row.caps)

    def _never(self, where: Location, today: date) -> Never:
        if missing := self._uncovered(where.jurisdictions):
            return Never(
                reason=f"no calling window is known for {', '.join(missing)}",
                supply=f"hours of your own in the campaign: [hours] windows = [{', '.join(map(own_window, missing))}]",
                countries=tuple(missing),
            )
        for _, jurisdictions in where.each():
            if narrowed := self._narrowed(jurisdictions, today):
                what, change = narrowed
                left = f"the campaign's {what} leave nothing of the calling hours of {named(jurisdictions)}"
                return Never(reason=left, change=change)
        supply = "a state, zip or timezone column" if where.spots else "a timezone column"
        return Never(reason=f"no common window within 14 days in {zones_in_words(where.zones)}", supply=supply)

    def _narrowed(self, jurisdictions: frozenset[str], today: date) -> tuple[str, str] | None:
        """Say what of the campaign leaves no hours on any day in sight, and what to change; None where others do."""
        days = [today + timedelta(days=ahead) for ahead in range(_FAR)]

        def leave(spans: Spans, rows: WindowsOf) -> bool:
            return any(
                timedelta(minutes=end - start) > self._terms.guard
                for day in days
                for start, end in self._spans(jurisdictions, day, spans, rows)
            )

        own = self._terms.spans()
        if leave(own, self._rows):
            return None
        if leave(WHOLE_DAY, self._rows):
            return "start and end", "[hours] start or end"
        if leave(own, self._legal):
            return "own windows", "[hours] windows"
        if leave(WHOLE_DAY, self._legal):
            return "start, end and own windows", "[hours] start, end and windows"
        return None

    def _uncovered(self, jurisdictions: frozenset[str]) -> list[str]:
        return sorted(name for name in jurisdictions if "-" not in name and name not in self._rows)

    def _draw(
        self, spots: tuple[Spot, ...], today: date, days: int
    ) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
        """Return openings and closings in UTC for everything that opens within `days` of `today`."""
        if not all(zones and jurisdictions and not self._uncovered(jurisdictions) for zones, jurisdictions in spots):
            return (), ()
        # A day earlier and later, because local dates run up to fourteen hours off the UTC date.
        dates = [today + timedelta(days=ahead) for ahead in range(-1, days + 1)]
        shared: tuple[Interval, ...] | None = None
        for zones, jurisdictions in spots:
            plan = [(day, self._day(jurisdictions, day)) for day in dates]
            for name in sorted(zones):
                here = _in_utc(plan, ZoneInfo(name))
                shared = here if shared is None else common(shared, here)
        end = datetime.combine(dates[-1], time.min, UTC)
        guard = self._terms.guard
        kept = [(opens, closes - guard) for opens, closes in shared or () if opens < end and closes - guard > opens]
        return tuple(opens for opens, _ in kept), tuple(closes for _, closes in kept)

    def _read_day(self, jurisdictions: frozenset[str], day: date) -> Spans:
        return self._spans(jurisdictions, day, self._terms.spans(), self._rows)

    def _spans(self, jurisdictions: frozenset[str], day: date, spans: Spans, rows_of: WindowsOf) -> Spans:
        for name in jurisdictions & rows_of.keys():
            rows = [row for row in rows_of[name] if row.in_force(day)]
            if not rows and "-" not in name:
                return ()
            for row in rows:
                spans = common(spans, row.spans(day, self._holidays_of))
        return spans


def own_window(country: str) -> str:
    """Write what a campaign says to have hours of its own for a country, as TOML; the hours are an example."""
    return f'{{ country = "{country}", mon_fri = "10:00-19:00", source = "…" }}'


def zones_in_words(zones: Iterable[str]) -> str:
    """Name two zones at the most, and count the others."""
    shown, more = sorted(zones)[:_ZONES_SHOWN], len(frozenset(zones)) - _ZONES_SHOWN
    return ", ".join(shown) + (f" and {more} more zone{'' if more == 1 else 's'}" if more > 0 else "")


def _by_jurisdiction(windows: Iterable[Window]) -> WindowsOf:
    rows: dict[str, list[Window]] = {}
    for window in windows:
        rows.setdefault(window.jurisdiction, []).append(window)
    return rows


def times_around(clock: time, now: datetime, zoned: Callable[[datetime], datetime]) -> tuple[datetime, datetime]:
    """Return, in UTC, when clocks last showed this time of day, now included, and when they next do.

    `zoned` tells in which zone the clocks are, by giving it to a time that has none. Of the two readings of a time
    that a change of clocks repeats or skips, the earlier one is meant: what ends then ends in time.
    """
    times = (datetime.combine(now.date() + timedelta(days=apart), clock) for apart in range(-2, 3))
    shown = [min(zoned(at.replace(fold=fold)).astimezone(UTC) for fold in (0, 1)) for at in times]
    return max(at for at in shown if at <= now), min(at for at in shown if at > now)


def _minute(clock: time | None, otherwise: int) -> int:
    if clock is None:
        return otherwise
    if clock.second or clock.microsecond:
        message = f"{clock.isoformat()} is finer than a minute"
        raise ValueError(message)
    return clock.hour * 60 + clock.minute


def _in_utc(plan: Sequence[tuple[date, Spans]], zone: ZoneInfo) -> tuple[Interval, ...]:
    """Return the local spans of consecutive days as ordered stretches of UTC, joined where they touch.

    A local time that a clock change repeats or skips has two readings; the one that leaves less time is taken.
    """
    stretches: list[Interval] = []
    for day, spans in plan:
        for start, end in spans:
            opens = _wall(day, start) - min(_offsets(day, start, zone))
            closes = _wall(day, end) - max(_offsets(day, end, zone))
            if stretches and opens <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(closes, stretches[-1][1]))
            elif opens < closes:
                stretches.append((opens, closes))
    return tuple(stretches)


def _wall(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)


def _offsets(day: date, minute: int, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    wall = _wall(day, minute).replace(tzinfo=zone)
    first, second = wall.utcoffset(), wall.replace(fold=1).utcoffset()
    if first is None or second is None:
        message = f"{zone.key} has no offset"
        raise ValueError(message)
    return first, second

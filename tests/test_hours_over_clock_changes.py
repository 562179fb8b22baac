"""Nobody is called outside the window of any zone they may be in, whatever the clocks do.

The oracle knows no intervals: it reads the local clock at one instant and looks it up in the table's text.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.domain.screening.hours import Hours, HoursTerms, Never, Open
from dialer.domain.screening.location import Location
from dialer.domain.screening.windows import Window, read_spans
from dialer.screening.holidays import holidays_of
from dialer.screening.tables import load
from dialer.screening.versions import use_packaged_zones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.domain.screening.windows import Voice

use_packaged_zones()

TEXT = files("dialer.data").joinpath("calling_windows.csv").read_text(encoding="utf-8")
TABLE = list(csv.DictReader(TEXT.splitlines()))
GUARD = timedelta(seconds=60)
MINUTE = timedelta(minutes=1)
AMERICAN_ZONES = sorted({zone for place in load().geography.regions.values() for zone in place.zones})
ALL_ZONES = sorted(load().geography.zone_countries)
BY_COUNTRY = sorted({row["jurisdiction"] for row in TABLE})


def allowed(row: dict[str, str], local: datetime) -> bool:
    """Whether the text of one row lets a call happen at this local moment."""
    today = local.date().isoformat()
    if not (row["effective_from"] or "0000") <= today <= (row["effective_to"] or "9999"):
        return row["jurisdiction"].count("-") > 0
    texts = [row["sat"] if local.isoweekday() == 6 else row["sun"] if local.isoweekday() == 7 else row["mon_fri"]]
    if row["holiday"] != "open" and local.date() in holidays_of(row["holiday_set"], local.year):
        texts.append(row["holiday"])
    elif row["holiday_eve"] and (local + timedelta(hours=24)).date() in holidays_of(
        row["holiday_set"], (local + timedelta(hours=24)).year
    ):
        texts.append(row["holiday_eve"])
    return all(within(text, local.strftime("%H:%M:%S")) for text in texts)


def within(text: str, clock: str) -> bool:
    pairs = [] if text == "closed" else [part.split("-") for part in text.split("+")]
    return any(f"{start}:00" <= clock < f"{end}:00" for start, end in pairs)


def may_ring(jurisdictions: frozenset[str], zones: frozenset[str], voice: Voice, moment: datetime) -> bool:
    """Whether every rule lets a call happen at this instant, in every zone."""
    rows = [
        row
        for row in TABLE
        if row["jurisdiction"] in jurisdictions and (row["call_class"] == "any" or voice == "automated")
    ]
    return all(allowed(row, moment.astimezone(ZoneInfo(zone))) for row in rows for zone in zones)


def may_start(jurisdictions: frozenset[str], zones: frozenset[str], voice: Voice, moment: datetime) -> bool:
    """Whether a call may start: the hours hold now and until the guard has passed."""
    return may_ring(jurisdictions, zones, voice, moment) and may_ring(jurisdictions, zones, voice, moment + GUARD)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Return the first hours after the zone's clock changes from June 2026 to July 2027."""
    found = []
    for day in (datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day) for day in range(400)):
        if shown(zone, day) != shown(zone, day + timedelta(days=1)):
            hours = [day + timedelta(hours=hour) for hour in range(25)]
            found += [hour for hour in hours[1:] if shown(zone, hour) != shown(zone, hour - timedelta(hours=1))]
    return tuple(found)


def shown(zone: str, moment: datetime) -> timedelta | None:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


@cache
def hours_for(voice: Voice) -> Hours:
    return Hours(load().windows, HoursTerms(voice=voice, guard=GUARD), holidays_of=holidays_of)


def minutes_around(moment: datetime, days: int) -> Iterator[datetime]:
    start = moment.replace(hour=0) - timedelta(days=days)
    return (start + minute * MINUTE for minute in range((2 * days + 1) * 24 * 60))


places = st.builds(
    lambda zones, jurisdiction: Location(
        zones=frozenset(zones), jurisdictions=frozenset({jurisdiction[:2], jurisdiction}), source="-"
    ),
    zones=st.lists(st.sampled_from(AMERICAN_ZONES), min_size=1, max_size=3),
    jurisdiction=st.sampled_from(BY_COUNTRY),
)
voices = st.sampled_from(["automated", "live"])
days_of_a_year = st.datetimes(min_value=datetime(2026, 9, 1), max_value=datetime(2028, 1, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(where=places, voice=voices, which=st.integers(min_value=0, max_value=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_minute_around_a_clock_change_agrees_with_the_local_clocks(
    where: Location, voice: Voice, which: int
) -> None:
    change = [*changes(min(where.zones)), datetime(2026, 11, 1, 6, tzinfo=UTC)][which:] or [
        datetime(2027, 3, 14, 7, tzinfo=UTC)
    ]
    for minute in minutes_around(change[0], days=1):
        is_open = isinstance(hours_for(voice).decide(where, minute), Open)
        assert is_open == may_start(where.jurisdictions, where.zones, voice, minute), minute


@given(where=places, voice=voices, now=days_of_a_year)
@settings(max_examples=200, deadline=None)
def test_any_moment_of_the_year_agrees_with_the_local_clocks(where: Location, voice: Voice, now: datetime) -> None:
    is_open = isinstance(hours_for(voice).decide(where, now), Open)
    assert is_open == may_start(where.jurisdictions, where.zones, voice, now)


@given(where=places, now=days_of_a_year)
@settings(max_examples=100, deadline=None)
def test_the_named_opening_is_the_first_and_the_named_closing_is_exact(where: Location, now: datetime) -> None:
    hours = hours_for("automated")
    decided = hours.decide(where, now)
    if isinstance(decided, Never):
        return
    opens = decided.opened if isinstance(decided, Open) else decided.opens

    def starts(moment: datetime) -> bool:
        return may_start(where.jurisdictions, where.zones, "automated", moment)

    assert starts(opens)
    assert not starts(opens - MINUTE)
    assert starts(decided.closes - timedelta(microseconds=1))
    assert not starts(decided.closes)
    between = [now + minute * 17 * MINUTE for minute in range(200)]
    assert not any(starts(moment) for moment in between if now <= moment < opens)


def one_zone_per_clock() -> list[str]:
    """Return a zone for each way of changing clocks there is."""
    found: dict[object, str] = {}
    geography = load().geography
    for zone in ALL_ZONES:
        if changes(zone):
            found.setdefault(next(iter(geography.clocks({zone}))), zone)
    return sorted(found.values())


@pytest.mark.parametrize("hours_text", ["00:00-24:00", "01:30-02:30", "00:30-01:15+01:45-03:15", "08:00-21:00"])
def test_no_minute_of_a_change_of_clocks_leaves_the_window_in_any_zone_of_the_world(hours_text: str) -> None:
    spans = read_spans(hours_text)
    window = Window(
        jurisdiction="ZZ",
        call_class="any",
        weekdays=spans,
        saturday=spans,
        sunday=spans,
        source="-",
        as_of=date(2026, 11, 23),
        verified="-",
        confidence="-",
    )
    hours = Hours((), HoursTerms(windows=(window,), guard=GUARD), holidays_of=holidays_of)
    for zone in one_zone_per_clock():
        where = Location(zones=frozenset({zone}), jurisdictions=frozenset({"ZZ"}), source="-")
        for change in changes(zone):
            for minute in minutes_around(change, days=0):
                if isinstance(hours.decide(where, minute), Open):
                    clocks = [
                        (minute + ahead).astimezone(ZoneInfo(zone)) for ahead in (timedelta(0), GUARD - MINUTE / 60)
                    ]
                    texts = hours_text.replace("24:00", "24:01")
                    assert all(within(texts, clock.strftime("%H:%M:%S")) for clock in clocks), (zone, minute)


@given(
    where=places,
    now=days_of_a_year,
    start=st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
    end=st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
)
@settings(max_examples=200, deadline=None)
def test_a_narrower_campaign_never_opens_an_hour(where: Location, now: datetime, start: time, end: time) -> None:
    if start >= end:
        start, end = end, start
    if start == end:
        return
    terms = HoursTerms(start=start, end=end, guard=GUARD)
    narrow = Hours(load().windows, terms, holidays_of=holidays_of)
    if isinstance(narrow.decide(where, now), Open):
        assert isinstance(hours_for("automated").decide(where, now), Open)
        assert all(start <= now.astimezone(ZoneInfo(zone)).time() < end for zone in where.zones)


@given(where=places, now=days_of_a_year, more=st.sampled_from(AMERICAN_ZONES), state=st.sampled_from(BY_COUNTRY))
@settings(max_examples=200, deadline=None)
def test_more_possible_places_never_open_an_hour(where: Location, now: datetime, more: str, state: str) -> None:
    wider = Location(zones=where.zones | {more}, jurisdictions=where.jurisdictions | {state[:2], state}, source="-")
    if isinstance(hours_for("automated").decide(wider, now), Open):
        assert isinstance(hours_for("automated").decide(where, now), Open)

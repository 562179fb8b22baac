"""When a person may be called: narrowing, own windows, and what is said when no moment can be named."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.domain.screening.hours import Closed, Hours, HoursTerms, Never, Open
from dialer.domain.screening.location import Location
from dialer.domain.screening.windows import Window, read_spans
from dialer.screening.holidays import holidays_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.screening.tables import Tables

    HoursOf = Callable[[HoursTerms], Hours]
    Find = Callable[..., Location]

LIVE = HoursTerms(voice="live")
AUTOMATED = HoursTerms(voice="automated")

NEW_YORK = {"number": "+12125550123"}
PANHANDLE = {"number": "+18505550123"}


def at(text: str) -> datetime:
    full = text if text.startswith("20") else f"2026-{text}"
    return datetime.fromisoformat(full).replace(tzinfo=UTC)


def test_someone_anywhere_in_the_us_with_hawaii_is_called_when_all_of_it_is_awake(hours_of: HoursOf) -> None:
    where = Location(
        zones=frozenset({"America/New_York", "Pacific/Honolulu"}), jurisdictions=frozenset({"US"}), source="-"
    )
    decided = hours_of(LIVE).decide(where, at("11-23T18:00"))
    assert decided == Open(opened=at("11-23T18:00"), closes=at("11-24T01:59"))


def test_a_time_zone_that_fits_the_area_code_narrows_it(hours_of: HoursOf, place: Find) -> None:
    where = place("+12705550123", timezone="America/Chicago")
    assert hours_of(LIVE).decide(where, at("11-23T15:30")) == Closed(opens=at("11-23T16:00"), closes=at("11-24T02:59"))


def test_a_toll_free_number_with_a_state_keeps_the_hours_of_the_state(hours_of: HoursOf, place: Find) -> None:
    where = place("+18005550123", state="TX")
    assert hours_of(LIVE).decide(where, at("11-23T15:30")) == Closed(opens=at("11-23T16:00"), closes=at("11-24T02:59"))


def test_a_campaign_narrows_in_the_time_of_the_called_person(hours_of: HoursOf, place: Find) -> None:
    terms = HoursTerms(voice="live", start=time(9, 30), end=time(19, 30))
    decided = hours_of(terms).decide(place(**PANHANDLE), at("11-23T14:00"))
    assert decided == Closed(opens=at("11-23T15:30"), closes=at("11-24T00:29"))


def test_a_campaign_cannot_widen_the_law(hours_of: HoursOf, place: Find) -> None:
    terms = HoursTerms(voice="live", start=time(6), end=time(23, 59))
    where = place(**NEW_YORK)
    for now in (at("11-23T11:30"), at("11-23T15:00"), at("11-24T03:00")):
        assert hours_of(terms).decide(where, now) == hours_of(LIVE).decide(where, now)


def test_a_guard_as_long_as_the_window_closes_it(hours_of: HoursOf, place: Find) -> None:
    decided = hours_of(HoursTerms(voice="live", guard=timedelta(hours=13))).decide(place(**NEW_YORK), at("11-23T15:00"))
    assert isinstance(decided, Never)


def test_a_moment_may_come_in_any_zone_but_needs_one(hours_of: HoursOf, place: Find) -> None:
    hours, where = hours_of(LIVE), place(**NEW_YORK)
    elsewhere = datetime.fromisoformat("2026-11-23T22:00:00+09:00")
    assert hours.decide(where, elsewhere) == Open(opened=at("11-23T13:00"), closes=at("11-24T01:59"))
    with pytest.raises(ValueError, match="without a zone"):
        hours.decide(where, elsewhere.replace(tzinfo=None))


def test_a_country_without_a_window_is_never_called(hours_of: HoursOf, place: Find) -> None:
    assert hours_of(LIVE).decide(place("+18765550123"), at("11-23T15:00")) == Never(
        reason="no calling window is known for JM",
        supply="hours of your own in the campaign: "
        '[hours] windows = [{ country = "JM", mon_fri = "10:00-19:00", source = "…" }]',
        countries=("JM",),
    )


UNLISTED = "+12655550123"


@pytest.mark.parametrize(
    ("voice", "now", "stretch"),
    [
        # Hawaii opens it at 8, Maine ends it for recorded voices at 17, Rhode Island for live ones at 18.
        ("automated", "11-25T15:00", ("11-25T18:00", "11-25T21:59")),
        ("live", "11-25T15:00", ("11-25T18:00", "11-25T22:59")),
        ("automated", "07-08T12:00", ("07-08T18:00", "07-08T20:59")),
        # Saturdays, Sundays and every state's holidays are closed somewhere.
        ("live", "11-27T23:00", ("11-30T18:00", "11-30T22:59")),
        ("live", "12-24T12:00", ("12-28T18:00", "12-28T22:59")),
    ],
)
def test_an_area_code_that_is_not_in_the_table_keeps_the_strictest_hours_of_all(
    hours_of: HoursOf, place: Find, voice: Any, now: str, stretch: tuple[str, str]
) -> None:
    decided = hours_of(HoursTerms(voice=voice)).decide(place(UNLISTED), at(now))
    assert decided == Closed(opens=at(stretch[0]), closes=at(stretch[1]))


@pytest.mark.parametrize("code", ["201", "212", "317", "401", "504", "605", "801", "808", "907", "207", "506", "709"])
def test_nobody_of_an_unlisted_area_code_is_called_when_a_listed_one_is_closed(
    hours_of: HoursOf, place: Find, code: str
) -> None:
    for terms in (LIVE, AUTOMATED):
        hours = hours_of(terms)
        for quarter in range(4 * 24 * 9):
            now = at("11-24T00:00") + timedelta(minutes=15 * quarter)
            if isinstance(hours.decide(place(UNLISTED), now), Open):
                assert isinstance(hours.decide(place(f"+1{code}5550123"), now), Open), (code, now)


def test_no_hour_that_is_right_everywhere_says_what_would_place_the_number(hours_of: HoursOf, place: Find) -> None:
    narrow = HoursTerms(voice="automated", start=time(14))
    decided = hours_of(narrow).decide(place(UNLISTED), at("11-25T15:00"))
    assert decided == Never(
        reason="no common window within 14 days in America/Adak, America/Anchorage and 17 more zones",
        supply="a state, zip or timezone column",
    )


def test_a_campaign_opens_a_country_that_the_table_lacks(hours_of: HoursOf, place: Find) -> None:
    terms = HoursTerms(voice="live", windows=(a_window("JM", "09:00-18:00"),))
    decided = hours_of(terms).decide(place("+18765550123"), at("11-23T15:00"))
    assert decided == Open(opened=at("11-23T14:00"), closes=at("11-23T22:59"))


def test_a_campaigns_own_window_for_a_known_country_only_narrows(hours_of: HoursOf, place: Find) -> None:
    terms = HoursTerms(voice="live", windows=(a_window("US", "06:00-12:00"),))
    decided = hours_of(terms).decide(place(**NEW_YORK), at("11-23T15:00"))
    assert decided == Open(opened=at("11-23T13:00"), closes=at("11-23T16:59"))


def test_hours_that_never_end_have_no_gap_at_midnight(place: Find) -> None:
    always = HoursTerms(voice="live", windows=(a_window("JM", "00:00-24:00", "00:00-24:00", "00:00-24:00"),))
    hours = Hours((), always, holidays_of=holidays_of)
    where = place("+18765550123")
    for minute in range(0, 3 * 24 * 60, 7):
        assert isinstance(hours.decide(where, at("11-23T00:00") + timedelta(minutes=minute)), Open)


def test_zones_half_a_world_apart_have_no_common_window(hours_of: HoursOf, place: Find) -> None:
    where = place("+16715550123", state="NY")
    office_hours = HoursTerms(voice="live", start=time(9), end=time(16))
    assert hours_of(office_hours).decide(where, at("11-23T15:00")) == Never(
        reason="no common window within 14 days in America/New_York, Pacific/Guam", supply="a timezone column"
    )


def test_a_window_that_opens_after_eleven_days_is_found() -> None:
    def long_holiday(_name: str, _year: int) -> frozenset[date]:
        return frozenset(date(2026, 11, 20) + timedelta(days=day) for day in range(14))

    window = a_window("JM", "09:00-18:00", holiday="closed")
    where = Location(zones=frozenset({"America/Jamaica"}), jurisdictions=frozenset({"JM"}), source="-")
    hours = Hours((window,), LIVE, holidays_of=long_holiday)
    assert hours.decide(where, at("11-21T15:00")) == Closed(opens=at("12-04T14:00"), closes=at("12-04T22:59"))
    assert hours.decide(where, at("11-20T15:00")) == hours.decide(where, at("11-21T15:00"))


def test_a_window_that_opens_only_after_fourteen_days_is_never() -> None:
    def half_a_year(_name: str, _year: int) -> frozenset[date]:
        return frozenset(date(2026, 7, 1) + timedelta(days=day) for day in range(180))

    window = a_window("JM", "09:00-18:00", holiday="closed")
    where = Location(zones=frozenset({"America/Jamaica"}), jurisdictions=frozenset({"JM"}), source="-")
    assert isinstance(Hours((window,), LIVE, holidays_of=half_a_year).decide(where, at("11-21T15:00")), Never)


def test_a_rule_counts_from_its_first_day_to_its_last(place: Find) -> None:
    rules = (
        a_window("US", "08:00-21:00", "08:00-21:00", "08:00-21:00"),
        a_window("US-NY", "10:00-12:00", effective_from=date(2026, 11, 24), effective_to=date(2026, 11, 25)),
    )
    hours = Hours(rules, LIVE, holidays_of=holidays_of)
    opened = []
    for day in (23, 24, 25, 26):
        decided = hours.decide(place(**NEW_YORK), at(f"11-{day}T15:30"))
        assert isinstance(decided, Open)
        opened.append(decided.opened.hour)
    assert opened == [13, 15, 15, 13]


def test_the_explanation_names_every_rule_with_its_source(hours_of: HoursOf, place: Find) -> None:
    rows = hours_of(AUTOMATED).explain(place("+12075550123"), date(2026, 11, 23))
    assert [(row.jurisdiction, row.call_class, row.source) for row in rows] == [
        ("US", "any", "47 CFR 64.1200(c)(1); 16 CFR 310.4(c)"),
        ("US-ME", "prerecorded", "10 M.R.S. 1498(3)"),
    ]
    assert rows[1].text() == "Mon-Fri 09:00-17:00, Sat closed, Sun closed, holidays closed"


@pytest.mark.parametrize(
    ("terms", "number", "caps"),
    [
        (LIVE, "+18505550123", ["3 calls in 24 hours (US-FL)"]),
        (LIVE, "+12075550123", []),
        (AUTOMATED, "+12075550123", ["1 call in 8 hours (US-ME)"]),
        (LIVE, "+33612345678", ["4 calls in 30 days (FR)"]),
        (LIVE, "+971501234567", ["1 call in 24 hours (AE)", "2 calls in 7 days (AE)"]),
        (LIVE, "+16045550123", ["1 call in 30 days (CA-BC)"]),
        (LIVE, "+12125550123", []),
    ],
)
def test_the_caps_of_every_jurisdiction_count(
    hours_of: HoursOf, place: Find, terms: HoursTerms, number: str, caps: list[str]
) -> None:
    assert [cap.rule for cap in hours_of(terms).caps_for(place(number), date(2026, 11, 23))] == caps


@pytest.mark.parametrize(
    ("start", "end", "complaint"),
    [
        (time(20), time(8), "20:00-08:00 are empty or cross midnight"),
        (time(9), time(9), "09:00-09:00 are empty"),
        (time(9, 0, 30), None, "finer than a minute"),
    ],
)
def test_campaign_hours_that_cannot_be_kept_are_refused(start: time, end: time | None, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        HoursTerms(start=start, end=end)


def test_a_negative_guard_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        HoursTerms(guard=timedelta(seconds=-1))


def test_a_voice_nobody_has_is_refused() -> None:
    with pytest.raises(ValueError, match="neither automated nor live"):
        HoursTerms(voice="robot")  # type: ignore[arg-type]


def test_every_row_of_the_table_can_be_decided(tables: Tables, hours_of: HoursOf) -> None:
    for window in tables.windows:
        country = window.jurisdiction[:2]
        where = Location(
            zones=tables.geography.country_zones[country] & {"America/New_York", "America/Toronto"}
            or tables.geography.country_zones[country],
            jurisdictions=frozenset({country, window.jurisdiction}),
            source="-",
        )
        assert not isinstance(hours_of(AUTOMATED).decide(where, at("11-23T15:00")), Never)


def a_window(
    jurisdiction: str,
    weekdays: str,
    saturday: str = "closed",
    sunday: str = "closed",
    *,
    holiday: str = "",
    effective_from: date = date.min,
    effective_to: date = date.max,
) -> Window:
    return Window(
        jurisdiction=jurisdiction,
        call_class="any",
        weekdays=read_spans(weekdays),
        saturday=read_spans(saturday),
        sunday=read_spans(sunday),
        holiday=read_spans(holiday) if holiday else None,
        holiday_set="TEST" if holiday else "",
        effective_from=effective_from,
        effective_to=effective_to,
        source="campaign",
        as_of=date(2026, 11, 23),
        verified="-",
        confidence="-",
    )


IN_NEW_YORK = "nothing of the calling hours of US, US-NY"
NARROWED = [
    (HoursTerms(voice="live", start=time(22)), f"start and end leave {IN_NEW_YORK}", "[hours] start or end"),
    (HoursTerms(voice="live", start=time(20, 59)), f"start and end leave {IN_NEW_YORK}", "[hours] start or end"),
    (HoursTerms(voice="live", end=time(8)), f"start and end leave {IN_NEW_YORK}", "[hours] start or end"),
]


@pytest.mark.parametrize(("terms", "what", "change"), NARROWED)
def test_a_campaign_that_leaves_nothing_of_the_law_is_told_so(
    hours_of: HoursOf, place: Find, terms: HoursTerms, what: str, change: str
) -> None:
    never = hours_of(terms).decide(place(**NEW_YORK), at("11-23T15:00"))
    assert never == Never(reason=f"the campaign's {what}", change=change)
    assert never.advice == f"change {change}"


@pytest.mark.parametrize(
    ("number", "terms", "what"),
    [
        ("+12125550123", {"windows": ("US", "22:00-23:00")}, "own windows"),
        ("+12125550123", {"windows": ("US", "09:00-12:00"), "start": time(13)}, "start and end"),
        ("+12125550123", {"windows": ("US", "22:00-23:00"), "start": time(22)}, "start, end and own windows"),
        ("+18765550123", {"windows": ("JM", "closed")}, "own windows"),
        ("+18765550123", {"windows": ("JM", "09:00-12:00"), "start": time(13)}, "start and end"),
    ],
)
def test_a_campaigns_own_windows_are_named_where_they_leave_nothing(
    hours_of: HoursOf, place: Find, number: str, terms: dict[str, Any], what: str
) -> None:
    own = {**terms, "windows": (a_window(*terms["windows"]),)}
    never = hours_of(HoursTerms(voice="live", **own)).decide(place(number), at("11-23T15:00"))
    assert isinstance(never, Never)
    assert never.reason.startswith(f"the campaign's {what} leave nothing")

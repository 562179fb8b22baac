"""Whether somebody may be rung at a moment: which rule speaks first, what counts against a cap, and what is said."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.call import Outcome
from dialer.domain.problem import error
from dialer.domain.screening.candidate import Candidate, Facts, PastCall
from dialer.domain.screening.caps import Cap, DailyAllowance
from dialer.domain.screening.hours import Closed, HoursTerms, Open, times_around
from dialer.domain.screening.location import NO_ADDRESS, Address, Location, locate
from dialer.domain.screening.rules import (
    CALLED_RECENTLY,
    DO_NOT_CALL,
    NO_CALLING_HOURS,
    OUTSIDE_HOURS,
    Barred,
    Clear,
    Ground,
    Looks,
    Redial,
)
from dialer.domain.screening.ruleset import RuleSet
from dialer.screening.campaign_rules import in_order
from dialer.screening.tables import load

DAY = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # a Tuesday, 13:00 in New York
NIGHT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 23:00 on Monday in New York, which opens at 13:00 UTC
OPENS, CLOSES = datetime(2026, 11, 24, 13, 0, tzinfo=UTC), datetime(2026, 11, 25, 1, 59, tzinfo=UTC)
NEW_YORK, FLORIDA, PARIS, TOLL_FREE, SWEDEN = (
    "+12125550123",
    "+13055550123",
    "+33612345678",
    "+18005550123",
    "+46701234567",
)
LISTED = "on the do-not-call list own.txt, line 7"


def hours_ago(*hours, before=DAY, campaign="spring", own=False):
    return tuple(PastCall(at=before - timedelta(hours=ago), campaign=campaign, own=own) for ago in hours)


@pytest.fixture
def decide(tables, hours_of):
    """Ask the rules of the campaign `spring`, with a live voice, about one number."""

    def ask(number, now=DAY, *, listed="", calls=(), hours=True, address=NO_ADDRESS, **redial):
        enforced = hours_of(HoursTerms(voice="live")) if hours else None
        rules = RuleSet(in_order(hours=enforced, redial=Redial(campaign="spring", **redial)), tables.geography)
        facts = {number: Facts(listed=listed, calls=calls)} if listed or calls else {}
        (verdict,) = rules.decide([Candidate(number=number, address=address)], facts, now)
        return verdict

    return ask


def the_rules(hours):
    return RuleSet(in_order(hours=hours, redial=Redial(campaign="spring")), load().geography)


def cap(calls, hours):
    return Cap(calls=calls, within=timedelta(hours=hours), rule=f"{calls} calls in {hours} hours (the campaign's cap)")


MISTYPED = "and no such number is known there: look for a lost or mistyped digit, or a + too many"
OWN_HOURS = (
    "supply hours of your own in the campaign: "
    '[hours] windows = [{ country = "SE", mon_fri = "10:00-19:00", source = "…" }]'
)


def test_somebody_within_hours_is_clear_until_they_close(decide):
    assert decide(NEW_YORK) == Clear(closes=CLOSES)


def test_a_closed_number_is_deferred_to_its_next_stretch(decide):
    assert decide(NEW_YORK, NIGHT) == Barred(
        ground=OUTSIDE_HOURS,
        reason="outside the calling hours of US, US-NY; they open 2026-11-24 13:00 UTC (08:00 in America/New_York)",
        opens=OPENS,
        closes=CLOSES,
        countries=("US",),
    )


@pytest.mark.parametrize(
    ("number", "rule", "advice", "countries"),
    [
        (TOLL_FREE, "no place is known: a toll-free number (800)", ": supply a state, zip or timezone column", ()),
        (SWEDEN, "no calling window is known for SE", f": {OWN_HOURS}", ("SE",)),
        (
            "+2025550131",
            f"no calling window is known for EG, {MISTYPED}",
            "",
            (),
        ),
        (
            "+39212345678",
            f"no calling window is known for VA, {MISTYPED}",
            "",
            (),
        ),
    ],
)
def test_a_number_without_hours_is_held_and_told_what_to_supply(decide, number, rule, advice, countries):
    held = Barred(ground=NO_CALLING_HOURS, reason=f"{rule}{advice}", rule=rule, countries=countries)
    assert decide(number) == held


def test_no_common_window_is_held_until_a_time_zone_is_given(decide):
    assert decide(PARIS, address=Address(timezone="Australia/Sydney")) == Barred(
        ground=NO_CALLING_HOURS,
        reason="no common window within 14 days in Australia/Sydney, Europe/Paris: supply a timezone column",
        rule="no common window within 14 days in Australia/Sydney, Europe/Paris",
    )


def test_an_address_that_places_a_toll_free_number_frees_it(decide):
    assert decide(TOLL_FREE, address=Address(state="NY")) == Clear(closes=CLOSES)


# Which rule speaks first


@pytest.mark.parametrize("now", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize("number", [NEW_YORK, TOLL_FREE, SWEDEN])
@pytest.mark.parametrize("hours", [True, False], ids=["enforced", "not enforced"])
def test_do_not_call_speaks_before_every_other_rule(decide, now, number, hours):
    calls = hours_ago(1, 2, 3, before=now)
    verdict = decide(
        number, now, listed=LISTED, calls=calls, hours=hours, after=timedelta(hours=24), caps=(cap(1, 24),)
    )
    assert verdict == Barred(ground=DO_NOT_CALL, reason=LISTED)


def test_an_unknown_place_speaks_before_a_cap(decide):
    verdict = decide(TOLL_FREE, calls=hours_ago(1), caps=(cap(1, 24),))
    assert (verdict.outcome, verdict.reason[:17]) == (Outcome.HELD, "no place is known")


def test_a_cap_speaks_before_the_redial_gap(decide):
    verdict = decide(NEW_YORK, calls=hours_ago(1), after=timedelta(hours=48), caps=(cap(1, 24),))
    assert verdict == Barred(
        ground=CALLED_RECENTLY,
        reason="already 1 calls in 24 hours (the campaign's cap); again after 2026-11-25 17:00 UTC",
        until=datetime(2026, 11, 25, 17, tzinfo=UTC),
        rule="already 1 calls in 24 hours (the campaign's cap)",
    )


def test_a_cap_that_outlasts_the_night_speaks_before_the_hours(decide):
    verdict = decide(NEW_YORK, NIGHT, calls=hours_ago(1, before=NIGHT), caps=(cap(1, 24),))
    assert (verdict.outcome, verdict.reason[-28:]) == (Outcome.RECENT, "again after 2026-11-25 03:00 UTC"[-28:])


@pytest.mark.parametrize("rule", [{"caps": (cap(1, 24),)}, {"after": timedelta(hours=24)}], ids=["cap", "gap"])
def test_a_rule_that_ends_before_the_opening_leaves_a_number_deferred(decide, rule):
    ends_at_the_opening = (OPENS - NIGHT).total_seconds() / 3600
    verdict = decide(NEW_YORK, NIGHT, calls=hours_ago(24 - ends_at_the_opening, before=NIGHT), **rule)
    assert (verdict.outcome, verdict.opens) == (Outcome.DEFERRED, OPENS)
    later = decide(NEW_YORK, NIGHT, calls=hours_ago(24 - ends_at_the_opening - 0.1, before=NIGHT), **rule)
    assert later.outcome is Outcome.RECENT


# Caps and the gap


@pytest.mark.parametrize(("ago", "clear"), [((1, 2), True), ((1, 2, 23.9), False), ((1, 2, 24), True)])
def test_a_cap_counts_the_calls_of_every_campaign(decide, ago, clear):
    calls = [*hours_ago(*ago[:1]), *hours_ago(*ago[1:], campaign="winter")]
    verdict = decide(NEW_YORK, calls=calls, caps=(cap(3, 24),))
    assert (verdict == Clear(closes=CLOSES)) is clear


def test_the_cap_that_holds_longest_is_named(decide):
    calls = hours_ago(1, 2, 3)
    verdict = decide(NEW_YORK, calls=calls, caps=(cap(1, 2), cap(3, 720)))
    assert verdict.reason == ("already 3 calls in 720 hours (the campaign's cap); again after 2026-12-24 15:00 UTC")


@pytest.mark.parametrize(("campaign", "recent"), [("spring", True), ("winter", False)])
def test_the_redial_gap_is_for_the_campaigns_own_calls(decide, campaign, recent):
    verdict = decide(NEW_YORK, calls=hours_ago(2, campaign=campaign), after=timedelta(hours=24))
    assert (verdict != Clear(closes=CLOSES)) is recent


def test_the_redial_gap_names_the_last_call_and_when_it_ends(decide):
    assert decide(NEW_YORK, calls=hours_ago(2, 30), after=timedelta(hours=24)) == Barred(
        ground=CALLED_RECENTLY,
        reason="this campaign called the number at 2026-11-24 16:00 UTC; again after 2026-11-25 16:00 UTC",
        until=datetime(2026, 11, 25, 16, tzinfo=UTC),
        rule="the campaign's redial gap",
    )


def test_a_rows_own_calls_count_for_caps_and_not_for_the_gap(decide):
    own = hours_ago(1, own=True)
    assert decide(NEW_YORK, calls=own, after=timedelta(hours=24)) == Clear(closes=CLOSES)
    assert decide(NEW_YORK, calls=own, caps=(cap(1, 24),)).outcome is Outcome.RECENT
    behind_it = (*own, *hours_ago(3))
    assert decide(NEW_YORK, calls=behind_it, after=timedelta(hours=24)).outcome is Outcome.RECENT


@pytest.mark.parametrize("after", [None, timedelta(0)])
def test_without_a_gap_a_call_of_a_minute_ago_holds_nobody_back(decide, after):
    assert decide(NEW_YORK, calls=hours_ago(1 / 60), after=after) == Clear(closes=CLOSES)


@pytest.mark.parametrize(
    ("number", "now", "ago", "rule"),
    [
        (FLORIDA, DAY, (1, 2, 23), "3 calls in 24 hours (US-FL)"),
        (PARIS, DAY - timedelta(hours=8), (24, 48, 72, 29 * 24), "4 calls in 30 days (FR)"),
    ],
)
def test_the_laws_own_caps_hold_without_any_in_the_campaign(decide, number, now, ago, rule):
    calls = hours_ago(*ago, before=now, campaign="winter")
    verdict = decide(number, now, calls=calls)
    assert (verdict.outcome, verdict.reason.partition(";")[0]) == (Outcome.RECENT, f"already {rule}")
    assert isinstance(decide(number, now, calls=calls[:-1]), Clear)
    assert isinstance(decide(NEW_YORK, DAY, calls=hours_ago(*ago)), Clear)


def test_an_address_brings_its_laws_cap_with_it(decide):
    calls = hours_ago(1, 2, 3)
    assert isinstance(decide(NEW_YORK, calls=calls), Clear)
    assert decide(NEW_YORK, calls=calls, address=Address(state="FL")).outcome is Outcome.RECENT


# Hours that are not enforced


@pytest.mark.parametrize("number", [NEW_YORK, TOLL_FREE, SWEDEN])
def test_without_hours_anybody_is_clear_at_any_time(decide, number):
    assert decide(number, NIGHT, hours=False) == Clear()


def test_without_hours_gap_and_caps_still_hold_but_no_legal_caps(decide):
    calls = hours_ago(1, 2, 3, before=NIGHT)
    asked = {"now": NIGHT, "calls": calls, "hours": False}
    assert decide(FLORIDA, **asked) == Clear()
    assert decide(FLORIDA, **asked, caps=(cap(3, 24),)).outcome is Outcome.RECENT
    assert decide(FLORIDA, **asked, after=timedelta(hours=24)).outcome is Outcome.RECENT


# Many at once


def test_each_candidate_is_told_its_own_verdict_in_order(tables, hours_of):
    rules = the_rules(hours_of(HoursTerms(voice="live")))
    asked = [Candidate(number=number, row=row) for row, number in enumerate((NEW_YORK, TOLL_FREE, FLORIDA, NEW_YORK))]
    verdicts = rules.decide(asked, {FLORIDA: Facts(listed=LISTED)}, DAY)
    assert [getattr(verdict, "outcome", "clear") for verdict in verdicts] == ["clear", "held", "suppressed", "clear"]


def test_a_number_that_cannot_be_speaks_for_nobody_else_of_its_area(tables, hours_of):
    rules = the_rules(hours_of(HoursTerms(voice="live")))
    asked = [Candidate(number=number) for number in ("+12121550123", NEW_YORK, "+12120550123")]
    verdicts = rules.decide(asked, {}, DAY)
    assert [getattr(verdict, "outcome", "clear") for verdict in verdicts] == ["held", "clear", "held"]


# A rule of one's own

PREMIUM = Ground(Outcome.HELD, error("premium", "the number is dear to call", "take it out of the list"))
DEAR, LONDONER, LEEDS = "+12125559000", "+442079460123", "+441134960123"


class OwnRule:
    """Bars the numbers it is given, on a ground of its own; remembers of whom it was asked."""

    def __init__(self, looks_at, *barred):
        self.looks_at, self.barred, self.asked = looks_at, barred, []

    def check(self, case):
        self.asked.append(case.number)
        return Barred(ground=PREMIUM, reason="the number is dear to call") if case.number in self.barred else None


def decided(rules, *numbers):
    verdicts = RuleSet(rules, load().geography).decide([Candidate(number=number) for number in numbers], {}, DAY)
    return [verdict.problem.code if isinstance(verdict, Barred) else verdict for verdict in verdicts]


def test_a_rule_that_looks_at_the_whole_number_is_asked_of_each_and_speaks_for_no_other(hours_of):
    own, hours = OwnRule(Looks.NUMBER, DEAR), hours_of(HoursTerms(voice="live"))
    rules = (*in_order(hours=hours, redial=Redial(campaign="spring")), own)
    clear = Clear(closes=CLOSES)
    assert decided(rules, NEW_YORK, DEAR, NEW_YORK, "+12125550199") == [clear, "premium", clear, clear]
    assert own.asked == [NEW_YORK, DEAR, NEW_YORK, "+12125550199"]


@pytest.mark.parametrize(
    ("looks_at", "asked"),
    [
        (Looks.PLACE, [NEW_YORK, FLORIDA, LONDONER]),
        (Looks.PLACE | Looks.MOMENT, [NEW_YORK, FLORIDA, LONDONER] * 2),
        (Looks.ADDRESS, [NEW_YORK]),
        (Looks.MOMENT, [NEW_YORK] * 2),
        (Looks.PAST, [NEW_YORK, FLORIDA, FLORIDA]),
    ],
    ids=str,
)
def test_a_rule_is_asked_once_of_numbers_alike_in_what_it_looks_at(looks_at, asked):
    own = OwnRule(looks_at)
    rules = RuleSet([own], load().geography)
    people = [Candidate(number=number) for number in (NEW_YORK, DEAR, FLORIDA, LONDONER, LEEDS, NEW_YORK)]
    for now in (DAY, NIGHT):
        assert rules.decide(people, {FLORIDA: Facts(calls=hours_ago(1))}, now) == [Clear()] * len(people)
    assert own.asked == asked


@pytest.mark.parametrize("looks_at", [Looks.NUMBER, Looks.PLACE])
def test_the_first_rule_that_bars_gives_its_own_code_though_both_hold(hours_of, looks_at):
    rules = in_order(hours=hours_of(HoursTerms(voice="live")), redial=Redial(campaign="spring"))
    own = OwnRule(looks_at, TOLL_FREE, NEW_YORK)
    assert decided((*rules, own), TOLL_FREE, NEW_YORK) == ["no-calling-hours", "premium"]
    assert decided((own, *rules), TOLL_FREE, NEW_YORK, SWEDEN) == ["premium", "premium", "no-calling-hours"]


def test_a_rule_about_the_whole_number_does_not_keep_the_others_from_sharing():
    before, own, behind = OwnRule(Looks.PLACE), OwnRule(Looks.NUMBER, DEAR), OwnRule(Looks.PLACE)
    assert decided((before, own, behind), NEW_YORK, DEAR, "+12125550199") == [Clear(), "premium", Clear()]
    assert (before.asked, own.asked) == ([NEW_YORK], [NEW_YORK, DEAR, "+12125550199"])
    assert behind.asked == [NEW_YORK]


def test_who_may_be_rung_may_be_until_the_first_rule_ends_it(hours_of):
    hours, today = hours_of(HoursTerms(voice="live")), DAY.date()
    rules = in_order(hours=hours, redial=Redial(campaign="spring"), last_days={NEW_YORK: today, FLORIDA: today})
    assert decided(rules, NEW_YORK, DEAR) == [Clear(closes=datetime(2026, 11, 25, tzinfo=UTC)), Clear(closes=CLOSES)]


def test_without_any_rule_everybody_is_clear():
    assert decided((), NEW_YORK, TOLL_FREE) == [Clear(), Clear()]


numbers = st.one_of(
    st.tuples(st.sampled_from([212, 305, 850, 448, 364, 800, 265, 907, 604, 671, 711]), st.integers(0, 9_999_999)).map(
        lambda parts: f"+1{parts[0]}{parts[1]:07}"
    ),
    st.sampled_from([PARIS, SWEDEN, "+61412345678", "+442079460123", "+971501234567"]),
)
addresses = st.builds(
    Address,
    timezone=st.sampled_from(["", "America/New_York", "EST", "Pacific/Guam"]),
    state=st.sampled_from(["", "FL", "HI", "nowhere"]),
    country=st.sampled_from(["", "US", "France"]),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(st.tuples(numbers, addresses), min_size=1, max_size=20), st.lists(moments, min_size=1, max_size=3))
def test_what_the_rules_remember_never_changes_what_it_says(hours_of, people, when):
    def fresh():
        return the_rules(hours_of(HoursTerms()))

    candidates = [Candidate(number=number, address=address) for number, address in people]
    remembering = fresh()
    for now in when:
        alone = [fresh().decide([candidate], {}, now)[0] for candidate in candidates]
        assert remembering.decide(candidates, {}, now) == alone


@given(numbers, addresses, moments)
def test_clear_and_deferred_are_what_the_hours_say(hours_of, number, address, now):
    where = locate(number, address, geography=load().geography)
    rules = the_rules(hours_of(HoursTerms()))
    (verdict,) = rules.decide([Candidate(number=number, address=address)], {}, now)
    decided = hours_of(HoursTerms()).decide(where, now) if isinstance(where, Location) else None
    match decided:
        case Open(closes=closes):
            assert verdict == Clear(closes=closes)
        case Closed(opens=opens, closes=closes):
            assert (verdict.outcome, verdict.opens, verdict.closes) == (Outcome.DEFERRED, opens, closes)
        case _:
            assert verdict.outcome is Outcome.HELD


# So many calls a day


def test_an_allowance_counts_the_last_day_and_opens_when_the_oldest_has_left_it():
    allowance = DailyAllowance(3, [DAY - timedelta(hours=25), DAY - timedelta(hours=20)])
    assert (allowance.allows(DAY), allowance.opens(DAY)) == (2, DAY)
    allowance.spend(DAY, 2)
    assert (allowance.allows(DAY), allowance.opens(DAY)) == (0, DAY + timedelta(hours=4))
    assert allowance.allows(DAY + timedelta(hours=4)) == 1


def test_what_did_not_leave_after_all_is_allowed_again():
    allowance = DailyAllowance(3, [DAY - timedelta(hours=20)])
    allowance.spend(DAY, 2)
    allowance.take_back(1)
    assert allowance.allows(DAY) == 1
    assert allowance.allows(DAY + timedelta(hours=4)) == 2


def test_no_allowance_allows_any_number():
    allowance = DailyAllowance(None, [DAY])
    allowance.spend(DAY, 1000)
    allowance.take_back(1)
    assert (allowance.allows(DAY), allowance.opens(DAY)) == (None, DAY)


# The deadline

CLOCKS = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("clock", "now", "last", "coming"),
    [
        (time(17, 0), "2026-11-24T09:30", "2026-11-23T17:00", "2026-11-24T17:00"),
        (time(17, 0), "2026-11-24T17:00", "2026-11-24T17:00", "2026-11-25T17:00"),
        (time(17, 0), "2026-11-24T16:59:59.9", "2026-11-23T17:00", "2026-11-24T17:00"),
        (time(0, 0), "2026-12-31T23:59", "2026-12-31T00:00", "2027-01-01T00:00"),
        (time(23, 30), "2027-01-01T00:10", "2026-12-31T23:30", "2027-01-01T23:30"),
        # Clocks change from 02:00 to 03:00: what is skipped is meant an hour early, what follows keeps its clock.
        (time(17, 0), "2027-03-13T18:00", "2027-03-13T17:00", "2027-03-14T17:00"),
        (time(2, 30), "2027-03-14T00:30", "2027-03-13T02:30", "2027-03-14T01:30"),
        (time(2, 30), "2027-03-14T03:10", "2027-03-14T01:30", "2027-03-15T02:30"),
        # Clocks change from 02:00 to 01:00: of the two times 01:30 the first one is meant.
        (time(1, 30), "2026-11-01T01:00", "2026-10-31T01:30", "2026-11-01T01:30"),
        (time(1, 30), "2026-11-01T01:40", "2026-11-01T01:30", "2026-11-02T01:30"),
        (time(3, 0), "2026-11-01T01:40", "2026-10-31T03:00", "2026-11-01T03:00"),
    ],
)
def test_clocks_show_a_deadline_once_a_day(clock, now, last, coming):
    moments = [datetime.fromisoformat(text).replace(tzinfo=CLOCKS) for text in (now, last, coming)]
    now, *expected = (moment.astimezone(UTC) for moment in moments)
    assert times_around(clock, now, lambda at: at.replace(tzinfo=CLOCKS)) == tuple(expected)

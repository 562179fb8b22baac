"""Calling hours, pauses, caps and ends of whole runs: who is rung when, and that nobody is lost or rung twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from builders import START, most_in_any
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import (
    DAY,
    DONE,
    FLORIDA,
    LONDON,
    LOS_ANGELES,
    NEW_YORK,
    PARIS,
    TOLL_FREE,
    UNLISTED,
    Scene,
    lawful_scenes,
    people,
    until,
    utc,
)

from dialer.domain.call import NotSent, Outcome, Throttled, Unclear
from dialer.engine.ending import End, Ending
from dialer.ledger.port import open_ledger
from dialer.screening.tables import load

DEADLINE = Ending(end=End.DEADLINE, reason="the deadline is past")
SPREAD = timedelta(minutes=5)


@pytest.fixture
def scene(ledger, tables):
    with lawful_scenes(ledger, tables) as build:
        yield build


def sooner_and_later(moments, border):
    return sum(moment < border for moment in moments), sum(moment >= border for moment in moments)


# Windows open and close


def test_waiting_rings_each_place_as_its_hours_open(scene):
    night = scene("03 06:00")
    run = night.load(people(LOS_ANGELES, NEW_YORK, PARIS, LONDON))
    assert night.dial(run, wait=True) == DONE
    assert night.rows() == dict.fromkeys(range(2, 6), "placed")
    opened = [utc("03 08:00"), utc("03 09:00"), utc("03 13:00"), utc("03 16:00")]
    late = [moment - opening for (_, moment), opening in zip(night.requests, opened, strict=True)]
    assert [number[:5] for number, _ in night.requests] == ["+4420", "+3361", "+1212", "+1213"]
    assert all(timedelta(0) <= wait < SPREAD + timedelta(seconds=1) for wait in late)


def test_an_area_code_that_no_table_knows_waits_for_the_strictest_hours(scene):
    night = scene("03 06:00")
    run = night.load(people(UNLISTED, NEW_YORK))
    assert night.dial(run, wait=True) == DONE
    first, second = [moment for _, moment in night.requests]
    assert (utc("03 13:00") <= first < utc("03 13:05"), utc("03 18:00") <= second < utc("03 18:05")) == (True, True)
    assert night.rows() == {2: "placed", 3: "placed"}


def test_who_watches_is_told_when_the_next_window_opens(scene):
    night = scene("03 06:00")
    night.dial(night.load(people(LONDON, NEW_YORK)), wait=True)
    assert [idle.replace(minute=0, second=0, microsecond=0) for idle in night.idles] == [
        utc("03 08:00"),
        utc("03 13:00"),
    ]


def test_deferring_ends_the_run_and_says_when_each_row_opens(scene):
    night = scene("03 15:00")
    run = night.load(people(NEW_YORK, LOS_ANGELES, TOLL_FREE, LONDON))
    assert night.dial(run) == DONE
    assert night.rows() == {2: "placed", 3: "deferred", 4: "held", 5: "placed"}
    assert "they open 2026-03-03 16:00 UTC (08:00 in America/Los_Angeles)" in night.errors()[3]
    assert utc("03 16:00") <= night.ledger.first_opening(run, "deferred") < utc("03 16:05")


def test_a_deferred_row_is_rung_by_a_later_session_in_its_hours(scene):
    morning = scene("03 06:00")
    run = morning.load(people(NEW_YORK, LONDON))
    for hours, asked in ((0, 0), (1, 0), (2, 1), (5, 2), (1, 2)):
        morning.clock.forward(hours * 3600)
        assert morning.dial(run) == DONE
        assert len(morning.requests) == asked
    assert morning.rows() == {2: "placed", 3: "placed"}


def test_a_window_that_opens_during_a_deferring_run_is_used(scene):
    morning = scene("03 15:55")
    run = morning.load(people(*[LOS_ANGELES] * 20, *[NEW_YORK] * 100))
    assert morning.dial(run, rate=0.1, in_flight=2) == DONE
    assert morning.ledger.counts(run) == {"placed": 120}
    assert sooner_and_later([moment for number, moment in morning.requests if "+1213" in number], utc("03 16:00")) == (
        0,
        20,
    )


def test_a_window_that_closes_during_a_deferring_run_defers_the_rest(scene):
    evening = scene("03 01:50")
    run = evening.load(people(*[LOS_ANGELES] * 20, *[NEW_YORK] * 80))
    assert evening.dial(run, rate=0.1) == DONE
    assert evening.ledger.counts(run) == {"placed": 53 + 20, "deferred": 27}
    assert [number[:5] for number in evening.provider.asked] == ["+1212"] * 53 + ["+1213"] * 20
    assert evening.requests[52][1] < utc("03 01:59") <= evening.requests[53][1]


def test_a_window_that_closes_during_a_waiting_run_goes_on_the_next_day(scene):
    evening = scene("03 01:58")
    run = evening.load(people(*[NEW_YORK] * 20))
    assert evening.dial(run, rate=0.1, wait=True) == DONE
    assert evening.ledger.counts(run) == {"placed": 20}
    moments = [moment for _, moment in evening.requests]
    assert sooner_and_later(moments, utc("03 02:00")) == (6, 14)
    assert utc("03 13:00") <= moments[6] < utc("03 13:05")


def test_who_closes_first_is_rung_first(scene):
    afternoon = scene("03 17:00")
    run = afternoon.load(people(LOS_ANGELES, NEW_YORK, FLORIDA, LONDON, PARIS, LOS_ANGELES, PARIS))
    afternoon.dial(run, in_flight=1)
    places = ["+3361", "+3361", "+4420", "+1305", "+1212", "+1213", "+1213"]
    assert [number[:5] for number in afternoon.provider.asked] == places


def test_who_opened_just_now_waits_for_who_closes_sooner(scene):
    afternoon = scene("03 15:59")
    run = afternoon.load(people(*[LOS_ANGELES] * 30, *[LONDON] * 60))
    afternoon.dial(run, rate=0.5, in_flight=1, wait=True)
    assert [number[:5] for number in afternoon.provider.asked] == ["+4420"] * 60 + ["+1213"] * 30


def test_who_opened_just_now_and_closes_sooner_goes_first(scene):
    lunch = scene("03 12:59")
    run = lunch.load(people(*[LONDON] * 60, *[PARIS] * 30))
    lunch.dial(run, rate=0.1, in_flight=1, wait=True)
    paris = [at for at, number in enumerate(lunch.provider.asked) if number.startswith("+3361")]
    assert 0 < paris[0] < paris[-1] < 60
    assert lunch.requests[paris[-1]][1] < utc("03 13:08")


def test_those_who_open_together_are_spread_over_the_first_minutes(scene):
    night = scene("03 06:00")
    run = night.load(people(*[NEW_YORK] * 500))
    assert night.dial(run, wait=True, in_flight=100) == DONE
    minutes = [int((moment - utc("03 13:00")).total_seconds() // 60) for _, moment in night.requests]
    assert {minute: 80 <= minutes.count(minute) <= 120 for minute in set(minutes)} == dict.fromkeys(range(5), True)


def test_a_weekend_without_hours_is_waited_out(scene):
    friday = scene("06 19:30")
    run = friday.load(people(PARIS))
    assert friday.dial(run, wait=True) == DONE
    assert [moment.date() for _, moment in friday.requests] == [utc("09 09:00").date()]


def test_a_machine_that_slept_past_the_closing_rings_nobody(scene):
    evening = scene("02 22:00")
    run = evening.load(people(*[NEW_YORK] * 40))

    async def sleep(bench):
        await until(lambda: len(bench.provider.asked) == 10)
        bench.clock.forward(5 * 3600)

    assert evening.dial(run, rate=1, meanwhile=sleep) == DONE
    assert evening.ledger.counts(run) == {"placed": 10, "deferred": 30}


def test_without_enforcement_nobody_waits_for_hours(ledger, tables):
    night = Scene(ledger, tables, at=utc("03 06:00"))
    run = night.load(people(NEW_YORK, TOLL_FREE, PARIS))
    assert night.dial(run, enforce=False) == DONE
    assert night.rows() == dict.fromkeys((2, 3, 4), "placed")


# A pause crosses the closing


def throttled_at_the_last_minute(scene, wait):
    (row,) = people(NEW_YORK)
    return scene("03 01:58:30", script={row.number: [Throttled("HTTP 429", wait)]}), [row]


def test_a_pause_that_crosses_the_closing_leaves_the_row_deferred(scene):
    evening, rows = throttled_at_the_last_minute(scene, 120.0)
    assert evening.dial(evening.load(rows)) == DONE
    assert (evening.rows(), len(evening.requests)) == ({2: "deferred"}, 1)
    assert "they open 2026-03-03 13:00 UTC" in evening.errors()[2]


def test_a_pause_that_crosses_the_closing_is_dialled_in_the_morning(scene):
    evening, rows = throttled_at_the_last_minute(scene, 120.0)
    assert evening.dial(evening.load(rows), wait=True) == DONE
    assert evening.rows() == {2: "placed"}
    assert [moment.hour for _, moment in evening.requests] == [1, 13]


def test_a_pause_that_ends_before_the_closing_is_dialled_at_once(scene):
    evening, rows = throttled_at_the_last_minute(scene, 10.0)
    assert evening.dial(evening.load(rows)) == DONE
    assert (evening.rows(), len(evening.requests)) == ({2: "placed"}, 2)


def test_everybody_held_back_by_a_pause_is_screened_again_after_it(scene):
    rows = people(*[NEW_YORK] * 30)
    throttled = {row.number: [Throttled("HTTP 429", 300.0)] for row in rows[4:12]}
    evening = scene("03 01:58:30", script=throttled, seconds=0.5)
    run = evening.load(rows)
    assert evening.dial(run, rate=10) == DONE
    asked = len(evening.requests)
    assert evening.ledger.counts(run) == {"placed": asked - 8, "deferred": 30 - asked + 8}
    assert asked < 30


# So many calls a day


def test_a_full_day_ends_a_deferring_run_and_leaves_the_rest(scene):
    day = scene("03 15:00")
    run = day.load(people(*[NEW_YORK] * 10))
    asked = []
    for hours in (0, 1, 23, 12, 12):
        day.clock.forward(hours * 3600)
        assert day.dial(run, calls_per_day=4) == DONE
        asked.append(len(day.requests))
    assert asked == [4, 4, 8, 8, 10]
    assert day.ledger.counts(run) == {"placed": 10}


def test_a_full_day_makes_a_waiting_run_go_on_a_day_later(scene):
    day = scene("03 15:00")
    run = day.load(people(*[NEW_YORK] * 10))
    assert day.dial(run, calls_per_day=4, wait=True) == DONE
    assert day.ledger.counts(run) == {"placed": 10}
    assert [moment.day for _, moment in day.requests] == [3] * 4 + [4] * 4 + [5] * 2
    assert most_in_any(DAY.total_seconds(), day.provider.left_at) == 4


def test_a_full_day_that_ends_at_night_waits_for_the_morning(scene):
    evening = scene("03 01:58:30")
    run = evening.load(people(*[NEW_YORK] * 8))
    assert evening.dial(run, calls_per_day=3, wait=True, rate=0.1) == DONE
    # 24 hours later it is the last half minute before the closing, and then again.
    assert evening.ledger.counts(run) == {"placed": 8}
    assert most_in_any(DAY.total_seconds(), evening.provider.left_at) <= 3


def test_what_a_pause_keeps_from_leaving_uses_up_no_day(scene):
    rows = people(*[NEW_YORK] * 30)
    day = scene("03 15:00", script={rows[0].number: [Throttled("HTTP 429", 5.0)]}, seconds=0.05)
    run = day.load(rows)
    day.dial(run, rate=100, calls_per_day=20)
    assert len(day.requests) == 20


# Sessions end and begin


def test_a_deadline_ends_a_waiting_run_which_goes_on_later(scene):
    night = scene("03 06:00")
    run = night.load(people(LONDON, NEW_YORK, LOS_ANGELES))

    async def at_two_in_the_afternoon(bench):
        await asyncio.sleep(8 * 3600)
        bench.runner.stop(DEADLINE)

    assert night.dial(run, wait=True, meanwhile=at_two_in_the_afternoon) == DEADLINE
    assert night.rows() == {2: "placed", 3: "placed", 4: "deferred"}
    assert night.clock.now() < utc("03 14:01")
    assert night.dial(run, wait=True) == DONE
    assert night.rows() == dict.fromkeys((2, 3, 4), "placed")
    assert len(night.requests) == 3


def test_a_killed_run_forgets_nobody_and_rings_nobody_twice(scene):
    evening = scene("03 01:30", seconds=3.0)
    rows = people(*[NEW_YORK] * 60, *[LOS_ANGELES] * 30, *[LONDON] * 10, TOLL_FREE)
    run = evening.load(rows)
    deaths = 0
    while not evening.killed(run, after=(7, 600, 3, 4000, 29, 6000, 41)[deaths % 7], wait=True, rate=0.5):
        deaths += 1
    assert deaths > 5
    assert sorted(evening.provider.asked) == sorted(row.number for row in rows[:-1])
    found = evening.rows()
    assert found[102] == "held"
    assert set(found.values()) == {"placed", "unknown", "held"}
    assert list(found.values()).count("unknown") <= deaths


def test_a_kill_at_the_closing_leaves_every_row_with_its_truth(scene):
    evening = scene("03 01:58:30", seconds=3.0)
    run = evening.load(people(*[NEW_YORK] * 30))
    evening.killed(run, after=30, rate=0.5)
    before = evening.ledger.counts(run)
    assert before[Outcome.UNKNOWN] > 0
    assert evening.dial(run, rate=0.5) == DONE
    assert evening.ledger.counts(run) == {
        "placed": before[Outcome.PLACED],
        "unknown": before[Outcome.UNKNOWN],
        "deferred": 30 - before[Outcome.PLACED] - before[Outcome.UNKNOWN],
    }


def test_rules_that_change_between_sessions_hold_for_the_next(scene, tmp_path):
    morning = scene("03 06:00")
    rows = people(NEW_YORK, NEW_YORK, NEW_YORK)
    run = morning.load(rows)
    morning.dial(run)
    assert morning.rows() == dict.fromkeys((2, 3, 4), "deferred")
    file = tmp_path / "own.txt"
    file.write_text(f"{rows[0].number}\n")
    morning.clock.forward(9 * 3600)
    morning.dial(run, files=[file])
    assert morning.rows() == {2: "suppressed", 3: "placed", 4: "placed"}


# A limit, and rows that are closed


def test_a_limit_counts_closed_rows_of_the_list_too(scene):
    day = scene("03 15:00")
    run = day.load(people(NEW_YORK, TOLL_FREE, LOS_ANGELES, NEW_YORK, NEW_YORK))
    assert day.dial(run, limit=3) == DONE
    assert day.rows() == {2: "placed", 3: "held", 4: "deferred", 5: "placed", 6: "pending"}
    assert day.dial(run, limit=3, wait=True) == DONE
    assert day.rows() == {2: "placed", 3: "held", 4: "placed", 5: "placed", 6: "pending"}
    assert day.dial(run) == DONE
    assert day.rows()[6] == "placed"


@pytest.mark.parametrize("wait", [True, False])
def test_closed_rows_beyond_the_limit_are_left_alone_and_still_tell_their_opening(scene, wait):
    day = scene("03 15:00")
    run = day.load(people(NEW_YORK, LOS_ANGELES, LOS_ANGELES))
    assert day.dial(run, limit=1, wait=wait) == DONE
    assert day.rows() == {2: "placed", 3: "deferred", 4: "deferred"}
    assert utc("03 16:00") <= day.ledger.first_opening(run, "deferred") < utc("03 16:05")


def test_a_retry_beyond_the_limit_of_the_next_session_keeps_its_wait(scene):
    rows = people(NEW_YORK, NEW_YORK)
    day = scene("03 15:00", script={rows[1].number: [NotSent("dns")]})
    run = day.load(rows)

    async def stop(bench):
        await until(lambda: bench.heard.outcomes[3])
        bench.runner.stop(DEADLINE)

    day.dial(run, meanwhile=stop)
    day.dial(run, limit=1)
    assert day.dial(run) == DONE
    assert day.rows() == {2: "placed", 3: "placed"}
    assert day.requests[-1][1] - day.requests[-2][1] >= timedelta(seconds=1)


# Whoever, whenever

AREAS = (201, 212, 213, 219, 265, 270, 305, 312, 364, 405, 448, 514, 604, 671, 709, 787, 800, 808, 850, 867, 907, 928)
ABROAD = ("+3361234{:04}", "+44207946{:04}", "+6141234{:04}", "+9198123{:05}", "+9715012{:05}", "+4670123{:04}")
places = st.one_of(st.sampled_from(AREAS).map("+1{}555{{:04}}".format), st.sampled_from(ABROAD))
troubles = st.sampled_from([[], [], [], [Throttled("HTTP 429", 90.0)], [NotSent("dns")], [Unclear("lost")]])
year = st.integers(0, 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@settings(max_examples=25)
@given(
    who=st.lists(st.tuples(places, troubles), min_size=1, max_size=25),
    when=year,
    wait=st.booleans(),
    rate=st.sampled_from([0.05, 1, 100]),
    stops=st.sets(st.integers(0, 24)),
    deaths=st.lists(st.integers(1, 40_000), max_size=3),
)
def test_nobody_is_rung_outside_their_hours_twice_or_after_stop(  # noqa: PLR0917
    tmp_path_factory, who, when, wait, rate, stops, deaths
):
    rows = people(*(place for place, _ in who))
    path = tmp_path_factory.mktemp("whoever") / "ledger.db"
    with open_ledger(path) as ledger:
        script = {row.number: trouble for row, (_, trouble) in zip(rows, who, strict=True)}
        scene = Scene(ledger, load(), at=when, script=script)
        run = scene.load(rows)
        forbidden = {rows[at].number for at in stops if at < len(rows)}
        first, second = sorted(forbidden)[::2], sorted(forbidden)[1::2]
        ledger.suppressions().add([(number, "") for number in first], who="ann", now=when)
        stopped_at = when
        for seconds in deaths:
            scene.killed(run, after=seconds, wait=wait, rate=rate)
            stopped_at = scene.clock.now()
        with open_ledger(path) as other:
            other.suppressions().add([(number, "") for number in second], who="ann", now=stopped_at)
        assert scene.dial(run, wait=wait, rate=rate) == DONE

        assert scene.against_the_law() == []
        rung = [number for number, _ in scene.requests]
        retried = {number for number, steps in script.items() if steps and not isinstance(steps[0], Unclear)}
        assert {number for number in rung if rung.count(number) > 1} <= retried
        assert not set(first) & set(rung)
        assert [request for request in scene.requests if request[0] in second and request[1] > stopped_at] == []
        found = scene.rows()
        assert found.keys() == {row.row for row in rows}
        final = {"placed", "failed", "unknown", "suppressed", "held"}
        assert set(found.values()) <= (final if wait else final | {"deferred"})

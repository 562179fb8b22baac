"""A clock that is set, or a machine that sleeps, while a run goes on; on a real ledger and a clock that jumps."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from builders import (
    START,
    HandClock,
    ScriptedProvider,
    a_bench,
    a_run,
    a_settlement,
    awaited,
    contacts,
    gaps,
    number_of,
    outcomes,
    work_of,
)

from dialer.domain.call import NotSent
from dialer.domain.screening.rules import Clear
from dialer.engine.ending import End, Ending
from dialer.engine.wall_clock import Wall

DONE = Ending(end=End.DONE)
DAY = timedelta(days=1)
STEPS = [timedelta(hours=-2), timedelta(hours=2), timedelta(hours=8), -27 * 365 * DAY, 73 * 365 * DAY]


class ClearScreening:
    """A screening that clears everybody and remembers whom it was asked about."""

    def __init__(self):
        self.asked = []

    def has_changed(self, _now):
        return False

    def screen(self, candidates, _now):
        self.asked += [candidate.row for candidate in candidates]
        return [Clear(closes=None)] * len(candidates)


def setting(clock, by, *, after):
    async def meanwhile(_bench):
        await asyncio.sleep(after)
        clock.set_by += by

    return meanwhile


@pytest.mark.parametrize("step", STEPS)
def test_a_retry_waits_for_its_time_whatever_the_wall_says_meanwhile(ledger, step):
    a_run(ledger, contacts(3))
    clock = HandClock()
    provider = ScriptedProvider({number_of(3): [NotSent("refused")] * 2}, clock=clock)
    bench = a_bench(work_of(ledger, 1), provider, clock=clock, in_flight=1)
    assert bench.run(meanwhile=setting(clock, step, after=1.5)) == DONE
    assert outcomes(ledger, 1) == dict.fromkeys((2, 3, 4), "placed")
    assert [round(gap) for gap in gaps(provider.left_at) if gap > 0.5] == [1, 2]
    assert [round(by.total_seconds()) for by in bench.heard.steps] == [round(step.total_seconds())]


@pytest.mark.parametrize("step", STEPS)
def test_everybody_is_screened_again_once_the_clock_was_set(ledger, step):
    a_run(ledger, contacts(40))
    screening, clock = ClearScreening(), HandClock()
    bench = a_bench(
        work_of(ledger, 1, screening=screening), ScriptedProvider(clock=clock), clock=clock, rate=10, in_flight=1
    )
    assert bench.run(meanwhile=setting(clock, step, after=2.0)) == DONE
    again = screening.asked[40:]
    assert (len(set(again)) >= 15, set(again) <= set(range(2, 42))) == (True, True)


def test_what_was_claimed_before_a_sleep_does_not_leave_after_it(ledger):
    a_run(ledger, contacts(1))
    clock, screening = HandClock(), ClearScreening()
    provider = ScriptedProvider(clock=clock, handshake=2.0)
    bench = a_bench(work_of(ledger, 1, screening=screening), provider, clock=clock)
    assert bench.run(meanwhile=setting(clock, timedelta(hours=8), after=1.0)) == DONE
    assert [round(at) for at in provider.left_at] == [4]  # after a second handshake
    assert screening.asked == [2, 2]


def test_a_clock_that_is_drawn_right_slowly_was_not_set():
    wall = Wall(START, 0.0)
    steps = [wall.was_set(START + timedelta(seconds=60.5 * minute), 60.0 * minute) for minute in range(100)]
    assert steps == [None] * 100


def recorded(ledger):
    with ledger.evidence(1) as evidence:
        return [session.screening for session in evidence.sessions()]


def test_the_session_remembers_that_the_clock_was_set(ledger):
    run = a_run(ledger, contacts(3))
    ledger.begin_session(run, calls_per_second=5, screening={"rules": {}}, now=START)
    work = work_of(ledger, 1)
    awaited(work.clock_was_set(timedelta(hours=-2), now=START - timedelta(hours=2)))
    awaited(work.clock_was_set(timedelta(seconds=90), now=START))
    assert recorded(ledger) == [{"rules": {}, "clock_was_set": [-7200.0, 90.0]}]


def test_a_clock_that_was_set_back_between_two_sessions_keeps_nobody_waiting(ledger):
    run = a_run(ledger, contacts(1))
    (claim,) = awaited(work_of(ledger, 1).turn((), want=1, now=START))
    awaited(work_of(ledger, 1).turn([a_settlement(claim, NotSent("refused"))], want=0, now=START))
    earlier = START - timedelta(hours=2)
    ledger.begin_session(run, calls_per_second=5, screening={}, now=earlier)
    work = work_of(ledger, 1, now=earlier)
    assert awaited(work.next_due(earlier)) <= earlier
    assert recorded(ledger) == [{"clock_was_set": [-7200.0]}]

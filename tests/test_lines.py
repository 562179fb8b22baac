"""No more calls at a time than a provider carries, by the provider's own count of those that are not over."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from builders import (
    START,
    HandClock,
    a_bench,
    a_run,
    a_settlement,
    awaited,
    contacts,
    number_of,
    outcomes,
    work_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.call import Accepted, HeldBack, MayBeUp, NotSeen, RunMustStop, Seen, Unclear
from dialer.engine.ending import End, Ending
from dialer.engine.line_follower import LineFollower
from dialer.engine.lines import Lines
from dialer.engine.look_ups import LookUps
from dialer.engine.pacing import LocalPace
from dialer.engine.rules import Clock
from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger

DONE = Ending(end=End.DONE)
FINAL = frozenset({"completed", "failed"})
ALL_BUSY = "10 calls at a time: all lines are busy"


class Carrier:
    """A provider whose calls last as long as `lasts` says of each, and that counts how many are up at a time.

    `says` answers in its place where it gives something: a call by its number, a look-up by its call's id.
    """

    def __init__(self, clock, *, lasts=lambda _: 20.0, says=lambda _: None, delay=0.0):
        self._clock, self._lasts, self._says, self._delay = clock, lasts, says, delay
        self._ids = count(1)
        self.over_at = {}
        self.left_at = []
        self.looked_up = []
        self.most_up = 0

    async def ready(self):
        return None

    async def place(self, request, leave):
        if not await leave():
            return HeldBack("not let out")
        now = self._clock.seconds
        said = self._says(request.called_number)
        call_id = f"call-{next(self._ids)}"
        self.left_at.append(now)
        if said is None or isinstance(said, Unclear):
            self.over_at[call_id] = now + self._delay + self._lasts(len(self.left_at) - 1)
        self.most_up = max(self.most_up, self.up(now))
        return said or Accepted(call_id, "queued", self._delay)

    async def look_up(self, call_id, leave):
        if not await leave():
            return HeldBack("not let out")
        self.looked_up.append(call_id)
        said = self._says(call_id)
        return said or Seen("completed" if self.over_at[call_id] <= self._clock.seconds else "answered")

    def up(self, now):
        return sum(now < over for over in self.over_at.values())


def at_most(most, ledger, provider, *, look_ups=None, follow=900.0, run=1, placed=None):
    """Keep a bench to so many calls at a time; look-ups have a pace of their own where one is named."""

    def made(pace, clock, heard):
        calls = placed or ledger.placed(run, final=FINAL)
        asking = LookUps(provider, LocalPace(look_ups, clock=clock.ticks) if look_ups else pace)
        lines = Lines(most, silence=follow, final=FINAL)
        follower = LineFollower(lines, placed=calls, look_ups=asking, clock=clock, observer=heard)
        now = clock.now()
        earlier = awaited(calls.may_be_up(since=now - timedelta(seconds=follow)))
        follower.count_earlier(earlier, now)
        return follower

    return made


def dialled(ledger, provider, clock, *, most=10, rows=60, run=None, rate=100.0, meanwhile=None, **keeping):
    run = run or a_run(ledger, contacts(rows)).number
    lines = at_most(most, ledger, provider, run=run, **keeping)
    work = work_of(ledger, run, now=clock.now())
    bench = a_bench(work, provider, clock=clock, rate=rate, in_flight=50, lines=lines)
    return bench, bench.run(meanwhile=meanwhile)


@pytest.mark.parametrize("most", [1, 2, 10, 50])
@pytest.mark.parametrize("look_ups", [None, 10.0])
def test_no_more_calls_are_up_than_the_provider_carries(ledger, most, look_ups):
    clock = HandClock()
    provider = Carrier(clock, lasts=lambda call: 5.0 + call % 7)
    _, ending = dialled(ledger, provider, clock, most=most, look_ups=look_ups)
    assert ending == DONE
    assert provider.most_up == most
    assert ledger.counts(1) == {"placed": 60}


def test_lines_are_used_well(ledger):
    clock = HandClock()
    provider = Carrier(clock, lasts=lambda _: 60.0)
    dialled(ledger, provider, clock, rows=200, look_ups=10.0, rate=2.0)
    assert provider.left_at[-1] < 1.15 * 60.0 * 19  # twenty times ten calls, the last of which only begin


@pytest.mark.parametrize("look_ups", [None, 10.0])
def test_a_line_alone_is_used_well(ledger, look_ups):
    clock = HandClock()
    provider = Carrier(clock, lasts=lambda _: 20.0)
    dialled(ledger, provider, clock, most=1, rows=20, look_ups=look_ups)
    assert provider.left_at[-1] < 1.15 * 20.0 * 19


def test_a_bound_that_is_never_met_costs_no_look_up(ledger):
    clock = HandClock()
    provider = Carrier(clock)
    bench, _ = dialled(ledger, provider, clock, most=80)
    assert (provider.looked_up, bench.heard.holds) == ([], [])


def test_what_is_waited_for_is_told_once_in_a_while(ledger):
    clock = HandClock()
    bench, _ = dialled(ledger, Carrier(clock, lasts=lambda _: 400.0), clock)
    assert bench.heard.holds == [(ALL_BUSY, 0.0)] * 4


def test_the_statuses_that_are_found_are_written(ledger):
    clock = HandClock()
    dialled(ledger, Carrier(clock, lasts=lambda call: 30.0 + call), clock, most=20, rows=40)
    said = [result.status for result in ledger.results(1)]
    assert said.count("completed") == 20
    assert set(said) == {"queued", "answered", "completed"}


def test_a_call_that_the_provider_does_not_know_any_more_is_over(ledger):
    clock = HandClock()
    provider = Carrier(clock, lasts=lambda _: 0.0, says=_gone)
    _, ending = dialled(ledger, provider, clock)
    assert ending == DONE
    assert clock.seconds < 60.0


def _gone(asked):
    return NotSeen("HTTP 404", gone=True) if asked.startswith("call") else None


@pytest.mark.parametrize(
    ("on_call", "on_look_up"), [(Unclear("HTTP 503"), None), (None, NotSeen("HTTP 500")), (None, Seen("talking"))]
)
def test_a_call_of_which_nothing_new_is_heard_is_taken_for_over_after_a_while(ledger, on_call, on_look_up):
    clock = HandClock()
    odd = {number_of(2), "call-1"}
    provider = Carrier(clock, lasts=lambda _: 0.0, says=lambda asked: _said(asked, odd, on_call, on_look_up))
    _, ending = dialled(ledger, provider, clock, most=1, rows=2, follow=300.0)
    assert ending == DONE
    assert 300.0 <= provider.left_at[1] - provider.left_at[0] < 310.0


def _said(asked, odd, on_call, on_look_up):
    if asked not in odd:
        return None
    return on_look_up if asked.startswith("call") else on_call


def test_a_provider_that_refuses_look_ups_is_waited_for_and_that_is_said(ledger):
    clock = HandClock()
    refusal = RunMustStop("HTTP 403", "check the scope")
    provider = Carrier(clock, says=lambda asked: refusal if asked.startswith("call") else None)
    bench, ending = dialled(ledger, provider, clock, rows=30, follow=300.0)
    assert ending == DONE
    assert provider.most_up == 10
    assert 600.0 <= provider.left_at[-1] < 620.0
    assert bench.heard.warnings == [
        "the provider refuses look-ups: HTTP 403: check the scope; a call is taken for over 5 min after it was placed"
    ]


def test_a_call_that_rings_later_has_its_line_until_then(ledger):
    clock = HandClock()
    provider = Carrier(clock, lasts=lambda _: 10.0, delay=1.5)
    dialled(ledger, provider, clock, most=3, rows=12)
    assert provider.most_up == 3


def test_calls_of_the_session_before_are_counted_whoever_died(ledger):
    run = a_run(ledger, contacts(40)).number
    clock = HandClock()
    work = work_of(ledger, run)
    placed, unclear, _open = awaited(work.turn((), want=3, now=START))
    answers = [a_settlement(placed, Accepted("call-0", "ringing")), a_settlement(unclear, Unclear("HTTP 500"))]
    awaited(work.turn(answers, want=0, now=START))
    clock.forward(30.0)

    provider = Carrier(clock)
    provider.over_at |= {"call-0": 50.0, "of nobody knows whom": 900.0, "and this one": 900.0}
    _, ending = dialled(ledger, provider, clock, most=4, run=run)
    assert ending == DONE
    assert provider.most_up == 4
    assert outcomes(ledger, run) == {2: "placed", 3: "unknown", 4: "unknown"} | dict.fromkeys(range(5, 42), "placed")


def test_a_run_that_is_stopped_waits_for_no_line(ledger):
    clock = HandClock()
    provider = Carrier(clock, lasts=lambda _: 500.0)

    async def stop(bench):
        while len(provider.left_at) < 10:
            await asyncio.sleep(0.01)
        bench.runner.stop(Ending(end=End.INTERRUPTED, reason="stopped"))

    _, ending = dialled(ledger, provider, clock, meanwhile=stop)
    assert (ending.end, clock.seconds < 5.0) == (End.INTERRUPTED, True)
    assert ledger.counts(1) == {"placed": 10, "pending": 50}


class _FullDisk:
    """The placed calls of a run on a disk that takes no statuses from the third on."""

    def __init__(self, placed):
        self._placed, self._times = placed, 0

    async def may_be_up(self, *, since):
        return await self._placed.may_be_up(since=since)

    async def set_statuses(self, statuses):
        self._times += 1
        if self._times > 2:
            raise LedgerError("the disk is full")
        return await self._placed.set_statuses(statuses)


def test_statuses_that_cannot_be_written_stop_the_run_and_leave_nobody_claimed(ledger):
    run = a_run(ledger, contacts(20)).number
    clock = HandClock()
    provider = Carrier(clock)
    lines = at_most(5, ledger, provider, placed=_FullDisk(ledger.placed(run, final=FINAL)))
    bench = a_bench(work_of(ledger, run), provider, clock=clock, lines=lines)
    with pytest.raises(ExceptionGroup) as problem:
        bench.run()
    assert problem.group_contains(LedgerError, match="the disk is full")
    assert ledger.counts(1) == {"placed": len(provider.left_at), "pending": 20 - len(provider.left_at)}


@settings(max_examples=60, deadline=None)
@given(
    most=st.integers(1, 12),
    lasts=st.lists(st.floats(0.0, 400.0), min_size=30, max_size=30),
    paces=st.tuples(st.sampled_from([1.0, 20.0, 500.0]), st.sampled_from([None, 1.0, 10.0])),
    unclear=st.frozensets(st.integers(2, 31), max_size=4),
)
def test_whatever_comes_the_bound_is_kept_and_everybody_is_called(tmp_path_factory, most, lasts, paces, unclear):
    clock, (rate, look_ups) = HandClock(), paces
    odd = {number_of(row) for row in unclear}
    provider = Carrier(clock, lasts=lasts.__getitem__, says=lambda asked: Unclear("HTTP 500") if asked in odd else None)
    with open_ledger(tmp_path_factory.mktemp("lines") / "ledger.db") as ledger:
        _, ending = dialled(ledger, provider, clock, most=most, rows=30, look_ups=look_ups, rate=rate)
    assert ending == DONE
    assert provider.most_up <= most
    assert len(provider.left_at) == 30


def test_earlier_calls_are_over_when_they_would_have_been():
    lines = Lines(2, silence=900.0, final=FINAL)
    follower = LineFollower(lines, placed=None, look_ups=None, clock=_clock(), observer=None)
    earlier = [MayBeUp(2, "c2", "queued", START - timedelta(seconds=600)), MayBeUp(3, "", "", START)]
    follower.count_earlier(earlier, START)
    assert [lines.free(at) for at in (0.0, 299.0, 300.0, 899.0, 900.0)] == [0, 0, 1, 1, 2]


def _clock():
    hand = HandClock()
    return Clock(now=hand.now, ticks=hand.ticks, dice=lambda: 0.0)

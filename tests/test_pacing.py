"""The pace: never over it in any rolling second, never far under it, and everybody waits for a throttling."""

from __future__ import annotations

import asyncio
import math
import time
from itertools import pairwise

import pytest
from builders import HandClock, gaps, in_jumping_time, most_in_any
from hypothesis import given
from hypothesis import strategies as st

from dialer.engine.pacing import Pace, RollingWindow

RATES = [0.1, 0.5, 0.999, 1, 1.5, 2.5, 3, 7.3, 10, 40]


def departures(rate, gaps):
    """Let requests leave that come after these gaps, each as soon as the window lets it."""
    window, now, left = RollingWindow(rate), 0.0, []
    for gap in gaps:
        now += gap
        while wait := window.wait(now):
            now += max(wait, 1e-9)
        window.mark(now)
        left.append(now)
    return left


def over(rate, left):
    """Tell whether more left than the pace allows, in the shortest time in which it is a whole number."""
    whole = math.ceil(rate)
    return most_in_any(whole / rate, left) > whole


@pytest.mark.parametrize("rate", RATES)
def test_a_crowd_at_the_door_leaves_exactly_at_the_pace(rate):
    whole = math.ceil(rate)
    left = departures(rate, [0.0] * (3 * whole))
    span = whole / rate + 0.018
    assert left == pytest.approx([batch * span for batch in range(3) for _ in range(whole)], abs=1e-6)


@given(
    rate=st.one_of(st.sampled_from(RATES), st.floats(0.05, 60)),
    gaps=st.lists(st.one_of(st.just(0.0), st.floats(0, 0.1), st.floats(0, 3)), max_size=150),
)
def test_no_sequence_of_requests_is_over_the_pace(rate, gaps):
    assert not over(rate, departures(rate, gaps))


@given(rate=st.integers(1, 60), gaps=st.lists(st.floats(0, 0.2), max_size=150))
def test_no_rolling_second_holds_more_than_a_whole_pace(rate, gaps):
    assert most_in_any(1.0, departures(rate, gaps)) <= rate


@given(rate=st.floats(0.05, 0.999), gaps=st.lists(st.floats(0, 40), max_size=30))
def test_no_rolling_second_holds_two_where_the_pace_is_below_one(rate, gaps):
    assert most_in_any(1.0, departures(rate, gaps)) <= 1


def test_a_window_that_is_not_full_keeps_nobody_waiting():
    window = RollingWindow(3)
    window.mark(5.0)
    window.mark(5.0)
    assert window.wait(5.0) == 0.0
    window.mark(5.0)
    assert window.wait(5.5) == pytest.approx(0.518)


async def _leave_for(pace, clock, seconds, *, at_once=64):
    left, until = [], clock() + seconds
    while clock() < until:
        for _ in range(await pace.permits(at_once)):
            await pace.leave()
            left.append(clock())
    return left


@pytest.mark.parametrize("rate", [0.5, 1, 1.5, 2.5, 5, 7.3, 50, 200, 500, 3000])
def test_a_pace_is_served_and_never_passed(rate):
    clock = HandClock()
    seconds = max(4, 20 / rate)
    left = in_jumping_time(_leave_for(Pace(rate, clock=clock.ticks), clock.ticks, seconds), clock)
    whole = math.ceil(rate)
    ends = [end - begin for begin, end in zip(left, left[whole:], strict=False)]
    assert min(ends) > whole / rate
    assert (len(left) - 1) / (left[-1] - left[0]) >= 0.97 * rate


class Watch:
    """The real clock, remembering the moment it last told: the one at which the door counted a request."""

    def __init__(self):
        self.told = time.monotonic()

    def __call__(self):
        self.told = time.monotonic()
        return self.told


async def _leave_in_real_time(rate, seconds):
    watch = Watch()
    pace, left, until = Pace(rate, clock=watch), [], time.monotonic() + seconds
    while time.monotonic() < until:
        for _ in range(await pace.permits(64)):
            await pace.leave()
            left.append(watch.told)
    return left


async def test_in_real_time_no_rolling_second_is_over_the_pace():
    rates = (50, 500)
    served = await asyncio.gather(*(_leave_in_real_time(rate, 2.0) for rate in rates))
    for rate, left in zip(rates, served, strict=True):
        assert min((end - begin for begin, end in zip(left, left[rate:], strict=False)), default=2.0) > 1.0


def test_after_a_pause_in_sending_nothing_is_caught_up_on():
    clock = HandClock()
    pace = Pace(10, clock=clock.ticks)

    async def hold_and_go():
        left = await _leave_for(pace, clock.ticks, 2)
        await asyncio.sleep(30)
        return left + await _leave_for(pace, clock.ticks, 2)

    assert most_in_any(1.0, in_jumping_time(hold_and_go(), clock)) <= 10


def a_pace(rate=100.0, *, at=50.0):
    clock = HandClock()
    clock.forward(at)
    return Pace(rate, clock=clock.ticks), clock


@pytest.mark.parametrize(
    ("asked", "pause"),
    [(None, 2.0), (0.0, 0.0), (1.0, 1.0), (30.0, 30.0), (3600.0, 3600.0), (1e9, 3600.0), (-5.0, 0.0)],
)
def test_a_throttling_pauses_for_as_long_as_asked(asked, pause):
    pace, _ = a_pace()
    pace.throttled(asked, sent_at=49.9)
    assert pace.paused() == pause


def test_throttlings_in_a_row_pause_twice_as_long_each_time():
    pace, clock = a_pace()
    pauses = []
    for _ in range(8):
        pace.throttled(None, sent_at=clock.seconds)
        pauses.append(pace.paused())
        clock.forward(pauses[-1] + 0.1)
    assert pauses == pytest.approx([2, 4, 8, 16, 32, 64, 120, 120])


def test_many_answers_to_requests_of_before_are_one_throttling():
    pace, clock = a_pace()
    for _ in range(50):
        pace.throttled(None, sent_at=49.5)
        clock.forward(0.01)
    assert pace.paused() == pytest.approx(1.5)


def test_a_later_wish_to_wait_lengthens_the_pause_and_no_more():
    pace, clock = a_pace()
    pace.throttled(1.0, sent_at=49.5)
    pace.throttled(5.0, sent_at=49.6)
    pace.throttled(1.0, sent_at=49.7)
    assert pace.paused() == 5.0
    clock.forward(5.0)
    pace.throttled(None, sent_at=clock.seconds)
    assert pace.paused() == 4.0


def test_an_accepted_request_ends_a_row_of_throttlings():
    pace, clock = a_pace()
    pace.throttled(None, sent_at=49.5)
    clock.forward(2.1)
    pace.accepted()
    pace.throttled(None, sent_at=clock.seconds)
    assert pace.paused() == 2.0


def test_an_answer_during_a_pause_does_not_end_the_row():
    pace, clock = a_pace()
    pace.throttled(None, sent_at=49.5)
    pace.accepted()
    clock.forward(2.1)
    pace.throttled(None, sent_at=clock.seconds)
    assert pace.paused() == 4.0


def test_no_permit_is_given_during_a_pause():
    clock = HandClock()
    pace = Pace(100, clock=clock.ticks)

    async def throttle_those_who_wait():
        await pace.permits(64)
        waiting = [asyncio.ensure_future(pace.permits(1)) for _ in range(5)]
        await asyncio.sleep(0)
        pace.throttled(3.0, sent_at=clock.seconds)
        given = []
        for permit in waiting:
            await permit
            given.append(clock.seconds)
        return given

    assert min(in_jumping_time(throttle_those_who_wait(), clock)) >= 3.0


def test_a_changed_rate_lets_no_extra_request_through():
    clock = HandClock()
    pace = Pace(200, clock=clock.ticks)

    async def find_and_climb():
        for _ in range(40):
            await pace.permits(1)
            await pace.leave()
            pace.accepted()
        pace.throttled(1.0, sent_at=clock.seconds)
        left = await _leave_for(pace, clock.ticks, 60, at_once=1)
        return gaps(left)

    between = in_jumping_time(find_and_climb(), clock)
    assert min(between) >= 1 / 200
    assert all(later <= 1.01 * sooner + 1e-5 for sooner, later in pairwise(between[1:]))


def test_permits_come_no_more_than_were_asked_for():
    clock = HandClock()
    pace = Pace(5000, clock=clock.ticks)

    async def ask():
        await asyncio.sleep(1)
        return await pace.permits(3), await pace.permits(1)

    assert in_jumping_time(ask(), clock) == (3, 1)


def test_the_found_limit_is_none_until_a_throttling_shows_it():
    pace, clock = a_pace()
    assert pace.found_limit is None
    for _ in range(40):
        clock.forward(0.02)
        pace.accepted()
    pace.throttled(None, sent_at=clock.seconds)
    assert pace.found_limit == 40.0


def test_those_at_the_door_leave_in_the_order_they_came():
    clock = HandClock()
    pace, left = Pace(2, clock=clock.ticks), []

    async def leave(who):
        await pace.leave()
        left.append(who)

    async def come_one_by_one():
        async with asyncio.TaskGroup() as group:
            for who in range(9):
                group.create_task(leave(who))

    in_jumping_time(come_one_by_one(), clock)
    assert left == list(range(9))


def test_a_pause_sends_those_at_the_door_back_uncounted():
    clock = HandClock()
    pace = Pace(1, clock=clock.ticks)

    async def throttle_the_second():
        first = await pace.leave()
        others = [asyncio.ensure_future(pace.leave()) for _ in range(3)]
        await asyncio.sleep(0.5)
        pace.throttled(None, sent_at=clock.seconds)
        turned_away = [await other for other in others]
        await asyncio.sleep(3)
        before = clock.seconds
        return first, turned_away, await pace.leave(), clock.seconds - before

    assert in_jumping_time(throttle_the_second(), clock) == (True, [False] * 3, True, 0.0)


async def test_calls_that_shake_hands_for_long_do_not_leave_together():
    clock = time.monotonic
    pace, left = Pace(40, clock=clock), []

    async def call(handshake):
        await asyncio.sleep(handshake)
        await pace.leave()
        left.append(clock())

    async with asyncio.TaskGroup() as calls:
        for _ in range(50):
            await pace.permits(1)
            calls.create_task(call(0.15))
    assert most_in_any(1.0, sorted(left)) <= 40

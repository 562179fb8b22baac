"""The pace: never over it in any rolling second, never far under it, and everybody waits where a 429 is about it."""

from __future__ import annotations

import asyncio
import math
import time
from itertools import pairwise

import pytest
from builders import HandClock, gaps, in_jumping_time, most_in_any
from hypothesis import given
from hypothesis import strategies as st

from dialer.engine.pacing import LocalPace, RollingWindow

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
    left = in_jumping_time(_leave_for(LocalPace(rate, clock=clock.ticks), clock.ticks, seconds), clock)
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
    pace, left, until = LocalPace(rate, clock=watch), [], time.monotonic() + seconds
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
    pace = LocalPace(10, clock=clock.ticks)

    async def hold_and_go():
        left = await _leave_for(pace, clock.ticks, 2)
        await asyncio.sleep(30)
        return left + await _leave_for(pace, clock.ticks, 2)

    assert most_in_any(1.0, in_jumping_time(hold_and_go(), clock)) <= 10


async def _refused(pace, *, times=6, wait=None):
    """Let requests leave together, and be refused together: that is about the pace."""
    left = [await pace.leave() for _ in range(times)]
    for departure in left:
        pace.ended(departure)
        pace.throttled(departure, wait)


@pytest.mark.parametrize(
    ("asked", "pause"),
    [(None, 2.0), (0.0, 2.0), (1.0, 1.0), (30.0, 30.0), (3600.0, 3600.0), (1e9, 3600.0), (-5.0, 2.0)],
)
def test_a_throttling_of_all_pauses_for_as_long_as_asked(asked, pause):
    clock = HandClock()
    pace = LocalPace(100, clock=clock.ticks)
    in_jumping_time(_refused(pace, wait=asked), clock)
    assert pace.paused() == pytest.approx(pause, abs=1e-3)


@pytest.mark.parametrize("wait", [None, 30.0])
def test_a_single_429_pauses_nobody(wait):
    clock = HandClock()
    pace = LocalPace(100, clock=clock.ticks)
    in_jumping_time(_refused(pace, times=1, wait=wait), clock)
    assert pace.paused() == 0.0


def test_a_later_wish_to_wait_lengthens_the_pause_and_no_more():
    clock = HandClock()
    pace = LocalPace(100, clock=clock.ticks)

    async def three_wishes():
        left = [await pace.leave() for _ in range(9)]
        for departure, wish in zip(left, [1.0] * 7 + [5.0, 1.0], strict=True):
            pace.ended(departure)
            pace.throttled(departure, wish)

    in_jumping_time(three_wishes(), clock)
    assert pace.paused() == pytest.approx(5.0, abs=1e-3)


def test_one_asks_for_all_and_the_pause_grows_by_half_while_it_is_refused():
    clock = HandClock()
    pace, asked = LocalPace(100, clock=clock.ticks), []

    async def ask_in_vain():
        await _refused(pace)
        began = clock.seconds
        for _ in range(6):
            assert await pace.permits(50) == 1
            departure = await pace.leave()
            assert await pace.leave() is None
            asked.append(clock.seconds - began)
            pace.ended(departure)
            pace.throttled(departure, None)
        return pace.refused_for()

    assert in_jumping_time(ask_in_vain(), clock) == pytest.approx(20.3, rel=0.1)
    assert asked == pytest.approx([2.0, 4.0, 6.0, 9.0, 13.5, 20.3], rel=0.1)


def test_whoever_asks_for_all_and_is_taken_opens_the_door():
    clock = HandClock()
    pace = LocalPace(100, clock=clock.ticks)

    async def ask():
        await _refused(pace)
        await pace.permits(1)
        departure = await pace.leave()
        waiting = asyncio.ensure_future(pace.permits(1))
        await asyncio.sleep(5)
        shut = waiting.done()
        pace.ended(departure)
        pace.accepted(departure)
        await waiting
        return shut, pace.paused(), pace.refused_for()

    assert in_jumping_time(ask(), clock) == (False, 0.0, 0.0)


def test_a_question_without_an_answer_is_asked_again():
    clock = HandClock()
    pace = LocalPace(100, clock=clock.ticks)

    async def ask_twice():
        await _refused(pace)
        await pace.permits(1)
        pace.ended(await pace.leave())
        await pace.permits(1)
        return bool(await pace.leave())

    assert in_jumping_time(ask_twice(), clock)


def test_no_more_calls_leave_than_may_be_open():
    clock = HandClock()
    pace, open_now, most = LocalPace(1000, clock=clock.ticks), set(), []

    async def call(departure):
        full = len(open_now) >= 7
        open_now.add(departure)
        await asyncio.sleep(0 if full else 0.5)
        open_now.discard(departure)
        pace.ended(departure)
        pace.throttled(departure, None) if full else pace.accepted(departure)

    async def many():
        async with asyncio.TaskGroup() as calls:
            for _ in range(140):
                await pace.permits(1)
                calls.create_task(call(await pace.leave()))
                most.append(len(open_now))

    in_jumping_time(many(), clock)
    assert max(most[40:]) <= 8


def test_no_permit_is_given_during_a_pause():
    clock = HandClock()
    pace = LocalPace(100, clock=clock.ticks)

    async def throttle_those_who_wait():
        await pace.permits(64)
        waiting = [asyncio.ensure_future(pace.permits(1)) for _ in range(5)]
        await asyncio.sleep(0)
        await _refused(pace, wait=3.0)
        given = []
        for permit in waiting:
            await permit
            given.append(clock.seconds)
        return given

    assert min(in_jumping_time(throttle_those_who_wait(), clock)) >= 3.0


def test_a_changed_rate_lets_no_extra_request_through():
    clock = HandClock()
    pace = LocalPace(200, clock=clock.ticks)

    async def find_and_climb():
        for _ in range(40):
            await pace.permits(1)
            departure = await pace.leave()
            pace.ended(departure)
            pace.accepted(departure)
        await _refused(pace)
        left = []
        while clock.seconds < 40:
            await pace.permits(1)
            departure = await pace.leave()
            left.append(clock.seconds)
            pace.ended(departure)
            pace.accepted(departure)
        return gaps(left)

    between = in_jumping_time(find_and_climb(), clock)
    assert min(between) >= 1 / 200
    assert all(later <= 1.02 * sooner + 1e-5 for sooner, later in pairwise(between[1:]))


@pytest.mark.parametrize(("rate", "together"), [(0.5, 1), (5, 1), (99, 1), (250, 2), (1000, 9), (10_000, 98)])
def test_permits_come_by_the_hundredth_of_a_second_once_the_first_are_taken(rate, together):
    async def later():
        while await pace.permits(100) > together:  # those that a rested bucket holds
            pass
        return [await pace.permits(100) for _ in range(20)]

    clock = HandClock()
    pace = LocalPace(rate, clock=clock.ticks)
    assert in_jumping_time(later(), clock) == [together] * 20


def test_permits_come_no_more_than_were_asked_for():
    clock = HandClock()
    pace = LocalPace(5000, clock=clock.ticks)

    async def ask():
        await asyncio.sleep(1)
        return await pace.permits(3), await pace.permits(1)

    assert in_jumping_time(ask(), clock) == (3, 1)


def test_the_found_limit_is_none_until_a_throttling_shows_it():
    clock = HandClock()
    pace = LocalPace(100, clock=clock.ticks)

    async def forty_and_no_more():
        before = pace.found_limit
        for _ in range(40):
            await pace.permits(1)
            departure = await pace.leave()
            pace.ended(departure)
            pace.accepted(departure)
        await _refused(pace)
        return before, pace.found_limit

    assert in_jumping_time(forty_and_no_more(), clock) == (None, 40.0)


def test_those_at_the_door_leave_in_the_order_they_came():
    clock = HandClock()
    pace, left = LocalPace(2, clock=clock.ticks), []

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
    pace = LocalPace(6, clock=clock.ticks)

    async def throttle_all():
        left = [await pace.leave() for _ in range(6)]
        others = [asyncio.ensure_future(pace.leave()) for _ in range(3)]
        await asyncio.sleep(0.5)
        for departure in left:
            pace.ended(departure)
            pace.throttled(departure, None)
        turned_away = [await other for other in others]
        await asyncio.sleep(3)
        before = clock.seconds
        return turned_away, bool(await pace.leave()), clock.seconds - before

    assert in_jumping_time(throttle_all(), clock) == ([None] * 3, True, 0.0)


@given(
    rate=st.integers(1, 40),
    sent=st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 0.4)), max_size=120),
)
def test_a_request_that_left_late_counts_from_then(rate, sent):
    window, now, left = RollingWindow(rate), 0.0, []
    for gap, late in sent:
        now += gap
        while wait := window.wait(now):
            now += max(wait, 1e-9)
        moment = window.mark(now)
        now += late
        window.had_left([moment], now)
        left.append(now)
    assert most_in_any(1.0, left) <= rate


async def test_calls_that_shake_hands_for_long_do_not_leave_together():
    clock = time.monotonic
    pace, left = LocalPace(40, clock=clock), []

    async def call(handshake):
        await asyncio.sleep(handshake)
        await pace.leave()
        left.append(clock())

    async with asyncio.TaskGroup() as calls:
        for _ in range(50):
            await pace.permits(1)
            calls.create_task(call(0.15))
    assert most_in_any(1.0, sorted(left)) <= 40

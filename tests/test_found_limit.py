"""How the true limit is found from 429s: in numbers, and by a real pace against servers that allow 40 a second."""

from __future__ import annotations

import asyncio
import math
import random

import pytest
from builders import HandClock, in_jumping_time
from limited import Bucket, Calendar, Changing, Rolling, Server

from dialer.engine.found_limit import FoundLimit
from dialer.engine.pacing import LocalPace

ALLOWED = 40
CONFIGURED = 200.0


def met(*, taken=ALLOWED, at=100.0, flow=60.0):
    """Find a limit: so many were taken in the last second before a throttling, after requests had flowed so long."""
    limit = FoundLimit(CONFIGURED)
    limit.flows(at - flow)
    for step in range(taken):
        limit.accepted(at - 0.99 + 0.9 * step / max(taken, 1))
    limit.fall(at, refused_at=at)
    return limit


def test_without_a_throttling_the_configured_rate_is_kept():
    limit = FoundLimit(CONFIGURED)
    limit.accepted(1.0)
    assert (limit.rate(0.0), limit.rate(1e6), limit.found) == (CONFIGURED, CONFIGURED, None)


def test_a_throttling_falls_just_below_what_was_taken():
    limit = met()
    assert (limit.found, limit.rate(100.0)) == (40.0, 39.4)


def test_the_rate_is_kept_for_half_a_minute_and_then_left_ever_faster():
    limit = met()
    assert [round(limit.rate(100.0 + seconds)) for seconds in (10, 30, 40, 50, 60, 70)] == [39, 39, 48, 90, 200, 200]


def test_what_is_more_than_was_seen_to_be_taken_is_climbing():
    limit = met()
    assert [limit.climbing(100.0 + seconds) for seconds in (0, 30, 33, 35, 60)] == [False, False, True, True, True]


def test_the_rate_never_passes_the_configured_one():
    limit = met()
    assert max(limit.rate(100.0 + 10.0**power) for power in range(9)) == CONFIGURED


def test_a_found_limit_is_never_above_the_rate_that_was_kept():
    limit = met()
    limit.flows(100.0)
    for step in range(100):
        limit.accepted(120.0 + step / 200)
    limit.fall(120.6, refused_at=120.6)
    assert limit.found == 39.4


@pytest.mark.parametrize(("flow", "found"), [(0.4, 0.7 * 39.4), (20.0, 0.5 * 39.4)])
def test_one_throttling_lowers_a_known_rate_by_half_at_most(flow, found):
    limit = met()
    limit.flows(120.0 - flow)
    limit.fall(120.0, refused_at=120.0)
    assert limit.found == pytest.approx(found)


def test_a_first_count_of_less_than_a_second_is_a_guess_and_left_at_once():
    guessed, known = met(flow=0.2), met()
    assert (guessed.rate(100.0), known.rate(110.0)) == (39.4, 39.4)
    assert guessed.rate(104.0) == pytest.approx(39.4 * math.exp(0.25))


def test_a_guess_is_never_less_than_a_tenth_of_what_is_configured():
    assert met(taken=1, flow=0.1).found == 20.0


def test_a_limit_that_opens_late_is_counted_over_that_time():
    limit = met(taken=150, flow=0.75)
    limit.opened(104.3, last_refused=103.0)
    assert limit.found == pytest.approx(109 / (0.75 + 3.65))
    assert limit.rate(110.0) > limit.rate(104.3)


def test_a_limit_that_opens_at_once_stays_as_it_was_found():
    limit = met()
    limit.opened(102.0, last_refused=None)
    assert (limit.found, limit.rate(130.0)) == (40.0, 39.4)


def test_a_fall_that_was_about_something_else_is_undone():
    limit = FoundLimit(CONFIGURED)
    limit.fall(1.0, refused_at=1.0)
    limit.undo(2.0)
    assert (limit.found, limit.rate(2.0)) == (None, CONFIGURED)


def test_the_rate_stays_above_nothing_at_all():
    limit = FoundLimit(1.0)
    now = 0.0
    for _ in range(200):
        now += 3
        limit.accepted(now)
        limit.fall(now, refused_at=now)
    assert limit.rate(now) >= 0.197


async def _requests(server, clock, *, seconds, tells):
    """Send for so long; return the shares of the true limit used and of requests throttled."""
    pace, dice = LocalPace(CONFIGURED, clock=clock.ticks), random.Random(1)
    answers = {True: 0, False: 0}
    later = asyncio.get_running_loop().call_later

    def arrive(departure):
        later(dice.uniform(0.0005, 0.005), answer, departure, server.takes(clock.seconds, 0))

    def answer(departure, taken):
        answers[taken] += 1
        pace.ended(departure)
        if taken:
            pace.accepted(departure)
        else:
            pace.throttled(departure, 1.0 if tells else None)

    while clock.seconds < seconds:
        await pace.permits(1)
        if departure := await pace.leave():
            later(dice.uniform(0.0005, 0.002), arrive, departure)
    return answers[True] / (ALLOWED * seconds), answers[False] / sum(answers.values())


@pytest.mark.parametrize("tells", [True, False], ids=["Retry-After", "silent"])
@pytest.mark.parametrize(
    ("server", "least"),
    [
        pytest.param(lambda: Rolling(ALLOWED), 0.93, id="rolling"),
        pytest.param(lambda: Calendar(ALLOWED), 0.93, id="fixed"),
        pytest.param(lambda: Calendar(ALLOWED, begun=0.9), 0.93, id="fixed, begun late in its second"),
        pytest.param(lambda: Bucket(ALLOWED, ALLOWED), 0.95, id="bucket of a second"),
        pytest.param(lambda: Bucket(ALLOWED, 3 * ALLOWED), 0.95, id="bucket of three seconds"),
        pytest.param(lambda: Bucket(ALLOWED, 5), 0.9, id="small bucket"),
    ],
)
def test_a_lower_limit_of_the_provider_is_used_and_seldom_met(server, least, tells):
    clock = HandClock()
    used, throttled = in_jumping_time(_requests(server(), clock, seconds=300, tells=tells), clock)
    assert used >= least
    assert throttled <= 0.02


def test_a_provider_without_a_limit_is_served_at_full_pace():
    clock = HandClock()
    used, throttled = in_jumping_time(_requests(Server(), clock, seconds=20, tells=False), clock)
    assert (used * ALLOWED >= 0.97 * CONFIGURED, throttled) == (True, 0.0)


def test_a_limit_that_is_halved_is_found_again_within_a_minute():
    halved = Changing((60.0, Rolling(ALLOWED)), (math.inf, Rolling(ALLOWED // 2)))
    clock = HandClock()
    used, throttled = in_jumping_time(_requests(halved, clock, seconds=360, tells=False), clock)
    fair = (60 + 300 / 2) / 360
    assert used >= 0.9 * fair
    assert throttled <= 0.02

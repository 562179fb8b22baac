"""How the true limit is found from 429s: in numbers, and against servers that allow 40 a second."""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque

import pytest
from builders import HandClock, in_jumping_time

from dialer.engine.pacing import Pace
from dialer.engine.throttle import FoundLimit

ALLOWED = 40
CONFIGURED = 200.0


def met(*, taken=ALLOWED, at=100.0, flowing_since=0.0):
    """Find a limit: so many were taken in the last second before a throttling."""
    limit = FoundLimit(CONFIGURED)
    for step in range(taken):
        limit.accepted(at - 0.99 + 0.9 * step / max(taken, 1))
    limit.throttled(at, flowing_since=flowing_since)
    return limit


def test_without_a_throttling_the_configured_rate_is_kept():
    limit = FoundLimit(CONFIGURED)
    limit.accepted(1.0)
    assert (limit.rate(0.0), limit.rate(1e6), limit.found) == (CONFIGURED, CONFIGURED, None)


def test_a_throttling_falls_just_below_what_was_taken():
    limit = met()
    assert (limit.found, limit.rate(100.0)) == (40.0, 39.0)


def test_only_the_last_second_counts_as_taken():
    limit = FoundLimit(CONFIGURED)
    for moment in (1.0, 2.0, 2.5, 3.0):
        limit.accepted(moment)
    limit.throttled(3.0, flowing_since=0.0)
    assert limit.found == 2.0


def test_the_rate_climbs_slowly_at_first_and_then_doubles():
    limit = met()
    climbed = [limit.rate(100.0 + minutes * 60) - 39.0 for minutes in (1, 2, 3, 4)]
    assert climbed == pytest.approx([0.3, 0.9, 2.1, 4.5])


def test_a_limit_that_went_away_is_forgotten_in_ten_minutes():
    assert met().rate(100.0 + 600) == CONFIGURED


def test_the_rate_never_passes_the_configured_one():
    limit = met()
    assert max(limit.rate(100.0 + 10.0**power) for power in range(9)) == CONFIGURED


def test_a_found_limit_is_never_above_the_rate_that_was_kept():
    limit = met()
    for step in range(100):
        limit.accepted(200.0 + step / 200)
    before = limit.rate(201.0)
    limit.throttled(201.0, flowing_since=0.0)
    assert limit.found == before


def test_a_second_cut_short_lowers_the_rate_by_a_sixth_at_most():
    limit = met()
    limit.accepted(102.3)
    limit.throttled(102.4, flowing_since=102.0)
    assert limit.found == pytest.approx(0.85 * 39.0, rel=0.01)


def test_a_first_count_of_less_than_a_second_is_left_in_seconds():
    guessed, known = met(flowing_since=99.8), met()
    assert (guessed.rate(100.0), known.rate(110.0)) == (39.0, pytest.approx(39.0, rel=0.01))
    assert guessed.rate(110.0) > 1.2 * guessed.rate(100.0)


def test_answers_that_come_after_the_first_throttling_still_count():
    limit = met(taken=10, flowing_since=99.9)
    for _ in range(30):
        limit.accepted(100.1, paused=True)
    assert limit.found == 40.0


def test_a_throttling_before_anything_was_taken_tells_no_limit():
    limit = FoundLimit(CONFIGURED)
    limit.throttled(1.0, flowing_since=0.9)
    assert (limit.found, limit.rate(1.0)) == (None, CONFIGURED)


def test_the_rate_stays_above_nothing_at_all():
    limit = FoundLimit(1.0)
    now = 0.0
    for _ in range(200):
        now += 3
        limit.accepted(now)
        limit.throttled(now, flowing_since=now - 2)
    assert limit.rate(now) >= 0.2


class RollingServer:
    """Takes 40 requests in any rolling second; `wait` is the seconds until it takes one more, 0 if it took this."""

    def __init__(self):
        self._taken = deque(maxlen=ALLOWED)

    def wait(self, now):
        if len(self._taken) == ALLOWED and now < self._taken[0] + 1:
            return self._taken[0] + 1 - now
        self._taken.append(now)
        return 0.0


class FixedServer:
    """Takes 40 requests in each second of its own clock, which is `ahead` of ours."""

    def __init__(self, ahead=0.0):
        self._ahead = ahead
        self._second = self._taken = 0

    def wait(self, now):
        second = math.floor(now + self._ahead)
        if second != self._second:
            self._second, self._taken = second, 0
        if self._taken >= ALLOWED:
            return second + 1 - self._ahead - now
        self._taken += 1
        return 0.0


class BucketServer:
    """Takes 40 requests a second, and up to `burst` saved ones at once."""

    def __init__(self, burst):
        self._burst = self._saved = float(burst)
        self._at = 0.0

    def wait(self, now):
        self._saved = min(self._burst, self._saved + (now - self._at) * ALLOWED)
        self._at = now
        if self._saved < 1:
            return (1 - self._saved) / ALLOWED
        self._saved -= 1
        return 0.0


async def _requests(server, clock, *, seconds, tells):
    """Send for so long; return the shares of the true limit used and of requests throttled."""
    pace, dice = Pace(CONFIGURED, clock=clock.ticks), random.Random(1)
    answers = {True: 0, False: 0}
    later = asyncio.get_running_loop().call_later

    def arrive(left_at):
        later(dice.uniform(0.0005, 0.005), answer, left_at, server.wait(clock.seconds))

    def answer(left_at, wait):
        answers[not wait] += 1
        if wait:
            pace.throttled(float(math.ceil(wait)) if tells else None, sent_at=left_at)
        else:
            pace.accepted()

    while clock.seconds < seconds:
        await pace.permits(1)
        await pace.leave()
        later(dice.uniform(0.0005, 0.002), arrive, clock.seconds)
    return answers[True] / (ALLOWED * seconds), answers[False] / sum(answers.values())


@pytest.mark.parametrize("tells", [True, False], ids=["Retry-After", "silent"])
@pytest.mark.parametrize(
    ("server", "least"),
    [
        pytest.param(RollingServer, 0.95, id="rolling"),
        pytest.param(FixedServer, 0.95, id="fixed"),
        pytest.param(lambda: FixedServer(ahead=0.9), 0.93, id="fixed, begun late in its second"),
        pytest.param(lambda: BucketServer(ALLOWED), 0.95, id="bucket of a second"),
        pytest.param(lambda: BucketServer(3 * ALLOWED), 0.95, id="bucket of three seconds"),
        pytest.param(lambda: BucketServer(5), 0.9, id="small bucket"),
    ],
)
def test_a_lower_limit_of_the_provider_is_used_and_seldom_met(server, least, tells):
    clock = HandClock()
    used, throttled = in_jumping_time(_requests(server(), clock, seconds=300, tells=tells), clock)
    assert used >= least
    assert throttled <= 0.01


def test_a_provider_without_a_limit_is_served_at_full_pace():
    clock = HandClock()
    used, throttled = in_jumping_time(_requests(BucketServer(math.inf), clock, seconds=20, tells=False), clock)
    assert (used * ALLOWED >= 0.97 * CONFIGURED, throttled) == (True, 0.0)


def test_a_limit_that_is_halved_is_found_again_within_a_minute():
    class Halved(RollingServer):
        def wait(self, now):
            if now > 60 and self._taken.maxlen == ALLOWED:
                self._taken = deque(self._taken, maxlen=ALLOWED // 2)
            if len(self._taken) == self._taken.maxlen and now < self._taken[0] + 1:
                return self._taken[0] + 1 - now
            self._taken.append(now)
            return 0.0

    clock = HandClock()
    used, throttled = in_jumping_time(_requests(Halved(), clock, seconds=360, tells=False), clock)
    fair = (60 + 300 / 2) / 360
    assert used >= 0.9 * fair
    assert throttled <= 0.01


def test_stray_throttlings_early_on_are_soon_forgotten():
    limit = FoundLimit(300)
    for sent in range(24):
        limit.accepted(sent / 300)
    limit.throttled(0.08, flowing_since=0.0)
    for sent in range(40):
        limit.accepted(12.2 + sent / 40)
    limit.throttled(13.2, flowing_since=2.0)
    assert limit.rate(33.2) == 300

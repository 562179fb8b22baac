"""How fast requests may leave: smooth by a leaky bucket, never over the pace in any rolling second."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from dialer.domain.retry import throttle_pause
from dialer.engine.throttle import FoundLimit

if TYPE_CHECKING:
    from collections.abc import Callable

_USE = 0.98
_BURST_SECONDS = 0.015
_WINDOW_GUARD = 0.018
_STEP = 0.002


class RollingWindow:
    """Counts what left: at most `rate` in any rolling second.

    A rate that is not whole is kept over the shortest time in which it is: 2.5 a second is 3 in 1.2 seconds.
    """

    def __init__(self, rate: float) -> None:
        """Start with nothing sent."""
        self._length = math.ceil(rate) / rate + _WINDOW_GUARD
        self._sent: deque[float] = deque(maxlen=math.ceil(rate))

    def wait(self, now: float) -> float:
        """Seconds until one more may leave."""
        if len(self._sent) < (self._sent.maxlen or 0):
            return 0.0
        return max(0.0, self._sent[0] + self._length - now)

    def mark(self, now: float) -> None:
        """Note that one leaves now."""
        self._sent.append(now)


class Pace:
    """Lets requests leave at up to `rate` a second, and holds everybody back when the provider says so.

    A request takes a permit, connects if it has to, and then leaves. Permits come evenly from an AsyncLimiter whose
    small bucket and slightly lower drain keep both bounds of the pace; the rolling window counts departures, and makes
    the upper bound exact whatever happens in between. `clock` counts seconds and never goes back.
    """

    def __init__(self, rate: float, *, clock: Callable[[], float]) -> None:
        """Start at the full configured rate."""
        self._clock = clock
        self._window = RollingWindow(rate)
        self._limit = FoundLimit(rate)
        self._drain = self._fastest = _USE * rate
        self._limiter = _bucket(self._drain)
        self._door = asyncio.Lock()
        self._flowing_since = math.inf
        self._paused_from = self._paused_until = -math.inf
        self._throttlings = 0

    @property
    def found_limit(self) -> float | None:
        """The provider's own limit in calls a second as far as throttling showed it; None if it never did."""
        return self._limit.found

    def paused(self) -> float:
        """Seconds until anybody may go on; 0 when nobody has to wait."""
        return max(0.0, self._paused_until - self._clock())

    async def permits(self, up_to: int) -> int:
        """Wait for a permit and take those at hand with it, `up_to` so many."""
        while True:
            while wait := self.paused():
                await asyncio.sleep(wait)
            await self._keep_to_limit()
            await self._limiter.acquire()
            if not self.paused():
                break
        more = min(up_to, int(self._limiter.max_rate)) - 1
        while more > 0 and not self._limiter.has_capacity(more):
            more //= 2
        if more > 0:
            await self._limiter.acquire(more)
        return 1 + max(more, 0)

    async def leave(self) -> bool:
        """Wait until one more request may leave, and count it: it leaves now. False when everybody is held back."""
        if not self._door.locked() and self._waits() == 0.0:
            return True
        async with self._door:  # one behind the other, or each opening would wake the whole queue
            while (wait := self._waits()) is not None:
                if not wait:
                    return True
                await asyncio.sleep(wait)
        return False

    def _waits(self) -> float | None:
        """Return the seconds until one more may leave, None in a pause; with none to wait it leaves, and is counted."""
        now = self._clock()
        if now < self._paused_until:
            return None
        wait = self._window.wait(now)
        if not wait:
            self._flowing_since = min(self._flowing_since, now)
            self._window.mark(now)
        return wait

    def accepted(self) -> None:
        """Note that the provider took a request; outside a pause this ends a row of throttlings."""
        now = self._clock()
        paused = now < self._paused_until
        if not paused:
            self._throttlings = 0
        self._limit.accepted(now, paused=paused)

    def throttled(self, wait: float | None, *, sent_at: float) -> None:
        """Hold everybody back after a 429 to a request that left at `sent_at`.

        Requests that were on their way when the pause began say nothing new: many answers are one throttling.
        """
        if sent_at <= self._paused_from and wait is None:
            return
        now = self._clock()
        if sent_at > self._paused_from:
            self._throttlings += 1
            self._paused_from = now
            self._limit.throttled(now, flowing_since=self._flowing_since)
        self.pause(throttle_pause(self._throttlings, wait))

    def pause(self, seconds: float) -> None:
        """Hold everybody back for at least so long."""
        self._paused_until = self._flowing_since = max(self._paused_until, self._clock() + seconds)

    async def _keep_to_limit(self) -> None:
        drain = min(self._limit.rate(self._clock()), self._fastest)
        if abs(drain - self._drain) < _STEP * drain:
            return
        self._drain = drain
        self._limiter = _bucket(drain)
        # A new bucket starts full, so that a change never lets extra requests through.
        await self._limiter.acquire(self._limiter.max_rate)


def _bucket(drain: float) -> AsyncLimiter:
    size = 1 + _BURST_SECONDS * drain
    return AsyncLimiter(size, size / drain)

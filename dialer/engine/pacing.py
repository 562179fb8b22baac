"""How fast requests may leave: smooth by a leaky bucket, never over the pace in any rolling second."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from dialer.engine.departure import Meaning
from dialer.engine.provider_queue import ProviderQueue
from dialer.engine.throttling import Throttling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dialer.engine.departure import Departure

_USE = 0.98  #: of the pace is what the bucket drains: a full window then takes 20 ms more than its second
_BURST_SECONDS = 0.15  #: of requests fit in the bucket, so that a loop that is late by that loses none of the pace
_SMALL_BURST_SECONDS = 0.015  #: below a found limit, which has no room for more: a timer may be late by that
_GUARD = 0.018  #: seconds more than its second a window spans: a network's jitter, and still inside those 20 ms
_TOGETHER = 0.01  #: seconds of permits at once, so that calls share a turn of the ledger: less than those 20 ms
_STEP = 0.01  #: changes of the rate below that share wait, as each makes a new bucket


class RollingWindow:
    """Counts what left: at most `rate` in any rolling second.

    A rate that is not whole is kept over the shortest time in which it is: 2.5 a second is 3 in 1.2 seconds.
    """

    def __init__(self, rate: float) -> None:
        """Start with nothing sent."""
        self._length = math.ceil(rate) / rate + _GUARD
        self._sent: deque[list[float]] = deque(maxlen=math.ceil(rate))

    def wait(self, now: float) -> float:
        """Seconds until one more may leave."""
        if len(self._sent) < (self._sent.maxlen or 0):
            return 0.0
        return max(0.0, self._sent[0][0] + self._length - now)

    def mark(self, now: float) -> list[float]:
        """Note that one leaves now; what is returned stands for it in `had_left`."""
        moment = [now]
        self._sent.append(moment)
        return moment

    def had_left(self, moments: Iterable[list[float]], by: float) -> None:
        """Note by when some had left at the latest: they count from then, as far as the guard does not cover it."""
        for moment in moments:
            moment[0] = max(moment[0], by - _GUARD)


class LocalPace:
    """Lets the requests of this process leave at up to `rate` a second, and less where the provider says so.

    A request takes a permit, connects if it has to, leaves, and ends. Permits come evenly from an AsyncLimiter whose
    small bucket and slightly lower drain keep both bounds of the pace; the rolling window counts departures, and makes
    the upper bound exact whatever happens in between. `clock` counts seconds and never goes back.
    """

    def __init__(self, rate: float, *, clock: Callable[[], float]) -> None:
        """Start at the full configured rate."""
        self._clock = clock
        self._window = RollingWindow(rate)
        self._throttling = Throttling(rate)
        self._queue = ProviderQueue()
        self._drain = self._fastest = _USE * rate
        self._limiter = _bucket(self._drain, _BURST_SECONDS)
        self._door = asyncio.Lock()
        self._ended = asyncio.Event()
        self._leaving: list[list[float]] = []

    @property
    def found_limit(self) -> float | None:
        """The provider's own limit in calls a second as far as throttling showed it; None if it never did."""
        return self._throttling.limit.found

    @property
    def at_random(self) -> bool:
        """Whether the provider answers 429 whatever the pace."""
        return self._throttling.random > 0

    def paused(self) -> float:
        """Seconds until anybody may go on; 0 when nobody has to wait, without end while one asks for all."""
        return self._held(self._clock())

    def refused_for(self) -> float:
        """Seconds for which the provider has throttled everything; 0 when it takes requests."""
        return self._throttling.hold.lasts(self._clock())

    def tries(self, attempts: int) -> int:
        """Tell how many 429s about itself a contact may meet, of `attempts` where they do not come at random."""
        return self._throttling.tries(attempts)

    async def permits(self, up_to: int) -> int:
        """Wait for as many permits as are worth a turn, and take those at hand with them, `up_to` so many."""
        while True:
            while wait := self.paused():
                await self._sleep(wait)
            await self._keep_to_limit()
            first = max(1, min(up_to, int(self._drain * _TOGETHER)))
            await self._limiter.acquire(first)
            if not self.paused():
                break
        if self._throttling.hold.on:
            return 1  # it asks for all
        more = min(up_to, int(self._limiter.max_rate)) - first
        while more > 0 and not self._limiter.has_capacity(more):
            more //= 2
        if more > 0:
            await self._limiter.acquire(more)
        return first + max(more, 0)

    async def leave(self) -> Departure | None:
        """Wait until one more request may leave, and count it: it leaves now. None when everybody is held back."""
        now = self._clock()
        if not self._door.locked() and self._waits(now) == 0.0:
            return self._depart(now)
        async with self._door:  # one behind the other, or each opening would wake the whole queue
            while (wait := self._waits(now := self._clock())) is not None:
                if not wait:
                    return self._depart(now)
                await self._sleep(wait)
        return None

    def ended(self, departure: Departure) -> None:
        """Note that a request is answered or given up; what its answer says is told next."""
        self._throttling.ended(departure)
        self._ended.set()

    def accepted(self, departure: Departure | None) -> None:
        """Note that the provider took a request; one without a departure says nothing of the pace."""
        if departure:
            self._throttling.accepted(self._clock(), departure)

    def queued(self, delay: float) -> float:
        """Note in how many seconds the provider makes a call that it took; return for how long all wait from now on."""
        return self._queue.accepted(self._clock(), delay)

    def throttled(self, departure: Departure | None, wait: float | None) -> Meaning:
        """Slow down after a 429 if it is about the pace, and tell whom it is about; `wait` is the provider's wish."""
        return self._throttling.throttled(self._clock(), departure, wait) if departure else Meaning.CONTACT

    def _waits(self, now: float) -> float | None:
        """Return the seconds until one more may leave, None when it has to ask for a permit again."""
        if self._held(now):
            return None
        return self._throttling.wait(now) or self._window.wait(now)

    def _held(self, now: float) -> float:
        hold = self._throttling.hold
        return max(self._queue.wait(now), hold.wait(now) if hold.on else 0.0)

    def _depart(self, now: float) -> Departure:
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._turned)
        self._leaving.append(self._window.mark(now))
        return self._throttling.leaves(now)

    def _turned(self) -> None:
        """Wait for one more turn of the loop: after that what left in this one is surely with the kernel."""
        left, self._leaving = self._leaving, []
        asyncio.get_running_loop().call_soon(lambda: self._window.had_left(left, self._clock()))

    async def _sleep(self, seconds: float) -> None:
        """Sleep so long, or until a call has ended where that is not known."""
        if seconds < math.inf:
            await asyncio.sleep(seconds)
            return
        self._ended.clear()
        await self._ended.wait()

    async def _keep_to_limit(self) -> None:
        drain = min(self._throttling.limit.rate(self._clock()), self._fastest)
        if abs(drain - self._drain) < _STEP * drain:
            return
        self._drain = drain
        self._limiter = _bucket(drain, _BURST_SECONDS if drain == self._fastest else _SMALL_BURST_SECONDS)
        # A new bucket starts full, so that a change never lets extra requests through.
        await self._limiter.acquire(self._limiter.max_rate)


def _bucket(drain: float, burst: float) -> AsyncLimiter:
    size = 1 + burst * drain
    return AsyncLimiter(size, size / drain)

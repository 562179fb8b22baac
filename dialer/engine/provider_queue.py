"""A provider that accepts calls faster than it makes them: who waits there may be rung when nobody may be any more."""

from __future__ import annotations

import math

_NOTICED = 2.0  #: seconds: a phone rings a second or two after any call is accepted


class ProviderQueue:
    """Lets nobody new be called until the calls that the provider has accepted, and makes later, are made.

    Times are seconds on a clock that never goes back.
    """

    def __init__(self) -> None:
        """Know of no queue."""
        self._until = -math.inf

    def accepted(self, now: float, delay: float) -> float:
        """Note in how many seconds an accepted call will ring; return for how long all wait if that begins with it."""
        if delay <= _NOTICED:
            return 0.0
        is_known = self.wait(now) > 0
        self._until = max(self._until, now + delay)
        return 0.0 if is_known else delay

    def wait(self, now: float) -> float:
        """Seconds until another call may leave; 0 when one may now."""
        return max(0.0, self._until - now)

"""Everybody waits, and one request at a time asks whether the provider takes calls again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.retry import FIRST_WAIT, LONGEST_ASKED_WAIT

if TYPE_CHECKING:
    from dialer.engine.departure import Departure

_SHORTEST = 0.5  #: seconds: half of the shortest span that limits are usually counted over
_GROWTH = 0.5  #: each wait is half of all the time so far: ten in a minute, and a third too long at most
_LONGEST = 60.0  #: seconds between two that ask: an outage that ends is noticed in a minute


class Hold:
    """When everybody has to wait, until when, and who asks meanwhile.

    The first wait is two seconds, and half of it each time that was enough. The provider's own wish wins, up to an
    hour.
    """

    def __init__(self) -> None:
        """Start without one."""
        self.on = False
        self._first = FIRST_WAIT
        self._began = self._until = 0.0
        self._last_refused: float | None = None
        self._times = 0
        self._asking: Departure | None = None

    def begin(self, now: float, wish: float | None) -> None:
        """Let everybody wait from now on."""
        self.on, self._began, self._asking = True, now, None
        self._last_refused, self._times = None, 0
        self._until = now + (_granted(wish) or self._first)

    def wait(self, now: float) -> float:
        """Seconds until one may ask; without end while one is asking."""
        return float("inf") if self._asking else max(0.0, self._until - now)

    def asks(self, departure: Departure) -> None:
        """Note that a request leaves to ask."""
        self._asking = departure

    def answered(self, departure: Departure) -> None:
        """Note that a request is answered; if it was the one that asked, another may."""
        if departure == self._asking:
            self._asking = None

    def refused(self, now: float, asked_at: float, wish: float | None) -> None:
        """Wait longer: the one that asked was refused."""
        self._last_refused = asked_at
        self._times += 1
        longer = min(max(_GROWTH * (now - self._began), self._first), _LONGEST)
        self._until = now + (_granted(wish) or longer)

    def lengthen(self, now: float, wish: float | None) -> None:
        """Grant a later wish to wait."""
        self._until = max(self._until, now + _granted(wish))

    def end(self) -> tuple[float | None, int]:
        """Let everybody go on; return when the last one that was refused had asked, and how many were."""
        self.on = False
        enough = self._last_refused is None
        self._first = max(self._first / 2, _SHORTEST) if enough else min(2 * self._first, FIRST_WAIT)
        return self._last_refused, self._times

    def lasts(self, now: float) -> float:
        """Seconds for which every request that asked was refused; 0 when there is no hold or none has asked."""
        return now - self._began if self.on and self._last_refused is not None else 0.0


def _granted(wish: float | None) -> float:
    return min(max(wish or 0.0, 0.0), LONGEST_ASKED_WAIT)

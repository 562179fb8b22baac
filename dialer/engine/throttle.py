"""Finding a provider's true limit from its 429s: down at once to what it took, up again slowly."""

from __future__ import annotations

import math
from collections import deque

_BELOW = 0.975
_LEAST_KEPT = 0.85
_LOWEST = 0.2
_CLIMB = 0.0075
_DOUBLING = 60.0
_GUESS_DOUBLING = 2.0
_ALIKE = 0.25


class FoundLimit:
    """The rate to keep, in requests a second: what was configured until a throttling shows less.

    A throttling sets it just below what the provider took in the second before (multiplicative down). Then it
    climbs, twice as fast after every quiet minute, so that a limit that stays is met rarely and one that goes
    away is forgotten in minutes. What was taken in less than a second of sending is not yet a rate: the first
    such count is a guess, left in seconds until a second one is like it; a later one lowers the rate by at most a
    sixth.
    """

    def __init__(self, configured: float) -> None:
        """Start with what was configured."""
        self._configured = configured
        self._taken: deque[float] = deque()
        self._since = 0.0
        self._doubling = _DOUBLING
        self._found = 0.0

    @property
    def found(self) -> float | None:
        """The limit last seen; None while nothing was taken before a throttling, or there was none."""
        return self._found or None

    def accepted(self, now: float, *, paused: bool = False) -> None:
        """Note a request that was taken; while `paused` it had left before the throttling."""
        self._taken.append(now)
        if self._taken[0] <= now - 1:
            self._forget(now)
        if paused and self._doubling == _GUESS_DOUBLING:
            self._found = min(self._found + 1, self._configured)

    def throttled(self, now: float, *, flowing_since: float = -math.inf) -> None:
        """Fall to just below what was taken in the last second; requests had been leaving `flowing_since`."""
        self._forget(now)
        rate, taken, partial = self.rate(now), float(len(self._taken)), now - flowing_since < 1
        guess = partial and not self._found
        least = _LEAST_KEPT * rate if partial and not guess else 0.0
        before, self._found = self._found, min(max(taken, least), rate)
        stray = self._doubling == _GUESS_DOUBLING and abs(self._found - before) > _ALIKE * before
        self._doubling = _GUESS_DOUBLING if guess or stray else _DOUBLING
        self._since = now

    def rate(self, now: float) -> float:
        """Tell the rate to keep now."""
        if not self._found:
            return self._configured
        doublings = min((now - self._since) / self._doubling, 60.0)
        # The sum of a step that doubles again and again.
        share: float = _BELOW + _CLIMB * (2.0**doublings - 1)
        return min(self._configured, max(self._found * share, _LOWEST))

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0] <= now - 1:
            self._taken.popleft()

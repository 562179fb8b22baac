"""The rate a provider takes, as its 429s show it: down to what it took, kept for a while, and then up again."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

_BELOW = 0.985  #: of what was taken: under the limit with room for the jitter of a network
_FIRST_SPAN = 1.0  #: seconds over which a limit is taken to be counted until it shows otherwise: most are by the second
_LONGEST_SPAN = 60.0  #: and the longest that is looked for: few count over more than a minute, and memory has an end
_QUIET = 30.0  #: seconds at the found rate before more is tried: each try costs some refusals, and a minute is the goal
_CLIMB = 22.0  #: seconds in which the rate grows e-fold after that: five times as fast a minute after the fall
_GUESS_CLIMB = 8.0  #: the same where the rate is a guess, for each second of the span; never slower than the other
_STEEPEST = 50.0  #: the exponent ends there, before a float does
_LEAST_OF_CONFIGURED = 0.1  #: a first count cut short says little; from a tenth a guess climbs to anything in seconds
_LEAST_KEPT = 0.7  #: later counts cut short lower the rate by so much at most, as they may have missed a burst
_HALF = 0.5  #: and whole ones by this: a limit that fell further is met again at once
_LOWEST = 0.2  #: requests a second: slower than that nothing would be learned any more


class _Fall(NamedTuple):
    """What was known when the rate fell: of before, and of the flow that ran into the limit."""

    before: tuple[float, float, float]
    refused_at: float
    flow: float
    taken: int


class FoundLimit:
    """The rate to keep, in requests a second: what was configured until a throttling shows less.

    A throttling sets it just below what the provider took over the span its limit seems to be counted over. That is
    kept for half a minute and then left faster and faster, so that a limit that stays is met twice in a minute and one
    that goes away is forgotten in one. What was taken in less than the span is a guess, and is left at once.
    """

    def __init__(self, configured: float) -> None:
        """Start with what was configured."""
        self._configured = configured
        self._taken: deque[float] = deque()
        self._span = _FIRST_SPAN
        self._flowing_since = -math.inf
        self._found, self._since, self._quiet = 0.0, 0.0, _QUIET
        self._fall = _Fall(before=(0.0, 0.0, _QUIET), refused_at=0.0, flow=0.0, taken=0)

    @property
    def found(self) -> float | None:
        """The limit last seen; None while none is known."""
        return self._found or None

    def rate(self, now: float) -> float:
        """Tell the rate to keep now."""
        if not self._found:
            return self._configured
        climb = _CLIMB if self._quiet else min(_GUESS_CLIMB * self._span, _CLIMB)
        beyond = max(now - self._since - self._quiet, 0.0) / climb
        return min(self._configured, max(self._found * _BELOW * math.exp(min(beyond**2, _STEEPEST)), _LOWEST))

    def climbing(self, now: float) -> bool:
        """Tell whether more is being tried than was ever seen to be taken."""
        return 0.0 < self._found < self.rate(now)

    def accepted(self, now: float) -> None:
        """Note a request that was taken."""
        self._taken.append(now)
        while self._taken[0] <= now - _LONGEST_SPAN:
            self._taken.popleft()

    def flows(self, now: float) -> None:
        """Note that requests leave freely from now on."""
        self._flowing_since = now

    def fall(self, now: float, *, refused_at: float) -> None:
        """Fall to what was taken before the refusals that began at `refused_at`."""
        rate, flow = self.rate(now), min(refused_at - self._flowing_since, _LONGEST_SPAN)
        self._fall = _Fall(
            before=(self._found, self._since, self._quiet),
            refused_at=refused_at,
            flow=flow,
            taken=self._taken_in(flow, refused_at),
        )
        guess, least = flow < self._span, 0.0
        if self._found:
            least = min(rate, self._found) * (_LEAST_KEPT if guess else _HALF)
        elif guess:
            least = rate * _LEAST_OF_CONFIGURED
        taken = self._taken_in(self._span, refused_at) / self._span
        self.keep(now, min(max(taken, least), rate))
        if guess:
            self._quiet = 0.0

    def undo(self, now: float) -> None:
        """Go back to before the last fall: it was not about the rate."""
        self._found, self._since, self._quiet = self._fall.before
        self.flows(now)

    def keep(self, now: float, rate: float) -> None:
        """Take a rate for the limit, and keep just below it for a while."""
        self._found, self._since = max(rate, _LOWEST), now
        self._quiet = max(_QUIET, self._span)

    def opened(self, now: float, *, last_refused: float | None) -> None:
        """Note that requests are taken again after the fall, and when the last was refused that asked meanwhile.

        Where some were, the limit is counted over longer than was thought: what was taken came out of all that time.
        """
        flow = self._fall.flow
        if last_refused is not None:
            closed = now - self._fall.refused_at
            self._span = min(max(self._span, closed + min(flow, closed)), _LONGEST_SPAN)
            # It opened at some time between the two.
            mean = self._fall.taken / (flow + (now + last_refused) / 2 - self._fall.refused_at)
            if mean < self._found:
                self._found, self._quiet = max(mean, _LOWEST), 0.0
        self._since = now
        self.flows(now)

    def forget(self, now: float) -> None:
        """Go back to what was configured."""
        self._found = 0.0
        self.flows(now)

    def _taken_in(self, span: float, until: float) -> int:
        return sum(until - span < at <= until for at in self._taken)

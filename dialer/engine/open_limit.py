"""How many calls a provider lets be open at a time, as its 429s show it."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LASTS = 10.0  #: seconds, and up to twice that, for which answers count: a flow is answered by then, limits change
_ENOUGH = 5  #: refusals that show a limit: fewer come at record numbers by chance while a flow begins
_MOSTLY = 0.8  #: of all refusals it has to explain: a few others may come at random
_SOME = 0.2  #: for each of them so many may be accepted at the same numbers: calls end there before it is seen here
_FEWEST = 2  #: calls open: a limit of one looks like any other, and the rate finds it
_WAIT = 4.0  #: seconds before one more is tried: at most one call in some dozens is refused for it
_LONGEST_WAIT = 30.0  #: the wait doubles up to this where it is refused again: so a limit that goes is missed for less
_LARGEST_STEP = 1000  #: and the step up to this where it is not: so many at most are refused when a limit is met again


class OpenLimit:
    """How many calls may be open at once: any number until 429s show that the provider counts them.

    They show it where calls are refused at numbers of open calls at which none was accepted. What is found is kept
    exactly, and every few seconds one more is tried.
    """

    def __init__(self) -> None:
        """Start without a limit."""
        self._most = self._sure = math.inf
        self._accepted, self._refused = Counter[int](), Counter[int]()
        self._before = self._accepted, self._refused
        self._ages_at = -math.inf
        self._grows_at, self._wait, self._step = math.inf, _WAIT, 1
        self._reached = False

    def most(self, now: float) -> float:
        """Tell how many calls may be open now."""
        if now >= self._grows_at:
            self._grow(now)
        return self._most

    def left(self, others: int) -> None:
        """Note a request that leaves while so many others are open."""
        self._reached = self._reached or others + 1 >= self._most

    def accepted(self, now: float, others: int) -> None:
        """Note one that was taken, which left while so many others were open."""
        if now >= self._ages_at:
            self._age()
            self._ages_at = now + _LASTS
        self._accepted[others] += 1

    def refused(self, now: float, others: int) -> bool:
        """Note one that was refused; True when it was more than is known to be taken, which is kept from now on."""
        if others < self._sure:
            self._refused[others] += 1
            return False
        self._most, self._step = self._sure, 1
        self._wait = min(2 * self._wait, _LONGEST_WAIT)
        self._grows_at = now + self._wait
        return True

    def explains(self, now: float, unanswered: Iterable[int]) -> bool:
        """Tell whether the number of open calls explains the refusals of late; it is limited from now on.

        The `unanswered` may still be accepted.
        """
        accepted = self._before[0] + self._accepted + Counter(unanswered)
        refused = self._before[1] + self._refused
        if not accepted or refused.total() < _ENOUGH:
            return False
        took = over = most = 0
        for number in sorted({*accepted, *refused}, reverse=True):
            if accepted[number] > refused[number]:
                break
            took, over = took + accepted[number], over + refused[number]
            most = number
        if over < max(_ENOUGH, _MOSTLY * refused.total()) or took > _SOME * over or most < _FEWEST:
            return False
        self._most = self._sure = most
        self._grows_at, self._step = now + self._wait, 1
        self.forget()
        return True

    def forget(self) -> None:
        """Forget what was accepted and refused: from now on it may be different."""
        self._age()
        self._age()

    def _age(self) -> None:
        self._before = self._accepted, self._refused
        self._accepted, self._refused = Counter(), Counter()

    def _grow(self, now: float) -> None:
        if self._reached and self._most > self._sure:  # it was tried, and nobody minded
            self._sure, self._wait = self._most, _WAIT
            self._step = min(2 * self._step, _LARGEST_STEP)
        if self._reached:
            self._most = self._sure + self._step
        self._grows_at, self._reached = now + _WAIT, False

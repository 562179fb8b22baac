"""Putting questions to a provider: each at the pace, and again where it turned one away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from dialer.domain.call import HeldBack, NotSeen, NotSent, RunMustStop, Throttled, TokenEnded
from dialer.domain.retry import LONGEST_ASKED_WAIT, backoff
from dialer.engine.departure import Meaning
from dialer.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dialer.domain.call import Leave
    from dialer.engine.departure import Departure
    from dialer.engine.ports import Pace, Provider

T = TypeVar("T")
TurnedAway: TypeAlias = "HeldBack | NotSent | Throttled | TokenEnded | RunMustStop"

_TRIES = 3  #: for one question: whoever asks comes back to it


class Questions:
    """Asks a provider at a pace, one question at a time or several at once."""

    def __init__(self, provider: Provider, pace: Pace) -> None:
        """Hold the parts; nothing is asked yet."""
        self._provider = provider
        self._pace = pace

    async def put(self, question: Callable[[Leave], Awaitable[T | TurnedAway]]) -> T | NotSeen:
        """Ask until the question itself is answered; NotSeen, with the reason, where it is not after three tries.

        `question` sends what it takes, each request once `leave` lets it. Raises StoppedError where the provider
        refuses to be asked.
        """
        tries, reason = 0, ""
        while tries < _TRIES:
            tries += 1
            answer, left = await self._once(question)
            match answer:
                case NotSent(reason, _):
                    return NotSeen(reason)
                case Throttled(reason, wait):
                    tries -= await self._is_excused(left, wait, tries)
                case TokenEnded(reason):
                    pass
                case RunMustStop(reason, tip):
                    raise StoppedError(f"the provider refuses look-ups: {reason}: {tip}")
                case NotSeen():
                    return answer
                case _:
                    self._pace.accepted(left)
                    return answer
        return NotSeen(reason)

    async def _is_excused(self, left: Departure | None, wait: float | None, tries: int) -> bool:
        """Tell whether a 429 was about everybody; if it was about this question it has waited now."""
        if self._pace.throttled(left, wait) is Meaning.EVERYBODY:
            return True
        if tries < _TRIES:
            await asyncio.sleep(backoff(tries) if wait is None else min(wait, LONGEST_ASKED_WAIT))
        return False

    async def _once(
        self, question: Callable[[Leave], Awaitable[T | TurnedAway]]
    ) -> tuple[T | NotSent | Throttled | TokenEnded | RunMustStop, Departure | None]:
        """Send one question, however often it is held back; return what came of it, and its departure."""
        left: Departure | None = None

        async def leave() -> bool:
            nonlocal left
            if left:  # the request before it was answered, or its connection closed before it could leave
                self._pace.ended(left)
            left = await self._pace.leave()
            return left is not None

        while True:
            if problem := await self._provider.ready():
                return problem, None
            await self._pace.permits(1)
            try:
                answer = await question(leave)
            finally:
                if left:
                    self._pace.ended(left)
            if not isinstance(answer, HeldBack):
                return answer, left
            left = None

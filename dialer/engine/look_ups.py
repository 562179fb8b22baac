"""Asking a provider where one call stands, as often as it takes to be answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.domain.call import HeldBack, NotSeen, NotSent, RunMustStop, Seen, Throttled, TokenEnded
from dialer.domain.retry import LONGEST_ASKED_WAIT, backoff
from dialer.engine.departure import Meaning
from dialer.errors import StoppedError

if TYPE_CHECKING:
    from dialer.domain.call import Found
    from dialer.engine.departure import Departure
    from dialer.engine.ports import Pace, Provider

_TRIES = 3  #: for one look-up: whoever follows calls asks again anyhow


class LookUps:
    """Asks where calls stand, one at a time or several at once, at a pace."""

    def __init__(self, provider: Provider, pace: Pace) -> None:
        """Hold the parts."""
        self._provider = provider
        self._pace = pace

    async def of(self, call_id: str) -> Seen | NotSeen:
        """Ask for one call; raises StoppedError where the provider refuses to be asked."""
        tries, reason = 0, ""
        while tries < _TRIES:
            tries += 1
            answer, left = await self._ask(call_id)
            match answer:
                case NotSent(reason, _):
                    return NotSeen(reason)
                case Seen():
                    self._pace.accepted(left)
                    return answer
                case NotSeen():
                    return answer
                case Throttled(reason, wait):
                    tries -= await self._excused(left, wait, tries)
                case TokenEnded(reason):
                    pass
                case RunMustStop(reason, tip):
                    raise StoppedError(f"the provider refuses look-ups: {reason}: {tip}")
        return NotSeen(reason)

    async def _excused(self, left: Departure | None, wait: float | None, tries: int) -> bool:
        """Tell whether a 429 was about everybody; if it was about this one it has waited now."""
        if self._pace.throttled(left, wait) is Meaning.EVERYBODY:
            return True
        if tries < _TRIES:
            await asyncio.sleep(backoff(tries) if wait is None else min(wait, LONGEST_ASKED_WAIT))
        return False

    async def _ask(self, call_id: str) -> tuple[Found | NotSent, Departure | None]:
        """Send one look-up, however often it is held back; return what came of it, and its departure."""
        left: Departure | None = None

        async def leave() -> bool:
            nonlocal left
            if left:  # its connection was closed before it could
                self._pace.ended(left)
            left = await self._pace.leave()
            return left is not None

        while True:
            if problem := await self._provider.ready():
                return problem, None
            await self._pace.permits(1)
            try:
                answer = await self._provider.look_up(call_id, leave)
            finally:
                if left:
                    self._pace.ended(left)
            if not isinstance(answer, HeldBack):
                return answer, left
            left = None

"""Asking a provider where one call stands, as often as it takes to be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.engine.questions import Questions

if TYPE_CHECKING:
    from dialer.domain.call import NotSeen, Seen
    from dialer.engine.ports import Pace, Provider


class LookUps:
    """Asks where calls stand, one at a time or several at once, at a pace."""

    def __init__(self, provider: Provider, pace: Pace) -> None:
        """Hold the parts."""
        self._provider = provider
        self._questions = Questions(provider, pace)

    async def of(self, call_id: str) -> Seen | NotSeen:
        """Ask for one call; raises StoppedError where the provider refuses to be asked."""
        return await self._questions.put(lambda leave: self._provider.look_up(call_id, leave))

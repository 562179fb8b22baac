"""A provider that keeps the truth and whose calls last, and how many of them were up at a time by its own record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from truth import PLAIN, Reply, Script, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Carrying(Truth):
    """Tells of a call that is asked about that it is answered, until it has lasted so many seconds.

    `lasts` is for all calls, or tells it of each in the order in which they come.
    """

    def __init__(self, script: Script, *, lasts: float | Callable[[int], float]) -> None:
        super().__init__(script)
        self._lasts = lasts
        self._over_at: dict[str, float] = {}

    def _place(self, number: str, path: str, at: float) -> Reply:
        reply = super()._place(number, path, at)
        if reply.call_id:
            lasts = self._lasts(len(self._over_at)) if callable(self._lasts) else self._lasts
            self._over_at[reply.call_id] = at + lasts
        return reply

    def _look_up(self, call_id: str, at: float) -> Reply:
        over_at = self._over_at.get(call_id)
        if over_at is None:
            return super()._look_up(call_id, at)
        word = "completed" if over_at <= at else "answered"
        return Reply(status=200, body=json.dumps(self.voice.seen(call_id, word)).encode(), rule=PLAIN)

    @property
    def up(self) -> Sequence[tuple[float, float]]:
        """When each call was placed and when it was over, in their order."""
        return [(call.at, self._over_at[call.call_id]) for call in self.calls if call.call_id]

    @property
    def look_ups(self) -> int:
        """How often it was asked about a call."""
        return sum(self.voice.kind(request.method, request.path) == "look" for request in self.requests)


def most_at_a_time(carrier: Carrying) -> int:
    """Count the most calls that were up at any moment."""
    up = carrier.up
    return max((sum(began <= at < over for began, over in up) for at, _ in up), default=0)

"""More than one watcher of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from dialer.domain.call import Settlement
    from dialer.engine.ports import Watcher


@dataclass(frozen=True, slots=True)
class Both:
    """Tells two watchers what happens, one after the other."""

    first: Watcher
    second: Watcher

    def settled(self, settlement: Settlement) -> None:
        """Pass on that a call's answer is known."""
        self.first.settled(settlement)
        self.second.settled(settlement)

    def held_back(self, reason: str, seconds: float) -> None:
        """Pass on that nothing leaves for a while."""
        self.first.held_back(reason, seconds)
        self.second.held_back(reason, seconds)

    def clock_was_set(self, by: timedelta) -> None:
        """Pass on that the clock on the wall was set."""
        self.first.clock_was_set(by)
        self.second.clock_was_set(by)

    def idle(self, until: datetime) -> None:
        """Pass on that nobody may be dialled before a moment."""
        self.first.idle(until)
        self.second.idle(until)

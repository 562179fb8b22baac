"""What the engine asks of the world: a provider that places calls, a ledger that gives out work, and who listens.

Implementations live in other rooms and are joined in `session`; they need not know these classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from dialer.domain.call import (
        Answer,
        CallRequest,
        Claim,
        Found,
        HeldBack,
        Leave,
        NotSent,
        RunMustStop,
        Settlement,
    )


class Work(Protocol):
    """The contacts of one run, given out one claim at a time and never twice."""

    def turn(self, settled: Sequence[Settlement], *, want: int, now: datetime) -> Sequence[Claim]:
        """Write the settlements and claim up to `want` contacts that may be dialled now, in one durable transaction."""

    def release(self, claims: Sequence[Claim]) -> None:
        """Take back claims whose request never left, as if they had not been made."""

    def clock_was_set(self, by: timedelta, *, now: datetime) -> None:
        """Hear that the clock on the wall was set, and is `now`; who waits for a retry waits no longer for that.

        From now on everybody is screened again before they are dialled, and the session's record says so.
        """

    def next_due(self, now: datetime) -> datetime | None:
        """Tell when the next contact may be dialled; None when no open one will be in this session."""


class Provider(Protocol):
    """An API that places calls. Every method returns a value for whatever an ordinary day brings."""

    async def ready(self) -> NotSent | RunMustStop | None:
        """Make sure that a call can leave at once (a token is at hand); None when it can."""

    async def place(self, request: CallRequest, leave: Leave) -> Answer | HeldBack:
        """Ask for one call, with one request; once connected it awaits `leave`, and leaves at once or not at all."""

    async def look_up(self, call_id: str, leave: Leave) -> Found | HeldBack:
        """Ask where a call stands, with one request that awaits `leave` likewise."""


class Watcher(Protocol):
    """Told what happens, to show or to log it."""

    def settled(self, settlement: Settlement) -> None:
        """Hear that a call's answer is known."""

    def held_back(self, reason: str, seconds: float) -> None:
        """Hear that nothing leaves for a while."""

    def idle(self, until: datetime) -> None:
        """Hear that nobody may be dialled before a moment."""

    def clock_was_set(self, by: timedelta) -> None:
        """Hear that the clock on the wall was set."""

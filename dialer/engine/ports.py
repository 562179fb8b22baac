"""What the engine asks of the world: a provider that places calls, a ledger that gives out work, a pace, who listens.

Implementations live in other rooms and are joined in `session`; they need not know these classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from dialer.domain.call import (
        Answer,
        CallRequest,
        Claim,
        Found,
        HeldBack,
        Leave,
        MayBeUp,
        NotSent,
        Outcome,
        Resolved,
        RunMustStop,
        Settlement,
        Told,
        UnknownTry,
    )
    from dialer.domain.reconciliation import Reconciled, UnknownRow
    from dialer.engine.departure import Departure, Meaning


class Work(Protocol):
    """The contacts of one run, given out one claim at a time and never twice.

    One thing is asked at a time, and the next once that is done. Every method raises LedgerError.
    """

    async def turn(self, settled: Sequence[Settlement], *, want: int, now: datetime) -> Sequence[Claim]:
        """Write the settlements and claim up to `want` contacts that may be dialled now, in one durable transaction.

        One that is cancelled has claimed nothing; what it was to write may be given again.
        """

    async def release(self, claims: Sequence[Claim]) -> None:
        """Take back claims whose request never left, as if they had not been made."""

    async def clock_was_set(self, by: timedelta, *, now: datetime) -> None:
        """Hear that the clock on the wall was set, and is `now`; who waits for a retry waits no longer for that.

        From now on everybody is screened again before they are dialled, and the session's record says so.
        """

    async def next_due(self, now: datetime) -> datetime | None:
        """Tell when the next contact may be dialled; None when no open one will be in this session."""


class Pace(Protocol):
    """How fast requests may leave: a request takes a permit, connects if it has to, leaves, and ends.

    What is waited for is awaited. What is noted is not: a cancellation in between would lose an answer that was heard.
    """

    @property
    def at_random(self) -> bool:
        """Whether the provider answers 429 whatever the pace."""

    def paused(self) -> float:
        """Seconds until anybody may go on; 0 when nobody has to wait, without end while one asks for all."""

    def refused_for(self) -> float:
        """Seconds for which the provider has throttled everything; 0 when it takes requests."""

    def tries(self, attempts: int) -> int:
        """Tell how many 429s about itself a contact may meet, of `attempts` where they do not come at random."""

    async def permits(self, up_to: int) -> int:
        """Wait for a permit and take those at hand with it, `up_to` so many."""

    async def leave(self) -> Departure | None:
        """Wait until one more request may leave, and count it: it leaves now. None when everybody is held back."""

    def ended(self, departure: Departure) -> None:
        """Note that a request is answered or given up; what its answer says is told next."""

    def accepted(self, departure: Departure | None) -> None:
        """Note that the provider took a request; one without a departure says nothing of the pace."""

    def queued(self, delay: float) -> float:
        """Note in how many seconds the provider makes a call that it took; return for how long all wait from now on.

        0 where nobody has to, or everybody waits already: a phone should ring at the hours that were looked at.
        """

    def throttled(self, departure: Departure | None, wait: float | None) -> Meaning:
        """Slow down after a 429 if it is about the pace, and tell whom it is about; `wait` is the provider's wish."""


class Placed(Protocol):
    """The placed calls of a run, as they are followed."""

    async def to_follow(self, *, after_row: int, page: int) -> Sequence[tuple[int, str]]:
        """Fetch (row, call id) of placed calls whose status is not final, in the list's order."""

    async def may_be_up(self, *, since: datetime) -> Sequence[MayBeUp]:
        """Fetch the calls whose requests left `since` then and of which no end is known, in the order of leaving.

        Calls of which nobody knows whether they were placed are among them.
        """

    async def set_statuses(self, statuses: Sequence[Told]) -> int:
        """Write what the provider last said of calls; return how many of them are news."""


class Unknowns(Protocol):
    """The unknown rows of a run that its provider can be asked about."""

    async def to_ask(self, *, after_row: int, page: int) -> Sequence[UnknownRow]:
        """Fetch rows to be asked about, in the list's order."""

    async def reconcile(self, found: Sequence[Reconciled]) -> Sequence[Reconciled]:
        """Write where rows go, and return what was written: of a row that was settled meanwhile nothing."""


class Provider(Protocol):
    """An API that places calls. Every method returns a value for whatever an ordinary day brings."""

    async def ready(self) -> NotSent | RunMustStop | None:
        """Make sure that a call can leave at once (a token is at hand); None when it can."""

    async def place(self, request: CallRequest, leave: Leave) -> Answer | HeldBack:
        """Ask for one call, with one request; once connected it awaits `leave`, and leaves at once or not at all.

        Another request may take back a call that would ring after `request.closes`; it rings nobody and awaits nothing.
        """

    async def look_up(self, call_id: str, leave: Leave) -> Found | HeldBack:
        """Ask where a call stands; each request that it takes awaits `leave` likewise."""


@runtime_checkable
class Resolver(Protocol):
    """A provider that can be asked what came of a try whose answer nobody knows."""

    async def resolve(self, unknown: UnknownTry, leave: Leave) -> Resolved | HeldBack:
        """Find the call of a try, or the proof that it made none; each request that it takes awaits `leave`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStart:
    """A session's run by its number, the run's rows and their outcomes so far, and how many calls are to be made now.

    `again` tells that the run had a session before.
    """

    run: int
    campaign: str
    rows: int
    outcomes: Mapping[Outcome, int]
    calls: int
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnd:
    """Why a session is over, in one word and for a person; the run's outcomes now, and how long the session took."""

    end: str
    reason: str
    outcomes: Mapping[Outcome, int]
    seconds: float


class Observer:
    """Hears what happens in a session of dialling, in its own order: to show it, to log it or to pass it on.

    Whoever derives from it writes only what it wants to hear. It is called between two calls to the provider, so it
    is quick and waits for nothing; what it raises ends the session as a fault of the program does.
    """

    def waiting_for_list(self, path: Path, why: str, /) -> None:
        """Hear that a list is waited for until it is whole, each time that there is another reason to."""

    def picked(self, path: Path, /) -> None:
        """Hear which list a campaign picked, before it is loaded."""

    def loaded(self, done: int, size: int, /) -> None:
        """Hear how many of a list's bytes have been read, to be loaded or checked: at first none, at last all."""

    def screened(self, done: int, rows: int, /) -> None:
        """Hear of how many of a run's rows it is decided whether they may be rung: at first of none, at last of all."""

    def started(self, session: SessionStart, /) -> None:
        """Hear that calls begin."""

    def settled(self, settlement: Settlement, /) -> None:
        """Hear that a call's answer is known."""

    def held_back(self, reason: str, seconds: float, /) -> None:
        """Hear that nothing leaves for a while; the `seconds` are 0 where they are not known."""

    def idle(self, until: datetime, /) -> None:
        """Hear that nobody may be dialled before a moment."""

    def clock_was_set(self, by: timedelta, /) -> None:
        """Hear that the clock on the wall was set."""

    def warned(self, trouble: str, /) -> None:
        """Hear what a person should know at once, though the session goes on."""

    def stopping(self, reason: str, /) -> None:
        """Hear that no more calls are started; open ones are still answered."""

    def following(self, calls: int, /) -> None:
        """Hear that calls are made, and so many placed ones are asked about until they are final."""

    def looked_up(self, status: str, *, ended: bool) -> None:
        """Hear what the provider says of a placed call; one that has `ended` is not asked about again."""

    def reconciling(self, rows: int, /) -> None:
        """Hear that the provider is asked about so many rows that are unknown."""

    def reconciled(self, row: Reconciled, /) -> None:
        """Hear where a row goes that was unknown, as the provider says."""

    def ended(self, session: SessionEnd, /) -> None:
        """Hear that the session is over; its results are written, if they could be."""

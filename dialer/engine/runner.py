"""The engine: takes contacts from the ledger, lets their calls leave in time, and writes down what came of them."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from dialer.domain.call import (
    Accepted,
    HeldBack,
    NotSent,
    Refused,
    RunMustStop,
    Settlement,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.domain.retry import backoff
from dialer.engine.breaker import Breaker
from dialer.engine.call_ids import CallIds
from dialer.engine.ending import End, Ending
from dialer.engine.equal_refusals import Refusals
from dialer.engine.turns import Turns
from dialer.engine.verdicts import Verdicts
from dialer.engine.wall_clock import STALE
from dialer.errors import LedgerError
from dialer.garbage_collection import patient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.domain.call import Answer, Claim
    from dialer.engine.departure import Departure
    from dialer.engine.line_follower import LineFollower
    from dialer.engine.ports import Observer, Pace, Provider, Work
    from dialer.engine.rules import Clock, DialRules

_GATHERING = 0.001  #: seconds in which more places may come free, so that one turn of the ledger serves several calls
_GRACE = 0.02  #: seconds an answer may wait for a claim to take it along: several then share one commit
_MANY_OBJECTS = 50_000  #: between two collections: some dozens a call, of which hardly any are in a cycle
_LONG = timedelta(minutes=1)  #: a wait worth telling of, and the longest before the clock is looked at again


class Runner:
    """Dials what `work` gives out until nothing is due, it is stopped, or the provider gives a reason to stop.

    Nothing but the dispatcher starts calls; stopping cancels it and lets open calls be answered.
    """

    def __init__(
        self,
        *,
        work: Work,
        provider: Provider,
        pace: Pace,
        rules: DialRules,
        clock: Clock,
        observer: Observer,
        lines: LineFollower | None = None,
    ) -> None:
        """Hold the parts; `run` sets them going. Without `lines` any number of calls may be up at a time."""
        self._turns = Turns(work, clock, observer, lines)
        self._lines = lines
        self._provider = provider
        self._pace = pace
        self._rules = rules
        self._clock = clock
        self._observer = observer
        self._breaker = Breaker(faults=rules.faults, patience=rules.patience)
        self._refusals = Refusals()
        self._verdicts = Verdicts(pace=pace, attempts=rules.attempts, dice=clock.dice)
        self._call_ids = CallIds()
        self._changed = asyncio.Event()
        self._trouble = ""
        self._idle_until: datetime | None = None
        self._open = 0
        self._ending: Ending | None = None
        self._dispatcher: asyncio.Task[None] | None = None

    async def run(self) -> Ending:
        """Dial to the end; cancelling this leaves open calls `unknown`. Raises LedgerError."""
        try:
            with patient(_MANY_OBJECTS):
                async with asyncio.TaskGroup() as group:
                    beside = [group.create_task(self._record())]
                    if self._lines:
                        beside.append(group.create_task(self._lines.follow(self._wake)))
                    async with asyncio.TaskGroup() as calls:
                        self._dispatcher = calls.create_task(self._dispatch(calls))
                        if self._ending:
                            self._dispatcher.cancel()
                    for task in beside:
                        task.cancel()
        finally:
            self._turns.answered(self._refusals.certain())
            await self._turns.take(want=0)
        return self._ending or Ending(end=End.DONE)

    def stop(self, ending: Ending) -> None:
        """Start no more calls; open ones are still answered and written. The first reason stands."""
        if self._ending is None:
            self._ending = ending
            if self._dispatcher:
                self._dispatcher.cancel()

    async def _dispatch(self, calls: asyncio.TaskGroup) -> None:
        try:
            while await self._work_is_due():
                room = await self._room()
                if not await self._provider_is_ready():
                    continue
                permits = await self._pace.permits(room)
                if not self._ending:
                    await self._start(await self._turns.take(want=min(permits, self._allowed())), calls)
        except LedgerError as problem:
            # Open calls are still worth an answer; what they bring is written at the end if the disk lets it.
            self.stop(Ending(end=End.LEDGER, reason=str(problem)))

    async def _work_is_due(self) -> bool:
        """Sleep until a contact is due; False when none is left, no open call can bring one back, or all stops."""
        while not self._ending:
            self._changed.clear()
            now = await self._turns.now()
            due = await self._turns.next_due(now)
            is_due = due is not None and due <= now
            if self._lines:
                self._lines.calls_leave(now=is_due or bool(self._open), later=due is not None)
            if is_due:
                return True
            if self._turns.has_news:  # these may be due again; otherwise the next claim takes them along
                await self._turns.take(want=0)
                continue
            if due is None and not self._open and not (self._lines and self._lines.is_following):
                return False
            if due is not None and due - now > _LONG and due != self._idle_until:
                self._idle_until = due
                self._turns.answered(self._refusals.certain())
                self._observer.idle(due)
                continue
            # The clock on the wall may be set meanwhile, or the machine sleep.
            await self._change(_LONG.total_seconds() if due is None else min(due - now, _LONG).total_seconds())
        return False

    async def _room(self) -> int:
        """Wait for a free place in flight and for the breaker; tell how many calls may be started."""
        while True:
            self._changed.clear()
            if self._breaker.has_given_up(self._clock.ticks()):
                self.stop(Ending(end=End.OUTAGE, reason=f"the provider did not recover: {self._trouble}"))
                return 0
            if 0 < self._allowed() < self._open:
                await asyncio.sleep(_GATHERING)
            if room := self._allowed():
                return room
            waits = [self._breaker.wait(self._clock.ticks())]
            if self._lines and self._lines.free() <= self._open:
                waits.append(min(self._lines.wait(), _LONG.total_seconds()))
            await self._change(min(filter(None, waits), default=None))

    def _allowed(self) -> int:
        allowed = self._rules.in_flight - self._open
        if self._breaker.open:
            allowed = 0 if self._open or self._breaker.wait(self._clock.ticks()) else 1
        return min(allowed, max(0, self._lines.free() - self._open)) if self._lines else allowed

    async def _change(self, wait: float | None) -> None:
        """Sleep until a call has ended, or for `wait` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._changed.wait()

    async def _provider_is_ready(self) -> bool:
        if self._ending:
            return False
        asked_at = self._clock.ticks()
        match await self._provider.ready():
            case NotSent(reason, _):
                self._fault(reason, sent_at=asked_at)
                await self._change(backoff(1))
            case RunMustStop(reason, tip, is_setting):
                self.stop(Ending(end=End.SETTINGS if is_setting else End.REFUSED, reason=reason, tip=tip))
            case None:
                return True
        return False

    async def _start(self, claims: Sequence[Claim], calls: asyncio.TaskGroup) -> None:
        for claim in claims:
            self._open += 1
            calls.create_task(self._call(claim))
        await asyncio.sleep(0)  # in this turn of the loop calls are counted, and in the next they are sent:
        await asyncio.sleep(0)  # no commit may come in between

    async def _call(self, claim: Claim) -> None:
        answer: Answer | HeldBack | None = None
        sent_at: datetime | None = None
        left: Departure | None = None
        left_at, claimed_at = self._clock.ticks(), self._clock.now()

        async def leave() -> bool:
            nonlocal sent_at, left, left_at
            if left:  # its connection was closed before it could
                self._pace.ended(left)
            left = await self._pace.leave()
            now = self._clock.now()
            if left is None or self._ending or abs(now - claimed_at) > STALE:
                return False  # who slept in between asks again who may be rung
            sent_at, left_at = now, left.at
            return True

        request = claim.request(caller_number=self._rules.caller_number, flow_id=self._rules.flow_id)
        try:
            answer = await self._provider.place(request, leave)
        finally:
            self._open -= 1
            if left:
                self._pace.ended(left)
            self._wake()
            if isinstance(answer, HeldBack) or (answer is None and sent_at is None):  # the latter was cut short
                self._turns.held_back(claim)
        if not isinstance(answer, HeldBack):
            answer = self._call_ids.own(claim, answer)
            never_left = isinstance(answer, NotSent) and not answer.left
            self._heard(claim, answer, None if never_left else sent_at, left_at, left=left)

    def _wake(self) -> None:
        """Look again who may be called, and write what was heard."""
        self._changed.set()
        self._turns.unwritten.set()

    def _heard(
        self, claim: Claim, answer: Answer, sent_at: datetime | None, left_at: float, *, left: Departure | None
    ) -> None:
        verdict = self._verdicts.of(claim, answer, left)
        settlement = Settlement(claim, answer, verdict, sent_at, self._clock.now())
        if self._lines:
            self._lines.settled(settlement)
        self._turns.answered(self._refusals.heard(settlement))
        match answer:
            case Accepted(delay=delay):
                self._breaker.success()
                self._pace.accepted(left)
                if wait := self._pace.queued(delay):
                    self._observer.held_back(
                        f"the provider makes calls later than it takes them: in {wait:.0f} s", wait
                    )
            case Throttled(reason):
                self._breaker.success()
                self._throttled(reason)
            case Unclear(reason) | NotSent(reason, _):
                self._fault(reason, sent_at=left_at)
            case RunMustStop(reason, tip):
                self.stop(Ending(end=End.REFUSED, reason=reason, tip=tip))
            case Refused():
                self._breaker.success()
                self._pace.accepted(left)
                if stop := self._refusals.stop:
                    self.stop(Ending(end=End.REFUSED, reason=stop.reason, tip=stop.tip))
            case TokenEnded():
                pass
            case _:
                assert_never(answer)

    def _throttled(self, reason: str) -> None:
        if 0 < (wait := self._pace.paused()) < math.inf:
            self._observer.held_back(reason, wait)
        if self._pace.refused_for() >= self._rules.patience:
            self.stop(Ending(end=End.OUTAGE, reason=f"the provider took no call any more: {reason}"))

    def _fault(self, reason: str, *, sent_at: float) -> None:
        self._trouble = reason
        self._breaker.fault(self._clock.ticks(), sent_at=sent_at)
        if self._breaker.open:
            self._observer.held_back(reason, self._breaker.wait(self._clock.ticks()))

    async def _record(self) -> None:
        """Write answers that no claim takes along soon."""
        while True:
            await self._turns.unwritten.wait()
            await asyncio.sleep(_GRACE)
            self._turns.unwritten.clear()
            try:
                await self._turns.take(want=0)
            except LedgerError as problem:
                self.stop(Ending(end=End.LEDGER, reason=str(problem)))
            self._changed.set()  # what was written may let others be due

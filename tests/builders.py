"""Things tests are made of: valid by default, so that a test says only what it is about."""

from __future__ import annotations

import asyncio
import selectors
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from dialer.domain.call import Accepted, Claim, HeldBack, NotSeen, NotSent, Outcome, Settlement
from dialer.domain.contact import Contact, Reject
from dialer.domain.problem import Problem
from dialer.domain.retry import judge
from dialer.domain.run import NewRun
from dialer.engine.pacing import LocalPace
from dialer.engine.ports import Observer
from dialer.engine.rules import Clock, DialRules
from dialer.engine.runner import Runner
from dialer.errors import BusyError, LedgerError
from dialer.ledger.port import hold
from dialer.ledger.session_terms import SessionTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence

    from dialer.domain.call import Answer, CallRequest, Found, Leave, RunMustStop
    from dialer.domain.run import Run
    from dialer.engine.ending import Ending
    from dialer.engine.line_follower import LineFollower
    from dialer.engine.ports import Provider, Work
    from dialer.ledger.port import Ledger
    from dialer.ledger.port_parts import SessionWork

Result = TypeVar("Result")

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
COMPUTING = 1e-6


class HandClock:
    """A clock that stands still until it is moved; one for the wall and one for counting seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.set_by = timedelta(0)

    def forward(self, seconds: float) -> None:
        self.seconds += seconds

    def ticks(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds) + self.set_by


class _Jump(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Moves the clock where a loop would wait; a wait without end is a test that hangs, and says so."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing is left that could happen")
        self._clock.forward(timeout + COMPUTING)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop on a hand-moved clock: every wait is over at once, in the right order."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(_Jump(clock))
        self._hand_clock = clock

    def time(self) -> float:
        return self._hand_clock.seconds


def in_jumping_time(work: Coroutine[Any, Any, Result], clock: HandClock) -> Result:
    """Run a coroutine to its end on a clock that jumps over every wait."""
    with asyncio.Runner(loop_factory=lambda: JumpingLoop(clock)) as runner:
        return runner.run(work)


def awaited(waiting: Coroutine[Any, Any, Result]) -> Result:
    """Give what a coroutine returns that has nothing to wait for, as a ledger in a file has not."""
    try:
        waiting.send(None)
    except StopIteration as end:
        return cast("Result", end.value)
    raise AssertionError("it waited")


def number_of(row: int) -> str:
    return f"+1212555{row:04d}"


def a_contact(row: int = 2, **changes: Any) -> Contact:
    known = {"row": row, "cells": (number_of(row), "Ann"), "number": number_of(row), "parameters": {"name": "Ann"}}
    return Contact(**known | changes)


def a_reject(row: int = 2, **changes: Any) -> Reject:
    known = {
        "row": row,
        "cells": ("0", "Bob"),
        "outcome": Outcome.INVALID,
        "problems": (Problem("number-too-short", "too short", "phone"),),
    }
    return Reject(**known | changes)


def contacts(how_many: int) -> list[Contact]:
    """Make the contacts of rows 2, 3, 4 …"""
    return [a_contact(row) for row in range(2, how_many + 2)]


def a_new_run(**changes: Any) -> NewRun:
    known = {
        "campaign": "spring",
        "provider": "sandbox",
        "list_path": Path("lists/spring.csv"),
        "digest": "d1",
        "results": Path("lists/spring.results.csv"),
        "headings": ("phone", "name"),
        "settings": {"pace": 5},
    }
    return NewRun(**known | changes)


def a_run(ledger: Ledger, rows: Iterable[Contact | Reject], *, now: datetime = START, **changes: Any) -> Run:
    """Load rows into a ledger as a new run."""
    return ledger.load(a_new_run(**changes), [list(rows)], now=now)


def work_of(ledger: Ledger, run: int, *, now: datetime = START, **terms: Any) -> SessionWork:
    """Give out a run's contacts; nothing is screened unless a screening is named."""
    return ledger.work(run, SessionTerms(**terms), now=now)


def a_claim(row: int = 2, *, tries: int = 1) -> Claim:
    return Claim(row=row, number=number_of(row), parameters={"name": "Ann"}, tries=tries)


def a_settlement(
    claim: Claim, answer: Answer, *, attempts: int = 3, at: datetime = START, dice: float = 0.0
) -> Settlement:
    """Settle a claim as the engine would; a retry is due after the shortest backoff."""
    verdict = judge(answer, tries=claim.tries, attempts=attempts, dice=dice)
    sent_at = None if isinstance(answer, NotSent) and not answer.left else at
    return Settlement(claim=claim, answer=answer, verdict=verdict, sent_at=sent_at, ended_at=at)


class ScriptedProvider:
    """Answers each number from its script, then with a call id; remembers what it was asked, and when.

    A step of a script is an answer, or an event to wait for. `seconds` is how long an answer takes, and `handshake`
    how long it takes to connect, before every call.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[Answer | asyncio.Event]] | None = None,
        *,
        clock: HandClock | None = None,
        seconds: float = 0.01,
        handshake: float = 0.0,
        readiness: Iterable[NotSent | RunMustStop | None] = (),
        statuses: Mapping[str, Sequence[Found]] | None = None,
    ) -> None:
        self._script = {number: list(steps) for number, steps in (script or {}).items()}
        self._statuses = {call_id: list(found) for call_id, found in (statuses or {}).items()}
        self._readiness = iter(readiness)
        self._clock = clock
        self._seconds = seconds
        self._handshake = handshake
        self._ids = count(1)
        self.asked: list[str] = []
        self.left_at: list[float] = []
        self.requests: list[CallRequest] = []
        self.looked_up: list[str] = []
        self.open = self.most_open = 0

    async def ready(self) -> NotSent | RunMustStop | None:
        return next(self._readiness, None)

    async def place(self, request: CallRequest, leave: Leave) -> Answer | HeldBack:
        if self._handshake:
            await asyncio.sleep(self._handshake)
        if not await leave():
            return HeldBack("not let out")
        self.requests.append(request)
        self.asked.append(request.called_number)
        self.left_at.append(self._clock.seconds if self._clock else 0.0)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(self._seconds)
            return await self._answer(request)
        finally:
            self.open -= 1

    async def _answer(self, request: CallRequest) -> Answer:
        steps = self._script.get(request.called_number, [])
        while steps:
            step = steps.pop(0)
            if not isinstance(step, asyncio.Event):
                return step
            await step.wait()
        return Accepted(f"call-{next(self._ids)}", "queued")

    async def look_up(self, call_id: str, leave: Leave) -> Found | HeldBack:
        if not await leave():
            return HeldBack("not let out")
        self.looked_up.append(call_id)
        await asyncio.sleep(self._seconds)
        steps = self._statuses.get(call_id, [])
        return steps.pop(0) if steps else NotSeen("no such call", gone=True)


@dataclass
class Heard(Observer):
    """An observer that remembers."""

    outcomes: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    holds: list[tuple[str, float]] = field(default_factory=list)
    idles: list[datetime] = field(default_factory=list)
    steps: list[timedelta] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def settled(self, settlement: Settlement) -> None:
        self.outcomes[settlement.claim.row].append(str(settlement.verdict.outcome))

    def held_back(self, reason: str, seconds: float) -> None:
        self.holds.append((reason, seconds))

    def idle(self, until: datetime) -> None:
        self.idles.append(until)

    def clock_was_set(self, by: timedelta) -> None:
        self.steps.append(by)

    def warned(self, trouble: str) -> None:
        self.warnings.append(trouble)


@dataclass
class Bench:
    """A runner, and what stands around it."""

    work: Work
    provider: Provider
    clock: HandClock
    pace: LocalPace
    heard: Heard
    runner: Runner

    def run(self, *, meanwhile: Callable[[Bench], Coroutine[Any, Any, None]] | None = None) -> Ending:
        """Dial to the end in jumping time, and something else `meanwhile`."""

        async def both() -> Ending:
            async with asyncio.TaskGroup() as group:
                dialling = group.create_task(self.runner.run())
                if meanwhile:
                    group.create_task(meanwhile(self))
            return dialling.result()

        return in_jumping_time(both(), self.clock)


def a_bench(
    work: Work,
    provider: Provider,
    *,
    clock: HandClock | None = None,
    rate: float = 1000.0,
    lines: Callable[[LocalPace, Clock, Heard], LineFollower] | None = None,
    **rules: Any,
) -> Bench:
    """Put a runner together; `rules` are those that matter, `lines` makes what keeps to calls at a time."""
    clock = clock or HandClock()
    pace, heard = LocalPace(rate, clock=clock.ticks), Heard()
    known = {"caller_number": "+12025550100", "flow_id": "flow", "attempts": 3, "in_flight": 10}
    time = Clock(now=clock.now, ticks=clock.ticks, dice=lambda: 0.0)
    runner = Runner(
        work=work,
        provider=provider,
        pace=pace,
        rules=DialRules(**known | rules),
        clock=time,
        observer=heard,
        lines=lines(pace, time, heard) if lines else None,
    )
    return Bench(work=work, provider=provider, clock=clock, pace=pace, heard=heard, runner=runner)


class TroubledWork:
    """A run's work whose disk fails when told to; a turn takes `seconds` of the clock."""

    def __init__(self, work: Work, *, clock: HandClock | None = None, seconds: float = 0.0) -> None:
        self._work = work
        self._clock = clock
        self._seconds = seconds
        self.broken = False

    async def turn(self, settled: Sequence[Settlement], *, want: int, now: datetime) -> Sequence[Claim]:
        self._suffer()
        if self._clock:
            self._clock.forward(self._seconds)
        return await self._work.turn(settled, want=want, now=now)

    async def release(self, claims: Sequence[Claim]) -> None:
        self._suffer()
        await self._work.release(claims)

    async def clock_was_set(self, by: timedelta, *, now: datetime) -> None:
        self._suffer()
        await self._work.clock_was_set(by, now=now)

    async def next_due(self, now: datetime) -> datetime | None:
        self._suffer()
        return await self._work.next_due(now)

    def _suffer(self) -> None:
        if self.broken:
            raise LedgerError("the disk is full")


def most_in_any(span: float, times: Sequence[float]) -> int:
    """Count the most moments within any half-open span of time."""
    return max((sum(begin <= other < begin + span for other in times) for begin in times), default=0)


def gaps(times: Sequence[float]) -> list[float]:
    """Tell the time from each moment to the next."""
    return [later - sooner for sooner, later in pairwise(times)]


def outcomes(ledger: Ledger, run: int) -> dict[int, str]:
    """Tell every row's outcome."""
    return {result.row: str(result.outcome) for result in ledger.results(run)}


def is_free(address: Path, campaign: str = "spring") -> bool:
    """Tell whether a campaign may be held."""
    try:
        with hold(address, campaign, now=START):
            return True
    except BusyError:
        return False

"""Asking the provider of a run about the rows that are unknown: at the end of a session, and by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.wording import counted
from dialer.engine.ending import End, Ending
from dialer.engine.pacing import LocalPace
from dialer.engine.ports import Resolver
from dialer.engine.questions import Questions
from dialer.engine.reconciling import PATIENCE, Reconciler
from dialer.errors import StoppedError
from dialer.providers.sandbox import SANDBOX
from dialer.session.tracking import deadline, look_up_pace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dialer.domain.run import Run
    from dialer.engine.ports import Observer, Pace, Provider
    from dialer.engine.rules import Clock
    from dialer.ledger.port import Ledger
    from dialer.session.plan import Plan
    from dialer.session.stop import Stop

_BECAME = {
    Outcome.PLACED: "placed",
    Outcome.PENDING: "made no call and may be tried again",
    Outcome.FAILED: "made no call",
    Outcome.UNKNOWN: "still unknown",
}


def can_be_asked(provider: Provider, plan: Plan) -> bool:
    """Tell whether a later command can ask what came of a call: the sandbox of a command forgets its calls."""
    return isinstance(provider, Resolver) and plan.provider != SANDBOX


@dataclass(slots=True)
class Asked:
    """Where the unknown rows went that a provider was asked about, how many there were, and why asking ended early.

    `ending` is that of the session, where it was stopped or its deadline came; `trouble` says why nobody answered.
    """

    rows: int = 0
    found: Counter[Outcome] = field(default_factory=Counter)
    trouble: str = ""
    ending: Ending | None = None

    def add(self, other: Asked) -> None:
        """Join with what was asked before; the last trouble and ending stand."""
        self.rows += other.rows
        self.found += other.found
        self.trouble, self.ending = other.trouble, other.ending

    def leaves_work(self, plan: Plan) -> bool:
        """Tell whether calls go on: who was not called is, and who was may have to be called again."""
        if self.ending:
            return False
        return bool(self.found[Outcome.PENDING] or (plan.campaign.redial.on and self.found[Outcome.PLACED]))

    def notes(self, provider: str) -> Iterator[str]:
        """Say it in a sentence for a summary, if anybody was asked."""
        if not self.rows:
            return
        went = [f"{self.found[outcome]:,} {says}" for outcome, says in _BECAME.items() if self.found[outcome]]
        unheard = self.rows - self.found.total()
        went += [f"{unheard:,} not answered"] if unheard else []
        yield f"{provider} was asked about {counted(self.rows, 'unknown row')}: {', '.join(went)}"
        if self.trouble:
            yield f"the provider was not asked any further: {self.trouble}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a provider is asked: by which clock, who hears of it and who may stop it.

    `pace` is that of the session's look-ups, where there is a session.
    """

    clock: Clock
    observer: Observer
    stop: Stop
    pace: Pace | None = None


async def ask_about(
    ledger: Ledger,
    run: Run,
    plan: Plan,
    provider: Provider,
    asking: Asking,
    *,
    again: str,
    since: datetime | None = None,
) -> Asked:
    """Ask about the unknown rows of a run, of tries made `since` a moment, to the end, to a stop or to the deadline.

    `again` is the command that asks again. Nobody is asked where the provider cannot tell. Raises LedgerError.
    """
    unknown = ledger.unknown_tries(run.number, account=plan.adapter.account(plan.env), since=since)
    if not isinstance(provider, Resolver) or not (rows := unknown.waiting()):
        return Asked()
    rules, clock = plan.campaign.pace, asking.clock
    pace = asking.pace or look_up_pace(plan, clock.ticks) or LocalPace(rules.calls_per_second, clock=clock.ticks)
    reconciler = Reconciler(
        unknown=unknown,
        resolver=provider,
        questions=Questions(provider, pace),
        in_flight=rules.in_flight,
        attempts=rules.attempts,
        clock=clock,
        patience=0.0 if plan.provider == SANDBOX else PATIENCE,  # nobody waits for the end of a rehearsal
        told=asking.observer.reconciled,
    )
    asking.observer.reconciling(rows)
    asked = Asked(rows=rows, found=reconciler.found)
    await _to_the_end(reconciler, asked, plan, asking, stopped=f"stopped asking about unknown rows; {again} goes on")
    if reconciler.silent:
        asked.trouble = f"no question was answered: {reconciler.trouble}"
    return asked


async def _to_the_end(reconciler: Reconciler, asked: Asked, plan: Plan, asking: Asking, *, stopped: str) -> None:
    task = asyncio.ensure_future(reconciler.ask())

    def end(ending: Ending) -> None:
        asked.ending = asked.ending or ending
        task.cancel()

    def interrupt() -> None:
        end(Ending(end=End.INTERRUPTED, reason=stopped))

    def past(ended: Ending) -> None:
        end(Ending(end=End.DEADLINE, reason=f"{ended.reason}: {stopped}"))

    try:
        with asking.stop.heard(first=interrupt, second=interrupt), deadline(plan, past, now=asking.clock.now):
            await task
    except StoppedError as problem:
        asked.trouble = str(problem)
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current and current.cancelling():
            raise

"""Rows that earlier runs of a campaign have left open, dialled beside a new list: in their own runs, by its rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from dialer.domain.call import OPEN
from dialer.domain.carry import CarryTerms, Person, closings
from dialer.domain.wording import counted
from dialer.engine.ending import End, Ending
from dialer.errors import DialerError, RefusedError, StoppedError
from dialer.ledger.reading import open_on_record
from dialer.providers.sandbox import SANDBOX
from dialer.session.files import prove_outputs, publish
from dialer.session.may_begin import refuse_late
from dialer.session.prepared import Begun, Prepared
from dialer.session.several_runs import ENDS_ALL

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from dialer.domain.call import Outcome
    from dialer.domain.campaign import RunRules
    from dialer.domain.run import Run
    from dialer.engine.ports import Observer
    from dialer.ledger.port import Ledger
    from dialer.lists.contacts import ContactList
    from dialer.session.plan import Plan


class Session(Protocol):
    """One session of a run, as `dialling` takes it through its steps."""

    run: Run
    ending: Ending
    cancelled: asyncio.CancelledError | None

    def screen(self) -> None:
        """Decide who may be rung."""

    async def call(self) -> None:
        """Make the calls."""

    def publish(self) -> tuple[str, ...]:
        """Write the results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """An earlier run beside a new one: what became of the rows that it had open.

    `ending` is None where no session was made for it: no row was left open, or there was a `problem`.
    """

    run: Run
    outcomes: Mapping[Outcome, int]
    ending: Ending | None = None
    problem: DialerError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCarried(Prepared):
    """An earlier run that is gone on with beside a new one, by the new one's plan."""

    makes_ledger = False
    waits = False

    run: Run

    def begin(self, ledger: Ledger, observer: Observer) -> Begun:  # noqa: ARG002 - it is there already
        """Give the run."""
        return Begun(self.run, self.run)


def carry_terms(rules: RunRules) -> CarryTerms | None:
    """Tell which rows of earlier runs a new list leaves open; None where they are none of its business."""
    if rules.carry is None:
        return None
    return CarryTerms(carries=rules.carry != "no", within=rules.carry_for, vanished=rules.carry_vanished)


def foreseen_carry(plan: Plan, opened: ContactList, now: datetime) -> Sequence[str]:
    """Tell what a run of a list would make of the rows that earlier runs of its campaign have open."""
    terms, is_sandbox = carry_terms(plan.campaign.run), plan.provider == SANDBOX
    still_open = open_on_record(plan.ledger, plan.campaign.name, opened.digest, sandbox=is_sandbox) if terms else ()
    if not terms or not still_open:
        return []
    listed = (
        Person(*each)
        for screened in opened.chunks()
        for each in zip(screened.rows, screened.keys(), (number or "" for number in screened.numbers), strict=True)
    )
    decided = Counter(each.outcome for each in closings(still_open, listed, terms, run=0, now=now))
    left = len(still_open) - decided.total()
    said = [*(f"{count:,} {outcome}" for outcome, count in decided.items()), *([f"{left:,} dialled"] if left else [])]
    return [f"{counted(len(still_open), 'row')} that earlier runs have left open would be: {', '.join(said)}"]


async def dial_carried(
    prepared: Prepared, ledger: Ledger, current: Run, session_of: Callable[[Prepared, Run], Session]
) -> Sequence[Carried]:
    """Go on with the earlier runs of a run's campaign, the oldest first; of each the results are written again.

    What keeps one run from being gone on with keeps no other; what would end the next one, too, is the last. A session
    with a limit is a trial, and leaves them as they are.
    """
    found: list[Carried] = []
    for run in _earlier(ledger, current):
        before = ledger.counts(run.number)
        try:
            ending = await _go_on(prepared, ledger, run, session_of, is_open=bool(OPEN & before.keys()))
        except StoppedError:
            raise
        except DialerError as problem:
            found.append(Carried(run=run, outcomes=_became(before, before), problem=problem))
            continue
        now = ledger.run(run.number)  # its results may stand elsewhere by now
        found.append(Carried(run=now, outcomes=_became(before, ledger.counts(run.number)), ending=ending))
        if ending and ending.end in ENDS_ALL:
            break
    return found


def what_ends_all(carried: Sequence[Carried]) -> Ending | None:
    """Tell what ended an earlier run that would end the next one, too."""
    return next((each.ending for each in carried if each.ending and each.ending.end in ENDS_ALL), None)


def past_deadline(prepared: Prepared) -> Ending | None:
    """Tell that the deadline has passed since the command began: the next session would go on until tomorrow's."""
    try:
        refuse_late(prepared.plan, prepared.request.now())
    except RefusedError as late:
        return Ending(end=End.DEADLINE, reason=str(late))
    return None


async def _go_on(
    prepared: Prepared,
    ledger: Ledger,
    run: Run,
    session_of: Callable[[Prepared, Run], Session],
    *,
    is_open: bool,
) -> Ending | None:
    plan, request = prepared.plan, prepared.request
    prove_outputs(run, ledger=plan.ledger, log=prepared.log)
    if not is_open or request.limit:
        publish(ledger, run)  # what the new list has closed is news
        return None
    if run.provider != plan.provider:
        raise RefusedError(f"it was begun with {run.provider}, and is gone on with by itself")
    if late := past_deadline(prepared):
        return late
    session = session_of(_beside(prepared, run), run)
    session.screen()
    await session.call()
    session.publish()
    if session.cancelled:
        raise session.cancelled
    return session.ending


def _beside(prepared: Prepared, run: Run) -> PreparedCarried:
    """Plan an earlier run as the new one is, but that it waits for nobody: the others would wait with it."""
    campaign = prepared.plan.campaign
    hours = campaign.hours.model_copy(update={"when_closed": "defer"})
    return PreparedCarried(
        plan=replace(prepared.plan, campaign=campaign.model_copy(update={"hours": hours})),
        request=prepared.request,
        log=prepared.log,
        agreed=prepared.agreed,
        clock_began=prepared.clock_began,
        run=run,
    )


def _earlier(ledger: Ledger, current: Run) -> Sequence[Run]:
    is_sandbox = current.provider == SANDBOX
    found = ledger.open_runs(current.campaign)
    return [run for run in found if run.number < current.number and (run.provider == SANDBOX) == is_sandbox]


def _became(before: Mapping[Outcome, int], after: Mapping[Outcome, int]) -> Mapping[Outcome, int]:
    """Count what became of the rows that were open before."""
    final = Counter({outcome: count for outcome, count in before.items() if outcome not in OPEN})
    return +(Counter(after) - final)

"""`dialer run` and `dialer resume`: a list becomes a run, a run becomes calls, calls become results."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN, Outcome
from dialer.domain.run import NewRun, exit_code
from dialer.engine.pacing import Pace
from dialer.engine.runner import End, Ending, Rules, Runner
from dialer.engine.tracker import Tracker
from dialer.errors import Exit, LedgerError, SetupError, StoppedError
from dialer.journal import Journal
from dialer.ledger.ledger import Ledger
from dialer.progress import Progress
from dialer.reports.results import write_results
from dialer.reports.summary import Summary
from dialer.settings import ledger_path, log_path
from dialer.wiring.lock import only_one
from dialer.wiring.parts import open_provider, real_clock, two_signals, utc_now
from dialer.wiring.plan import (
    SANDBOX,
    Complaints,
    find_list,
    make_plan,
    open_contacts,
    plan_again,
    results_path,
)
from dialer.wiring.settling import redial_decision
from dialer.wiring.watchers import Both

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dialer.domain.run import Run
    from dialer.intake.contacts import ContactList
    from dialer.wiring.plan import Choices, Plan

NOBODY_WAS_RUNG = "this was the sandbox: nobody was rung"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What is said of one session of a run, and not of its campaign."""

    limit: int | None = None
    track: bool = False
    new: bool = False
    redial_unknown: bool = False
    log: Path | None = None
    quiet: bool = False


def run(choices: Choices, env: Mapping[str, str], how: How, *, contacts: Path | None, output: Path | None) -> Summary:
    """Dial a list; an unfinished run of the same campaign over the same list is continued.

    Raises SetupError with everything that is wrong, before anything is written or dialled.
    """
    began = monotonic()
    complaints = Complaints()
    path = find_list(contacts, choices, complaints)
    plan = make_plan(choices, env, complaints, name=path.stem if path else "none")
    opened = open_contacts(path, plan, complaints)
    results = results_path(path, output, complaints) if path else None
    if opened:
        complaints.trying(opened.prove_readable, None)
    complaints.speak()
    if path is None or opened is None or results is None:
        raise AssertionError("unreachable: an unopened list is a complaint")
    name = plan.campaign.name
    with (
        only_one(plan.ledger, name, now=utc_now()),
        Ledger(plan.ledger) as ledger,
        Journal(log_path(plan.ledger, given=how.log), now=utc_now) as journal,
    ):
        current = _begin_or_continue(ledger, plan, opened, path.absolute(), results, how)
        return _dial(ledger, current, plan, how, journal=journal, began=began)


def resume(number: int | None, choices: Choices, env: Mapping[str, str], how: How) -> Summary:
    """Go on with a run; what it was started with stays, unless said otherwise now."""
    began = monotonic()
    with Ledger(ledger_path(env, given=choices.ledger, sandbox=choices.sandbox), create=False) as ledger:
        current = ledger.run(number)
    if current.abandoned_at:
        raise SetupError(f"run {current.number} was abandoned for a new one; it is not continued")
    plan = plan_for(current, choices, env)
    with (
        only_one(plan.ledger, plan.campaign.name, now=utc_now()),
        Ledger(plan.ledger, create=False) as ledger,
        Journal(log_path(plan.ledger, given=how.log), now=utc_now) as journal,
    ):
        if how.redial_unknown:
            ledger.settle(current.number, redial_decision())
        return _dial(ledger, current, plan, how, journal=journal, began=began)


def plan_for(current: Run, choices: Choices, env: Mapping[str, str]) -> Plan:
    """Plan a run of the ledger again; raises SetupError where it cannot be as it was."""
    again = plan_again(current.settings, choices)
    again = replace(again, ledger=ledger_path(env, given=choices.ledger, sandbox=choices.sandbox))
    complaints = Complaints()
    plan = make_plan(again, env, complaints, name=current.campaign)
    complaints.speak()
    if plan.provider != current.provider:
        raise SetupError(f"run {current.number} was dialled by {current.provider}, not by {plan.provider}")
    if plan.campaign.name != current.campaign:
        raise SetupError(f"run {current.number} is of the campaign {current.campaign!r}, not {plan.campaign.name!r}")
    return plan


def _begin_or_continue(  # noqa: PLR0917
    ledger: Ledger, plan: Plan, contacts: ContactList, path: Path, results: Path, how: How
) -> Run:
    name = plan.campaign.name
    unfinished = ledger.unfinished(name, contacts.digest)
    if unfinished and unfinished.provider != plan.provider:
        raise SetupError(
            f"run {unfinished.number} of this list was begun with {unfinished.provider}: "
            f"resume it there, or give --new to begin again with {plan.provider}"
        )
    if unfinished and not how.new:
        return replace(unfinished, results=results)
    if unfinished:
        ledger.abandon(unfinished.number, now=utc_now())
    new = NewRun(
        campaign=name,
        provider=plan.provider,
        list_path=path,
        digest=contacts.digest,
        results=results,
        headings=contacts.headings,
        settings=plan.record(),
    )
    return ledger.load(new, contacts.chunks(), now=utc_now())


def _dial(ledger: Ledger, current: Run, plan: Plan, how: How, *, journal: Journal, began: float) -> Summary:
    ledger.begin_session(current, calls_per_second=plan.campaign.pace.calls_per_second, now=utc_now())
    before = ledger.counts(current.number)
    again = current.started_at < utc_now() - timedelta(seconds=monotonic() - began)
    journal.started(run=current.number, campaign=current.campaign, rows=current.rows, outcomes=before, again=again)
    with Progress(total=current.rows, done=before, shown=not how.quiet) as progress:
        try:
            ending, found = asyncio.run(_session(ledger, current, plan, how, progress=progress, journal=journal))
        except LedgerError as problem:
            journal.ended(end=End.LEDGER, reason=str(problem), outcomes=before, seconds=monotonic() - began)
            raise StoppedError(
                f"{problem}; nothing unrecorded was dialled: dialer resume {current.number}"
            ) from problem
    journal.ended(
        end=ending.end,
        reason=": ".join(filter(None, (ending.reason, ending.tip))),
        outcomes=ledger.counts(current.number),
        seconds=monotonic() - began,
    )
    write_results(current.results, current.headings, ledger.results(current.number))
    summary = _summary(ledger, current, ending, found, began=began)
    # Last of all: a run that died before this is gone on with, and not begun again.
    ledger.close_if_over(current.number, now=utc_now())
    return replace(summary, notes=(*summary.notes, *filter(None, [journal.trouble])))


async def _session(
    ledger: Ledger, current: Run, plan: Plan, how: How, *, progress: Progress, journal: Journal
) -> tuple[Ending, float | None]:
    clock = real_clock()
    pace = Pace(plan.campaign.pace.calls_per_second, clock=clock.ticks)
    work = ledger.work(current.number, limit=how.limit)
    ending = Ending(end=End.INTERRUPTED, reason="stopped at once: what was open is unknown")
    async with open_provider(plan, pace) as provider:
        rules = Rules(
            caller_number=plan.caller_number,
            flow_id=plan.flow_id,
            attempts=plan.campaign.pace.attempts,
            in_flight=plan.campaign.pace.in_flight,
            patience=plan.campaign.pace.patience.total_seconds(),
        )
        watcher = Both(progress, journal)
        runner = Runner(work=work, provider=provider, pace=pace, rules=rules, clock=clock, watcher=watcher)
        placed, in_flight = ledger.placed(current.number), plan.campaign.pace.in_flight
        tracker = Tracker(placed=placed, provider=provider, pace=pace, in_flight=in_flight, ticks=clock.ticks)

        def first_signal() -> None:
            journal.stopping("stopped")
            progress.say("stopping: open calls are being answered; once more to leave at once")
            runner.stop(Ending(end=End.INTERRUPTED, reason="stopped"))

        with suppress(asyncio.CancelledError):
            with two_signals(first=first_signal):
                ending = await runner.run()
            if how.track and ending.end is End.DONE:
                ending = await follow(tracker)
    return ending, pace.found_limit


async def follow(tracker: Tracker) -> Ending:
    """Follow placed calls to their end, or to the first signal."""
    task = asyncio.ensure_future(tracker.until_final())
    try:
        with two_signals(first=task.cancel):
            await task
    except StoppedError as problem:
        return Ending(end=End.REFUSED, reason=str(problem))
    except asyncio.CancelledError:
        return Ending(end=End.INTERRUPTED, reason="stopped following calls; dialer status goes on")
    return Ending(end=End.DONE)


def _summary(ledger: Ledger, current: Run, ending: Ending, found: float | None, *, began: float) -> Summary:
    counts = ledger.counts(current.number)
    code = exit_code(counts)
    if ending.end is not End.DONE:
        code = Exit.LEFT if code is Exit.LEFT or ending.end is not End.INTERRUPTED else code
    notes = []
    if ending.reason:
        notes.append(f"{ending.end}: {ending.reason}" + (f": {ending.tip}" if ending.tip else ""))
    if left := sum(counts.get(outcome, 0) for outcome in OPEN):
        notes.append(f"{left:,} rows are left: dialer resume {current.number}")
    if counts.get(Outcome.UNKNOWN):
        notes.append("unknown rows may have rung and are not dialled again by themselves")
    if found is not None:
        notes.append(f"the provider throttled: it took about {found:.3g} calls a second")
    if current.provider == SANDBOX:
        notes.append(NOBODY_WAS_RUNG)
    return Summary(
        run=current.number,
        campaign=current.campaign,
        rows=current.rows,
        outcomes=counts,
        results=current.results,
        seconds=monotonic() - began,
        exit_code=code,
        notes=tuple(notes),
        statuses=ledger.statuses(current.number),
        extra={"ended": str(ending.end), "reason": ending.reason, "tip": ending.tip, "found_limit": found},
    )

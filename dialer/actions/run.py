"""`dialer run` and `dialer resume`: a list becomes a run, a run becomes calls, calls become results."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from dialer.actions.init import named_after
from dialer.actions.settle import redial_decision
from dialer.domain.moments import told
from dialer.domain.redaction import one_line
from dialer.domain.run import NewRun
from dialer.engine.pacing import LocalPace
from dialer.engine.runner import End, Ending, Rules, Runner
from dialer.errors import Hint, LedgerError, SetupError, StoppedError
from dialer.events.journal import Journal, is_standard_error
from dialer.events.observers import Both
from dialer.events.progress import Progress, Stretch
from dialer.ledger.port import Ledger, hold, open_ledger
from dialer.session.confirmation import agree_to_redial, agree_to_run, undone_by_a_no
from dialer.session.files import (
    as_it_is,
    check_paths,
    prove_outputs,
    prove_sound,
    publish,
    with_own_results,
)
from dialer.session.follow import deadline, follow, following
from dialer.session.may_begin import refuse_finished, refuse_for_nobody, refuse_late
from dialer.session.pick_list import find_list
from dialer.session.plan import (
    Complaints,
    make_plan,
    open_contacts,
    plan_again,
    results_path,
)
from dialer.session.ready import Admission, admit
from dialer.session.summary import told_of
from dialer.session.world import open_provider, real_clock, two_signals, utc_now
from dialer.settings import ledger_path, log_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.contact import Contact, Reject
    from dialer.domain.run import Run
    from dialer.lists.contacts import ContactList
    from dialer.reports.summary import Summary
    from dialer.session.confirmation import Agreed
    from dialer.session.plan import Choices, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What is said of one session of a run, and not of its campaign; `now` is the clock it goes by."""

    limit: int | None = None
    track: bool = False
    new: bool = False
    list_again: bool = False
    redial_unknown: bool = False
    again: bool = False
    log: Path | None = None
    quiet: bool = False
    agreed: Agreed | None = None
    now: Callable[[], datetime] = utc_now

    @property
    def shown(self) -> bool:
        """Tell whether there is progress on stderr; among the lines of a log it would be in the way."""
        return not (self.quiet or (self.log and is_standard_error(self.log)))


@contextmanager
def run(
    choices: Choices, env: Mapping[str, str], how: How, *, contacts: Path | None, output: Path | None
) -> Iterator[Summary]:
    """Dial a list; an unfinished run of the same campaign over the same list is continued.

    A run counts as finished at the end of the block, when the summary has been told: one that dies before is gone
    on with, and not begun again. Raises SetupError with everything that is wrong, before anything is written or
    dialled.
    """
    began = monotonic()
    complaints = Complaints()
    passed: list[str] = []
    path = find_list(contacts, choices, complaints, env=env, told=passed)
    plan = make_plan(choices, env, complaints, name=named_after(path))
    opened = open_contacts(path, plan, complaints, today=how.now().date())
    results = results_path(path, output, complaints) if path else None
    log = log_path(plan.ledger, given=how.log)
    check_paths(complaints, ledger=plan.ledger, campaign=choices.campaign, contacts=path, results=results, log=log)
    if opened:
        complaints.trying(opened.prove_readable, None)
    complaints.speak()
    if path is None or opened is None or results is None:
        raise AssertionError("unreachable: an unopened list is a complaint")
    name = plan.campaign.name
    if opened.cut_row:
        passed.append(f"row {opened.cut_row} has no line end, so the list may have been cut off: it is not dialled")
    with as_it_is(plan.ledger) as ledger:
        continued = ledger and _unfinished(ledger, plan, opened, path, how)
        refuse_late(plan, how.now())
        if how.new or not continued:
            refuse_for_nobody(plan, opened, path, now=how.now(), again=how.again)
    with (
        hold(plan.ledger, name, now=how.now()),
        open_ledger(plan.ledger) as ledger,
        Journal(log, now=how.now) as journal,
    ):
        ledger.prove_whole()
        before = _unfinished(ledger, plan, opened, path, how)
        current = _begin_or_continue(ledger, plan, opened, before, path.absolute(), results, how)
        with undone_by_a_no(ledger, current, before=before):
            summary = _dial(ledger, current, plan, how, choices, journal=journal, began=began)
        yield replace(summary, notes=(*passed, *summary.notes))
        with leaving_work(current.number):
            ledger.close_if_over(current.number, now=how.now())


@contextmanager
def resume(number: int | None, choices: Choices, env: Mapping[str, str], how: How) -> Iterator[Summary]:
    """Go on with a run; what it was started with stays, unless said otherwise now. It is finished as in `run`."""
    began = monotonic()
    with open_ledger(ledger_path(env, given=choices.ledger, sandbox=choices.sandbox), create=False) as ledger:
        current = ledger.run(number)
    if current.abandoned_at:
        raise SetupError(f"run {current.number} was abandoned for a new one; it is not continued")
    plan = plan_for(current, choices, env)
    if not current.ended_at:
        refuse_late(plan, how.now())
    log = log_path(plan.ledger, given=how.log)
    prove_outputs(current, ledger=plan.ledger, log=log)
    with (
        hold(plan.ledger, plan.campaign.name, now=how.now()),
        open_ledger(plan.ledger, create=False) as ledger,
        Journal(log, now=how.now) as journal,
    ):
        ledger.prove_whole()
        with undone_by_a_no(ledger, current, before=current):
            if how.redial_unknown:
                agree_to_redial(how.agreed, current, plan, ledger.counts(current.number), now=how.now())
                ledger.settle(current.number, redial_decision())
                how = replace(how, agreed=None)
            summary = _dial(ledger, current, plan, how, choices, journal=journal, began=began)
        yield summary
        with leaving_work(current.number):
            ledger.close_if_over(current.number, now=how.now())


@contextmanager
def leaving_work(run: int | None = None) -> Iterator[None]:
    """Once calls were made, a ledger that fails has stopped the run: it is gone on with, and never said not to be."""
    try:
        yield
    except LedgerError as problem:
        hint = Hint(("resume", run), "goes on with the run") if run else None
        raise StoppedError(str(problem), hint=hint) from problem


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
    ledger: Ledger, plan: Plan, contacts: ContactList, unfinished: Run | None, path: Path, results: Path, how: How
) -> Run:
    if unfinished and not how.new:
        return replace(unfinished, results=results)
    if unfinished:
        ledger.abandon(unfinished.number, now=how.now())
    new = NewRun(
        campaign=plan.campaign.name,
        provider=plan.provider,
        list_path=path,
        digest=contacts.digest,
        results=results,
        headings=contacts.headings,
        settings=plan.record(),
    )
    with Stretch("loading", size=contacts.size, shown=how.shown) as stretch:
        return ledger.load(new, _items(contacts, stretch), now=how.now())


def _unfinished(ledger: Ledger, plan: Plan, contacts: ContactList, path: Path, how: How) -> Run | None:
    """Find the run of this list that has work left; raises NothingToDoError where there was one and it has none."""
    unfinished = ledger.unfinished(plan.campaign.name, contacts.digest)
    if unfinished is None and not how.list_again:
        refuse_finished(ledger, plan, contacts, path)
    if unfinished and unfinished.provider != plan.provider and not how.new:
        raise SetupError(
            f"run {unfinished.number} of this list was begun with {unfinished.provider}: "
            f"resume it there, or give --new to begin again with {plan.provider}"
        )
    return unfinished


def _items(contacts: ContactList, stretch: Stretch) -> Iterator[Sequence[Contact | Reject]]:
    for screened in contacts.chunks():
        yield screened.items()
        stretch.reached(screened.bytes_read)


def _dial(
    ledger: Ledger, current: Run, plan: Plan, how: How, choices: Choices, *, journal: Journal, began: float
) -> Summary:
    again = current.started_at < how.now() - timedelta(seconds=monotonic() - began)
    if again:
        prove_sound(ledger, current)
    wanted, current = current.results, with_own_results(ledger, current, begun=False)
    admission = admit(ledger, current, plan, limit=how.limit, again=how.again, shown=how.shown, now=how.now)
    agree_to_run(how.agreed, current, plan, admission.work.openings, now=how.now())
    before = ledger.counts(current.number)
    journal.started(run=current.number, campaign=current.campaign, rows=current.rows, outcomes=before, again=again)
    with Progress(total=sum(admission.work.openings(how.now()).values()), shown=how.shown) as progress:
        try:
            ending, found = asyncio.run(
                _session(ledger, current, plan, how, choices, admission, progress=progress, journal=journal)
            )
        except LedgerError as problem:
            saying = ledger.rescued(current.folder) or f"{problem}; nothing unrecorded was dialled"
            journal.ended(end=End.LEDGER, reason=saying, outcomes=before, seconds=monotonic() - began)
            raise StoppedError(f"{saying}: {choices.typed('resume', current.number)}") from problem
    if lost := ledger.rescued(current.folder):
        ending = Ending(end=End.LEDGER, reason=lost)
    with leaving_work(current.number):
        counts = ledger.counts(current.number)
        try:
            current = publish(ledger, current)  # before the log's last word: results are worth more
        finally:
            reason = ": ".join(filter(None, (ending.reason, ending.tip)))
            journal.ended(end=ending.end, reason=reason, outcomes=counts, seconds=monotonic() - began)
        if current.results != wanted:
            admission.notes.append(f"{one_line(str(wanted))} holds other results and was left as it is")
        zone = plan.campaign.hours.timezone
        summary = told_of(ledger, current, choices, ending, found, began=began, zone=zone)
    if full_until := admission.work.full_until(how.now()):
        admission.notes.append(f"the calls of a day are made; the next may leave {told(full_until, zone)}")
    steps = [clock_note(by) for by in journal.steps]
    return replace(summary, notes=(*summary.notes, *admission.notes, *steps, *filter(None, [journal.trouble])))


def clock_note(by: timedelta) -> str:
    """Say what became of a run while whose calls went on the clock was set."""
    return f"the clock was set by {by.total_seconds():+,.0f} s: who may be rung was asked again, and times do not fit"


async def _session(  # noqa: PLR0917
    ledger: Ledger,
    current: Run,
    plan: Plan,
    how: How,
    choices: Choices,
    admission: Admission,
    *,
    progress: Progress,
    journal: Journal,
) -> tuple[Ending, float | None]:
    clock = replace(real_clock(), now=how.now)
    pace = LocalPace(plan.campaign.pace.calls_per_second, clock=clock.ticks)
    ending = Ending(end=End.INTERRUPTED, reason="stopped at once: what was open is unknown")
    async with open_provider(plan) as provider:
        watcher = Both(progress, journal)
        runner = Runner(
            work=admission.work, provider=provider, pace=pace, rules=engine_rules(plan), clock=clock, watcher=watcher
        )

        def first_signal() -> None:
            journal.stopping("stopped")
            progress.say("stopping: open calls are being answered; once more to leave at once")
            runner.stop(Ending(end=End.INTERRUPTED, reason="stopped"))

        with suppress(asyncio.CancelledError):
            with two_signals(first=first_signal), deadline(plan, runner.stop, now=how.now):
                ending = await runner.run()
            if how.track and ending.end is End.DONE:
                publish(ledger, current)  # following may take long, and these are all the calls there will be
                progress.close()
                with following(ledger.placed(current.number), provider, pace, plan, shown=how.shown) as tracker:
                    ending = await follow(tracker, plan, again=choices.typed("status", current.number), now=how.now)
    return ending, pace.found_limit


def engine_rules(plan: Plan, *, in_flight: int | None = None) -> Rules:
    """Tell the engine what the campaign says."""
    pace = plan.campaign.pace
    return Rules(
        caller_number=plan.caller_number,
        flow_id=plan.flow_id,
        attempts=pace.attempts,
        in_flight=in_flight or pace.in_flight,
        patience=pace.patience.total_seconds(),
    )

"""`dialer runs`, `dialer report` and `dialer status`: what the ledger knows, and what the provider says now."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from dialer.domain.run import exit_code
from dialer.domain.wording import counted
from dialer.engine.ending import End, Ending
from dialer.engine.pacing import LocalPace
from dialer.errors import Exit, LedgerError, StoppedError
from dialer.events.observers import Observers
from dialer.ledger.port import Ledger, held_by, open_ledger
from dialer.ledger.records import DamagedError
from dialer.providers.sandbox import SANDBOX
from dialer.session.files import prove_outputs, publish
from dialer.session.follow import follow, tracker_of
from dialer.session.open_runs import earlier_work
from dialer.session.plan import plan_for
from dialer.session.stop import Stop
from dialer.session.summary import summary_of
from dialer.session.world import open_provider, real_clock
from dialer.settings import ledger_path, log_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dialer.domain.run import Run
    from dialer.engine.ports import Observer
    from dialer.ledger.parts import PlacedCalls
    from dialer.reports.summary import Summary
    from dialer.session.plan import Choices, Plan

_NO_FILE = "-"  #: what is told in place of the files of a single call

SANDBOX_FORGETS = (
    "the sandbox of --sandbox forgets its calls when a command ends, so that their statuses stay as they are; "
    "run with --track follows them"
)


def ledger_of(choices: Choices, env: Mapping[str, str]) -> Ledger:
    """Open the ledger that is meant; raises LedgerError when there is none."""
    return open_ledger(ledger_path(env, given=choices.ledger, sandbox=choices.sandbox), create=False)


def list_runs(choices: Choices, env: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tell of every run, newest first, as plain values."""
    with ledger_of(choices, env) as ledger:
        return [_told(run, ledger) for run in ledger.runs()]


def latest(ledger: Ledger, number: int | None, choices: Choices) -> Run:
    """Fetch a run by its number, or the latest of a list; raises LedgerError, which tells of single calls."""
    try:
        return ledger.run(number)
    except DamagedError:
        raise
    except LedgerError as problem:
        single = _latest_single(ledger) if number is None else None
        if single is None:
            raise
        raise LedgerError(f"{problem}; {_ask_for(single, choices)}") from None


def _latest_single(ledger: Ledger) -> Run | None:
    return next((run for run in ledger.runs() if run.is_single), None)


def _ask_for(single: Run, choices: Choices) -> str:
    command = choices.typed("status", single.number)
    return f"run {single.number} was a single call, which is asked for by its number: {command}"


def report(number: int | None, choices: Choices, env: Mapping[str, str], *, output: Path | None) -> Summary:
    """Write a run's results again from the ledger."""
    began = monotonic()
    with ledger_of(choices, env) as ledger:
        current = latest(ledger, number, choices)
        if output:
            current = replace(current, results=output.absolute())
        prove_outputs(current, ledger=ledger.address, log=log_path(ledger.address, given=None))
        current = publish(ledger, current)
        return _summary(ledger, current, choices, began=began, named=number is not None)


async def status(
    number: int | None,
    choices: Choices,
    env: Mapping[str, str],
    *,
    wait: bool,
    observers: Sequence[Observer] = (),
    stop: Stop | None = None,
) -> Summary:
    """Ask the provider where placed calls stand, once or until all are final, and update the results."""
    began = monotonic()
    with ledger_of(choices, env) as ledger:
        current = latest(ledger, number, choices)
        plan = plan_for(current, choices, env)
        prove_outputs(current, ledger=ledger.address, log=log_path(ledger.address, given=None))
        if running := held_by(ledger.address, current.campaign):
            # That process asks at the same pace, and will write the results.
            told = f"{running} runs the campaign at this moment: this is what the ledger knows, and nobody was asked"
            if in_flight := ledger.in_flight(current.number):
                told += f"; {counted(in_flight, 'unknown row')} in flight"
            summary = _summary(ledger, current, choices, began=began, named=number is not None)
            return replace(summary, notes=(*summary.notes, told))
        placed = ledger.placed(current.number, final=plan.adapter.final_statuses)
        again = choices.typed("status", current.number)
        ending = await _look_up(
            placed, plan, wait=wait, again=again, observer=Observers(observers), stop=stop or Stop()
        )
        current = publish(ledger, current)
        summary = _summary(ledger, current, choices, began=began, named=number is not None)
    if plan.provider == SANDBOX:
        summary = replace(summary, notes=(*summary.notes, SANDBOX_FORGETS))
    if ending.reason:
        return replace(summary, exit_code=Exit.LEFT, notes=(*summary.notes, ending.reason))
    return summary


async def _look_up(
    placed: PlacedCalls, plan: Plan, *, wait: bool, again: str, observer: Observer, stop: Stop
) -> Ending:
    pace = LocalPace(plan.campaign.pace.calls_per_second, clock=real_clock().ticks)
    async with open_provider(plan) as provider:
        tracker = tracker_of(placed, provider, pace, plan, observer)
        if wait:
            return await follow(tracker, plan, again=again, stop=stop)
        try:
            waiting, heard = await tracker.round()
        except StoppedError as problem:
            return Ending(end=End.REFUSED, reason=str(problem))
        if waiting and not heard:
            return Ending(end=End.OUTAGE, reason=f"no look-up was answered: {tracker.trouble}")
    return Ending(end=End.DONE)


def _summary(ledger: Ledger, current: Run, choices: Choices, *, began: float, named: bool) -> Summary:
    counts = ledger.counts(current.number)
    later = None if named else _latest_single(ledger)
    return summary_of(
        ledger,
        current,
        counts,
        began=began,
        exit_code=exit_code(counts),
        notes=(
            *earlier_work(ledger, current, choices),
            *([_ask_for(later, choices)] if later and later.number > current.number else []),
        ),
    )


def _told(run: Run, ledger: Ledger) -> dict[str, Any]:
    ended = run.ended_at or run.abandoned_at
    return {
        "run": run.number,
        "campaign": run.campaign,
        "provider": run.provider,
        "state": run.state,
        "rows": run.rows,
        "outcomes": {str(outcome): count for outcome, count in ledger.counts(run.number).items()},
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "ended_at": ended.isoformat(timespec="seconds") if ended else None,
        "list": str(run.list_path or _NO_FILE),
        "results": str(run.results or _NO_FILE),
    }

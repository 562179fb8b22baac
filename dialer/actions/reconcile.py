"""`dialer reconcile`: the provider of a run is asked what came of the calls whose answer nobody knows."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN, Outcome
from dialer.domain.run import exit_code, is_over
from dialer.domain.wording import counted
from dialer.errors import Exit, SetupError
from dialer.events.observers import Observers
from dialer.ledger.port import hold, open_ledger
from dialer.providers.sandbox import SANDBOX
from dialer.session.environment import open_provider, real_clock, utc_now
from dialer.session.files import prove_outputs, publish
from dialer.session.past_run import latest, ledger_of
from dialer.session.plan import plan_for
from dialer.session.reconciling import Asked, Asking, ask_about, can_be_asked
from dialer.session.stop import Stop
from dialer.session.summary import summary_of
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dialer.domain.run import Run
    from dialer.engine.ports import Observer
    from dialer.engine.rules import Clock
    from dialer.ledger.port import Ledger
    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices
    from dialer.session.plan import Plan

SANDBOX_FORGOT = "the sandbox of --sandbox forgets its calls when a command ends, so that it cannot be asked about them"


async def reconcile(
    number: int | None,
    choices: Choices,
    env: Mapping[str, str],
    *,
    observers: Sequence[Observer] = (),
    stop: Stop | None = None,
    clock: Clock | None = None,
) -> Summary:
    """Ask about the unknown rows of a run, write what is proved with its evidence, and update the results.

    Nobody is dialled. Raises SetupError where the run was abandoned or cannot be planned as it was, LedgerError, and
    BusyError while the campaign is being run: what is in flight may still be answered.
    """
    began = monotonic()
    with ledger_of(choices, env) as ledger:
        current = latest(ledger, number, choices)
    plan = plan_for(current, choices, env)
    if current.abandoned_at:
        raise SetupError(f"run {current.number} was abandoned; nothing of it is asked about any more")
    prove_outputs(current, ledger=plan.ledger, log=log_path(plan.ledger, given=None))
    with hold(plan.ledger, current.campaign, now=utc_now()), open_ledger(plan.ledger, create=False) as ledger:
        ledger.prove_whole()
        asked, notes = Asked(), ["no row is unknown"]
        if ledger.counts(current.number).get(Outcome.UNKNOWN):
            asking = Asking(observer=Observers(observers), stop=stop or Stop(), clock=clock or real_clock())
            asked, notes = await _ask(ledger, current, plan, asking, choices)
        ledger.close_if_over(current.number, now=utc_now())
        if current.folder.is_dir():
            current = publish(ledger, current)
        counts = ledger.counts(current.number)
        return summary_of(
            ledger,
            current,
            counts,
            began=began,
            exit_code=_code(asked, counts),
            notes=(*notes, *_left(current, counts, choices)),
            extra={"asked": asked.rows, "reconciled": {str(outcome): rows for outcome, rows in asked.found.items()}},
        )


async def _ask(ledger: Ledger, run: Run, plan: Plan, asking: Asking, choices: Choices) -> tuple[Asked, list[str]]:
    if plan.provider == SANDBOX:
        return Asked(), [SANDBOX_FORGOT]
    async with open_provider(plan, now=asking.clock.now) as provider:
        if not can_be_asked(provider, plan):
            return Asked(), [f"{plan.provider} cannot be asked what came of a call: look the rows up there"]
        unknown = ledger.counts(run.number)[Outcome.UNKNOWN]
        asked = await ask_about(ledger, run, plan, provider, asking, again=choices.typed("reconcile", run.number))
    notes = list(asked.notes(plan.provider))
    if older := unknown - asked.rows:
        notes.append(f"{counted(older, 'row')} cannot be asked about: what the provider knows them by is not on record")
    if asked.ending:
        notes.append(asked.ending.reason)
    return asked, notes


def _code(asked: Asked, counts: Mapping[Outcome, int]) -> Exit:
    """Tell how the run stands; what was stopped or not answered is asked again by the same command."""
    if asked.ending or asked.trouble:
        return Exit.LEFT
    return exit_code(counts) if is_over(counts) else Exit.PLANNED


def _left(run: Run, counts: Mapping[Outcome, int], choices: Choices) -> Iterator[str]:
    if left := sum(counts.get(outcome, 0) for outcome in OPEN):
        yield f"{counted(left, 'row')} left: {choices.typed('resume', run.number)}"
    if unknown := counts.get(Outcome.UNKNOWN):
        yield f"{counted(unknown, 'row')} may have rung: {choices.typed('settle', run.number)}"

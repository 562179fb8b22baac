"""`dialer resume`: the run that is named, or all runs of a campaign that have work left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from dialer.actions.run import dial
from dialer.campaign_file import read_campaign
from dialer.domain.call import Outcome
from dialer.domain.run import Decision
from dialer.errors import NothingToDoError, SetupError, StoppedError
from dialer.providers.sandbox import SANDBOX
from dialer.session.confirmation import agree_to_redial, undone_by_a_no
from dialer.session.environment import open_provider, real_clock, utc_now, who
from dialer.session.files import prove_outputs
from dialer.session.may_begin import refuse_late
from dialer.session.past_run import ledger_of
from dialer.session.plan import plan_for
from dialer.session.prepared import Begun, Prepared
from dialer.session.reconciling import Asked, Asking, ask_about
from dialer.session.several_runs import SeveralRuns, one_after_another
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dialer.domain.run import Run
    from dialer.engine.ports import Observer
    from dialer.ledger.port import Ledger
    from dialer.reports.summary import Summary
    from dialer.session.request import Request
    from dialer.session.stop import Stop


def runs_to_resume(number: int | None, request: Request, env: Mapping[str, str]) -> Sequence[int | None]:
    """Tell which runs are gone on with: the one named, else all of a campaign that have work left, oldest first.

    The campaign is that of the file, or of the latest run that has work left. With a limit it is its oldest run alone,
    and to dial again what may have rung the latest of all. Raises NothingToDoError where no run has work left.
    """
    if number is not None or request.redial_unknown:
        return [number]
    choices = request.choices
    with ledger_of(choices, env) as ledger:
        found = ledger.open_runs(read_campaign(choices.campaign).name if choices.campaign else None)
        if not found:
            latest = ledger.run()
            raise NothingToDoError(
                f"nothing to do: no run has work left; the latest is run {latest.number} of {latest.campaign}"
            )
    numbers = [run.number for run in found if run.campaign == found[-1].campaign]
    return numbers[:1] if request.limit else numbers


def prepare(request: Request, env: Mapping[str, str], *, run: int | None) -> PreparedResume:
    """Check that a run can be gone on with, as it was started unless something else is asked now.

    Nothing is written, and nobody is dialled: that is for `run.dial`. Raises SetupError and RefusedError.
    """
    began, choices = monotonic(), request.choices
    with ledger_of(choices, env) as ledger:
        current = ledger.run(run)
    if current.abandoned_at:
        raise SetupError(f"run {current.number} was abandoned for a new one; it is not continued")
    plan = plan_for(current, choices, env)
    if not current.ended_at:
        refuse_late(plan, request.now())
    log = log_path(plan.ledger, given=request.log)
    prove_outputs(current, ledger=plan.ledger, log=log)
    return PreparedResume(
        plan=plan,
        request=request,
        log=log,
        agreed=None if request.redial_unknown else request.agreed,
        clock_began=began,
        run=current,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedResume(Prepared):
    """A run that is gone on with."""

    makes_ledger = False

    run: Run

    async def ask_first(self, ledger: Ledger, observer: Observer, stop: Stop) -> Asked:
        """Ask about what may have rung, where that is dialled again: who was called need not be."""
        choices, plan, current = self.request.choices, self.plan, self.run
        if not self.request.redial_unknown or plan.provider == SANDBOX:
            return Asked()
        asking = Asking(clock=replace(real_clock(), now=self.request.now), observer=observer, stop=stop)
        again = choices.typed("reconcile", current.number)
        async with open_provider(plan) as provider:
            asked = await ask_about(ledger, current, plan, provider, asking, again=again)
        if asked.ending:
            raise StoppedError(f"nobody was dialled: {asked.ending.reason}")
        return asked

    def begin(self, ledger: Ledger, observer: Observer) -> Begun:  # noqa: ARG002 - all there is to tell comes later
        """Give the run; what may have rung is dialled again where that was asked for, and a person asked first."""
        current, request = self.run, self.request
        if request.redial_unknown:
            with undone_by_a_no(ledger, current, before=current):
                counts = ledger.counts(current.number)
                agree_to_redial(request.agreed, current, self.plan, counts, now=request.now())
            ledger.settle(current.number, Decision(outcome=Outcome.PENDING, who=who(), at=utc_now()))
        return Begun(current, current)


async def resume_all(
    numbers: Sequence[int | None],
    request: Request,
    env: Mapping[str, str],
    *,
    tell: Callable[[Summary], object],
    complain: Callable[[str], object],
    observers: Sequence[Observer] = (),
    stop: Stop | None = None,
) -> SeveralRuns:
    """Go on with runs, one after the other, until something ends one that would end the others; tell of each."""

    async def go_on(number: int | None) -> Summary:
        prepared = prepare(request, env, run=number)
        return await dial(prepared, observers=observers, stop=stop, tell=tell)

    return await one_after_another(
        {f"run {number}": partial(go_on, number) for number in numbers}, request.choices, complain=complain
    )

"""`dialer status`: where placed calls stand, as the provider says now."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.wording import counted
from dialer.engine.ending import End, Ending
from dialer.engine.pacing import LocalPace
from dialer.errors import Exit, StoppedError
from dialer.events.observers import Observers
from dialer.ledger.port import held_by
from dialer.providers.sandbox import SANDBOX
from dialer.session.environment import open_provider, real_clock, utc_now
from dialer.session.files import prove_outputs, publish
from dialer.session.following import redial_terms
from dialer.session.past_run import latest, ledger_of, summary_now
from dialer.session.plan import plan_for
from dialer.session.stop import Stop
from dialer.session.tracking import follow, look_up_pace, tracker_of
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.engine.ports import Observer
    from dialer.ledger.port_parts import PlacedCalls
    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices
    from dialer.session.plan import Plan


SANDBOX_FORGETS = (
    "the sandbox of --sandbox forgets its calls when a command ends, so that their statuses stay as they are; "
    "run with --track follows them"
)


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
            summary = summary_now(ledger, current, choices, began=began, named=number is not None)
            return replace(summary, notes=(*summary.notes, told))
        terms = redial_terms(plan, utc_now, single=current.is_single)
        placed = ledger.placed(current.number, final=plan.adapter.final_statuses, redial=terms)
        again = choices.typed("status", current.number)
        ending = await _look_up(
            placed, plan, wait=wait, again=again, observer=Observers(observers), stop=stop or Stop()
        )
        current = publish(ledger, current)
        if current.ended_at:  # its rows are counted anew
            ledger.close_if_over(current.number, now=utc_now())
        summary = summary_now(ledger, current, choices, began=began, named=number is not None)
    if plan.provider == SANDBOX:
        summary = replace(summary, notes=(*summary.notes, SANDBOX_FORGETS))
    if ending.reason:
        return replace(summary, exit_code=Exit.LEFT, notes=(*summary.notes, ending.reason))
    return summary


async def _look_up(
    placed: PlacedCalls, plan: Plan, *, wait: bool, again: str, observer: Observer, stop: Stop
) -> Ending:
    ticks = real_clock().ticks
    pace = look_up_pace(plan, ticks) or LocalPace(plan.campaign.pace.calls_per_second, clock=ticks)
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

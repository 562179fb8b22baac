"""Before the first real call of a session: what a yes would set going, for whoever is at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN, Outcome
from dialer.domain.screening.forecast import forecast
from dialer.domain.times import told
from dialer.domain.wording import counted, span
from dialer.errors import DeclinedError, Hint
from dialer.providers.sandbox import SANDBOX
from dialer.session.may_begin import deadline_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.session.plan import Plan
    from dialer.session.request import Agreed

Openings = Callable[[datetime], Mapping[datetime, int]]
"""Tells how many are rung from which moment on."""


def agree_to_run(agreed: Agreed | None, run: Run, plan: Plan, opens: Openings, *, now: datetime) -> None:
    """Ask before a session rings anybody, if it would. Raises DeclinedError for a no."""
    if agreed is None or plan.provider == SANDBOX:
        return
    when = opens(now)
    if people := sum(when.values()):
        about = f"about to ring {counted(people, 'person', 'people')} of {_title(run)}"
        _ask(agreed, about, plan, _until(plan, when, now), people=people)


def agree_to_redial(
    agreed: Agreed | None, run: Run, plan: Plan, counts: Mapping[Outcome, int], *, now: datetime
) -> None:
    """Ask before those are dialled again who may have been rung. Raises DeclinedError for a no."""
    unknown = counts.get(Outcome.UNKNOWN, 0)
    people = unknown + sum(counts.get(outcome, 0) for outcome in OPEN)
    if agreed is None or plan.provider == SANDBOX or not people:
        return
    about = f"about to ring up to {counted(people, 'person', 'people')} of {_title(run)}"
    may = f"{unknown:,} of them may have been rung already"
    _ask(agreed, about, plan, _until(plan, {now: people}, now), may, people=people)


def agree_to_call(agreed: Agreed | None, plan: Plan, number: str) -> None:
    """Ask before one call. Raises DeclinedError for a no."""
    if agreed and plan.provider != SANDBOX:
        _ask(agreed, f"about to ring {number}", plan, people=1)


@contextmanager
def undone_by_a_no(ledger: Ledger, current: Run, *, before: Run | None) -> Iterator[None]:
    """Leave nothing of a run that a no has ended at its beginning; what was open `before` stays as it was."""
    try:
        yield
    except DeclinedError as no:
        if before and before.number == current.number:
            raise DeclinedError(str(no), hint=Hint(("resume", current.number), "goes on with the run")) from None
        ledger.discard(current.number, instead_of=before.number if before else None)
        raise


def _ask(agreed: Agreed, about: str, plan: Plan, *more: str, people: int) -> None:
    caller = f"as {plan.caller_number}, " if plan.caller_number else ""  # some providers know it by themselves
    by = f"{caller}by the flow {plan.flow_id} of {plan.provider}"
    question = "ring this person?" if people == 1 else "ring them?"
    if not agreed("\n".join([about, by, *more, question])):
        raise DeclinedError("nobody was rung: the answer was no")


def _title(run: Run) -> str:
    name = run.list_path.name if run.list_path else "a single call"
    return f"{name}, run {run.number} of the campaign {run.campaign}"


def _until(plan: Plan, opens: Mapping[datetime, int], now: datetime) -> str:
    pace = plan.campaign.pace
    rate = pace.calls_per_second
    later = {moment: count for moment, count in opens.items() if moment > now}
    ends = forecast(now, opens.get(now, 0), later, rate=rate, per_day=pace.calls_per_day).ends
    said = f"at {rate:g} a second at the most, until about {told(ends)} ({span((ends - now).total_seconds())})"
    deadline = deadline_around(plan, now)
    return f"{said}; it stops at the deadline, {told(deadline[1])}" if deadline and deadline[1] < ends else said

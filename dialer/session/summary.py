"""How a session of a run went, for whoever reads the summary or its exit code."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN, Outcome
from dialer.domain.run import exit_code, is_over
from dialer.domain.times import told
from dialer.domain.wording import counted
from dialer.engine.ending import End
from dialer.errors import Exit
from dialer.providers.port import reached_statuses
from dialer.providers.sandbox import SANDBOX
from dialer.reports.summary import CarriedRows, Summary
from dialer.session.list_delta import delta_of_run
from dialer.session.open_runs import earlier_work
from dialer.session.several_runs import worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dialer.domain.alert_rules import TroubleRules
    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.session.carried import Carried
    from dialer.session.choices import Choices
    from dialer.session.dialling import Dialled
    from dialer.session.prepared import Prepared

NOBODY_WAS_RUNG = "this was the sandbox: nobody was rung"


def _code(end: End, counts: Mapping[Outcome, int], trouble: TroubleRules) -> Exit:
    """Tell how a session went: what it was told to leave, by hours, a deadline or a number of calls, is no failure."""
    if end is End.SETTINGS:
        return Exit.SETUP  # nobody was asked for anything
    if not is_over(counts):
        return Exit.PLANNED if end in {End.DONE, End.DEADLINE} else Exit.LEFT
    return exit_code(counts, trouble) if end in {End.DONE, End.DEADLINE, End.INTERRUPTED} else Exit.LEFT


def sum_up(done: Dialled, prepared: Prepared) -> Summary:
    """Tell how a session went: the run's counts, and what to know and to do next."""
    ledger, current, choices, ending = done.ledger, done.run, prepared.request.choices, done.ending
    counts = ledger.counts(current.number)
    zone = prepared.plan.campaign.hours.timezone
    trouble = prepared.plan.campaign.alerts.trouble
    own, carried = _code(ending.end, counts, trouble), [_told_of(each, trouble) for each in done.carried]
    is_dialled = any(code is not Exit.SETUP for code in (own, *(each.exit_code for each in carried)))
    delta = delta_of_run(ledger, current, write_to=prepared.request.delta) if prepared.has_list else None
    summary = summary_of(
        ledger,
        current,
        counts,
        began=prepared.clock_began,
        exit_code=worst([own, *(each.exit_code for each in carried)], is_dialled=is_dialled) if carried else own,
        notes=(
            *([delta.sentence] if delta else []),
            *prepared.notes,
            *_notes(done, choices, counts, zone=zone),
            *done.notes,
        ),
        extra={
            "ended": str(ending.end),
            "reason": ending.reason,
            "tip": ending.tip,
            "found_limit": done.found_limit,
            **({"delta": delta.as_json()} if delta else {}),
        },
    )
    return replace(summary, carried=carried, closed=ledger.closed_by(current.number))


def _told_of(each: Carried, trouble: TroubleRules) -> CarriedRows:
    """Tell of an earlier run by the rows of it that were open, and by no others: those were told of already."""
    if each.problem:
        code, said = each.problem.exit, f"not gone on with: {each.problem}"
    else:
        end = each.ending.end if each.ending else End.DONE
        code, said = _code(end, each.outcomes, trouble), each.ending.reason if each.ending else ""
    return CarriedRows(
        run=each.run.number,
        began=each.run.started_at,
        outcomes=each.outcomes,
        results=each.run.results,
        exit_code=code,
        said=said,
    )


def summary_of(
    ledger: Ledger,
    run: Run,
    counts: Mapping[Outcome, int],
    *,
    began: float,
    exit_code: Exit,
    notes: tuple[str, ...],
    extra: Mapping[str, object] = MappingProxyType({}),
) -> Summary:
    """Tell where a run stands by its counts; the command that asks `began` then, on the clock of `monotonic`."""
    return Summary(
        run=run.number,
        campaign=run.campaign,
        rows=run.rows,
        outcomes=counts,
        list_path=run.list_path,
        results=run.results,
        seconds=monotonic() - began,
        exit_code=exit_code,
        notes=notes,
        statuses=ledger.statuses(run.number),
        reached=reached_statuses(run.provider),
        extra=extra,
    )


def _notes(done: Dialled, choices: Choices, counts: Mapping[Outcome, int], *, zone: str | None) -> Iterator[str]:
    current, ending = done.run, done.ending
    if ending.reason:
        said = ": ".join(filter(None, (ending.reason, ending.tip)))
        yield said if ending.end is End.DONE else f"{ending.end}: {said}"
    deferred, opens = counts.get(Outcome.DEFERRED), done.ledger.first_opening(current.number, Outcome.DEFERRED)
    if deferred and opens:
        yield f"{counted(deferred, 'row')} outside calling hours; the first open {told(opens, zone)}"
    if again := counts.get(Outcome.REDIAL):
        due = done.ledger.first_opening(current.number, Outcome.REDIAL)
        yield f"{counted(again, 'row')} to be called again; the first {told(due, zone) if due else 'now'}"
    if left := sum(counts.get(outcome, 0) for outcome in OPEN):
        yield f"{counted(left, 'row')} left: {choices.typed('resume', current.number)}"
    yield from earlier_work(done.ledger, current, choices)
    if counts.get(Outcome.UNKNOWN):
        helps = choices.typed("reconcile" if done.can_be_asked else "settle", current.number)
        yield f"unknown rows may have rung and are not dialled again by themselves: {helps}"
    if done.found_limit is not None:
        yield f"the provider throttled: it took about {done.found_limit:.3g} calls a second"
    if current.provider == SANDBOX:
        yield NOBODY_WAS_RUNG

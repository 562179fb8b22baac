"""`dialer settle`: a person decides what the program cannot know."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from dialer.domain.call import SETTLED_BY_A_PERSON, Outcome
from dialer.domain.lost_calls import told_of_doubts
from dialer.domain.run import Decision
from dialer.domain.wording import counted
from dialer.errors import SetupError
from dialer.ledger.port import Ledger, hold, open_ledger
from dialer.session.environment import utc_now, who
from dialer.session.files import publish
from dialer.session.results_ahead import is_ahead
from dialer.settings import ledger_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dialer.domain.run import Run
    from dialer.session.choices import Choices


def settle(
    number: int,
    row: int | None,
    outcome: str,
    choices: Choices,
    env: Mapping[str, str],
    *,
    call_id: str,
    agreed: Callable[[str], bool],
) -> dict[str, object]:
    """Settle one unknown row, or all of a run; the results are written again.

    `agreed` is asked before many rows are settled. Raises SetupError where the decision makes no sense, and
    BusyError while the campaign is being run: what is in flight may still be answered.
    """
    decision = _decision(outcome, call_id, row)
    path = ledger_path(env, given=choices.ledger, sandbox=choices.sandbox)
    with open_ledger(path, create=False) as ledger:
        run = ledger.run(number)
    with hold(path, run.campaign, now=decision.at), open_ledger(path, create=False) as ledger:
        _check(ledger, run, row)
        _check_id(ledger, run, decision.call_id)
        unknown = ledger.counts(number).get(Outcome.UNKNOWN, 0)
        if row is None and not agreed(f"set {counted(unknown, 'unknown row')} of run {number} to {decision.outcome}?"):
            raise SetupError("nothing was settled: --yes does not ask")
        settled = ledger.settle(number, decision, row=row)
        ledger.close_if_over(number, now=decision.at)
        if run.folder.is_dir():
            publish(ledger, run)
    return {"run": number, "settled": settled, "outcome": str(decision.outcome), "exit_code": 0}


def settle_unproved(choices: Choices, env: Mapping[str, str], *, agreed: Callable[[str], bool]) -> dict[str, object]:
    """Let whoever may have been rung without a record be `unknown`, in a ledger from which calls may be missing.

    Afterwards it is dialled from again. `agreed` is asked first. Raises SetupError where there is no doubt, and
    BusyError while a campaign that is concerned is being run.
    """
    path, now = ledger_path(env, given=choices.ledger, sandbox=choices.sandbox), utc_now()
    with open_ledger(path, create=False) as ledger:
        found = ledger.doubts()
        ahead = _ahead(ledger)
        doubted = [*ledger.in_doubt(found.values()), *ahead]
        campaigns = {run.campaign for run in doubted} | {one.campaign for one in found.values()}
    if not found and not ahead:
        raise SetupError(f"no call is missing from the ledger {path}: there is nothing to settle")
    with ExitStack() as stack:
        for campaign in sorted(campaigns):
            stack.enter_context(hold(path, campaign, now=now))
        ledger = stack.enter_context(open_ledger(path, create=False))
        found = ledger.doubts()
        by_number = {run.number: run for run in (*ledger.in_doubt(found.values()), *_ahead(ledger))}
        runs = [by_number[number] for number in sorted(by_number)]
        told = ", ".join(map(str, by_number)) or "none"
        doubts = told_of_doubts(found.values()) or "results tell of attempts that the ledger does not know"
        if not agreed(f"{doubts}. Call unknown every row still to be dialled (runs: {told})?"):
            raise SetupError("nothing was settled: --yes does not ask")
        why = f"may have rung: calls are missing from the ledger, as {who()} settled it on {now:%Y-%m-%d}"
        rows = ledger.call_unknown(runs, found, why=why, now=now)
        for run in runs:
            if run.folder.is_dir():
                publish(ledger, run)
    return {"runs": [run.number for run in runs], "settled": rows, "outcome": str(Outcome.UNKNOWN), "exit_code": 0}


def _ahead(ledger: Ledger) -> list[Run]:
    """Find the runs with work left whose results tell of more than the ledger."""
    return [run for run in ledger.open_runs() if is_ahead(ledger, run)]


def _decision(outcome: str, call_id: str, row: int | None) -> Decision:
    allowed = ", ".join(SETTLED_BY_A_PERSON)
    if outcome not in SETTLED_BY_A_PERSON:
        raise SetupError(f"an unknown row can be settled as {allowed}, not as {outcome!r}")
    if (outcome == Outcome.PLACED) != bool(call_id.strip()):
        raise SetupError("placed needs the call's id, --call-id, and nothing else takes one")
    if call_id and row is None:
        raise SetupError("one call's id cannot stand for many rows: settle them one by one")
    return Decision(outcome=Outcome(outcome), who=who(), at=utc_now(), call_id=call_id.strip())


def _check(ledger: Ledger, run: Run, row: int | None) -> None:
    if run.abandoned_at:
        raise SetupError(f"run {run.number} was abandoned; nothing of it is settled any more")
    if row is None:
        return
    outcome = ledger.outcome_of(run.number, row)
    if outcome is None:
        raise SetupError(f"run {run.number} has no row {row}")
    if outcome is not Outcome.UNKNOWN:
        raise SetupError(f"row {row} of run {run.number} is {outcome}, not unknown; only unknown rows are settled")


def _check_id(ledger: Ledger, run: Run, call_id: str) -> None:
    """Refuse the id of a call that another row has: it would prove one call for two people."""
    if not call_id:
        return
    with ledger.evidence(run.number) as evidence:
        taken = evidence.row_of_call(call_id)
    if taken is not None:
        raise SetupError(f"row {taken} of run {run.number} has the call {call_id!r} already")

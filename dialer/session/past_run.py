"""A run that the ledger has: found by its number or as the latest, and summed up as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.run import exit_code
from dialer.errors import LedgerError
from dialer.ledger.port import Ledger, open_ledger
from dialer.ledger.records import DamagedError
from dialer.session.open_runs import earlier_work
from dialer.session.summary import summary_of
from dialer.settings import ledger_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.run import Run
    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices


def ledger_of(choices: Choices, env: Mapping[str, str], *, create: bool = False) -> Ledger:
    """Open the ledger that is meant; raises LedgerError when there is none, unless it may be created."""
    return open_ledger(ledger_path(env, given=choices.ledger, sandbox=choices.sandbox), create=create)


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
        raise LedgerError(f"{problem}; {_how_to_ask_for(single, choices)}") from None


def _latest_single(ledger: Ledger) -> Run | None:
    return next((run for run in ledger.runs() if run.is_single), None)


def _how_to_ask_for(single: Run, choices: Choices) -> str:
    command = choices.typed("status", single.number)
    return f"run {single.number} was a single call, which is asked for by its number: {command}"


def summary_now(ledger: Ledger, current: Run, choices: Choices, *, began: float, named: bool) -> Summary:
    """Sum up where a run stands; where it was not `named`, a later single call is pointed out."""
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
            *([_how_to_ask_for(later, choices)] if later and later.number > current.number else []),
        ),
    )

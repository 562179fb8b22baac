"""`dialer report`: a run's results, written again from the ledger."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.reports.calls import write_calls
from dialer.reports.results import check_writable
from dialer.session.complaints import Complaints
from dialer.session.files import check_paths, is_pruned, prove_outputs, publish, spare_results
from dialer.session.past_run import latest, ledger_of, summary_now
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices


def report(
    number: int | None,
    choices: Choices,
    env: Mapping[str, str],
    *,
    output: Path | None,
    calls: Path | None = None,
) -> Summary:
    """Write a run's results again from the ledger, and a line a call to a file of `calls`."""
    began = monotonic()
    with ledger_of(choices, env) as ledger:
        current = latest(ledger, number, choices)
        if is_pruned(ledger, current):
            raise LedgerError(f"run {current.number} was pruned: its results cannot be written again")
        if output:
            current = replace(current, results=output.absolute())
        prove_outputs(current, ledger=ledger.address, log=log_path(ledger.address, given=None))
        if calls:
            _prove_calls(calls, current, ledger)
        current = publish(ledger, current)
        if calls:
            write_calls(calls, ledger.calls(current.number))
        return summary_now(ledger, current, choices, began=began, named=number is not None)


def _prove_calls(path: Path, run: Run, ledger: Ledger) -> None:
    """Raise SetupError where the calls would be written over another file of the command."""
    complaints = Complaints()
    complaints.collect(lambda: check_writable(path), None)
    check_paths(complaints, ledger=ledger.address, contacts=run.list_path, results=run.results, calls=path)
    spare_results(complaints, ledger.address, {"--calls": path})
    complaints.raise_if_any()

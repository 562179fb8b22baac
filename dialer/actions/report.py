"""`dialer report`: a run's results, written again from the ledger."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.session.files import is_pruned, prove_outputs, publish
from dialer.session.past_run import latest, ledger_of, summary_now
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices


def report(number: int | None, choices: Choices, env: Mapping[str, str], *, output: Path | None) -> Summary:
    """Write a run's results again from the ledger."""
    began = monotonic()
    with ledger_of(choices, env) as ledger:
        current = latest(ledger, number, choices)
        if is_pruned(ledger, current):
            raise LedgerError(f"run {current.number} was pruned: its results cannot be written again")
        if output:
            current = replace(current, results=output.absolute())
        prove_outputs(current, ledger=ledger.address, log=log_path(ledger.address, given=None))
        current = publish(ledger, current)
        return summary_now(ledger, current, choices, began=began, named=number is not None)

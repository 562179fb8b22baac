"""Whether a run's results file tells of more than its ledger: then the ledger is an older copy that was put back."""

from __future__ import annotations

import csv
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from dialer.domain.verify.promises import side_by_side
from dialer.errors import Hint, LedgerError, SetupError
from dialer.lists.workbook import workbook_lines
from dialer.reports.results import HEADINGS, heading_line
from dialer.reports.workbook_file import is_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger

_ROW, _ATTEMPTS = HEADINGS.index("row"), HEADINGS.index("attempts")


def is_ahead(ledger: Ledger, run: Run) -> bool:
    """Tell whether a run's results, where they are there and its own, have more attempts of a row than the ledger.

    They are made from the ledger, and say what it said then. A file that cannot be read as results says nothing.
    """
    results = run.results
    if results is None or not results.is_file():
        return False
    writer = ledger.writer_of(results)
    if writer is None or writer.number != run.number:
        return False
    with ledger.evidence(run.number) as evidence, suppress(OSError, SetupError, csv.Error, ValueError):
        known = ((row, kept.tries) for row, kept in evidence.contacts())
        return any(
            tries is not None and written is not None and written > tries
            for _, (tries, written) in side_by_side(known, _attempts(results, run))
        )
    return False


def prove_not_ahead(ledger: Ledger, run: Run) -> None:
    """Raise LedgerError where a run's results tell of attempts that the ledger lacks: nobody is dialled from it."""
    if is_ahead(ledger, run):
        raise LedgerError(
            f"{run.results} tells of attempts that the ledger {ledger.address} does not know: it is an older copy, "
            "such as a backup that was put back. Go on with the newest one; if this is it, settle what is unproved",
            hint=Hint(("settle", "--unproved"), "calls unknown whoever may have been rung"),
        )


def _attempts(path: Path, run: Run) -> Iterator[tuple[int, int]]:
    """Walk (row, attempts) of a results file; raises ValueError for a line that is none of a run's."""
    width = len(run.headings)
    with ExitStack() as files:
        if is_workbook(path):
            lines = workbook_lines(path)
        else:
            lines = csv.reader(files.enter_context(path.open(encoding="utf-8-sig", newline="")), strict=True)
        if next(lines, None) == heading_line(run.headings, again=run.calls_again):
            yield from ((int(cells[width + _ROW]), int(cells[width + _ATTEMPTS])) for cells in lines if cells)

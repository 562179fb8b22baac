"""What a person decides of rows that are unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.retention import FORGOTTEN, Taken
from dialer.errors import LedgerError
from dialer.ledger.sqlite.database import to_stamp
from dialer.ledger.sqlite.retention import pruned_of

if TYPE_CHECKING:
    from dialer.domain.run import Decision
    from dialer.ledger.sqlite.database import Database


_CONCERNED = f"""
run = :run AND row = coalesce(:row, row) AND outcome = 'unknown'
AND (:outcome <> 'pending' OR number NOT GLOB '{FORGOTTEN}*')
"""
"""Nobody can be dialled who was forgotten."""


def settle(db: Database, run: int, decision: Decision, *, row: int | None = None) -> int:
    """Write a decision of an unknown row, or of every unknown row of a run; return how many there were."""
    values = {
        "run": run,
        "row": row,
        "at": to_stamp(decision.at),
        "who": decision.who,
        "outcome": decision.outcome.value,
        "call_id": decision.call_id,
        "error": "" if decision.outcome is Outcome.PENDING else f"settled by {decision.who}",
    }
    with db.writing():
        if decision.outcome is Outcome.PENDING:
            _prove_kept(db, run)
        db.execute(
            f"""
            INSERT INTO settlement (run, row, at, who, from_outcome, to_outcome, call_id)
            SELECT run, row, :at, :who, outcome, :outcome, :call_id FROM contact WHERE {_CONCERNED}
            """,  # noqa: S608 - a constant of this file
            values,
        )
        settled = db.execute(
            f"""
            UPDATE contact SET outcome = iif(:outcome = 'pending' AND again_after > 0, 'redial', :outcome),
                   call_id = :call_id, status = '', error = :error, due = 0
             WHERE {_CONCERNED}
            """,  # noqa: S608 - a constant of this file
            values,
        ).rowcount
        if settled and decision.outcome is Outcome.PENDING:
            db.execute("UPDATE run SET ended_at = NULL WHERE id = :run", values)
    return settled


def _prove_kept(db: Database, run: int) -> None:
    """Raise LedgerError where what a run's rows are dialled with was pruned."""
    taken = {each.what for each in pruned_of(db, run)}
    if taken & {Taken.CELLS, Taken.ROWS}:
        raise LedgerError(f"run {run} was pruned: what its calls carried is gone, and nobody is dialled from it again")

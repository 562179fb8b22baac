"""What a person decides of rows that are unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.ledger.sqlite.database import to_stamp

if TYPE_CHECKING:
    from dialer.domain.run import Decision
    from dialer.ledger.sqlite.database import Database


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
        db.execute(
            """
            INSERT INTO settlement (run, row, at, who, from_outcome, to_outcome, call_id)
            SELECT run, row, :at, :who, outcome, :outcome, :call_id FROM contact
             WHERE run = :run AND row = coalesce(:row, row) AND outcome = 'unknown'
            """,
            values,
        )
        settled = db.execute(
            """
            UPDATE contact SET outcome = :outcome, call_id = :call_id, status = '', error = :error, due = 0
             WHERE run = :run AND row = coalesce(:row, row) AND outcome = 'unknown'
            """,
            values,
        ).rowcount
        if settled and decision.outcome is Outcome.PENDING:
            db.execute("UPDATE run SET ended_at = NULL WHERE id = :run", values)
    return settled

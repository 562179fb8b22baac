"""What a newer list makes of rows that earlier runs of its campaign have left open, on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.carry import OpenRow, Person, closings
from dialer.ledger.sqlite.database import from_stamp, to_stamp
from dialer.ledger.sqlite.integrity import IS_OPEN
from dialer.ledger.sqlite.redials import placed_as_before
from dialer.ledger.sqlite.row_reading import NO_FILE, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dialer.domain.call import Outcome
    from dialer.domain.carry import CarryTerms
    from dialer.ledger.sqlite.database import Database

_OPEN = f"""
SELECT run.id, contact.row, key, number, started_at
  FROM run
  JOIN contact ON contact.run = run.id
  JOIN list_row ON list_row.run = contact.run AND list_row.row = contact.row
 WHERE campaign = :campaign AND (provider = 'sandbox') = :sandbox AND list_path <> :single
   AND loaded_at IS NOT NULL AND ended_at IS NULL AND abandoned_at IS NULL AND run.id < coalesce(:before, run.id + 1)
   AND {IS_OPEN}
 ORDER BY run.id, contact.row
"""  # noqa: S608 - constants of this file

_LISTED = """
SELECT contact.row, key, number FROM contact JOIN list_row USING (run, row) WHERE contact.run = ? ORDER BY contact.row
"""


def open_rows(db: Database, campaign: str, *, sandbox: bool, before: int | None = None) -> list[OpenRow]:
    """Fetch what runs of a campaign have left to dial, in the sandbox or in life; or only runs `before` one."""
    values = {"campaign": campaign, "sandbox": sandbox, "single": NO_FILE, "before": before}
    return [
        OpenRow(run, Person(row, key, number), from_stamp(began))
        for run, row, key, number, began in db.execute(_OPEN, values)
    ]


def listed(db: Database, run: int) -> Iterator[Person]:
    """Walk the rows of a run in the list's order."""
    return map(Person._make, db.execute(_LISTED, (run,)))


def close_earlier(db: Database, run: int, terms: CarryTerms, *, now: datetime) -> None:
    """Close the rows of earlier runs that the list of a run replaces, or that are not carried; in its transaction."""
    campaign, provider = db.execute("SELECT campaign, provider FROM run WHERE id = ?", (run,)).fetchone()
    still_open = open_rows(db, campaign, sandbox=provider == "sandbox", before=run)
    if not still_open:
        return
    decided = list(closings(still_open, listed(db, run), terms, run=run, now=now))
    db.executemany(
        """
        INSERT INTO closing
        SELECT run, row, :by, :at, iif(outcome = 'redial', 'placed', :outcome), :reason, :instead_run, :instead_row,
               outcome, error
          FROM contact WHERE run = :run AND row = :row
        """,
        [
            {
                "run": each.run,
                "row": each.row,
                "by": run,
                "at": to_stamp(now),
                "outcome": each.outcome.value,
                "reason": each.reason,
                "instead_run": each.instead and each.instead[0],
                "instead_row": each.instead and each.instead[1],
            }
            for each in decided
        ],
    )
    db.executemany(
        "UPDATE contact SET outcome = ?, error = ? WHERE run = ? AND row = ? AND outcome <> 'redial'",
        [(each.outcome.value, each.reason, each.run, each.row) for each in decided],
    )
    # Who was called before, and is not called again, stays placed with what came of that call.
    placed_as_before(db, [(each.run, each.row) for each in decided])


def reopen(db: Database, run: int) -> None:
    """Put back what the list of a run has closed, as if that had never been; in a transaction."""
    db.execute(
        """
        UPDATE contact SET outcome = closing.from_outcome, error = closing.from_error,
               call_id = iif(closing.from_outcome = 'redial', '', call_id),
               is_final = iif(closing.from_outcome = 'redial', 0, is_final)
          FROM closing
         WHERE closing.by_run = ? AND contact.run = closing.run AND contact.row = closing.row
        """,
        (run,),
    )
    db.execute(
        "UPDATE run SET ended_at = NULL WHERE id IN (SELECT run FROM closing WHERE by_run = ?)",
        (run,),
    )
    db.execute("DELETE FROM closing WHERE by_run = ?", (run,))


def closed_by(db: Database, run: int) -> Mapping[Outcome, int]:
    """Count the rows of earlier runs that the list of a run has closed, by what became of them."""
    found: Sequence[tuple[str, int]] = db.execute(
        "SELECT outcome, count(*) FROM closing WHERE by_run = ? GROUP BY outcome ORDER BY outcome DESC", (run,)
    ).fetchall()
    return {outcome_of(outcome, run=run): count for outcome, count in found}

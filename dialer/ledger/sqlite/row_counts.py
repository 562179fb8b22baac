"""How a run's rows stand, counted once it is closed: what is counted stays when the rows are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.ledger.sqlite.row_reading import outcome_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.call import Outcome
    from dialer.ledger.sqlite.database import Database

_COUNTED = """
SELECT run, outcome, iif(outcome = 'placed', status, '') AS status, count(*) AS rows FROM contact
 WHERE run = :run GROUP BY outcome, 3
"""


def keep_counts(db: Database, run: int) -> None:
    """Count a run's rows for good, within a transaction; a change of any of them lets the count be over."""
    if not _is_counted(db, run):
        db.execute(f"INSERT INTO row_count {_COUNTED}", {"run": run})


def counts_of(db: Database, run: int) -> Mapping[Outcome, int]:
    """Count a run's rows by outcome; outcomes nobody has are left out."""
    found = db.execute(
        f"SELECT outcome, sum(rows) FROM {_source(db, run)} WHERE run = :run GROUP BY outcome",  # noqa: S608
        {"run": run},
    ).fetchall()
    return {outcome_of(outcome, run=run): count for outcome, count in found}


def statuses_of(db: Database, run: int) -> Mapping[str, int]:
    """Count a run's placed calls by the provider's last word on them, the most frequent first."""
    return dict(
        db.execute(
            f"""
            SELECT status, rows FROM {_source(db, run)} WHERE run = :run AND outcome = 'placed' ORDER BY rows DESC
            """,  # noqa: S608 - constants of this file
            {"run": run},
        ).fetchall()
    )


def _source(db: Database, run: int) -> str:
    return "row_count" if _is_counted(db, run) else f"({_COUNTED})"


def _is_counted(db: Database, run: int) -> bool:
    return db.execute("SELECT 1 FROM row_count WHERE run = ? LIMIT 1", (run,)).fetchone() is not None

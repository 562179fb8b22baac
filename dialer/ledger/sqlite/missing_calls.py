"""What a person decides when calls may be missing from a ledger: whoever was still to be rung may have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import OPEN
from dialer.domain.verify.history import UNRECORDED
from dialer.ledger.sqlite.database import to_stamp

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from dialer.ledger.sqlite.database import Database

_OPEN = ", ".join(f"'{outcome}'" for outcome in sorted(OPEN))
_CONCERNED = f"run IN (SELECT value FROM json_each(:runs)) AND outcome IN ({_OPEN})"  # noqa: S608 - a constant of this file


def runs_in_doubt(db: Database, campaigns: Collection[str] | None) -> list[int]:
    """Tell which runs of some campaigns, or of all, have rows that may have been rung since."""
    found = db.execute(
        f"""
        SELECT id, campaign FROM run
         WHERE abandoned_at IS NULL
           AND EXISTS (SELECT 1 FROM contact WHERE run = run.id AND outcome IN ({_OPEN}))
         ORDER BY id
        """  # noqa: S608 - a constant of this file
    ).fetchall()
    return [number for number, campaign in found if campaigns is None or campaign in campaigns]


def call_unknown(db: Database, runs: Collection[int], *, why: str, now: datetime) -> int:
    """Let every open row of the runs be unknown, with an attempt that says why; return how many there were."""
    values = {"runs": str(list(runs)), "why": why, "now": to_stamp(now), "answer": UNRECORDED}
    with db.writing():
        db.execute(
            f"""
            INSERT INTO attempt (run, row, try, number, claimed_at, ended_at, answer, detail)
            SELECT run, row, tries + 1, number, :now, :now, :answer, :why FROM contact WHERE {_CONCERNED}
            """,  # noqa: S608 - a constant of this file
            values,
        )
        return db.execute(
            f"UPDATE contact SET outcome = 'unknown', tries = tries + 1, error = :why, due = 0 WHERE {_CONCERNED}",  # noqa: S608
            values,
        ).rowcount

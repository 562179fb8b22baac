"""The contacts of one run, given out to be dialled: the engine's `Work` on SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dialer.domain.call import FINAL_STATUSES, Accepted, Claim
from dialer.ledger.database import from_stamp, to_stamp, transaction, translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.domain.call import Answer, Settlement

IN_FLIGHT = "may have rung: the program ended before an answer was recorded"
_PARKED = 2**62
_READ_JSON = json.JSONDecoder().raw_decode


class RunWork:
    """Gives out each contact of a run once at a time.

    A claim is on disk, as `unknown`, before `turn` returns: only then may its request leave.
    """

    def __init__(self, db: sqlite3.Connection, run: int) -> None:
        """Use an open ledger; nobody else may give out the same run."""
        self._db = db
        self._run = run

    def park_after(self, last_row: int | None) -> None:
        """Leave contacts after `last_row` of the list alone, or none; what was parked before is not any more."""
        values = {"run": self._run, "last_row": last_row, "parked": _PARKED}
        with translated("file"), transaction(self._db):
            self._db.execute(
                "UPDATE contact SET due = 0 WHERE run = :run AND outcome = 'pending' AND due = :parked",
                values,
            )
            self._db.execute(
                """
                UPDATE contact SET due = :parked
                 WHERE run = :run AND outcome = 'pending' AND row > :last_row
                """,
                values,
            )

    def turn(self, settled: Sequence[Settlement], *, want: int, now: datetime) -> Sequence[Claim]:
        """Write the settlements and claim up to `want` contacts that are due, in one durable transaction."""
        with translated("file"), transaction(self._db):
            if settled:
                self._settle(settled)
            return self._claim(want, to_stamp(now)) if want else ()

    def release(self, claims: Sequence[Claim]) -> None:
        """Take back claims whose request never left, as if they had not been made."""
        keys = [(self._run, claim.row, claim.tries) for claim in claims]
        with translated("file"), transaction(self._db):
            self._db.executemany(
                """
                UPDATE contact SET outcome = 'pending', tries = tries - 1, error = ''
                 WHERE run = ? AND row = ? AND tries = ? AND outcome = 'unknown'
                   AND EXISTS (SELECT 1 FROM attempt
                                WHERE attempt.run = contact.run AND attempt.row = contact.row
                                  AND attempt.try = contact.tries AND attempt.ended_at IS NULL)
                """,
                keys,
            )
            self._db.executemany("DELETE FROM attempt WHERE run = ? AND row = ? AND try = ? AND ended_at IS NULL", keys)

    def next_due(self) -> datetime | None:
        """Tell when the next pending contact may be dialled; None when none is pending."""
        with translated("file"):
            found = self._db.execute(
                """
                SELECT due FROM contact
                 WHERE run = :run AND outcome = 'pending' AND due < :parked
                 ORDER BY due LIMIT 1
                """,
                {"run": self._run, "parked": _PARKED},
            ).fetchone()
        return from_stamp(found[0]) if found else None

    def _settle(self, settled: Sequence[Settlement]) -> None:
        self._db.executemany(
            """
            UPDATE contact
               SET outcome = ?, call_id = ?, status = ?, error = ?, due = ?, called_at = ?
             WHERE run = ? AND row = ? AND tries = ? AND outcome = 'unknown'
            """,
            [self._contact_after(settlement) for settlement in settled],
        )
        self._db.executemany(
            """
            UPDATE attempt SET sent_at = ?, ended_at = ?, answer = ?, detail = ?
             WHERE run = ? AND row = ? AND try = ?
            """,
            [self._attempt_after(settlement) for settlement in settled],
        )

    def _contact_after(self, settlement: Settlement) -> tuple[object, ...]:
        verdict, claim = settlement.verdict, settlement.claim
        due = to_stamp(settlement.ended_at) + round(verdict.wait * 1_000_000) if verdict.wait else 0
        sent_at = to_stamp(settlement.sent_at)
        said = (_storable(verdict.call_id), _storable(verdict.status), _storable(verdict.error))
        fate = (verdict.outcome.value, *said, due, sent_at)
        return (*fate, self._run, claim.row, claim.tries)

    def _attempt_after(self, settlement: Settlement) -> tuple[object, ...]:
        answer, claim = settlement.answer, settlement.claim
        times = (to_stamp(settlement.sent_at), to_stamp(settlement.ended_at))
        return (*times, type(answer).__name__.lower(), _detail(answer), self._run, claim.row, claim.tries)

    def _claim(self, want: int, now: int) -> Sequence[Claim]:
        rows = self._db.execute(
            """
            SELECT contact.row, number, parameters, tries + 1
              FROM contact JOIN list_row USING (run, row)
             WHERE contact.run = ? AND outcome = 'pending' AND due <= ?
             ORDER BY due, contact.row LIMIT ?
            """,
            (self._run, now, want),
        ).fetchall()
        values = {"run": self._run, "rows": str([row for row, *_ in rows]), "error": IN_FLIGHT, "now": now}
        self._db.execute(
            """
            UPDATE contact SET outcome = 'unknown', tries = tries + 1, error = :error
             WHERE run = :run AND row IN (SELECT value FROM json_each(:rows)) AND outcome = 'pending'
            """,
            values,
        )
        self._db.execute(
            """
            INSERT INTO attempt (run, row, try, number, claimed_at)
            SELECT run, row, tries, number, :now FROM contact
             WHERE run = :run AND row IN (SELECT value FROM json_each(:rows))
            """,
            values,
        )
        return [
            Claim(row=row, number=number, parameters=_READ_JSON(parameters)[0], tries=tries)
            for row, number, parameters, tries in rows
        ]


class PlacedCalls:
    """The placed calls of one run, to be followed to their final status."""

    def __init__(self, db: sqlite3.Connection, run: int) -> None:
        """Use an open ledger."""
        self._db = db
        self._run = run

    def to_follow(self, *, after_row: int, page: int) -> Sequence[tuple[int, str]]:
        """Fetch (row, call id) of placed calls whose status is not final, in the list's order."""
        marks = ", ".join("?" * len(FINAL_STATUSES))
        with translated("file"):
            return self._db.execute(
                f"""
                SELECT row, call_id FROM contact
                 WHERE run = ? AND row > ? AND outcome = 'placed' AND status NOT IN ({marks})
                 ORDER BY row LIMIT ?
                """,  # noqa: S608 - question marks only
                (self._run, after_row, *sorted(FINAL_STATUSES), page),
            ).fetchall()

    def set_statuses(self, statuses: Sequence[tuple[int, str]]) -> None:
        """Write what the provider last said, as (row, status)."""
        with translated("file"), transaction(self._db):
            self._db.executemany(
                "UPDATE contact SET status = ? WHERE run = ? AND row = ? AND outcome = 'placed'",
                [(_storable(status), self._run, row) for row, status in statuses],
            )


def _detail(answer: Answer) -> str:
    return _storable(answer.call_id if isinstance(answer, Accepted) else answer.reason)


def _storable(text: str) -> str:
    """Escape the halves of characters that JSON can hold and a file cannot."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")

"""Taking people out of a ledger: of closed runs that are old enough, and of one person in every run.

Each run is changed in one transaction, together with the record of what was taken: whoever dies in between leaves a run
whole or pruned. What is freed is overwritten with zeros (`secure_delete`, at the opening of the ledger).
"""

from __future__ import annotations

import hmac
import json
import secrets
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN, Outcome
from dialer.domain.retention import FORGOTTEN, Closed, Pruned, Taken
from dialer.ledger.sqlite.database import from_stamp, to_stamp
from dialer.ledger.sqlite.row_counts import keep_counts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from dialer.ledger.sqlite.database import Database

_CLOSED = "loaded_at IS NOT NULL AND coalesce(ended_at, abandoned_at) IS NOT NULL"
_CLOSED_AT = "max(coalesce(ended_at, 0), coalesce(abandoned_at, 0))"
_KEYED = f"{FORGOTTEN}{'?' * 32}"  #: by GLOB: what stands for a number whose past calls still count
_IS_OPEN = ", ".join(f"'{outcome}'" for outcome in sorted(OPEN))

_EMPTY_ROWS = (
    "UPDATE list_row SET cells = '[]', parameters = '{}', address = '', checksum = NULL, key = '' WHERE run = :run",
    "UPDATE contact SET error = '' WHERE run = :run AND error <> '' AND error NOT LIKE 'settled by %'",
    "UPDATE attempt SET detail = '' WHERE run = :run AND detail <> '' AND answer <> 'accepted'",
    "UPDATE reconciliation SET seen = '' WHERE run = :run AND seen <> ''",
    "UPDATE closing SET from_error = '' WHERE run = :run",
)
"""A call's id stays, and who settled a row: neither says who was rung."""

_FORGET_ROWS = (
    """
    UPDATE attempt SET number = :number, detail = iif(answer = 'accepted', detail, '')
     WHERE run = :run AND row = :row
    """,
    "UPDATE reconciliation SET seen = '' WHERE run = :run AND row = :row",
    """
    UPDATE list_row SET cells = '[]', parameters = '{}', address = '', checksum = NULL, key = ''
     WHERE run = :run AND row = :row
    """,
    "UPDATE closing SET from_error = '' WHERE run = :run AND row = :row",
    f"""
    UPDATE contact SET number = :number, error = iif(error LIKE 'settled by %', error, ''), due = 0,
           outcome = iif(outcome IN ({_IS_OPEN}), '{Outcome.SUPPRESSED}', outcome)
     WHERE run = :run AND row = :row
    """,  # noqa: S608 - constants of this file
)
"""Whoever is forgotten is not rung any more."""


class SqliteRetention:
    """Takes people out of a ledger, and remembers that they were taken out."""

    def __init__(self, db: Database) -> None:
        """Use an open ledger."""
        self._db = db

    def closed(self, campaign: str | None = None) -> Sequence[Closed]:
        """Fetch the runs, of one campaign or of all, that were finished or abandoned, the oldest first."""
        with self._db.reading():
            found = self._db.execute(
                f"""
                SELECT id, campaign, {_CLOSED_AT}, row_count,
                       (SELECT json_group_array(DISTINCT what) FROM pruned WHERE pruned.run = run.id)
                  FROM run WHERE {_CLOSED} AND campaign = coalesce(:campaign, campaign) ORDER BY id
                """,  # noqa: S608 - constants of this file
                {"campaign": campaign},
            ).fetchall()
        return [
            Closed(run=run, campaign=name, at=from_stamp(at), rows=rows, taken=frozenset(json.loads(taken)))
            for run, name, at, rows, taken in found
        ]

    def rules_since(self, since: datetime) -> Sequence[Mapping[str, object]]:
        """Fetch what sessions that began since then were screened by, whichever campaign's."""
        with self._db.reading():
            found = self._db.execute(
                "SELECT DISTINCT screening FROM session WHERE started_at > ?", (to_stamp(since),)
            ).fetchall()
        return [known for (text,) in found if isinstance(known := json.loads(text), dict)]

    def take(self, run: int, what: Taken, *, called_before: datetime, who: str, now: datetime) -> int:
        """Take cells or rows out of a closed run, whole or not at all; return of how many rows.

        A run that was opened again meanwhile is left alone, and where rows are to go one with a call since
        `called_before`: then it is 0.
        """
        values = {"run": run, "before": to_stamp(called_before)}
        with self._db.writing():
            if not self._may_take(values, what):
                return 0
            keep_counts(self._db, run)
            if what is Taken.ROWS:
                (rows,) = self._db.execute("SELECT count(*) FROM contact WHERE run = :run", values).fetchone()
                for table in ("closing", "settlement", "redial", "reconciliation", "attempt", "contact", "list_row"):
                    self._db.execute(f"DELETE FROM {table} WHERE run = :run", values)  # noqa: S608 - names of this file
            else:
                rows = self._db.execute(_EMPTY_ROWS[0], values).rowcount
                for statement in _EMPTY_ROWS[1:]:
                    self._db.execute(statement, values)
            self._note(run, what, rows, who=who, now=now)
        return int(rows)

    def note(self, run: int, what: Taken, count: int, *, who: str, now: datetime) -> None:
        """Remember what was taken away of a run outside the ledger."""
        with self._db.writing():
            self._note(run, what, count, who=who, now=now)

    def rows_of(self, numbers: Collection[str]) -> Sequence[tuple[int, int]]:
        """Find (run, row) of every row that has one of some numbers."""
        with self._db.reading():
            return self._db.execute(
                """
                SELECT contact.run, contact.row FROM json_each(:numbers) AS asked
                  JOIN contact ON contact.number = asked.value AND contact.number <> '' ORDER BY 1, 2
                """,
                {"numbers": json.dumps(list(numbers))},
            ).fetchall()

    def forget(self, rows: Sequence[tuple[int, int]], *, called_since: datetime, who: str, now: datetime) -> None:
        """Let rows be nobody's: no cells, no parameters, no number; nobody is rung for them any more.

        Where a row was called since `called_since`, what stands in the place of its number is the same for each number,
        so that caps and gaps go on counting its calls.
        """
        key = self._key()
        by_run: dict[int, list[int]] = {}
        for run, row in rows:
            by_run.setdefault(run, []).append(row)
        for run, own in by_run.items():
            with self._db.writing():
                for row in own:
                    number = self._instead(run, row, key, called_since)
                    for statement in _FORGET_ROWS:
                        self._db.execute(statement, {"run": run, "row": row, "number": number})
                self._note(run, Taken.PERSON, len(own), who=who, now=now)

    def loosen(self, *, called_before: datetime) -> None:
        """Let what stands for the numbers of forgotten people be nobody's where their calls do not count any more."""
        with self._db.writing():
            found = self._db.execute(
                f"""
                SELECT run, row FROM contact
                 WHERE number <> '' AND number >= '{FORGOTTEN}' AND number GLOB '{_KEYED}' AND NOT EXISTS (
                    SELECT 1 FROM attempt WHERE attempt.run = contact.run AND attempt.row = contact.row
                       AND max(claimed_at, coalesce(sent_at, 0)) > :before)
                """,  # noqa: S608 - constants of this file
                {"before": to_stamp(called_before)},
            ).fetchall()
            for table in ("contact", "attempt"):
                self._db.executemany(
                    f"UPDATE {table} SET number = ? WHERE run = ? AND row = ?",  # noqa: S608 - names of this file
                    [(_nobody(run, row), run, row) for run, row in found],
                )

    def wipe(self) -> bool:
        """Leave nothing of what was taken in the log of the ledger; tell whether nobody was in the way."""
        with self._db.reading(), suppress(sqlite3.OperationalError):
            return self._db.checkpoint("TRUNCATE")
        return False

    def compact(self) -> None:
        """Write the file anew without what is free in it; it takes as much room again, and nobody may be dialling."""
        with self._db.reading():
            self._db.execute("VACUUM")

    def _may_take(self, values: Mapping[str, object], what: Taken) -> bool:
        called = "max(claimed_at, coalesce(sent_at, 0)) > :before" if what is Taken.ROWS else "FALSE"
        found = self._db.execute(
            f"""
            SELECT 1 FROM run WHERE id = :run AND {_CLOSED}
               AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.run = run.id AND {called})
            """,  # noqa: S608 - constants of this file
            values,
        ).fetchone()
        return found is not None

    def _note(self, run: int, what: Taken, count: int, *, who: str, now: datetime) -> None:
        self._db.execute(
            "INSERT INTO pruned (run, what, rows, at, who) VALUES (?, ?, ?, ?, ?)",
            (run, what.value, count, to_stamp(now), who),
        )

    def _key(self) -> bytes:
        with self._db.writing():
            self._db.execute("INSERT OR IGNORE INTO forgetting VALUES (1, ?)", (secrets.token_bytes(32),))
            key = forgetting_key(self._db)
        if key is None:
            raise AssertionError("unreachable: it was just made")
        return key

    def _instead(self, run: int, row: int, key: bytes, called_since: datetime) -> str:
        """Say what stands in the place of a row's number."""
        number, called = self._db.execute(
            """
            SELECT number, (SELECT max(max(claimed_at, coalesce(sent_at, 0))) FROM attempt
                             WHERE attempt.run = contact.run AND attempt.row = contact.row)
              FROM contact WHERE run = ? AND row = ?
            """,
            (run, row),
        ).fetchone()
        return keyed(key, number) if called and called > to_stamp(called_since) else _nobody(run, row)


def pruned_of(db: Database, run: int) -> list[Pruned]:
    """Fetch what was taken out of a run, in the order of time."""
    found = db.execute("SELECT what, rows, at, who FROM pruned WHERE run = ? ORDER BY id", (run,)).fetchall()
    return [Pruned(what, rows, from_stamp(at), who) for what, rows, at, who in found]


def _nobody(run: int, row: int) -> str:
    return f"{FORGOTTEN}{run}-{row}"  # no two rows are one person's


def forgetting_key(db: Database) -> bytes | None:
    """Fetch what the numbers of forgotten people are keyed by; None where nobody was forgotten."""
    found = db.execute("SELECT key FROM forgetting").fetchone()
    return bytes(found[0]) if found else None


def keyed(key: bytes, number: str) -> str:
    """Write what stands in the place of a forgotten number whose calls still count."""
    return FORGOTTEN + hmac.new(key, number.encode(), "sha256").hexdigest()[:32]

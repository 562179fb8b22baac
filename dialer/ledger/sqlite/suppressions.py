"""The ledger's own do-not-call list: who must not be rung, since when, and who said so."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from dialer.ledger.records import Suppressed
from dialer.ledger.sqlite.database import from_stamp, storable, to_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from dialer.ledger.sqlite.database import Database

_PAGE = 1000  #: numbers fetched at a time: a walk over millions of them holds no more


class SqliteSuppressions:
    """Holds numbers in E.164; a change is on disk when its method returns, and binds the next call of every run."""

    def __init__(self, db: Database) -> None:
        """Use an open ledger."""
        self._db = db

    def add(self, entries: Sequence[tuple[str, str]], *, who: str, now: datetime) -> int:
        """Put numbers on the list, each with a reason; return how many were not on it before."""
        values = [(number, storable(reason), who, to_stamp(now)) for number, reason in entries]
        with self._db.writing():
            before = self._db.changes
            self._db.executemany(
                "INSERT OR IGNORE INTO suppression (number, reason, who, added_at) VALUES (?, ?, ?, ?)", values
            )
            added = self._db.changes - before
        self._secure()
        return added

    def remove(self, numbers: Sequence[str], *, who: str, now: datetime) -> int:
        """Take numbers off the list, and remember that they were on it; return how many were."""
        with self._db.writing():
            removed = self._db.execute(
                """
                UPDATE suppression SET removed_at = :now, removed_by = :who
                 WHERE removed_at IS NULL AND number IN (SELECT value FROM json_each(:numbers))
                """,
                {"numbers": json.dumps(list(numbers)), "now": to_stamp(now), "who": who},
            ).rowcount
        self._secure()
        return removed

    def _secure(self) -> None:
        """Move the list into the main file, if nobody is in the way: it holds though the log of a run be lost."""
        with suppress(sqlite3.OperationalError):
            self._db.checkpoint("PASSIVE")

    def __iter__(self) -> Iterator[Suppressed]:
        """Walk the numbers on the list, in the order in which they were added."""
        with self._db.reading():
            cursor = self._db.execute(
                "SELECT number, reason, who, added_at FROM suppression WHERE removed_at IS NULL ORDER BY id"
            )
            while page := cursor.fetchmany(_PAGE):
                for number, reason, who, added_at in page:
                    yield Suppressed(number=number, reason=reason, who=who, since=from_stamp(added_at))

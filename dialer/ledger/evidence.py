"""What the ledger holds of one run, to be proved or disproved: plain records, each kind in the order it is walked."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

from dialer.domain.proof import Decided, Kept, Tried
from dialer.ledger.database import translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_PAGE = 1000


class Evidence:
    """Walks a run's records without holding them, one walk a question.

    Use as a context manager: everything read inside is of one moment, whoever else is writing.
    """

    def __init__(self, db: sqlite3.Connection, run: int) -> None:
        """Use an open ledger."""
        self._db = db
        self._run = run

    def __enter__(self) -> Self:
        """Hold the ledger's state still."""
        with translated("file"):
            self._db.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        """Let it go; nothing was written."""
        self._db.execute("ROLLBACK")

    def cells(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Walk the list as it was read; cells that cannot be read any more are none."""
        for row, cells in self._walk("SELECT row, cells FROM list_row WHERE run = ? ORDER BY row"):
            yield row, _cells(cells)

    def contacts(self) -> Iterator[tuple[int, Kept]]:
        """Walk where each row stands."""
        found = self._walk("SELECT row, number, outcome, call_id, tries FROM contact WHERE run = ? ORDER BY row")
        return ((row, Kept(*known)) for row, *known in found)

    def attempts(self) -> Iterator[tuple[int, list[Tried]]]:
        """Walk each attempted row's attempts."""
        found = self._walk("SELECT row, try, number, answer, detail FROM attempt WHERE run = ? ORDER BY row, try")
        return ((row, [Tried(*known) for _, *known in each]) for row, each in groupby(found, key=itemgetter(0)))

    def decisions(self) -> Iterator[tuple[int, list[Decided]]]:
        """Walk what a person decided, row by row."""
        found = self._walk("SELECT row, to_outcome, call_id FROM settlement WHERE run = ? ORDER BY row, at")
        return ((row, [Decided(*known) for _, *known in each]) for row, each in groupby(found, key=itemgetter(0)))

    def sendings(self) -> Iterator[tuple[int, int]]:
        """Walk (row, microseconds) of each request whose leaving is recorded, in the order of time."""
        return self._walk("SELECT row, sent_at FROM attempt WHERE run = ? AND sent_at IS NOT NULL ORDER BY sent_at")

    def sessions(self) -> list[tuple[int, float]]:
        """Fetch the run's sessions, as (microsecond of their start, calls per second), in the order of time."""
        return list(self._walk("SELECT started_at, calls_per_second FROM session WHERE run = ? ORDER BY started_at"))

    def shared_numbers(self) -> Iterator[tuple[str, list[int]]]:
        """Walk the numbers that more than one row was dialled with, each with those rows."""
        found = self._walk(
            """
            SELECT number, json_group_array(DISTINCT row) FROM attempt
             WHERE run = ? GROUP BY number HAVING min(row) <> max(row)
            """
        )
        return ((number, sorted(json.loads(rows))) for number, rows in found)

    def _walk(self, sql: str) -> Iterator[Any]:
        with translated("file"):
            cursor = self._db.execute(sql, (self._run,))
            while page := cursor.fetchmany(_PAGE):
                yield from page


def _cells(text: str) -> tuple[str, ...]:
    try:
        return tuple(json.loads(text))
    except (ValueError, TypeError):
        return ()

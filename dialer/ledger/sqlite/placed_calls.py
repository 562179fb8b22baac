"""The placed calls of one run, to be followed to their final status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import MayBeUp
from dialer.ledger.sqlite.database import from_stamp, storable, to_stamp
from dialer.ledger.sqlite.redials import Redials

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from dialer.domain.call import Told
    from dialer.domain.redial import RedialTerms
    from dialer.ledger.sqlite.database import Database


class SqlitePlacedCalls:
    """The placed calls of one run, to be followed to their final status."""

    def __init__(self, db: Database, run: int, *, final: Collection[str], redial: RedialTerms | None = None) -> None:
        """Use an open ledger; `final` are the provider's words for a call that will not change any more.

        By `redial` it is decided who is called again.
        """
        self._db = db
        self._run = run
        self._final = sorted(final)
        self._redials = Redials(db, run, redial) if redial else None

    async def to_follow(self, *, after_row: int, page: int) -> Sequence[tuple[int, str]]:
        """Fetch (row, call id) of placed calls whose status is not final, in the list's order."""
        marks = ", ".join("?" * len(self._final))
        with self._db.reading():
            return self._db.execute(
                f"""
                SELECT row, call_id FROM contact
                 WHERE run = ? AND row > ? AND outcome = 'placed' AND status NOT IN ({marks}) AND NOT is_final
                 ORDER BY row LIMIT ?
                """,  # noqa: S608 - question marks only
                (self._run, after_row, *self._final, page),
            ).fetchall()

    def waiting(self) -> int:
        """Count placed calls whose status is not final."""
        marks = ", ".join("?" * len(self._final))
        with self._db.reading():
            (count,) = self._db.execute(
                f"""
                SELECT count(*) FROM contact
                 WHERE run = ? AND outcome = 'placed' AND status NOT IN ({marks}) AND NOT is_final
                """,  # noqa: S608 - question marks only
                (self._run, *self._final),
            ).fetchone()
        return int(count)

    async def may_be_up(self, *, since: datetime) -> Sequence[MayBeUp]:
        """Fetch the calls whose requests left `since` then and of which no end is known, in the order of leaving."""
        marks = ", ".join("?" * len(self._final))
        with self._db.reading():
            found = self._db.execute(
                f"""
                SELECT row, call_id, status, coalesce(sent_at, claimed_at) AS left_at
                  FROM attempt JOIN contact USING (run, row)
                 WHERE run = ? AND try = tries AND left_at >= ?
                   AND (outcome = 'unknown' OR (outcome = 'placed' AND status NOT IN ({marks}) AND NOT is_final))
                 ORDER BY left_at, row
                """,  # noqa: S608 - question marks only
                (self._run, to_stamp(since), *self._final),
            ).fetchall()
        return [MayBeUp(row, call_id, status, from_stamp(left_at)) for row, call_id, status, left_at in found]

    async def set_statuses(self, statuses: Sequence[Told]) -> int:
        """Write what the provider last said of calls, and decide of those that are over whether others follow them.

        Return how many of them are news; what is told of a call that its row has no more is none.
        """
        said = [
            {
                "run": self._run,
                "row": told.row,
                "call_id": storable(told.call_id),
                "status": storable(told.status),
                "final": told.is_final,
            }
            for told in statuses
        ]
        with self._db.writing():
            news = self._db.executemany(
                """
                UPDATE contact SET status = :status, is_final = :final
                 WHERE run = :run AND row = :row AND outcome = 'placed' AND call_id = :call_id
                   AND (status <> :status OR is_final <> :final)
                """,
                said,
            ).rowcount
            if self._redials:
                self._redials.reached(statuses)
                self._redials.decide([told for told in statuses if told.is_final or told.status in self._final])
        return news

"""What is still to be dialled of a run in a session, in the order of dialling."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dialer.ledger.sqlite.database import from_stamp, to_stamp
from dialer.ledger.sqlite.screener import Due

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dialer.ledger.sqlite.database import Database

_HOUR = 3_600_000_000  #: microseconds

_OPEN = ("pending", "deferred", "redial")

_LEFT_ALONE = 2**62
"""Added to when a contact's hours close where a session with a limit leaves it alone.

So what the session dials stands together on the index, however long the list: a last row to compare with would walk
over all that is left alone at every look, tenths of a second for a million rows.
"""


class Queue:
    """The open contacts of a run that its session may come to: those whose hours close first in front.

    With `wait`, contacts outside their hours are due when those open; without, they are left for a later session. Who
    is called again is waited for as far as `redials` tells at a moment, and comes behind everybody whose hours close
    at the same one.
    """

    def __init__(
        self, db: Database, run: int, *, wait: bool, redials: Callable[[datetime], datetime | None] | None = None
    ) -> None:
        """Use an open ledger; without `redials` nobody is waited for, and where it tells None everybody is."""
        self._db = db
        self._run = run
        self._wait = wait
        self._redials = redials or (lambda now: now)

    def take_back(self) -> None:
        """Leave nobody alone any more; within a transaction."""
        for outcome in _OPEN:
            self._db.execute(
                f"""
                UPDATE contact SET closes = closes - :alone
                 WHERE run = :run AND outcome = '{outcome}' AND closes >= :alone
                """,  # noqa: S608 - one of these words
                {"run": self._run, "alone": _LEFT_ALONE},
            )

    def limit(self, contacts: int) -> None:
        """Leave alone whoever is beyond the first so many of the list that were open or have been tried."""
        with self._db.writing():
            self._db.execute(
                """
                UPDATE contact SET closes = closes + :alone
                 WHERE run = :run AND outcome IN ('pending', 'deferred', 'redial') AND row > (
                    SELECT row FROM contact
                     WHERE run = :run AND (outcome IN ('pending', 'deferred', 'redial') OR tries > 0)
                     ORDER BY row LIMIT 1 OFFSET :before)
                """,
                {"run": self._run, "before": contacts - 1, "alone": _LEFT_ALONE},
            )

    def openings(self, now: datetime) -> Counter[datetime]:
        """Count the contacts by the hour from which they may be dialled; those that may be now under `now`."""
        opens: Counter[datetime] = Counter()
        for outcome in _OPEN:
            found = self._db.execute(
                f"""
                SELECT min(due), count(*) FROM contact
                 WHERE run = :run AND outcome = '{outcome}' AND closes < :alone GROUP BY due / {_HOUR}
                """,  # noqa: S608 - one of these words
                {"run": self._run, "alone": _LEFT_ALONE},
            )
            for due, count in found:
                opens[max(now, from_stamp(due))] += count if self._is_ours(outcome, due, now) else 0
        return +opens

    def first(self, now: datetime) -> datetime | None:
        """Tell when the first of them is due; None when none will be in this session."""
        dues = [(self._first_due(outcome, closes), outcome) for closes, outcome in self._windows()]
        ours = [due for due, outcome in dues if self._is_ours(outcome, due, now)]
        return from_stamp(min(ours)) if ours else None

    def due(self, count: int, now: datetime) -> Sequence[Due]:
        """Fetch up to `count` contacts that are due."""
        found: list[Due] = []
        for closes, outcome in self._windows():
            if len(found) >= count:
                break
            found += map(
                Due._make,
                self._db.execute(
                    f"""
                    SELECT contact.row, number, parameters, address, tries + 1, closes, checksum, again_after
                      FROM contact JOIN list_row USING (run, row)
                     WHERE contact.run = :run AND outcome = '{outcome}' AND closes = :closes AND due <= :now
                     ORDER BY due, contact.row LIMIT :count
                    """,  # noqa: S608 - one of these words
                    {"run": self._run, "closes": closes, "now": to_stamp(now), "count": count - len(found)},
                ),
            )
        return found

    def _is_ours(self, outcome: str, due: int, now: datetime) -> bool:
        if outcome == "redial":
            latest = self._redials(now)
            return latest is None or due <= to_stamp(latest)
        return self._wait or outcome == "pending" or due <= to_stamp(now)

    def _windows(self) -> list[tuple[int, str]]:
        """Return the moments at which open contacts close, each with their outcome, the earliest first."""
        return sorted((closes, outcome) for outcome in _OPEN for closes in self._closings(outcome))

    def _closings(self, outcome: str) -> list[int]:
        # There are few, and contacts by the million: this steps from one to the next on the index.
        found = self._db.execute(
            f"""
            WITH RECURSIVE closing (at) AS (
                SELECT min(closes) FROM contact WHERE run = :run AND outcome = '{outcome}' AND closes < :alone
                UNION ALL
                SELECT (SELECT min(closes) FROM contact
                         WHERE run = :run AND outcome = '{outcome}' AND closes > closing.at AND closes < :alone)
                  FROM closing WHERE closing.at IS NOT NULL)
            SELECT at FROM closing WHERE at IS NOT NULL
            """,  # noqa: S608 - one of these words
            {"run": self._run, "alone": _LEFT_ALONE},
        )
        return [at for (at,) in found]

    def _first_due(self, outcome: str, closes: int) -> int:
        (due,) = self._db.execute(
            f"SELECT min(due) FROM contact WHERE run = :run AND outcome = '{outcome}' AND closes = :closes",  # noqa: S608
            {"run": self._run, "closes": closes},
        ).fetchone()
        return int(due)

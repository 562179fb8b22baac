"""Where the rows of a run stand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dialer.domain.run import MadeCall
from dialer.ledger.sqlite.database import from_stamp
from dialer.ledger.sqlite.evidence import SqliteEvidence
from dialer.ledger.sqlite.placed_calls import SqlitePlacedCalls
from dialer.ledger.sqlite.row_counts import counts_of, statuses_of
from dialer.ledger.sqlite.row_reading import CALLS, RESULTS, RESULTS_CALLED_AGAIN, moment, outcome_of, read_result
from dialer.ledger.sqlite.unknown_tries import SqliteUnknownTries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from dialer.domain.call import Outcome
    from dialer.domain.redial import RedialTerms
    from dialer.domain.run import Result
    from dialer.ledger.sqlite.database import Database

_PAGE = 1000  #: rows fetched at a time: a walk over millions of them holds no more


class SqliteResults:
    """Tells where rows stand, one by one and counted."""

    def __init__(self, db: Database) -> None:
        """Use an open database."""
        self._db = db

    def results(self, run: int, *, again: bool = False) -> Iterator[Result]:
        """Walk a run's rows in the list's order; with the calls of each where they are called `again` by a rule."""
        with self._db.reading():
            rows = RESULTS_CALLED_AGAIN if again else RESULTS
            cursor = self._db.execute(f"{rows} ORDER BY contact.row", (run,))
            while page := cursor.fetchmany(_PAGE):
                yield from map(partial(read_result, run), page)

    def calls(self, run: int) -> Iterator[MadeCall]:
        """Walk a run's calls that were made or may have been, in the list's order and that of time."""
        with self._db.reading():
            cursor = self._db.execute(CALLS, (run,))
            while page := cursor.fetchmany(_PAGE):
                for row, number, nth, at, call_id, status, error in page:
                    known = {"row": row, "number": number, "nth": nth, "at": from_stamp(at)}
                    yield MadeCall(**known, call_id=call_id, status=status, error=error)

    def counts(self, run: int) -> Mapping[Outcome, int]:
        """Count a run's rows by outcome; outcomes nobody has are left out."""
        with self._db.reading():
            return counts_of(self._db, run)

    def statuses(self, run: int) -> Mapping[str, int]:
        """Count a run's placed calls by the provider's last word on them."""
        with self._db.reading():
            return statuses_of(self._db, run)

    def outcome_of(self, run: int, row: int) -> Outcome | None:
        """Tell where a row stands; None when the run has no such row."""
        with self._db.reading():
            found = self._db.execute(
                "SELECT outcome FROM contact WHERE run = :run AND row = :row", {"run": run, "row": row}
            ).fetchone()
        return outcome_of(found[0], run=run) if found else None

    def first_opening(self, run: int, outcome: Outcome) -> datetime | None:
        """Tell when the first of a run's contacts that wait with an outcome may be dialled; None when none does."""
        with self._db.reading():
            (due,) = self._db.execute(
                "SELECT min(due) FROM contact WHERE run = :run AND outcome = :outcome", {"run": run, "outcome": outcome}
            ).fetchone()
        return moment(due)

    def placed(self, run: int, *, final: Collection[str], redial: RedialTerms | None = None) -> SqlitePlacedCalls:
        """Give the placed calls of a run to be followed until their status is one of the `final` words.

        By `redial` it is decided who is called again once one is.
        """
        return SqlitePlacedCalls(self._db, run, final=final, redial=redial)

    def unknown_tries(self, run: int, *, account: str, since: datetime | None = None) -> SqliteUnknownTries:
        """Give the unknown rows of a run, to be asked about at its provider, where the calls of an `account` are known.

        With `since`, those whose last try is older are left out.
        """
        return SqliteUnknownTries(self._db, run, account=account, since=since)

    def evidence(self, run: int) -> SqliteEvidence:
        """Give what is recorded of a run, to be proved or disproved."""
        return SqliteEvidence(self._db, run)

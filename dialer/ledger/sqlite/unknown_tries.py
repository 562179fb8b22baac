"""The unknown rows of one run, to be asked about at their provider, and what came of asking."""

from __future__ import annotations

import json
from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dialer.domain.call import Accepted, CallRequest, Outcome, Unclear, UnknownTry
from dialer.domain.reconciliation import UnknownRow, still_unknown
from dialer.domain.redaction import shown
from dialer.domain.retention import FORGOTTEN, Taken
from dialer.ledger.records import DamagedError, Fault
from dialer.ledger.sqlite.database import from_stamp, storable, to_stamp
from dialer.ledger.sqlite.row_reading import mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dialer.domain.reconciliation import Reconciled
    from dialer.ledger.sqlite.database import Database

_BESIDE = timedelta(hours=1) // timedelta(microseconds=1)
"""Two unknown tries of one number so close are not told apart by time: twice as far as clocks of machines may be out
that are kept at all, and an answer takes minutes at the most."""

_UNKNOWN = f"""
FROM contact JOIN list_row USING (run, row)
     JOIN attempt ON attempt.run = contact.run AND attempt.row = contact.row AND attempt.try = contact.tries
WHERE contact.run = :run AND outcome = 'unknown' AND contact.number <> '' AND contact.number NOT GLOB '{FORGOTTEN}*'
  AND attempt.number = contact.number AND token <> '' AND claimed_at >= :since AND answer IN ('', '{Unclear.word}')
  AND NOT EXISTS (SELECT 1 FROM pruned WHERE pruned.run = contact.run AND what = '{Taken.CELLS}')
"""  # noqa: S608 - constants
"""Rows that a provider can be asked about: what it knows the last try by is on record, and what would be dialled."""


class SqliteUnknownTries:
    """The unknown rows of one run, to be asked about at their provider."""

    def __init__(self, db: Database, run: int, *, account: str, since: datetime | None) -> None:
        """Use an open ledger; whoever holds the run's campaign has no call in flight."""
        self._db = db
        self._run = run
        self._account = account
        self._values = {"run": run, "since": to_stamp(since) if since else 0}
        self._began: list[int] = []
        self._calls: list[Mapping[str, Any]] = []
        self._clock_was_set = False
        with db.reading():
            for began, screening in db.execute(
                "SELECT started_at, screening FROM session WHERE run = ? ORDER BY started_at", (run,)
            ):
                known = mapping(screening)
                self._began.append(began)
                self._calls.append(known.get("calls", {}))
                self._clock_was_set |= "clock_was_set" in known

    def waiting(self) -> int:
        """Count the rows that can be asked about."""
        with self._db.reading():
            (count,) = self._db.execute(f"SELECT count(*) {_UNKNOWN}", self._values).fetchone()
        return int(count)

    async def to_ask(self, *, after_row: int, page: int) -> Sequence[UnknownRow]:
        """Fetch rows that can be asked about, in the list's order."""
        with self._db.reading():
            found = self._db.execute(
                f"""
                SELECT contact.row, tries, contact.number, parameters, token, claimed_at, attempt.ended_at, answer,
                       detail {_UNKNOWN} AND contact.row > :after ORDER BY contact.row LIMIT :page
                """,
                {**self._values, "after": after_row, "page": page},
            ).fetchall()
            return [self._row(each) for each in found]

    async def reconcile(self, found: Sequence[Reconciled]) -> Sequence[Reconciled]:
        """Write where rows go, with what was seen; return what was written, each as it was."""
        written = []
        with self._db.writing():
            taken = self._taken([one.verdict.call_id for one in found if one.verdict.call_id])
            for one in found:
                call_id = one.verdict.call_id
                certain = one
                if known := taken.get(call_id):
                    seen = f"its call {call_id} is that of row {known[1]} of run {known[0]}"
                    certain = still_unknown(one.row, seen, at=one.at)
                elif call_id in one.row.asked.other_calls:
                    certain = still_unknown(one.row, f"its call {call_id} is that of another try", at=one.at)
                elif call_id:
                    taken[call_id] = (self._run, one.row.row)
                if self._write(certain):
                    written.append(certain)
        return written

    def _row(self, found: Sequence[Any]) -> UnknownRow:
        row, tries, number, parameters, token, claimed_at, ended_at, answer, detail = found
        try:
            told = mapping(parameters)
        except (ValueError, TypeError, RecursionError):
            raise DamagedError(self._run, row, [Fault("parameters", "a JSON object", shown(parameters))]) from None
        at = bisect_right(self._began, claimed_at) - 1
        calls = self._calls[at] if at >= 0 else {}
        caller, flow = calls.get("caller_number"), calls.get("flow_id")
        request = CallRequest(str(caller or ""), number, str(flow or ""), told, token)
        ended = None if ended_at is None else from_stamp(ended_at)
        known = UnknownTry(request, from_stamp(claimed_at), ended, self._other_calls(number))
        unasked = ""
        if flow is None:
            unasked = "by which flow and account it was called is not on record"
        elif calls.get("account") != self._account:
            unasked = "it was called by another account"
        elif self._clock_was_set:
            unasked = "the clock was set while the run was dialled, so that times prove nothing"
        elif beside := self._beside(row, number, claimed_at):
            unasked = f"row {beside[1]} of run {beside[0]} is unknown, too, and of the same number"
        return UnknownRow(row, tries, known, answer, detail, unasked)

    def _other_calls(self, number: str) -> frozenset[str]:
        """Find the calls to a number that are known already, those of its rows' earlier tries as well."""
        found = self._db.execute(
            f"""
            WITH own AS (SELECT run, row, call_id FROM contact WHERE number = :number AND number <> '')
            SELECT call_id FROM own
             UNION SELECT detail FROM own JOIN attempt USING (run, row) WHERE answer = '{Accepted.word}'
             UNION SELECT reconciliation.call_id FROM own JOIN reconciliation USING (run, row)
            """,  # noqa: S608 - a constant
            {"number": number},
        )
        return frozenset(call_id for (call_id,) in found if call_id)

    def _beside(self, row: int, number: str, claimed_at: int) -> tuple[int, int] | None:
        """Find an unknown row of the same number whose last try was made at about the same time."""
        found: tuple[int, int] | None = self._db.execute(
            """
            SELECT contact.run, contact.row FROM contact
              JOIN attempt ON attempt.run = contact.run AND attempt.row = contact.row AND attempt.try = contact.tries
             WHERE contact.number = :number AND contact.number <> '' AND outcome = 'unknown'
               AND (contact.run, contact.row) <> (:run, :row) AND abs(claimed_at - :at) < :beside
             LIMIT 1
            """,
            {"number": number, "run": self._run, "row": row, "at": claimed_at, "beside": _BESIDE},
        ).fetchone()
        return found

    def _taken(self, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Find which of some ids a row of any run has already."""
        if not ids:
            return {}
        found = self._db.execute(
            """
            SELECT call_id, run, row FROM contact
             WHERE call_id <> '' AND call_id IN (SELECT value FROM json_each(:ids))
            """,
            {"ids": json.dumps([storable(each) for each in ids])},
        )
        return {call_id: (run, row) for call_id, run, row in found}

    def _write(self, one: Reconciled) -> bool:
        verdict, at = one.verdict, to_stamp(one.at)
        values = {
            "run": self._run,
            "row": one.row.row,
            "try": one.row.tries,
            "at": at,
            "outcome": verdict.outcome.value,
            "call_id": storable(verdict.call_id),
            "status": storable(verdict.status),
            "error": storable(verdict.error),
            "seen": storable(one.seen),
            "due": at + round(verdict.wait * 1_000_000) if verdict.wait else 0,
        }
        changed = self._db.execute(
            """
            UPDATE contact SET outcome = iif(:outcome = 'pending' AND again_after > 0, 'redial', :outcome),
                   call_id = :call_id, status = :status, error = :error, due = :due
             WHERE run = :run AND row = :row AND tries = :try AND outcome = 'unknown'
            """,
            values,
        ).rowcount
        if not changed:
            return False  # settled meanwhile
        self._db.execute(
            """
            INSERT OR REPLACE INTO reconciliation (run, row, try, at, outcome, call_id, seen)
            VALUES (:run, :row, :try, :at, :outcome, :call_id, :seen)
            """,
            values,
        )
        if verdict.outcome is Outcome.PENDING:
            self._db.execute("UPDATE run SET ended_at = NULL WHERE id = :run", values)
        return True

"""The contacts of one run, given out to be dialled: the engine's `Work` on SQLite."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.domain.call import IN_FLIGHT, Accepted, Claim
from dialer.domain.screening.caps import DailyAllowance
from dialer.errors import LedgerError
from dialer.ledger.sqlite.database import from_stamp, storable, to_stamp
from dialer.ledger.sqlite.queue import Queue
from dialer.ledger.sqlite.row_checksum import checksum
from dialer.ledger.sqlite.row_reading import other_than_loaded
from dialer.ledger.sqlite.screener import NEVER, Due, Screener

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dialer.domain.call import Settlement
    from dialer.ledger.session_terms import SessionTerms
    from dialer.ledger.sqlite.database import Database
    from dialer.ledger.sqlite.unended_sessions import Session

_MICROSECOND = timedelta(microseconds=1)
_TURN_PAGES = 20  #: pages of contacts that may no longer be dialled are passed over in one turn, at the most
_READ_JSON = json.JSONDecoder().raw_decode


class SqliteWork:
    """Gives out each contact of a run once at a time, if it may be dialled at that moment.

    A claim is on disk, as `unknown`, before `turn` returns: only then may its request leave. Nothing here waits for
    anything but the disk: in between no other task has its turn.
    """

    def __init__(self, db: Database, run: int, terms: SessionTerms, session: Session | None = None) -> None:
        """Use an open ledger; nobody else may give out the same run. Without a session nothing is made sure of."""
        self._db = db
        self._run = run
        self._session = session
        self._terms = terms
        self._began = 0
        self._allowance = terms.allowance or DailyAllowance(None)
        self._queue = Queue(db, run, wait=terms.wait, redials=terms.redials)
        self._screener = Screener(db, run, terms.screening) if terms.screening else None

    def prepare(self, now: datetime) -> None:
        """Screen every open contact of the run, and leave those beyond the limit alone."""
        with self._db.writing():
            self._queue.take_back()
            self._began = to_stamp(now)
            self._record_set_back(now)
        if self._screener:
            self._screener.screen_all(now, self._terms.told)
        if self._terms.limit is not None:
            self._queue.limit(self._terms.limit)

    def full_until(self, now: datetime) -> datetime | None:
        """Tell from when on the day's calls let another one leave; None when one may now."""
        return self._allowance.opens(now) if self._allowance.allows(now) == 0 else None

    def openings(self, now: datetime) -> Mapping[datetime, int]:
        """Count whom this session will dial, by the hour from which they may be; those that may be now under `now`."""
        with self._db.reading():
            opens = self._queue.openings(now)
        allowed = self._allowance.allows(now)
        if allowed is None or self._terms.wait:
            return opens
        return +Counter({now: min(allowed, opens.total())})

    async def turn(self, settled: Sequence[Settlement], *, want: int, now: datetime) -> Sequence[Claim]:
        """Write the settlements and claim up to `want` contacts that are due, in one durable transaction."""
        if want and self._session:
            self._session.ledger_file.prove()
        with self._db.writing():
            if settled:
                self._settle(settled, now)
            allowed = self._allowance.allows(now)
            claims = self._claim(want if allowed is None else min(want, allowed), now)
            if claims and self._session:
                self._session.count()
        self._allowance.spend(now, len(claims))
        if claims and self._session:
            await self._note(self._session, claims)
        return claims

    async def _note(self, session: Session, claims: Sequence[Claim]) -> None:
        try:
            with self._db.reading():
                session.note()
        except LedgerError:
            await self.release(claims)
            raise

    async def release(self, claims: Sequence[Claim]) -> None:
        """Take back claims whose request never left, as if they had not been made."""
        keys = [(self._run, claim.row, claim.tries) for claim in claims]
        with self._db.writing():
            self._db.executemany(
                """
                UPDATE contact SET outcome = iif(again_after > 0, 'redial', 'pending'), tries = tries - 1, error = ''
                 WHERE run = ? AND row = ? AND tries = ? AND outcome = 'unknown'
                   AND EXISTS (SELECT 1 FROM attempt
                                WHERE attempt.run = contact.run AND attempt.row = contact.row
                                  AND attempt.try = contact.tries AND attempt.ended_at IS NULL)
                """,
                keys,
            )
            self._db.executemany("DELETE FROM attempt WHERE run = ? AND row = ? AND try = ? AND ended_at IS NULL", keys)
        self._allowance.take_back(len(claims))

    async def next_due(self, now: datetime) -> datetime | None:
        """Tell when the next contact may be dialled; None when no open one will be in this session."""
        if self._session:
            self._session.ledger_file.prove()
        if self._screener:
            self._screener.look(now)  # while nobody may be dialled, nothing else does
        with self._db.reading():
            due = self._queue.first(now)
        if due is None:
            return None
        if self._allowance.allows(now) != 0:
            return due
        return max(due, self._allowance.opens(now)) if self._terms.wait else None

    async def clock_was_set(self, by: timedelta, *, now: datetime) -> None:
        """Move the moments at which retries are due with the clock, screen everybody again, and record it."""
        values = {"run": self._run, "by": by // _MICROSECOND, "before": to_stamp(min(now, now - by))}
        with self._db.writing():
            self._db.execute(
                """
                UPDATE contact SET due = max(0, due + :by)
                 WHERE run = :run AND outcome = 'pending' AND due > :before
                """,
                values,
            )
            self._record_step(by)
        if self._screener:
            self._screener.distrust()

    def _record_step(self, by: timedelta) -> None:
        self._db.execute(
            """
            UPDATE session SET screening = json_set(screening, '$.clock_was_set',
                   json_insert(coalesce(json_extract(screening, '$.clock_was_set'), '[]'), '$[#]', :seconds))
             WHERE run = :run AND started_at = :began
            """,
            {"run": self._run, "began": self._began, "seconds": round(by.total_seconds(), 1)},
        )

    def _record_set_back(self, now: datetime) -> None:
        """Record it where the clock was set back since the run was last dialled, and let nobody wait for that.

        It was where there are records of a time to come.
        """
        stamp = to_stamp(now)
        (latest,) = self._db.execute(
            """
            SELECT max(at) FROM (
                SELECT max(started_at) AS at FROM session WHERE run = :run
                 UNION ALL SELECT max(max(claimed_at, coalesce(ended_at, 0))) FROM attempt WHERE run = :run)
            """,
            {"run": self._run},
        ).fetchone()
        if latest is not None and latest > stamp:
            self._db.execute(
                # Due now, and still behind those that were not tried yet.
                "UPDATE contact SET due = :now WHERE run = :run AND outcome = 'pending' AND due > :now",
                {"run": self._run, "now": stamp},
            )
            self._record_step((stamp - latest) * _MICROSECOND)

    def _settle(self, settled: Sequence[Settlement], now: datetime) -> None:
        self._db.executemany(
            """
            UPDATE contact
               SET outcome = iif(?1 = 'pending' AND again_after > 0, 'redial', ?1), call_id = ?2,
                   status = ?3, error = ?4, due = ?5, called_at = coalesce(?6, called_at)
             WHERE run = ?7 AND row = ?8 AND tries = ?9 AND outcome = 'unknown'
            """,
            [self._contact_after(settlement, now) for settlement in settled],
        )
        self._db.executemany(
            """
            UPDATE attempt SET sent_at = ?, ended_at = ?, answer = ?, detail = ?
             WHERE run = ? AND row = ? AND try = ?
            """,
            [self._attempt_after(settlement) for settlement in settled],
        )

    def _contact_after(self, settlement: Settlement, now: datetime) -> tuple[object, ...]:
        verdict, claim = settlement.verdict, settlement.claim
        due = to_stamp(now) + round(verdict.wait * 1_000_000) if verdict.wait else 0
        sent_at = to_stamp(settlement.sent_at) if settlement.sent_at else None
        said = (storable(verdict.call_id), storable(verdict.status), storable(verdict.error))
        fate = (verdict.outcome.value, *said, due, sent_at)
        return (*fate, self._run, claim.row, claim.tries)

    def _attempt_after(self, settlement: Settlement) -> tuple[object, ...]:
        answer, claim = settlement.answer, settlement.claim
        sent_at = to_stamp(settlement.sent_at) if settlement.sent_at else None
        said = answer.call_id if isinstance(answer, Accepted) else answer.reason
        heard = (to_stamp(settlement.ended_at), answer.word, storable(said))
        return (sent_at, *heard, self._run, claim.row, claim.tries)

    def _claim(self, want: int, now: datetime) -> Sequence[Claim]:
        claims = list[Claim]()
        more = self._screener.look(now) if self._screener and want else 0
        for _ in range(_TURN_PAGES):
            found = self._queue.due(max(want - len(claims), more), now) if want > len(claims) else ()
            if not found:
                break
            clear = self._screener.still_clear(found, now) if self._screener else found
            claims += self._take(clear[: want - len(claims)], to_stamp(now))
        return claims

    def _take(self, chosen: Sequence[Due], now: int) -> list[Claim]:
        for due in chosen:
            if due.checksum != checksum(due.row, due.number, due.parameters, due.address) and due.checksum is not None:
                raise other_than_loaded(self._run, due.row)
        values = {"run": self._run, "rows": str([due.row for due in chosen]), "error": IN_FLIGHT, "now": now}
        self._db.execute(
            """
            UPDATE contact SET outcome = 'unknown', tries = tries + 1, status = '', error = :error
             WHERE run = :run AND row IN (SELECT value FROM json_each(:rows))
               AND outcome IN ('pending', 'deferred', 'redial')
            """,
            values,
        )
        tokens: dict[int, str] = dict(
            self._db.execute(
                """
                INSERT INTO attempt (run, row, try, number, claimed_at, token)
                SELECT run, row, tries, number, :now, lower(hex(randomblob(16))) FROM contact
                 WHERE run = :run AND row IN (SELECT value FROM json_each(:rows))
                RETURNING row, token
                """,
                values,
            ).fetchall()
        )
        return [
            Claim(
                row=due.row,
                number=due.number,
                parameters=_READ_JSON(due.parameters)[0],
                tries=due.tries,
                token=tokens[due.row],
                closes=from_stamp(due.closes) if 0 < due.closes < NEVER else None,
                before=due.again_after,
            )
            for due in chosen
        ]

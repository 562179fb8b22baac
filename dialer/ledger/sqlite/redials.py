"""Who of a run is called again by a rule: decided in the transaction that writes how a call ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dialer.domain.redial import decide
from dialer.domain.retention import FORGOTTEN, Taken
from dialer.domain.verify.history import MAY_HAVE_RUNG
from dialer.ledger.sqlite.database import from_stamp, storable, to_stamp
from dialer.ledger.sqlite.integrity import one_of
from dialer.ledger.sqlite.retention import pruned_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dialer.domain.call import Told
    from dialer.domain.redial import RedialDecision, RedialTerms
    from dialer.ledger.sqlite.database import Database

_FIRST = f"""
SELECT min(coalesce(sent_at, claimed_at)) FROM attempt
 WHERE run = ? AND row = ? AND {one_of(MAY_HAVE_RUNG).format("answer")}
"""  # noqa: S608 - constants of this file


class Redials:
    """Decides by the terms of a campaign; every method is called within a transaction."""

    def __init__(self, db: Database, run: int, terms: RedialTerms) -> None:
        """Use an open ledger."""
        self._db = db
        self._run = run
        self._terms = terms

    def reached(self, told: Sequence[Told]) -> None:
        """Keep whom a call has reached: whatever becomes of it later, nobody calls them again by a rule."""
        self._db.executemany(
            """
            UPDATE contact SET reached_by = tries
             WHERE run = ? AND row = ? AND outcome = 'placed' AND call_id = ? AND reached_by = 0
            """,
            [(self._run, one.row, storable(one.call_id)) for one in told if one.status in self._terms.reached],
        )

    def decide(self, ended: Sequence[Told]) -> None:
        """Let who is called again by a rule wait for that, of calls that are over."""
        if not self._terms.are_on or {each.what for each in pruned_of(self._db, self._run)} & {Taken.CELLS, Taken.ROWS}:
            return  # what a call carries may be gone
        now = self._terms.now()
        again = False
        for told in ended:
            if decision := self._decided(told, now):
                again = True
                self._write(told.row, *decision)
        if again:  # who asks where calls stand may do so once all were final
            self._db.execute("UPDATE run SET ended_at = NULL WHERE id = ? AND ended_at IS NOT NULL", (self._run,))

    def _decided(self, told: Told, now: datetime) -> tuple[RedialDecision, int] | None:
        key = (self._run, told.row)
        found = self._db.execute(
            """
            SELECT tries FROM contact
             WHERE run = ? AND row = ? AND outcome = 'placed' AND call_id = ? AND reached_by = 0
               AND number NOT GLOB ?
            """,
            (*key, storable(told.call_id), f"{FORGOTTEN}*"),
        ).fetchone()
        if found is None:
            return None
        earlier = self._db.execute("SELECT word FROM redial WHERE run = ? AND row = ? ORDER BY try", key).fetchall()
        (first,) = self._db.execute(_FIRST, key).fetchone()
        decision = decide(
            told.status,
            self._terms,
            nth=found[0],
            call_id=told.call_id,
            earlier=[word for (word,) in earlier],
            first_at=now if first is None else from_stamp(first),
            now=now,
        )
        return (decision, len(earlier)) if decision else None

    def _write(self, row: int, decision: RedialDecision, earlier: int) -> None:
        due = to_stamp(decision.due)
        self._db.execute(
            """
            INSERT INTO redial (run, row, try, status, word, rule, at, due, until, call_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                *(self._run, row, decision.nth, storable(decision.status), storable(decision.word), str(decision.rule)),
                *(to_stamp(decision.at), due, to_stamp(decision.until), storable(decision.call_id)),
            ),
        )
        self._db.execute(
            """
            UPDATE contact SET outcome = 'redial', call_id = '', error = ?, due = ?, again_after = tries, is_final = 0
             WHERE run = ? AND row = ? AND outcome = 'placed'
            """,
            (storable(decision.told(earlier)), due, self._run, row),
        )


def use_up(db: Database, run: int, rows: Iterable[int]) -> None:
    """Let rows that would be due too late be placed, as their last calls were; within a transaction."""
    db.execute(
        """
        UPDATE contact SET outcome = 'placed', call_id = redial.call_id, status = redial.status, is_final = 1,
               error = '', due = 0
          FROM redial
         WHERE contact.run = :run AND contact.row IN (SELECT value FROM json_each(:rows)) AND outcome = 'redial'
           AND redial.run = contact.run AND redial.row = contact.row AND redial.try = again_after
           AND contact.due > redial.until
        """,
        {"run": run, "rows": json.dumps(list(rows))},
    )


def placed_as_before(db: Database, rows: Sequence[tuple[int, int]]) -> None:
    """Let rows, as (run, row), that were to be called again be placed, as their last calls were; in a transaction."""
    db.executemany(
        """
        UPDATE contact SET outcome = 'placed', call_id = redial.call_id, status = redial.status, is_final = 1,
               error = ''
          FROM redial
         WHERE contact.run = ? AND contact.row = ? AND outcome = 'redial'
           AND redial.run = contact.run AND redial.row = contact.row AND redial.try = again_after
        """,
        rows,
    )

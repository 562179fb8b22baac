"""What the ledger holds of one run, to be proved or disproved: plain records, each kind in the order it is walked."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

from dialer.domain.call import CLOSED
from dialer.domain.redaction import shown
from dialer.domain.redial import RedialDecision, read_rule
from dialer.domain.verify.history import MAY_HAVE_RUNG, Decided, Kept, Tried
from dialer.errors import Hint, LedgerError
from dialer.ledger.records import ClosedRow, Damage, DamagedError, DialledSession, Fault, Listed
from dialer.ledger.sqlite.database import from_stamp
from dialer.ledger.sqlite.integrity import IS_OPEN, SOUND, holds, one_of, sound
from dialer.ledger.sqlite.retention import pruned_of
from dialer.ledger.sqlite.row_checksum import checksum
from dialer.ledger.sqlite.row_reading import (
    RESULTS,
    RESULTS_CALLED_AGAIN,
    address_of,
    cells_of,
    mapping,
    mended_moment,
    mended_run,
    other_than_loaded,
    read_result,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from dialer.domain.retention import Pruned
    from dialer.domain.run import Result, Run
    from dialer.ledger.sqlite.database import Database

_PAGE = 1000  #: rows fetched at a time: a walk over millions of them holds no more


_TO_DIAL = f"""
SELECT contact.row, number, parameters, address, checksum, cells FROM contact JOIN list_row USING (run, row)
 WHERE contact.run = ? AND {IS_OPEN} AND checksum IS NOT NULL ORDER BY contact.row
"""  # noqa: S608 - constants of this file
"""What rows are dialled with; cells only to see that they can be read: without them there are no results."""

_RUNG_AND_OPEN = f"""
SELECT contact.row FROM contact JOIN attempt ON attempt.run = contact.run AND attempt.row = contact.row
 WHERE contact.run = ? AND {IS_OPEN} AND tries > 0 AND {one_of(MAY_HAVE_RUNG).format("answer")}
   AND NOT EXISTS (SELECT 1 FROM settlement WHERE settlement.run = contact.run AND settlement.row = contact.row
                      AND to_outcome = 'pending')
   AND NOT EXISTS (SELECT 1 FROM redial WHERE redial.run = contact.run AND redial.row = contact.row
                      AND redial.try = attempt.try)
   AND NOT EXISTS (SELECT 1 FROM reconciliation AS asked WHERE asked.run = contact.run AND asked.row = contact.row
                      AND asked.outcome = 'pending')
 ORDER BY contact.row LIMIT 1
"""  # noqa: S608 - constants of this file
"""Rows that are to be dialled, though an attempt may have rung and nobody sent them back or proved that it did not."""


_CLOSED = f"""
SELECT contact.row, contact.outcome,
       iif(contact.error = '' AND (contact.outcome = 'placed'
           OR EXISTS (SELECT 1 FROM pruned WHERE run = contact.run)), coalesce(reason, ''), contact.error),
       closing.outcome, coalesce(reason, ''),
       coalesce(later.id > contact.run AND later.campaign = own.campaign, FALSE),
       instead_run IS NULL OR EXISTS (SELECT 1 FROM pruned WHERE run IN (contact.run, instead_run)) OR EXISTS (
           SELECT 1 FROM contact AS instead
             JOIN list_row AS instead_row ON instead_row.run = instead.run AND instead_row.row = instead.row
             JOIN list_row AS listed ON listed.run = contact.run AND listed.row = contact.row
            WHERE instead.run = closing.instead_run AND instead.row = closing.instead_row
              AND (instead.number = contact.number OR (listed.key <> '' AND instead_row.key = listed.key)))
  FROM contact JOIN run AS own ON own.id = contact.run
  LEFT JOIN closing ON closing.run = contact.run AND closing.row = contact.row
  LEFT JOIN run AS later ON later.id = by_run AND later.loaded_at IS NOT NULL
 WHERE contact.run = ? AND ({one_of(sorted(CLOSED)).format("contact.outcome")} OR closing.run IS NOT NULL)
   AND typeof(contact.row) = 'integer' AND typeof(contact.outcome) = 'text' AND typeof(contact.error) = 'text'
 ORDER BY contact.row
"""  # noqa: S608 - constants of this file


class SqliteEvidence:
    """Walks a run's records without holding them, one walk a question; damaged ones only in `damages`.

    Use as a context manager: everything read inside is of one moment, whoever else is writing.
    """

    def __init__(self, db: Database, run: int) -> None:
        """Use an open ledger."""
        self._db = db
        self._run = run

    def __enter__(self) -> Self:
        """Hold the ledger's state still."""
        with self._db.reading():
            self._db.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        """Let it go; nothing was written."""
        self._db.execute("ROLLBACK")

    def run(self) -> tuple[Run, datetime | None, tuple[Fault, ...]]:
        """Fetch the run as far as it can be read, when it was loaded, and its faults; raises LedgerError for none."""
        found = list(
            self._walk(
                """
                SELECT id, campaign, provider, list_path, list_digest, results, headings, settings, row_count,
                       started_at, ended_at, abandoned_at, loaded_at
                  FROM run WHERE id = ? AND loaded_at IS NOT NULL
                """
            )
        )
        if not found:
            raise LedgerError(f"the ledger has no run {self._run}", hint=Hint(("runs",), "lists what it has"))
        *known, loaded = found[0]
        run, faults = mended_run(known)
        loaded_at, wrong = mended_moment("loaded_at", loaded)
        return run, loaded_at, (*faults, *wrong)

    def damages(self) -> Iterator[Damage]:
        """Walk what no program of ours wrote, table by table."""
        for table, rules in SOUND.items():
            bad = [(column, f"NOT coalesce({holds(column, rule)}, FALSE)") for column, rule in rules.items()]
            names = " ".join(f"WHEN {wrong} THEN '{column}'" for column, wrong in bad)
            values = " ".join(f"WHEN {wrong} THEN quote({column})" for column, wrong in bad)
            row = "NULL" if table == "session" else "row"
            for at, column, found in self._walk(
                f"""
                SELECT {row}, CASE {names} END, substr(CASE {values} END, 1, 200)
                  FROM {table} WHERE run = ? AND NOT coalesce({sound(table)}, FALSE)
                """  # noqa: S608 - constants of this file
            ):
                yield Damage(table, at if type(at) is int else None, column, found)

    def prove_sound(self) -> None:
        """Raise LedgerError naming the first damaged row, so that nobody is dialled from it."""
        for table, row, column, found in self.damages():
            told = "something else" if table == "list_row" else found
            raise DamagedError(self._run, row, [Fault(f"{table}.{column}", "as it is written", shown(told))])
        for row, number, parameters, address, known, _ in self._walk(_TO_DIAL):
            if known != checksum(row, number, parameters, address):
                raise other_than_loaded(self._run, row)
        for (row,) in self._walk(_RUNG_AND_OPEN):
            raise DamagedError(self._run, row, [Fault("outcome", "what its last attempt proves", "to be dialled")])

    def listed(self) -> Iterator[tuple[int, Listed]]:
        """Walk the list as it was read; cells that cannot be read any more are none."""
        found = self._select("list_row", "row, cells, parameters, address, key", "row")
        for row, cells, parameters, address, key in found:
            yield row, Listed(cells_of(cells), _parameters(parameters), address_of(address), key)

    def contacts(self) -> Iterator[tuple[int, Kept]]:
        """Walk where each row stands."""
        columns = "row, number, outcome, call_id, tries, error, called_at, reached_by, again_after"
        for row, number, outcome, call_id, tries, error, at, *nth in self._select("contact", columns, "row"):
            yield row, Kept(number, outcome, call_id, tries, error, _when(at), *nth)

    def results(self, *, again: bool = False) -> Iterator[Result]:
        """Walk what the results file should say, row by row; with each row's calls where they are called `again`."""
        rows = RESULTS_CALLED_AGAIN if again else RESULTS
        for found in self._walk(f"{rows} AND {sound('contact')} AND {sound('list_row')} ORDER BY contact.row"):
            with suppress(DamagedError):
                yield read_result(self._run, found)

    def attempts(self) -> Iterator[tuple[int, list[Tried]]]:
        """Walk each attempted row's attempts."""
        columns = "row, try, number, answer, detail, token, claimed_at, sent_at, ended_at"
        found = self._select("attempt", columns, "row, try")
        for row, each in groupby(found, key=itemgetter(0)):
            yield row, [Tried(*known[1:6], *map(_when, known[6:])) for known in each]

    def decisions(self) -> Iterator[tuple[int, list[Decided]]]:
        """Walk what a person decided, and what a provider said when it was asked, row by row in the order of time."""
        found = self._walk(
            f"""
            SELECT row, at, to_outcome, call_id, who, 0, '' FROM settlement WHERE run = ? AND {sound("settlement")}
             UNION ALL
            SELECT row, at, outcome, call_id, '', try, seen FROM reconciliation
             WHERE run = ? AND {sound("reconciliation")}
             ORDER BY row, at
            """,  # noqa: S608 - constants of this file
            self._run,
        )
        for row, each in groupby(found, key=itemgetter(0)):
            yield (
                row,
                [Decided(word, call, who, nth, seen, from_stamp(at)) for _, at, word, call, who, nth, seen in each],
            )

    def redials(self) -> Iterator[tuple[int, list[RedialDecision]]]:
        """Walk what was decided by a rule of calls that had ended, row by row in the order of attempts."""
        found = self._select("redial", "row, try, status, word, rule, at, due, until, call_id", "row, try")
        for row, each in groupby(found, key=itemgetter(0)):
            yield row, [_redial(known) for known in each]

    def closed(self) -> Iterator[ClosedRow]:
        """Walk the rows that a newer list has closed, or that say so, with what is recorded of that."""
        return map(ClosedRow._make, self._walk(_CLOSED))

    def sendings(self) -> Iterator[tuple[int, datetime]]:
        """Walk (row, moment) of each request whose leaving is recorded, in the order of time."""
        found = self._select("attempt", "row, sent_at", "sent_at", also="sent_at IS NOT NULL")
        return ((row, from_stamp(at)) for row, at in found)

    def first_claim(self) -> tuple[int, datetime] | None:
        """Fetch (row, moment) of the attempt that was recorded first."""
        found = self._select("attempt", "row, claimed_at", "claimed_at LIMIT 1")
        return next(((row, from_stamp(at)) for row, at in found), None)

    def sessions(self) -> list[DialledSession]:
        """Fetch the run's sessions in the order of time."""
        found = self._select("session", "started_at, calls_per_second, screening", "started_at")
        return [DialledSession(from_stamp(at), rate, json.loads(screening)) for at, rate, screening in found]

    def shared_numbers(self) -> Iterator[tuple[str, list[int]]]:
        """Walk the numbers that more than one row was dialled with, each with those rows."""
        found = self._walk(
            f"""
            SELECT number, json_group_array(DISTINCT row) FROM attempt
             WHERE run = ? AND {sound("attempt")} GROUP BY number HAVING min(row) <> max(row)
            """  # noqa: S608 - constants of this file
        )
        return ((number, sorted(json.loads(rows))) for number, rows in found)

    def shared_ids(self) -> Iterator[tuple[int, str, int]]:
        """Walk (row, id, other row) of each call whose id a person gave and another row has as well."""
        return self._walk(
            """
            SELECT settlement.row, settlement.call_id, min(contact.row)
              FROM settlement JOIN contact USING (run, call_id)
             WHERE run = ? AND to_outcome = 'placed' AND contact.row <> settlement.row AND call_id <> ''
               AND typeof(contact.row) = 'integer' AND typeof(settlement.row) = 'integer'
             GROUP BY settlement.row, settlement.call_id
            """
        )

    def repeated_ids(self) -> Iterator[tuple[int, str, int]]:
        """Walk (row, id, first row) of each placed call whose id an earlier row has as well."""
        return self._walk(
            """
            SELECT contact.row, call_id, first.row
              FROM (SELECT run, call_id, min(row) AS row FROM contact
                     WHERE run = ? AND outcome = 'placed' AND typeof(row) = 'integer'
                     GROUP BY call_id HAVING count(*) > 1) AS first
              JOIN contact USING (run, call_id)
             WHERE contact.row > first.row AND outcome = 'placed' AND typeof(contact.row) = 'integer'
             ORDER BY contact.row
            """
        )

    def pruned(self) -> list[Pruned]:
        """Fetch what was taken out of the run, in the order of time."""
        with self._db.reading():
            return pruned_of(self._db, self._run)

    def row_of_call(self, call_id: str) -> int | None:
        """Tell which row has a call's id already."""
        found = self._walk("SELECT row FROM contact WHERE run = ? AND call_id = ? LIMIT 1", call_id)
        return next((row for (row,) in found), None)

    def _select(self, table: str, columns: str, order: str, *, also: str = "TRUE") -> Iterator[Any]:
        return self._walk(
            f"SELECT {columns} FROM {table} WHERE run = ? AND {also} AND {sound(table)} ORDER BY {order}"  # noqa: S608
        )

    def _walk(self, sql: str, *more: object) -> Iterator[Any]:
        with self._db.reading():
            cursor = self._db.execute(sql, (self._run, *more))
            while page := cursor.fetchmany(_PAGE):
                yield from page


def _parameters(text: str) -> Mapping[str, object] | None:
    try:
        return mapping(text)
    except (ValueError, TypeError, RecursionError):
        return None


def _redial(found: Any) -> RedialDecision:
    _, nth, status, word, rule, at, due, until, call_id = found
    moments = from_stamp(at), from_stamp(due), from_stamp(until)
    return RedialDecision(nth, status, word, read_rule(rule), *moments, call_id)


def _when(stamp: int | None) -> datetime | None:
    return None if stamp is None else from_stamp(stamp)

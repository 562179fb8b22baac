"""Runs: found by their number, their list or their results; given up and forgotten."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dialer.errors import Hint, LedgerError
from dialer.ledger.sqlite.closings import closed_by, open_rows
from dialer.ledger.sqlite.database import to_stamp
from dialer.ledger.sqlite.loading import discard
from dialer.ledger.sqlite.open_rows import finished, leftovers
from dialer.ledger.sqlite.row_counts import keep_counts
from dialer.ledger.sqlite.row_reading import NO_FILE, cells_of, read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.call import Outcome
    from dialer.domain.carry import OpenRow
    from dialer.domain.run import Leftover, Run
    from dialer.ledger.sqlite.database import Database

_RUN_COLUMNS = """
    id, campaign, provider, list_path, list_digest, results, headings, settings, row_count,
    started_at, ended_at, abandoned_at
"""


_PAGE = 5000  #: rows fetched at a time: each page is hashed at once
_EVERY = -1  #: what SQL takes for no limit


class SqliteRuns:
    """Finds runs, and what is left of them."""

    def __init__(self, db: Database) -> None:
        """Use an open database."""
        self._db = db

    def run(self, number: int | None = None) -> Run:
        """Fetch a run by its number, or the latest; raises LedgerError when there is none."""
        found = self._one_run(
            f"""
            SELECT {_RUN_COLUMNS} FROM run
             WHERE loaded_at IS NOT NULL AND id = coalesce(:number, id)
               AND (:number IS NOT NULL OR list_path <> :single)
             ORDER BY id DESC LIMIT 1
            """,  # noqa: S608 - a constant of this file
            {"number": number, "single": NO_FILE},
        )
        if found is None:
            wanted = "no run yet" if number is None else f"no run {number}"
            raise LedgerError(f"the ledger {self._db.path} has {wanted}", hint=Hint(("runs",), "lists what it has"))
        return found

    def runs(self, *, newest: int | None = None) -> Iterator[Run]:
        """Fetch every run, newest first, or only so many."""
        with self._db.reading():
            yield from map(
                read_run,
                self._db.execute(
                    f"SELECT {_RUN_COLUMNS} FROM run WHERE loaded_at IS NOT NULL ORDER BY id DESC LIMIT ?",  # noqa: S608
                    (_EVERY if newest is None else newest,),
                ).fetchall(),
            )

    def open_runs(self, campaign: str | None = None) -> list[Run]:
        """Fetch the runs of lists that have work left, the oldest first: of one campaign, or of all."""
        with self._db.reading():
            found = self._db.execute(
                f"""
                SELECT {_RUN_COLUMNS} FROM run
                 WHERE campaign = coalesce(:campaign, campaign) AND loaded_at IS NOT NULL
                   AND ended_at IS NULL AND abandoned_at IS NULL AND list_path <> :single
                 ORDER BY id
                """,  # noqa: S608 - a constant of this file
                {"campaign": campaign, "single": NO_FILE},
            ).fetchall()
        return [read_run(known) for known in found]

    def unfinished(self, campaign: str, digest: str) -> Run | None:
        """Find the latest run of this campaign over this very list that still has work."""
        return self._one_run(
            f"""
            SELECT {_RUN_COLUMNS} FROM run
             WHERE campaign = :campaign AND list_digest = :digest AND loaded_at IS NOT NULL
               AND ended_at IS NULL AND abandoned_at IS NULL
             ORDER BY id DESC LIMIT 1
            """,  # noqa: S608 - a constant of this file
            {"campaign": campaign, "digest": digest},
        )

    def finished(self, campaign: str, digest: str | None, *, sandbox: bool) -> Run | None:
        """Find the latest run of this campaign that dialled this very list to its end, in the sandbox or in life.

        Where no digest is given it may have dialled any list; single calls dialled none.
        """
        number = finished(self._db, campaign, digest, sandbox=sandbox)
        return None if number is None else self.run(number)

    def leftovers(self, campaign: str, *, sandbox: bool) -> list[Leftover]:
        """Tell what the runs of a campaign have left, the oldest first."""
        return leftovers(self._db, campaign, sandbox=sandbox)

    def list_before(self, campaign: str, *, sandbox: bool, than: int | None) -> Run | None:
        """Find the latest run of a list of a campaign, before another one, of which every row is still known."""
        return self._one_run(
            f"""
            SELECT {_RUN_COLUMNS} FROM run
             WHERE campaign = :campaign AND (provider = 'sandbox') = :sandbox AND list_path <> :single
               AND loaded_at IS NOT NULL AND abandoned_at IS NULL AND id < coalesce(:than, id + 1)
               AND NOT EXISTS (SELECT 1 FROM pruned WHERE pruned.run = run.id AND what IN ('cells', 'rows'))
             ORDER BY id DESC LIMIT 1
            """,  # noqa: S608 - a constant of this file
            {"campaign": campaign, "sandbox": sandbox, "than": than, "single": NO_FILE},
        )

    def listed_pages(self, run: int) -> Iterator[list[tuple[int, str, str, tuple[str, ...]]]]:
        """Walk the rows of a run in the list's order, a page at a time: row, key, number, cells (damaged: none)."""
        with self._db.reading():
            cursor = self._db.execute(
                """
                SELECT contact.row, key, number, cells
                  FROM contact JOIN list_row USING (run, row) WHERE contact.run = ? ORDER BY contact.row
                """,
                (run,),
            )
            while page := cursor.fetchmany(_PAGE):
                yield [(row, str(key), str(number), cells_of(cells)) for row, key, number, cells in page]

    def open_rows(self, campaign: str, *, sandbox: bool) -> list[OpenRow]:
        """Fetch the rows that runs of a campaign have left to dial, in the sandbox or in life."""
        with self._db.reading():
            return open_rows(self._db, campaign, sandbox=sandbox)

    def closed_by(self, number: int) -> Mapping[Outcome, int]:
        """Count the rows of earlier runs that the list of a run has closed, by what became of them."""
        with self._db.reading():
            return closed_by(self._db, number)

    def writer_of(self, results: Path) -> Run | None:
        """Fetch the latest run that was dialled to write its results to this file."""
        return self._one_run(
            f"""
            SELECT {_RUN_COLUMNS} FROM run
             WHERE results = :results AND EXISTS (SELECT 1 FROM session WHERE session.run = run.id)
             ORDER BY id DESC LIMIT 1
            """,  # noqa: S608 - a constant of this file
            {"results": str(results)},
        )

    def others_with(self, results: Path, *, than: int) -> list[int]:
        """Tell which other runs were told to write their results to the same file, the latest last."""
        with self._db.reading():
            found = self._db.execute(
                "SELECT id FROM run WHERE results = :results AND id <> :run AND loaded_at IS NOT NULL ORDER BY id",
                {"results": str(results), "run": than},
            ).fetchall()
        return [number for (number,) in found]

    def results_files(self) -> frozenset[str]:
        """Name every file that a run wrote its results to, links followed."""
        with self._db.reading():
            found = self._db.execute("SELECT DISTINCT results FROM run").fetchall()
        return frozenset(os.path.realpath(name) for (name,) in found if name != NO_FILE)

    def abandon(self, number: int, *, now: datetime) -> None:
        """Mark a run as given up: it is not continued any more."""
        with self._db.writing():
            self._db.execute(
                "UPDATE run SET abandoned_at = :now WHERE id = :run", {"now": to_stamp(now), "run": number}
            )
            keep_counts(self._db, number)

    def discard(self, number: int, *, instead_of: int | None) -> None:
        """Forget a run that nobody was dialled of, as if never begun; the one given up for it is open again."""
        with self._db.reading():
            discard(self._db, number)
            with self._db.writing():
                self._db.execute("UPDATE run SET abandoned_at = NULL WHERE id = :run", {"run": instead_of})

    def _one_run(self, sql: str, values: Mapping[str, object]) -> Run | None:
        with self._db.reading():
            found = self._db.execute(sql, values).fetchone()
        return read_run(found) if found else None

"""The durable record of runs and contacts; one SQLite file."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Self

from dialer.domain.run import NewRun, Result, Run, is_over
from dialer.errors import BusyError, Hint, LedgerError
from dialer.ledger.sqlite.database import to_stamp
from dialer.ledger.sqlite.evidence import SqliteEvidence
from dialer.ledger.sqlite.leftover import finished, leftovers
from dialer.ledger.sqlite.loading import discard, load, to_json
from dialer.ledger.sqlite.lock import is_anothers
from dialer.ledger.sqlite.past import SqlitePast
from dialer.ledger.sqlite.placed import SqlitePlacedCalls
from dialer.ledger.sqlite.reading import NO_FILE, moment, outcome_of, path_text, read_result, read_run
from dialer.ledger.sqlite.rescue import rescue
from dialer.ledger.sqlite.settlements import settle
from dialer.ledger.sqlite.standing import Session, begin, clear, doubts, prove_whole
from dialer.ledger.sqlite.suppressions import SqliteSuppressions
from dialer.ledger.sqlite.unrecorded import call_unknown, runs_in_doubt
from dialer.ledger.sqlite.work import SqliteWork

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.call import Outcome
    from dialer.domain.contact import Contact, Reject
    from dialer.domain.continuity import Doubt
    from dialer.domain.run import Decision, Leftover
    from dialer.ledger.records import SessionTerms
    from dialer.ledger.sqlite.database import Database

_RUN_COLUMNS = """
    id, campaign, provider, list_path, list_digest, results, headings, settings, row_count,
    started_at, ended_at, abandoned_at
"""
_PAGE = 1000


class SqliteLedger:
    """Remembers every run, every contact and every attempt; the only memory there is.

    Every method raises LedgerError where the file fails. Use as a context manager.
    """

    def __init__(self, db: Database) -> None:
        """Use an open database."""
        self._db = db
        self._session: Session | None = None

    @property
    def address(self) -> Path:
        """Where its file is, as it was opened."""
        return self._db.path

    def __enter__(self) -> Self:
        """Be closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the session, if one was begun and its file is in its place, and close the file."""
        session, self._session = self._session, None
        try:
            if session:
                with suppress(LedgerError), self._db.reading():
                    session.end()
        finally:
            self._db.close()

    def prove_whole(self) -> None:
        """Raise LedgerError where calls that were made may be missing: nobody is dialled from such a ledger."""
        with self._db.reading():
            prove_whole(self._db)

    def doubts(self) -> Mapping[str, Doubt]:
        """Tell which campaigns' calls may be missing, and why, by a name for each."""
        with self._db.reading():
            return doubts(self._db)

    def in_doubt(self, found: Collection[Doubt]) -> list[Run]:
        """Fetch the runs of which rows that are still to be dialled may have been, by what is missing."""
        campaigns = None if any(one.all_runs for one in found) else {one.campaign for one in found}
        with self._db.reading():
            return [self.run(number) for number in runs_in_doubt(self._db, campaigns)]

    def call_unknown(self, runs: Sequence[Run], found: Mapping[str, Doubt], *, why: str, now: datetime) -> int:
        """Let every open row of the runs be unknown, and doubt no more; return how many rows there were."""
        with self._db.reading():
            rows = call_unknown(self._db, [run.number for run in runs], why=why, now=now)
            clear(self._db, found)
        for run in runs:
            self.close_if_over(run.number, now=now)
        return rows

    def rescued(self, otherwise: Path) -> str:
        """Save what is known, should the file of the session have vanished; tell a person where it is, else ''.

        The copy goes beside the ledger, where it keeps the next run from beginning, or into the folder `otherwise`.
        """
        with self._db.reading():
            return rescue(self._db, self._session, otherwise)

    def work(self, run: int, terms: SessionTerms, *, now: datetime) -> SqliteWork:
        """Screen a run's contacts and give them out; what is claimed is made sure of if a session was begun."""
        work = SqliteWork(self._db, run, terms, self._session)
        work.prepare(now)
        return work

    def past(self, run: int | None, *, sandbox: bool) -> SqlitePast:
        """Give what is known of numbers, as far as it matters to a run."""
        return SqlitePast(self._db, run=run, sandbox=sandbox)

    def suppressions(self) -> SqliteSuppressions:
        """Give the ledger's own do-not-call list."""
        return SqliteSuppressions(self._db)

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

    def finished(self, campaign: str, digest: str, *, sandbox: bool) -> Run | None:
        """Find the latest run of this campaign that dialled this very list to its end, in the sandbox or in life."""
        number = finished(self._db, campaign, digest, sandbox=sandbox)
        return None if number is None else self.run(number)

    def leftovers(self, campaign: str, *, sandbox: bool) -> list[Leftover]:
        """Tell what the runs of a campaign have left, the oldest first."""
        return leftovers(self._db, campaign, sandbox=sandbox)

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
            raise LedgerError(f"the ledger {self.address} has {wanted}", hint=Hint(("runs",), "lists what it has"))
        return found

    def runs(self) -> Iterator[Run]:
        """Fetch every run, newest first."""
        with self._db.reading():
            yield from map(
                read_run,
                self._db.execute(
                    f"SELECT {_RUN_COLUMNS} FROM run WHERE loaded_at IS NOT NULL ORDER BY id DESC"  # noqa: S608
                ).fetchall(),
            )

    def load(self, new: NewRun, rows: Iterable[Sequence[Contact | Reject]], *, now: datetime) -> Run:
        """Write a whole list as a new run, chunk by chunk; it counts as a run only once it is complete."""
        with self._db.reading():
            number = load(self._db, new, rows, now)
        self.close_if_over(number, now=now)
        return self.run(number)

    def begin_session(
        self, run: Run, *, calls_per_second: float, screening: Mapping[str, object], now: datetime
    ) -> None:
        """Note that a run is dialled from now on, at which pace, screened by what, and where its results go.

        From here to the end of the block the ledger is open for the run's campaign: whatever dies, the next one knows.
        """
        values = {
            "run": run.number,
            "now": to_stamp(now),
            "rate": calls_per_second,
            "screening": to_json(screening),
            "results": path_text(run.results),
        }
        with self._db.writing():
            self._db.execute("INSERT OR REPLACE INTO session VALUES (:run, :now, :rate, :screening)", values)
            self._db.execute("UPDATE run SET results = :results WHERE id = :run", values)
        with self._db.reading():
            if self._session:  # of another run of the campaign
                self._session.end()
            self._session = begin(self._db, None if run.is_single else run.campaign, now=now)

    def abandon(self, number: int, *, now: datetime) -> None:
        """Mark a run as given up: it is not continued any more."""
        with self._db.writing():
            self._db.execute(
                "UPDATE run SET abandoned_at = :now WHERE id = :run", {"now": to_stamp(now), "run": number}
            )

    def discard(self, number: int, *, instead_of: int | None) -> None:
        """Forget a run that nobody was dialled of, as if never begun; the one given up for it is open again."""
        with self._db.reading():
            discard(self._db, number)
            with self._db.writing():
                self._db.execute("UPDATE run SET abandoned_at = NULL WHERE id = :run", {"run": instead_of})

    def close_if_over(self, number: int, *, now: datetime) -> bool:
        """Mark a run as ended if every row has a final outcome and none is in flight; tell whether it has."""
        over = is_over(self.counts(number)) and not self.in_flight(number)
        if over:
            with self._db.writing():
                self._db.execute(
                    "UPDATE run SET ended_at = coalesce(ended_at, :now) WHERE id = :run",
                    {"now": to_stamp(now), "run": number},
                )
        return over

    def in_flight(self, number: int) -> int:
        """Count the calls of a run that another process is making at this moment.

        Whoever holds the campaign dials one run at a time: what was claimed since its latest session began.
        """
        campaign = self.run(number).campaign
        if not is_anothers(self.address, campaign):
            return 0
        with self._db.reading():
            (count,) = self._db.execute(
                """
                SELECT count(*) FROM attempt
                 WHERE run = :run AND ended_at IS NULL AND claimed_at >= (
                    SELECT max(session.started_at) FROM run JOIN session ON session.run = run.id
                     WHERE campaign = :campaign)
                """,
                {"run": number, "campaign": campaign},
            ).fetchone()
        return int(count)

    def settle(self, run: int, decision: Decision, *, row: int | None = None) -> int:
        """Write what a person decided of an unknown row, or of every unknown row; return how many there were.

        A row that goes back to pending opens its run again.
        """
        if self.in_flight(run):
            raise BusyError(f"calls of run {run} are in flight: what comes of them is not for a person to say yet")
        with self._db.reading():
            return settle(self._db, run, decision, row=row)

    def outcome_of(self, run: int, row: int) -> Outcome | None:
        """Tell where a row stands; None when the run has no such row."""
        with self._db.reading():
            found = self._db.execute(
                "SELECT outcome FROM contact WHERE run = :run AND row = :row", {"run": run, "row": row}
            ).fetchone()
        return outcome_of(found[0], run=run) if found else None

    def counts(self, run: int) -> Mapping[Outcome, int]:
        """Count a run's rows by outcome; outcomes nobody has are left out."""
        with self._db.reading():
            found = self._db.execute(
                "SELECT outcome, count(*) FROM contact WHERE run = :run GROUP BY outcome", {"run": run}
            ).fetchall()
        return {outcome_of(outcome, run=run): count for outcome, count in found}

    def first_opening(self, run: int) -> datetime | None:
        """Tell when the first of a run's deferred contacts may be dialled; None when none is deferred."""
        with self._db.reading():
            (due,) = self._db.execute(
                "SELECT min(due) FROM contact WHERE run = :run AND outcome = 'deferred'", {"run": run}
            ).fetchone()
        return moment(due)

    def results_files(self) -> frozenset[str]:
        """Name every file that a run wrote its results to, links followed."""
        with self._db.reading():
            found = self._db.execute("SELECT DISTINCT results FROM run").fetchall()
        return frozenset(os.path.realpath(name) for (name,) in found if name != NO_FILE)

    def others_with(self, results: Path, *, than: int) -> list[int]:
        """Tell which other runs were told to write their results to the same file, the latest last."""
        with self._db.reading():
            found = self._db.execute(
                "SELECT id FROM run WHERE results = :results AND id <> :run AND loaded_at IS NOT NULL ORDER BY id",
                {"results": str(results), "run": than},
            ).fetchall()
        return [number for (number,) in found]

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

    def statuses(self, run: int) -> Mapping[str, int]:
        """Count a run's placed calls by the provider's last word on them."""
        with self._db.reading():
            return dict(
                self._db.execute(
                    """
                    SELECT status, count(*) FROM contact
                     WHERE run = :run AND outcome = 'placed' GROUP BY status ORDER BY count(*) DESC
                    """,
                    {"run": run},
                ).fetchall()
            )

    def results(self, run: int) -> Iterator[Result]:
        """Walk a run's rows in the list's order."""
        with self._db.reading():
            cursor = self._db.execute(
                """
                SELECT contact.row, cells, number, outcome, call_id, status, error, tries, called_at
                  FROM contact JOIN list_row USING (run, row)
                 WHERE contact.run = :run ORDER BY contact.row
                """,
                {"run": run},
            )
            while page := cursor.fetchmany(_PAGE):
                yield from map(partial(read_result, run), page)

    def placed(self, run: int) -> SqlitePlacedCalls:
        """Give the placed calls of a run to be followed."""
        return SqlitePlacedCalls(self._db, run)

    def evidence(self, run: int) -> SqliteEvidence:
        """Give what is recorded of a run, to be proved or disproved."""
        return SqliteEvidence(self._db, run)

    def _one_run(self, sql: str, values: Mapping[str, object]) -> Run | None:
        with self._db.reading():
            found = self._db.execute(sql, values).fetchone()
        return read_run(found) if found else None

"""The durable record of runs and contacts; one SQLite file."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Self

from dialer.domain.run import NewRun, Run, is_over
from dialer.errors import BusyError, LedgerError
from dialer.ledger.sqlite.backups import backups_in, write_backup
from dialer.ledger.sqlite.database import to_stamp
from dialer.ledger.sqlite.loading import load, to_json
from dialer.ledger.sqlite.lock import is_anothers
from dialer.ledger.sqlite.missing_calls import call_unknown, runs_in_doubt
from dialer.ledger.sqlite.past_calls import SqliteScreeningFacts
from dialer.ledger.sqlite.rescue_copy import rescue
from dialer.ledger.sqlite.results import SqliteResults
from dialer.ledger.sqlite.retention import SqliteRetention
from dialer.ledger.sqlite.row_counts import keep_counts
from dialer.ledger.sqlite.row_reading import path_text
from dialer.ledger.sqlite.runs import SqliteRuns
from dialer.ledger.sqlite.settlements import settle
from dialer.ledger.sqlite.suppressions import SqliteSuppressions
from dialer.ledger.sqlite.unended_sessions import Session, begin, clear, doubts, prove_whole
from dialer.ledger.sqlite.work import SqliteWork

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.carry import CarryTerms
    from dialer.domain.contact import Contact, Reject
    from dialer.domain.lost_calls import Doubt
    from dialer.domain.run import Decision
    from dialer.ledger.session_terms import SessionTerms
    from dialer.ledger.sqlite.database import Database


class SqliteLedger(SqliteRuns, SqliteResults):
    """Remembers every run, every contact and every attempt; the only memory there is.

    Every method raises LedgerError where the file fails. Use as a context manager.
    """

    def __init__(self, db: Database) -> None:
        """Use an open database."""
        super().__init__(db)
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

    def backup(self, folder: Path, *, now: datetime) -> Path:
        """Write a copy of one moment into a folder, also while calls go on, and look it over; return its path."""
        return write_backup(self._db, folder, now=now)

    def backups(self, folder: Path) -> list[Path]:
        """Find the copies of this ledger in a folder, the oldest first; nothing else that is there is one."""
        return backups_in(folder, self.address)

    def work(self, run: int, terms: SessionTerms, *, now: datetime) -> SqliteWork:
        """Screen a run's contacts and give them out; what is claimed is made sure of if a session was begun."""
        work = SqliteWork(self._db, run, terms, self._session)
        work.prepare(now)
        return work

    def past(self, run: int | None, *, sandbox: bool) -> SqliteScreeningFacts:
        """Give what is known of numbers, as far as it matters to a run."""
        return SqliteScreeningFacts(self._db, run=run, sandbox=sandbox)

    def suppressions(self) -> SqliteSuppressions:
        """Give the ledger's own do-not-call list."""
        return SqliteSuppressions(self._db)

    def retention(self) -> SqliteRetention:
        """Give what takes people out of the ledger."""
        return SqliteRetention(self._db)

    def load(
        self,
        new: NewRun,
        rows: Iterable[Sequence[Contact | Reject]],
        *,
        now: datetime,
        results: Callable[[int], Path] | None = None,
        carry: CarryTerms | None = None,
    ) -> Run:
        """Write a whole list as a new run, chunk by chunk; it counts as a run only once it is complete."""
        with self._db.reading():
            number = load(self._db, new, rows, now, results=results, carry=carry)
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
            campaign, rings = None if run.is_single else run.campaign, run.provider != "sandbox"
            self._session = begin(self._db, campaign, rings=rings, now=now)

    def close_if_over(self, number: int, *, now: datetime) -> bool:
        """Mark a run as ended if every row has a final outcome and none is in flight; tell whether it has."""
        over = is_over(self.counts(number)) and not self.in_flight(number)
        if over:
            with self._db.writing():
                self._db.execute(
                    "UPDATE run SET ended_at = coalesce(ended_at, :now) WHERE id = :run",
                    {"now": to_stamp(now), "run": number},
                )
                keep_counts(self._db, number)
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

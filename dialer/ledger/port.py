"""What is asked of a ledger, whatever keeps it, and the one place that chooses an implementation by its address.

A ledger is the only memory there is. What it is asked falls into groups, a protocol each; whoever needs a part of it
names that part. Every method raises LedgerError where the ledger fails, and what one has written is on disk when it
returns. The modules `tests/test_contract_*.py` hold these promises against every implementation.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, Self

from dialer.ledger.sqlite.ledger import SqliteLedger
from dialer.ledger.sqlite.lock import held_by as held_on_file
from dialer.ledger.sqlite.lock import only_one
from dialer.ledger.sqlite.opening import open_database, open_for_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.call import Outcome
    from dialer.domain.carry import CarryTerms, OpenRow
    from dialer.domain.contact import Contact, Reject
    from dialer.domain.lost_calls import Doubt
    from dialer.domain.redial import RedialTerms
    from dialer.domain.run import Decision, Leftover, MadeCall, NewRun, Result, Run
    from dialer.ledger.port_parts import (
        Evidence,
        PlacedCalls,
        Retention,
        ScreeningFacts,
        SessionWork,
        Suppressions,
        UnknownTries,
    )
    from dialer.ledger.session_terms import SessionTerms


class Records(Protocol):
    """What can be asked of a ledger that nothing is written to."""

    def prove_whole(self) -> None:
        """Raise LedgerError where calls that were made may be missing: nobody is dialled from such a ledger."""

    def past(self, run: int | None, *, sandbox: bool) -> ScreeningFacts:
        """Give what is known of numbers, as far as it matters to a run."""

    def finished(self, campaign: str, digest: str | None, *, sandbox: bool) -> Run | None:
        """Find the latest run of this campaign that dialled this very list to its end, in the sandbox or in life.

        Where no digest is given it may have dialled any list; single calls dialled none.
        """

    def unfinished(self, campaign: str, digest: str) -> Run | None:
        """Find the latest run of this campaign over this very list that still has work."""

    def leftovers(self, campaign: str, *, sandbox: bool) -> list[Leftover]:
        """Tell what the runs of a campaign have left, the oldest first; single calls have none."""

    def open_rows(self, campaign: str, *, sandbox: bool) -> list[OpenRow]:
        """Fetch the rows that runs of a campaign have left to dial, in the sandbox or in life."""

    def list_before(self, campaign: str, *, sandbox: bool, than: int | None) -> Run | None:
        """Find the latest run of a list of a campaign, before another one, of which every row is still known."""

    def listed_pages(self, run: int) -> Iterator[list[tuple[int, str, str, tuple[str, ...]]]]:
        """Walk the rows of a run in the list's order, a page at a time: row, key, number, cells (damaged: none)."""

    def results_files(self) -> frozenset[str]:
        """Name every file that a run wrote its results to, links followed."""


class Runs(Protocol):
    """Runs: found, loaded, closed."""

    def run(self, number: int | None = None) -> Run:
        """Fetch a run by its number, or the latest of a list; raises LedgerError when there is none."""

    def runs(self, *, newest: int | None = None) -> Iterator[Run]:
        """Fetch every run, newest first, or only so many."""

    def open_runs(self, campaign: str | None = None) -> list[Run]:
        """Fetch the runs of lists that have work left, the oldest first: of one campaign, or of all."""

    def load(
        self,
        new: NewRun,
        rows: Iterable[Sequence[Contact | Reject]],
        *,
        now: datetime,
        results: Callable[[int], Path] | None = None,
        carry: CarryTerms | None = None,
    ) -> Run:
        """Write a whole list as a new run, chunk by chunk; it counts as a run only once it is complete.

        `results` names the file of its results by its number, where the run does not. In the moment in which it is
        complete, rows that earlier runs of its campaign have left open are closed by the terms of `carry`; without them
        none is.

        A run's number is never given twice. What a process left that died while it was loading is swept away by the
        next load of its campaign.
        """

    def close_if_over(self, number: int, *, now: datetime) -> bool:
        """Mark a run as ended if every row is final and none in flight; tell whether it has. The first end stands."""

    def in_flight(self, number: int) -> int:
        """Count the calls of a run that another, living process is making: nobody knows yet what comes of them.

        An attempt without an end whose owner is dead is lost, and its row stays `unknown` until a person settles it.
        """

    def closed_by(self, number: int) -> Mapping[Outcome, int]:
        """Count the rows of earlier runs that the list of a run has closed, by what became of them."""

    def abandon(self, number: int, *, now: datetime) -> None:
        """Mark a run as given up: it is not continued any more."""

    def discard(self, number: int, *, instead_of: int | None) -> None:
        """Forget a run that nobody was dialled of, as if never begun; the one given up for it is open again.

        So are the rows of earlier runs that its list has closed.
        """


class Sessions(Protocol):
    """A stretch of dialling, and whether all that was ever dialled is still known."""

    def begin_session(
        self, run: Run, *, calls_per_second: float, screening: Mapping[str, object], now: datetime
    ) -> None:
        """Note that a run is dialled from now on, at which pace, screened by what, and where its results go.

        From here to the end of the block the ledger is open for the run's campaign: whatever dies, the next one knows.
        """

    def work(self, run: int, terms: SessionTerms, *, now: datetime) -> SessionWork:
        """Screen a run's contacts and give them out; what is claimed is made sure of if a session was begun."""

    def doubts(self) -> Mapping[str, Doubt]:
        """Tell which campaigns' calls may be missing, and why, by a name for each."""

    def in_doubt(self, found: Collection[Doubt]) -> list[Run]:
        """Fetch the runs of which rows that are still to be dialled may have been, by what is missing."""

    def call_unknown(self, runs: Sequence[Run], found: Mapping[str, Doubt], *, why: str, now: datetime) -> int:
        """Let every open row of the runs be unknown, and doubt no more; return how many rows there were."""

    def rescued(self, otherwise: Path) -> str:
        """Save what is known, should the ledger of the session have vanished; tell a person where it is, else ''.

        The copy goes beside the ledger, where it keeps the next run from beginning, or into the folder `otherwise`.
        """


class Results(Protocol):
    """Where the rows of a run stand, and what a person decides of them."""

    def calls(self, run: int) -> Iterator[MadeCall]:
        """Walk a run's calls that were made or may have been, in the list's order and that of time."""

    def results(self, run: int, *, again: bool = False) -> Iterator[Result]:
        """Walk a run's rows in the list's order; with the calls of each where they are called `again` by a rule."""

    def counts(self, run: int) -> Mapping[Outcome, int]:
        """Count a run's rows by outcome; outcomes nobody has are left out."""

    def statuses(self, run: int) -> Mapping[str, int]:
        """Count a run's placed calls by the provider's last word on them."""

    def outcome_of(self, run: int, row: int) -> Outcome | None:
        """Tell where a row stands; None when the run has no such row."""

    def first_opening(self, run: int, outcome: Outcome) -> datetime | None:
        """Tell when the first of a run's contacts that wait with an outcome may be dialled; None when none does."""

    def settle(self, run: int, decision: Decision, *, row: int | None = None) -> int:
        """Write what a person decided of an unknown row, or of every unknown row; return how many there were.

        A row that goes back to pending opens its run again. Raises BusyError while calls of the run are in flight.
        """

    def placed(self, run: int, *, final: Collection[str], redial: RedialTerms | None = None) -> PlacedCalls:
        """Give the placed calls of a run to be followed until their status is one of the `final` words.

        By `redial` it is decided who is called again once one is.
        """

    def unknown_tries(self, run: int, *, account: str, since: datetime | None = None) -> UnknownTries:
        """Give the unknown rows of a run, to be asked about at its provider, where the calls of an `account` are known.

        With `since`, those whose last try is older are left out.
        """

    def evidence(self, run: int) -> Evidence:
        """Give what is recorded of a run, to be proved or disproved."""

    def writer_of(self, results: Path) -> Run | None:
        """Fetch the latest run that was dialled to write its results to this file."""

    def others_with(self, results: Path, *, than: int) -> list[int]:
        """Tell which other runs were told to write their results to the same file, the latest last."""


class Copies(Protocol):
    """Copies of the ledger, from which it can be put back."""

    def backup(self, folder: Path, *, now: datetime) -> Path:
        """Write a copy of one moment into a folder, also while calls go on, and look it over; return its path.

        It is there whole or not at all, named after the ledger and the moment, for its owner alone to read.
        """

    def backups(self, folder: Path) -> list[Path]:
        """Find the copies of this ledger in a folder, the oldest first; nothing else that is there is one."""


class Ledger(Records, Runs, Sessions, Results, Copies, Protocol):
    """Remembers every run, every contact and every attempt. Use as a context manager, which ends its session."""

    @property
    def address(self) -> Path:
        """Where it is, as it was opened."""

    def __enter__(self) -> Self:
        """Be closed at the end of the block."""

    def __exit__(self, *_: object) -> None:
        """End the session, if one was begun, and close the ledger."""

    def suppressions(self) -> Suppressions:
        """Give the ledger's own do-not-call list."""

    def retention(self) -> Retention:
        """Give what takes people out of the ledger."""


def open_ledger(address: Path, *, create: bool = True, patience: float = 30.0) -> Ledger:
    """Open the ledger at an address, and bring it up to date; make it there if it is new and `create`.

    `patience` is how many seconds to wait for another program that is writing it. Raises LedgerError with what to do
    where there is none, where it is another's or damaged, and where nothing can be written.
    """
    return SqliteLedger(open_database(address, create=create, patience=patience))


@contextmanager
def read_ledger(address: Path) -> Iterator[Records | None]:
    """Open what a ledger has on record, without writing to it; None where there is none yet.

    Raises LedgerError for one of an older or newer version, and for what is no ledger.
    """
    db = open_for_reading(address)
    if db is None:
        yield None
        return
    with SqliteLedger(db) as ledger:
        yield ledger


def hold(address: Path, campaign: str, *, now: datetime) -> AbstractContextManager[None]:
    """Hold a campaign on a ledger for this process alone, from before its ledger is opened until it is closed.

    Whoever dies lets go of it, however they die. Raises BusyError naming the holder and its start, and LedgerError
    where nothing can be held.
    """
    return only_one(address, campaign, now=now)


def held_by(address: Path, campaign: str) -> str:
    """Tell who holds a campaign now, for a person to read; '' when nobody does."""
    return held_on_file(address, campaign)

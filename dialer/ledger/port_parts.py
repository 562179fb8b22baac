"""The parts of a ledger that are asked by themselves: the work of a session, and what is known of numbers and of a run.

Every method may raise LedgerError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from dialer.domain.call import Claim, MayBeUp, Settlement, Told
    from dialer.domain.reconciliation import Reconciled, UnknownRow
    from dialer.domain.redial import RedialDecision
    from dialer.domain.retention import Closed, Pruned, Taken
    from dialer.domain.run import Result, Run
    from dialer.domain.screening.candidate import Candidate, Facts
    from dialer.domain.screening.rules import Barred, Clear
    from dialer.domain.verify.history import Decided, Kept, Tried
    from dialer.ledger.records import ClosedRow, Damage, DialledSession, Fault, Listed, PastRequest, Suppressed


class Screening(Protocol):
    """Decides who may be dialled. What is decided of a contact holds until its hours close or something changes."""

    def has_changed(self, now: datetime) -> bool:
        """Tell whether anything but time may decide otherwise now than when this was last asked."""

    def screen(self, candidates: Sequence[Candidate], now: datetime) -> Sequence[Clear | Barred]:
        """Decide of each candidate whether its request may leave."""


class SessionWork(Protocol):
    """Gives out each contact of a run once at a time, if it may be dialled at that moment.

    A claim is on disk, as `unknown`, before `turn` returns: only then may its request leave. Whatever dies afterwards
    leaves the truth behind.
    """

    async def turn(self, settled: Sequence[Settlement], *, want: int, now: datetime) -> Sequence[Claim]:
        """Write the settlements and claim up to `want` contacts that are due, in one durable transaction.

        It is written whole or not at all; one that is cancelled has claimed nothing. Each claim has a token of its own,
        at random and on disk with it, by which its provider knows this try. A settlement whose row is no
        longer `unknown`, or has been tried again since, changes nothing; the same one may be given twice.
        """

    async def release(self, claims: Sequence[Claim]) -> None:
        """Take back claims whose request never left, as if they had not been made; answered ones stay."""

    async def clock_was_set(self, by: timedelta, *, now: datetime) -> None:
        """Move the moments at which retries are due with the clock, screen everybody again, and record it."""

    async def next_due(self, now: datetime) -> datetime | None:
        """Tell when the next contact may be dialled; None when no open one will be in this session."""

    def full_until(self, now: datetime) -> datetime | None:
        """Tell from when on the day's calls let another one leave; None when one may now."""

    def openings(self, now: datetime) -> Mapping[datetime, int]:
        """Count whom this session will dial, by the hour from which they may be; those that may be now under `now`."""


class PlacedCalls(Protocol):
    """The placed calls of one run, to be followed to their final status."""

    async def to_follow(self, *, after_row: int, page: int) -> Sequence[tuple[int, str]]:
        """Fetch (row, call id) of placed calls whose status is not final, in the list's order."""

    def waiting(self) -> int:
        """Count placed calls whose status is not final."""

    async def may_be_up(self, *, since: datetime) -> Sequence[MayBeUp]:
        """Fetch the calls whose requests left `since` then and of which no end is known, in the order of leaving.

        Calls of which nobody knows whether they were placed are among them.
        """

    async def set_statuses(self, statuses: Sequence[Told]) -> int:
        """Write what the provider last said of calls, and decide of those that are over whether others follow them.

        Both are written in one transaction. Return how many of them are news; what is told of a call that its row has
        no more is none.
        """


class UnknownTries(Protocol):
    """The unknown rows of one run that its provider can be asked about: what it knows their last try by is on record.

    Only whoever holds the run's campaign asks: nobody else then has a call of it in flight.
    """

    def waiting(self) -> int:
        """Count the rows that can be asked about."""

    async def to_ask(self, *, after_row: int, page: int) -> Sequence[UnknownRow]:
        """Fetch rows that can be asked about, in the list's order."""

    async def reconcile(self, found: Sequence[Reconciled]) -> Sequence[Reconciled]:
        """Write where rows go and what was seen, as evidence, whole or not at all; return what was written.

        A row that was settled meanwhile stays as it is. One whose call a row of any run has already stays unknown. One
        that goes back to pending opens its run again.
        """


class ScreeningFacts(Protocol):
    """Tells what is known of numbers, for one run; requests made for the sandbox count only there."""

    def has_changed(self) -> bool:
        """Tell whether another program has written to the ledger since this was last asked."""

    def facts(self, candidates: Sequence[Candidate], *, since: datetime) -> Mapping[str, Facts]:
        """Fetch what is known of some numbers, those of which nothing is known left out; calls from `since` on.

        A request counts from its intent on, and no longer once its answer proves that no call was made.
        """

    def requests_of(self, campaign: str, *, since: datetime) -> Sequence[datetime]:
        """Fetch when a campaign's requests left, of all its runs, those that rang nobody included."""

    def prefixes(self, length: int) -> frozenset[str]:
        """Tell with which digits the run's open numbers begin, the plus left out."""

    def suppressed(self) -> Iterator[int]:
        """Walk the rows of the run that were claimed while their number stood on the ledger's own list."""

    def repeated(self) -> Iterator[tuple[str, list[PastRequest]]]:
        """Walk the numbers of the run that were called more than once by any run, with those calls in order of time."""


class Suppressions(Protocol):
    """Holds numbers in E.164; a change is on disk when its method returns, and binds the next call of every run."""

    def add(self, entries: Sequence[tuple[str, str]], *, who: str, now: datetime) -> int:
        """Put numbers on the list, each with a reason; return how many were not on it before."""

    def remove(self, numbers: Sequence[str], *, who: str, now: datetime) -> int:
        """Take numbers off the list, and remember that they were on it; return how many were."""

    def __iter__(self) -> Iterator[Suppressed]:
        """Walk the numbers on the list, in the order in which they were added."""


class Retention(Protocol):
    """Takes people out of a ledger, and remembers that they were taken out: what is missing then was not lost.

    What one method changes of a run is changed whole or not at all, whoever dies. Runs that are not closed keep
    everybody, but for the one who is forgotten.
    """

    def closed(self, campaign: str | None = None) -> Sequence[Closed]:
        """Fetch the runs, of one campaign or of all, that were finished or abandoned, the oldest first."""

    def rules_since(self, since: datetime) -> Sequence[Mapping[str, object]]:
        """Fetch what sessions that began since then were screened by, whichever campaign's."""

    def take(self, run: int, what: Taken, *, called_before: datetime, who: str, now: datetime) -> int:
        """Take the cells or the rows out of a closed run; its counts stay. Return of how many rows.

        A run that was opened again meanwhile is left alone, and where rows are to go one with a call since
        `called_before`: then it is 0.
        """

    def note(self, run: int, what: Taken, count: int, *, who: str, now: datetime) -> None:
        """Remember how many files of a run were taken away outside the ledger."""

    def rows_of(self, numbers: Collection[str]) -> Sequence[tuple[int, int]]:
        """Find (run, row) of every row that has one of some numbers."""

    def forget(self, rows: Sequence[tuple[int, int]], *, called_since: datetime, who: str, now: datetime) -> None:
        """Let rows be nobody's: no cells, no parameters, no number; nobody is rung for them any more.

        Calls of theirs since `called_since` go on counting against gaps and caps of the number, as before.
        """

    def loosen(self, *, called_before: datetime) -> None:
        """Let calls of forgotten people that were made before then count against no number any more."""

    def wipe(self) -> bool:
        """Leave nothing of what was taken beside what is kept; tell whether nobody was in the way."""

    def compact(self) -> None:
        """Give the room of what was taken back to the disk; it takes as much room again meanwhile."""


class Evidence(Protocol):
    """Walks a run's records without holding them, one walk a question; damaged ones only in `damages`.

    Use as a context manager: everything read inside is of one moment, whoever else is writing.
    """

    def __enter__(self) -> Self:
        """Hold the ledger's state still."""

    def __exit__(self, *_: object) -> None:
        """Let it go; nothing was written."""

    def run(self) -> tuple[Run, datetime | None, tuple[Fault, ...]]:
        """Fetch the run as far as it can be read, when it was loaded, and its faults; raises LedgerError for none."""

    def damages(self) -> Iterator[Damage]:
        """Walk what no program of ours wrote, table by table."""

    def prove_sound(self) -> None:
        """Raise LedgerError naming the first damaged row, so that nobody is dialled from it."""

    def listed(self) -> Iterator[tuple[int, Listed]]:
        """Walk the list as it was read; cells that cannot be read any more are none."""

    def contacts(self) -> Iterator[tuple[int, Kept]]:
        """Walk where each row stands."""

    def results(self, *, again: bool = False) -> Iterator[Result]:
        """Walk what the results file should say, row by row; with each row's calls where they are called `again`."""

    def attempts(self) -> Iterator[tuple[int, list[Tried]]]:
        """Walk each attempted row's attempts."""

    def decisions(self) -> Iterator[tuple[int, list[Decided]]]:
        """Walk what a person decided, and what a provider said when it was asked, row by row in the order of time."""

    def redials(self) -> Iterator[tuple[int, list[RedialDecision]]]:
        """Walk what was decided by a rule of calls that had ended, row by row in the order of attempts."""

    def closed(self) -> Iterator[ClosedRow]:
        """Walk the rows that a newer list has closed, or that say so, with what is recorded of that."""

    def sendings(self) -> Iterator[tuple[int, datetime]]:
        """Walk (row, moment) of each request whose leaving is recorded, in the order of time."""

    def first_claim(self) -> tuple[int, datetime] | None:
        """Fetch (row, moment) of the attempt that was recorded first."""

    def sessions(self) -> list[DialledSession]:
        """Fetch the run's sessions in the order of time."""

    def shared_numbers(self) -> Iterator[tuple[str, list[int]]]:
        """Walk the numbers that more than one row was dialled with, each with those rows."""

    def shared_ids(self) -> Iterator[tuple[int, str, int]]:
        """Walk (row, id, other row) of each call whose id a person gave and another row has as well."""

    def repeated_ids(self) -> Iterator[tuple[int, str, int]]:
        """Walk (row, id, first row) of each placed call whose id an earlier row has as well."""

    def pruned(self) -> list[Pruned]:
        """Fetch what was taken out of the run, in the order of time."""

    def row_of_call(self, call_id: str) -> int | None:
        """Tell which row has a call's id already."""

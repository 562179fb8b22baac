"""Keeps a run's open contacts true to who may be dialled: before a session, and again at the moment of dialling."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.call import Outcome
from dialer.domain.screening.candidate import Candidate
from dialer.domain.screening.location import NO_ADDRESS, Address
from dialer.domain.screening.rules import Barred, Clear
from dialer.ledger.sqlite.database import to_stamp
from dialer.ledger.sqlite.redials import use_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from dialer.ledger.port_parts import Screening
    from dialer.ledger.sqlite.database import Database

NEVER = 2**61  #: when hours close that never do: behind every moment, and with 2**62 added still what SQLite can hold
_PAGE = 5000  #: contacts screened in one transaction: tens of milliseconds, for which others wait
_FEWEST = 50  #: contacts screened again at once after a change: one question to the past costs hardly more for fifty
_SPREAD = 300_000_000  #: microseconds over which those whose hours open together are due: not all at once, and soon all
_MULTIPLIER = 2_654_435_761  #: a prime near 2**32 divided by the golden ratio: neighbouring rows come far apart


class Due(NamedTuple):
    """A contact that is due to be dialled, if it still may be; `tries` includes the one to come.

    `checksum` is what the row had when it was loaded, None where that was by an older program. `again_after` is the try
    that this one follows by a rule, 0 where it follows none.
    """

    row: int
    number: str
    parameters: str
    address: str
    tries: int
    closes: int
    checksum: int | None
    again_after: int = 0


class Screener:
    """Writes what screening decides of a run's contacts.

    A decision holds until the contact's hours close, so that dialling costs a comparison; once anything else has
    changed, every contact is screened again before it is dialled.
    """

    def __init__(self, db: Database, run: int, screening: Screening) -> None:
        """Use an open ledger."""
        self._db = db
        self._run = run
        self._screening = screening
        self._stale = False

    def screen_all(self, now: datetime, told: Callable[[int], None]) -> None:
        """Screen every open contact of the run; `told` hears how far down the list it has come."""
        self._screening.has_changed(now)
        for page in self._open_pages():
            verdicts = self._screening.screen(
                [_candidate(row, number, address) for row, number, address, *_ in page], now
            )
            changes = [self._screened(before, verdict) for before, verdict in zip(page, verdicts, strict=True)]
            with self._db.writing():
                self._write([change for change in changes if change])
            told(page[-1][0])

    def look(self, now: datetime) -> int:
        """See whether anything has changed; tell how many contacts are worth fetching at once, at the least."""
        self._stale = self._screening.has_changed(now) or self._stale
        return _FEWEST if self._stale else 0

    def distrust(self) -> None:
        """Ask anew of everybody before they are dialled: what was decided was decided by another clock."""
        self._stale = True

    def still_clear(self, found: Sequence[Due], now: datetime) -> Sequence[Due]:
        """Screen again where something has changed or hours have closed since; set aside who may not be dialled."""
        stamp = to_stamp(now)
        # Whoever is called again has been called since it was decided that they may be.
        doubtful = found if self._stale else [due for due in found if due.closes <= stamp or due.again_after]
        if not doubtful:
            return found
        decided = self._screening.screen([_candidate(due.row, due.number, due.address) for due in doubtful], now)
        barred, closes = dict[int, Barred](), dict[int, int]()
        for due, verdict in zip(doubtful, decided, strict=True):
            if isinstance(verdict, Barred):
                barred[due.row] = verdict
            else:
                closes[due.row] = _closing(verdict)
        again = {due.row for due in found if due.again_after}
        self._write([self._barred(row, verdict, again=row in again) for row, verdict in barred.items()])
        return [due._replace(closes=closes.get(due.row, due.closes)) for due in found if due.row not in barred]

    def _open_pages(self) -> Iterator[Sequence[_Open]]:
        after = 0
        while True:
            with self._db.reading():
                page = self._db.execute(
                    """
                    SELECT contact.row, number, address, outcome, error, due, closes
                      FROM contact JOIN list_row USING (run, row)
                     WHERE contact.run = :run AND contact.row > :after AND +outcome IN ('pending', 'deferred', 'redial')
                     ORDER BY contact.row LIMIT :page
                    """,
                    {"run": self._run, "after": after, "page": _PAGE},
                ).fetchall()
            if not page:
                return
            yield page
            after = page[-1][0]

    def _screened(self, before: _Open, verdict: Clear | Barred) -> _Change | None:
        row, _, _, outcome, error, due, closes = before
        if isinstance(verdict, Barred):
            return self._barred(row, verdict, again=outcome == Outcome.REDIAL, due=due)
        until = _closing(verdict)
        if outcome == Outcome.DEFERRED:
            return (Outcome.PENDING.value, "", 0, until, self._run, row)
        return None if until == closes else (outcome, error, due, until, self._run, row)

    def _barred(self, row: int, verdict: Barred, *, again: bool, due: int = 0) -> _Change:
        opens = to_stamp(verdict.opens) if verdict.opens else 0
        closes = to_stamp(verdict.closes) if verdict.closes else 0
        opens += _spread(row, closes - opens)
        outcome = verdict.outcome
        if again and outcome in {Outcome.DEFERRED, Outcome.RECENT}:
            # They wait for it, unless that is too long.
            outcome, opens = Outcome.REDIAL, max(due, to_stamp(verdict.until) if verdict.until else opens)
        return (outcome.value, verdict.reason, opens, closes, self._run, row)

    def _write(self, changes: Sequence[_Change]) -> None:
        self._db.executemany(
            """
            UPDATE contact SET outcome = ?, error = ?, due = ?, closes = ?
             WHERE run = ? AND row = ? AND outcome IN ('pending', 'deferred', 'redial')
            """,
            changes,
        )
        if again := [row for outcome, *_, row in changes if outcome == Outcome.REDIAL]:
            use_up(self._db, self._run, again)


_Open = tuple[int, str, str, str, str, int, int]
"""row, number, address, outcome, error, due and closes of a contact that is still to be dialled."""

_Change = tuple[str, str, int, int, int, int]
"""outcome, error, due and closes, and the run and row that they are written to."""


def _closing(verdict: Clear) -> int:
    return to_stamp(verdict.closes) if verdict.closes else NEVER


def _candidate(row: int, number: str, address: str) -> Candidate:
    return Candidate(number=number, row=row, address=Address(*json.loads(address)) if address else NO_ADDRESS)


def _spread(row: int, length: int) -> int:
    """Return how long after its opening a contact is due, so that not all are at once: the same for a row each time."""
    return (row * _MULTIPLIER % 2**32) * min(_SPREAD, length // 4) // 2**32

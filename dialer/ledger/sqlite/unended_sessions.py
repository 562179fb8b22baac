"""Sessions of dialling that outlive their process: what the next one has to find, and what it may not go on from."""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from dialer.domain.lost_calls import Recorded, doubt, told_of_doubts
from dialer.errors import Hint, LedgerError
from dialer.ledger.sqlite.database import to_stamp
from dialer.ledger.sqlite.file_identity import LedgerFile, real, saved_copies
from dialer.ledger.sqlite.turn_count import TurnFile, count_of, counts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.lost_calls import Counted, Doubt
    from dialer.ledger.sqlite.database import Database

_TRIES, _BETWEEN = 50, 0.02
"""How often to try again, and after how many seconds, while another process moves the log: that takes milliseconds."""


class Session:
    """A stretch of dialling whose intents must not be lost without a word: that of a single call.

    Its intent goes into the main file before it leaves, and nothing stays behind.
    """

    def __init__(self, db: Database) -> None:
        """Begin it in an open ledger that was proved to be whole; raises LedgerError."""
        self._db = db
        prove_checkpointed(db)
        self.ledger_file = LedgerFile(db.path)

    def count(self) -> None:
        """Count a turn, within its own transaction."""

    def note(self) -> None:
        """Make sure of a turn that is on disk, before its calls leave; raises LedgerError."""
        prove_checkpointed(self._db)

    def end(self) -> None:
        """Leave nothing behind, if the ledger is where it was."""

    def say_ended(self) -> None:
        """Say in the main file that everything of the session is recorded."""

    def remove_count(self) -> None:
        """Take away what stands beside the ledger."""


class _OpenSession(Session):
    """The session of a campaign: open in the ledger's main file and counted beside it, until it is ended."""

    def __init__(self, db: Database, campaign: str, *, leaves_count: bool, now: datetime) -> None:
        """Begin a session, or go on with one whose process died; nobody else has the campaign."""
        self._campaign = campaign
        self._leaves_count = leaves_count
        recorded = _recorded(db).get(campaign)
        if recorded and recorded.is_open:
            self._turns = recorded.turns
            self._file = TurnFile.again(db.path, campaign, recorded.session)
        else:
            self._turns = 0
            session = secrets.token_hex(16)
            self._file = TurnFile.new(db.path, campaign, session)
            with db.writing():
                db.execute(
                    "INSERT OR REPLACE INTO dialling (campaign, session, file, since) VALUES (?, ?, ?, ?)",
                    (campaign, session, LedgerFile(db.path).inode, to_stamp(now)),
                )
        super().__init__(db)

    def count(self) -> None:
        self._turns += 1
        self._db.execute("UPDATE dialling SET turns = ? WHERE campaign = ?", (self._turns, self._campaign))

    def note(self) -> None:
        try:
            self._file.write(self._turns)
        except OSError as problem:
            raise _uncounted(self._db.path, problem) from problem

    def end(self) -> None:
        try:
            if self.ledger_file.is_kept():
                self.say_ended()
                if not self._leaves_count:
                    self.remove_count()
        finally:
            self._file.close()

    def say_ended(self) -> None:
        with self._db.writing():
            self._db.execute("UPDATE dialling SET is_open = 0 WHERE campaign = ?", (self._campaign,))
            self._db.execute(
                "INSERT OR IGNORE INTO ended_session SELECT session FROM dialling WHERE campaign = ?", (self._campaign,)
            )
        # Who reads meanwhile is not waited for, nor a reading of our own that was broken off: closing does it again.
        with suppress(sqlite3.OperationalError):
            self._db.checkpoint("PASSIVE")

    def remove_count(self) -> None:
        self._file.remove()


def begin(db: Database, campaign: str | None, *, rings: bool, now: datetime) -> Session:
    """Begin the session of a campaign, or without one that of a single call; raises LedgerError.

    Where it `rings` at people, its count stays beside the ledger when it has ended: an older copy that is put in the
    ledger's place later does not know the session, and is found out. Whom nobody rings may be forgotten.
    """
    try:
        return Session(db) if campaign is None else _OpenSession(db, campaign, leaves_count=rings, now=now)
    except OSError as problem:
        raise _uncounted(db.path, problem) from problem


def _uncounted(path: Path, problem: OSError) -> LedgerError:
    return LedgerError(f"turns cannot be counted beside the ledger {path}: {problem.strerror}")


def prove_checkpointed(db: Database) -> None:
    """Move what is committed into the main file, or raise LedgerError where another program does not let it."""
    for _ in range(_TRIES):
        if db.checkpoint("FULL"):  # this waits for who reads or writes, but not for who does the same
            return
        time.sleep(_BETWEEN)
    raise LedgerError(f"another program has been reading the ledger {db.path} for long: let it end, and start again")


def prove_whole(db: Database) -> None:
    """Raise LedgerError where calls that were made may be missing from the ledger: nobody is dialled from such."""
    if copies := saved_copies(db.path):
        raise LedgerError(
            f"{copies[-1]} is what a ledger knew that vanished from {db.path} while it was in use: "
            "put it in its place, or move it elsewhere if somebody has looked into it"
        )
    if found := doubts(db):
        raise LedgerError(
            f"calls may be missing from the ledger {db.path}: {told_of_doubts(found.values())}. Go on with the whole "
            "one, all its files together; if there is none, settle what is unproved",
            hint=Hint(("settle", "--unproved"), "calls unknown whoever may have been rung"),
        )


def doubts(db: Database) -> Mapping[str, Doubt]:
    """Find the campaigns whose calls may be missing, by the names of their counts."""
    # Whoever begins or ends a session meanwhile is caught between two states, and not for long.
    return _doubts(db) and _doubts(db)


def _doubts(db: Database) -> Mapping[str, Doubt]:
    counted = counts(db.path)  # first: what is counted is in the ledger already
    recorded = {count_of(db.path, known.campaign).name: known for known in _recorded(db).values()}
    file = LedgerFile(db.path).inode
    found = {}
    for name in sorted(counted.keys() | recorded.keys()):
        count = counted.get(name)
        if one := doubt(recorded.get(name), count, file=file, has_ended=_has_ended(db, count)):
            found[name] = one
    return found


def _has_ended(db: Database, counted: Counted | None) -> bool:
    return bool(counted and db.execute("SELECT 1 FROM ended_session WHERE session = ?", (counted.session,)).fetchone())


def clear(db: Database, names: Collection[str]) -> None:
    """Doubt no more: a person has decided what may be missing."""
    cleared = [campaign for campaign in _recorded(db) if count_of(db.path, campaign).name in names]
    with db.writing():
        db.executemany("UPDATE dialling SET is_open = 0 WHERE campaign = ?", [(campaign,) for campaign in cleared])
    prove_checkpointed(db)
    for name in names:
        real(db.path).with_name(name).unlink(missing_ok=True)


def _recorded(db: Database) -> dict[str, Recorded]:
    found = db.execute("SELECT campaign, session, file, turns, is_open FROM dialling").fetchall()
    return {known[0]: Recorded._make((*known[:4], bool(known[4]))) for known in found}

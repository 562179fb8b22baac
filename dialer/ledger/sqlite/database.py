"""The ledger's file while it is open: the one way to change it, a transaction, and what its failures say."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dialer.errors import Hint, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_stamp(moment: datetime) -> int:
    """Write a moment as whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_stamp(stamp: int) -> datetime:
    """Read a moment back, in UTC; raises LedgerError for what is none."""
    try:
        return _EPOCH + stamp * _MICROSECOND
    except (TypeError, OverflowError):
        found = repr(str(stamp)[:40])
        raise LedgerError(f"the ledger is damaged: {found} is no moment", hint=Hint(("verify",), "looks")) from None


def storable(text: str) -> str:
    """Escape the halves of characters that JSON can hold and a file cannot."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


class Database:
    """The open file of a ledger: read, written whole or not at all, and its failures told as a ledger's."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Use an open connection to the file at `path`, which no transaction has been begun on."""
        self._connection = connection
        self.path = path
        self.execute, self.executemany = connection.execute, connection.executemany
        self.backup, self.close = connection.backup, connection.close

    @property
    def changes(self) -> int:
        """How many rows were written since the file was opened."""
        return self._connection.total_changes

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn failures into LedgerError."""
        with translated(self.path):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Own BEGIN, COMMIT and ROLLBACK: what happens inside is written whole or not at all, or raises LedgerError."""
        with translated(self.path):
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self.execute("ROLLBACK")
                raise

    def checkpoint(self, mode: str) -> bool:
        """Move what is committed into the main file; tell whether all of it is there."""
        busy, frames, moved = self.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return not busy and frames == moved


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Turn the database's own errors into a LedgerError that names the ledger and says what to do."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as problem:
        if "decode" in str(problem):  # what is no text may be a cell, which nobody should read here
            told = f"the ledger {path} is damaged: a text in it is none"
            raise LedgerError(told, hint=Hint(("verify",), "looks")) from None
        raise LedgerError(f"the ledger {path} failed: {problem}{_advice(problem)}") from problem


def _advice(problem: Exception) -> str:
    name = getattr(problem, "sqlite_errorname", "")
    for prefix, advice in (
        ("SQLITE_FULL", "the disk is full; free some space and resume"),
        ("SQLITE_IOERR", "the disk failed or is full; nothing unrecorded was dialled"),
        ("SQLITE_READONLY", "it is read-only; give yourself the right to write it"),
        ("SQLITE_BUSY", "another program has held it for long; close that and resume"),
        ("SQLITE_NOTADB", "the file is not a ledger; name another with --ledger"),
        ("SQLITE_CORRUPT", "the file is damaged; restore it from a copy"),
    ):
        if name.startswith(prefix):
            return f" ({advice})"
    return ""

"""Opening the ledger's file, and the one way to change it: a transaction."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from dialer.errors import Hint, LedgerError
from dialer.ledger.sqlite.place import PARTS, prove_one_name, real

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

_TABLES = frozenset({"run", "contact", "attempt"})
_SWITCHES = 20
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
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


def open_database(path: Path, *, create: bool = True, patience: float = 30.0) -> sqlite3.Connection:
    """Open a ledger, make it if it is new and `create`, and bring its schema up to date.

    The file is readable by its owner only. Where another program holds it for longer than `patience` seconds,
    and wherever else it cannot be used, raises LedgerError with what to do.
    """
    if not create and not path.exists():
        raise LedgerError(f"there is no ledger at {path}: nothing has been run yet")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        prove_one_name(path)
        with translated(path):
            db = sqlite3.connect(path, isolation_level=None, timeout=patience)
        _keep_from_others(path)
    except OSError as problem:
        raise LedgerError(
            f"the ledger {path} cannot be opened for writing: {problem.strerror}; "
            "name another with --ledger or DIALER_LEDGER"
        ) from problem
    try:
        with translated(path):
            _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _keep_from_others(path: Path) -> None:
    """Let nobody but the owner read the ledger and what SQLite keeps beside it, whoever made them.

    By name: closing a descriptor of a ledger lets go of every lock that SQLite holds on it in this process.
    """
    for ending in ("", *PARTS):
        part = f"{real(path)}{ending}"
        with suppress(FileNotFoundError, PermissionError):  # another owner decides for their own file
            mode = os.lstat(part).st_mode
            if stat.S_ISREG(mode) and stat.S_IMODE(mode) & _OTHERS:
                os.chmod(part, 0o600)  # noqa: PTH101


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open a ledger that nothing is written to; None where there is none. Raises LedgerError as `open_database`."""
    if not path.exists():
        return None
    with translated(path):
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            _refuse_older(_know(db, path), path)
        except BaseException:
            db.close()
            raise
    return db


def _refuse_older(version: int, path: Path) -> None:
    if version < len(_steps()):
        raise LedgerError(f"the ledger {path} was written by an older dialer: any run brings it up to date")


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    version = _know(db, path)
    # A connection is configured before its first transaction: FULL is what makes an intent durable.
    _write_ahead(db)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    for number, step in enumerate(_steps()[version:], start=version + 1):
        _apply(db, number, step.read_text("utf-8"))


def _know(db: sqlite3.Connection, path: Path) -> int:
    """Tell the version of a ledger's schema, 0 for an empty file; raises LedgerError for anything else.

    What is not a ledger is left as it was: it is looked at before anything is set.
    """
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and not tables >= _TABLES:
        raise LedgerError(f"{path} is a database, but not a ledger: name another with --ledger")
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_steps()):
        raise LedgerError(f"the ledger {path} was written by a newer dialer (schema {version}): upgrade this one")
    return version


def _steps() -> list[Traversable]:
    folder = files("dialer.ledger.sqlite").joinpath("schema").iterdir()
    return sorted((step for step in folder if step.name[:3].isdigit()), key=lambda step: step.name)


def _write_ahead(db: sqlite3.Connection) -> None:
    # SQLite does not wait for others with this switch, as it does with a transaction.
    for _ in range(_SWITCHES):
        with suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode = WAL")
            return
        with transaction(db):
            pass
    db.execute("PRAGMA journal_mode = WAL")


def _apply(db: sqlite3.Connection, number: int, script: str) -> None:
    with transaction(db):
        if db.execute("PRAGMA user_version").fetchone()[0] >= number:
            return  # another process was faster
        for statement in _statements(script):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number:d}")


def _statements(script: str) -> Iterator[str]:
    """Split a script, because sqlite3's executescript would commit the transaction it stands in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Own BEGIN, COMMIT and ROLLBACK: what happens inside is written whole or not at all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def checkpoint(db: sqlite3.Connection, mode: str) -> bool:
    """Move what is committed into the main file; tell whether all of it is there."""
    busy, frames, moved = db.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    return not busy and frames == moved


@contextmanager
def translated(ledger: Path | str | sqlite3.Connection) -> Iterator[None]:
    """Turn the database's own errors into a LedgerError that names the ledger and says what to do."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as problem:
        path = _path_of(ledger) if isinstance(ledger, sqlite3.Connection) else ledger
        if "decode" in str(problem):  # what is no text may be a cell, which nobody should read here
            told = f"the ledger {path} is damaged: a text in it is none"
            raise LedgerError(told, hint=Hint(("verify",), "looks")) from None
        raise LedgerError(f"the ledger {path} failed: {problem}{_advice(problem)}") from problem


def _path_of(db: sqlite3.Connection) -> str:
    try:
        return str(db.execute("PRAGMA database_list").fetchone()[2])
    except sqlite3.Error:
        return "file"


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

"""Opening the ledger's file: made if it is new, brought up to date, and readable by its owner alone."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.ledger.sqlite.database import Database, translated
from dialer.ledger.sqlite.file_identity import PARTS, prove_one_name, real

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

_TABLES = frozenset({"run", "contact", "attempt"})
_SWITCHES = 20  #: tries to switch to a write-ahead log while others open the file: each waits for one of them
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_database(path: Path, *, create: bool = True, patience: float = 30.0) -> Database:
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
            db = Database(sqlite3.connect(path, isolation_level=None, timeout=patience), path)
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


def open_for_reading(path: Path) -> Database | None:
    """Open a ledger that nothing is written to; None where there is none. Raises LedgerError as `open_database`."""
    if not path.exists():
        return None
    with translated(path):
        address = f"{path.absolute().as_uri()}?mode=ro"
        db = Database(sqlite3.connect(address, uri=True, isolation_level=None), path)
        try:
            _refuse_older(_know(db, path), path)
        except BaseException:
            db.close()
            raise
    return db


def _refuse_older(version: int, path: Path) -> None:
    if version < len(_steps()):
        raise LedgerError(f"the ledger {path} was written by an older dialer: any run brings it up to date")


def _prepare(db: Database, path: Path) -> None:
    version = _know(db, path)
    # A connection is configured before its first transaction: FULL is what makes an intent durable.
    _write_ahead(db)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")  # who is taken out of the ledger leaves no byte in it
    for number, step in enumerate(_steps()[version:], start=version + 1):
        _apply(db, number, step.read_text("utf-8"))


def _know(db: Database, path: Path) -> int:
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


def _write_ahead(db: Database) -> None:
    # SQLite does not wait for others with this switch, as it does with a transaction.
    for _ in range(_SWITCHES):
        with suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode = WAL")
            return
        with db.writing():
            pass
    db.execute("PRAGMA journal_mode = WAL")


def _apply(db: Database, number: int, script: str) -> None:
    with db.writing():
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

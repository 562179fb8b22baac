"""Copies of a ledger that can be trusted: whole, looked at, and in their place only then."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.ledger.sqlite.file_identity import PARTS, real, sync_folder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dialer.ledger.sqlite.database import Database

_DATE = r"\d{4}-\d\d-\d\dT\d{6}Z"
_ROOM = 1.05  #: times the ledger's size: what is written while the copy is made comes on top
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def backups_in(folder: Path, ledger: Path) -> list[Path]:
    """Find the copies of a ledger of this name in a folder, the oldest first; whatever else is there is none."""
    ours = re.compile(f"{re.escape(real(ledger).stem)}-{_DATE}{re.escape(real(ledger).suffix)}")
    return sorted(
        path for path in folder.iterdir() if ours.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    )


def write_backup(db: Database, folder: Path, *, now: datetime) -> Path:
    """Write everything the ledger knows into a new file of a folder, named after the moment; return its path.

    It is of one moment, also while calls go on. Nobody else writes a copy of this ledger at the same time. Raises
    LedgerError where there is no room, where the copy cannot be written, and where it is not sound.
    """
    ledger = real(db.path)
    target = folder / f"{ledger.stem}-{now:%Y-%m-%dT%H%M%SZ}{ledger.suffix}"
    part = folder / f".{target.name}.part"
    try:
        _sweep(folder, ledger)
        _prove_room(ledger, folder)
        if target.exists():
            raise LedgerError(f"{target} is there already: a copy has its own second")
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600))
        try:
            _copy(db, part)
            part.replace(target)
        except BaseException:
            _sweep(folder, ledger)
            raise
        sync_folder(folder)
    except OSError as problem:
        raise LedgerError(f"the copy cannot be written to {folder}: {problem.strerror}") from problem
    except sqlite3.Error as problem:
        raise LedgerError(f"the copy in {folder} failed, and is not kept: {problem}") from problem
    return target


def _copy(db: Database, part: Path) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can be moved alone
        (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise LedgerError(f"the ledger {db.path} is damaged ({found}): a copy of it is not kept")
    handle = os.open(part, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prove_room(ledger: Path, folder: Path) -> None:
    parts = [ledger, *(ledger.with_name(f"{ledger.name}{ending}") for ending in PARTS)]
    wanted = sum(part.stat().st_size for part in parts if part.exists()) * _ROOM
    if (free := shutil.disk_usage(folder).free) < wanted:
        raise LedgerError(f"a copy takes {wanted / 1e6:,.1f} MB, and {folder} has {free / 1e6:,.1f} MB left")


def _sweep(folder: Path, ledger: Path) -> None:
    """Take away what was left of copies that were not completed."""
    ours = re.compile(rf"\.{re.escape(ledger.stem)}-{_DATE}{re.escape(ledger.suffix)}\.part(-journal)?")
    for path in folder.iterdir():
        if ours.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()

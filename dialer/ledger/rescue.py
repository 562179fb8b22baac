"""A copy of what an open ledger knows, when the file it is in has no name any more."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from dialer.ledger.place import real

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MOST_COPIES = 100


def save_copy(db: sqlite3.Connection, path: Path, folders: Sequence[Path]) -> Path | None:
    """Write everything the connection sees into a new file, in the first folder that takes it; None when none does.

    Nothing that is there is written over; the copy is readable by its owner only.
    """
    for folder in folders:
        with suppress(OSError, sqlite3.Error):
            return _saved(db, _new_file(folder, real(path).name))
    return None


def _saved(db: sqlite3.Connection, target: Path) -> Path:
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can be moved alone
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _new_file(folder: Path, name: str) -> Path:
    for target in _names(folder, name):
        with suppress(FileExistsError):
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return target
    raise FileExistsError


def _names(folder: Path, name: str) -> Iterator[Path]:
    yield folder / f"{name}.saved"
    yield from (folder / f"{name}.saved-{at}" for at in range(2, _MOST_COPIES))

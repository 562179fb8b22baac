"""A copy of what an open ledger knows, when the file it is in has no name any more."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.ledger.sqlite.file_identity import real

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dialer.ledger.sqlite.database import Database
    from dialer.ledger.sqlite.unended_sessions import Session

_MOST_COPIES = 100  #: of one ledger: whoever has let that many stand is told that there is no room for another


def rescue(db: Database, session: Session | None, otherwise: Path) -> str:
    """Save what is known where a session's file has vanished, beside it or else in the folder `otherwise`.

    Tells a person where the copy is; '' where nothing has vanished.
    """
    if session is None or session.ledger_file.is_kept():
        return ""
    gone = f"the ledger {db.path} was deleted, moved or replaced while it was in use"
    saved = None
    with suppress(LedgerError, sqlite3.Error):
        session.say_ended()
        saved = _save(db, (real(db.path).parent, otherwise))
    if saved is None:
        return f"{gone}, and what it knew could not be saved: only the results say who was rung"
    session.remove_count()
    return f"{gone}: what it knew is in {saved}; put that in its place before anybody is dialled again"


def _save(db: Database, folders: Sequence[Path]) -> Path | None:
    """Write everything the connection sees into a new file of the owner's, in the first folder that takes it."""
    for folder in folders:
        with suppress(OSError, sqlite3.Error):
            return _saved(db, _new_file(folder, real(db.path).name))
    return None


def _saved(db: Database, target: Path) -> Path:
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can be moved alone
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _new_file(folder: Path, name: str) -> Path:
    for ending in ("", *(f"-{at}" for at in range(2, _MOST_COPIES))):
        target = folder / f"{name}.saved{ending}"
        with suppress(FileExistsError):
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return target
    raise FileExistsError

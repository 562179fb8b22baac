"""One process at a time runs a campaign on a ledger."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from dialer.errors import BusyError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@contextmanager
def only_one(ledger: Path, campaign: str, *, now: datetime) -> Iterator[None]:
    """Hold the campaign; the operating system lets go of it when this process dies, however it dies.

    Whatever links lead to the ledger, there is one lock. Raises BusyError naming the holder's process id and
    start, and LedgerError where the ledger has more than one name of its own.
    """
    path, holder = _lock_of(ledger, campaign)
    _refuse_second_name(ledger)
    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except Timeout:
        raise BusyError(f"the campaign {campaign!r} is being run by {_who(holder)}") from None
    except OSError as problem:
        raise LedgerError(f"the lock {path} cannot be taken: {problem.strerror}") from problem
    try:
        _sign(holder, now)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def held_by(ledger: Path, campaign: str) -> str:
    """Tell who runs the campaign now; '' when nobody does."""
    path, holder = _lock_of(ledger, campaign)
    if not holder.exists():
        return ""
    # Whoever died left the note, but not the lock.
    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return _who(holder)
    except OSError:
        return ""
    lock.release()
    return ""


def _lock_of(ledger: Path, campaign: str) -> tuple[Path, Path]:
    name = re.sub(r"\W+", "-", campaign)[:40] + "-" + sha256(campaign.encode(errors="replace")).hexdigest()[:8]
    ledger = Path(os.path.realpath(ledger))
    path = ledger.with_name(f"{ledger.name}.{name}.lock")
    return path, path.with_suffix(".holder")


def _refuse_second_name(ledger: Path) -> None:
    """Refuse hard links: each name would have a lock, and an unfinished transaction, of its own."""
    try:
        names = ledger.stat().st_nlink
    except OSError:
        return
    if names > 1:
        raise LedgerError(f"the ledger {ledger} has {names} names (hard links): keep one, and copy it for a backup")


def _sign(holder: Path, now: datetime) -> None:
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "since": now.isoformat(timespec="seconds")}))
    except OSError as problem:
        raise LedgerError(f"the lock {holder} cannot be signed: {problem.strerror}") from problem


def _who(holder: Path) -> str:
    try:
        known = json.loads(holder.read_text())
        return f"process {known['pid']} since {known['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"

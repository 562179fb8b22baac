"""One process at a time runs a campaign on a ledger."""

from __future__ import annotations

import errno
import json
import os
import struct
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zlib import crc32

from filelock import FileLock, Timeout

from dialer.errors import BusyError, LedgerError
from dialer.ledger.sqlite.file_identity import beside, prove_one_name, real

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

_BEYOND = 2**40  #: the first byte that campaigns lock in the ledger's file: far behind its end, and SQLite's own locks
_HELD = frozenset({errno.EACCES, errno.EAGAIN})


@contextmanager
def only_one(ledger: Path, campaign: str, *, now: datetime) -> Iterator[None]:
    """Hold the campaign; the operating system lets go of it when this process dies, however it dies.

    Whatever links lead to the ledger, there is one lock; should its file be lost, the ledger's own file is locked as
    well. Raises BusyError naming the holder's process id and start, and LedgerError
    where the ledger has more than one name or its folder knows no locks.
    """
    path, holder = _lock_of(ledger, campaign)
    prove_one_name(ledger)
    busy = f"the campaign {campaign!r} is being run by "
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _locked(path)
        within = _locked_within(ledger, campaign) if lock else None
    except OSError as problem:
        raise LedgerError(f"the lock {path} cannot be taken: {problem.strerror}") from problem
    if lock is None:
        raise BusyError(busy + _who(holder))
    if within is None:
        lock.release()
        raise BusyError(busy + _who(holder))
    try:
        _sign(holder, now)
        yield
    finally:
        holder.unlink(missing_ok=True)
        os.close(within)
        lock.release()


def held_by(ledger: Path, campaign: str) -> str:
    """Tell who runs the campaign now; '' when nobody does."""
    path, holder = _lock_of(ledger, campaign)
    if not holder.exists():
        return ""
    # Whoever died left the note, but not the lock.
    try:
        lock = _locked(path)
    except (OSError, LedgerError):
        return ""
    if lock is None:
        return _who(holder)
    lock.release()
    return ""


def is_anothers(ledger: Path, campaign: str) -> bool:
    """Tell whether a living process other than this one holds the campaign."""
    holder = held_by(ledger, campaign)
    return bool(holder) and not holder.startswith(f"process {os.getpid()} ")


def _locked(path: Path) -> FileLock | None:
    """Take the lock; None when another process has it. Raises OSError, and LedgerError where there are no locks."""
    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the system knows no locks, a file with our number is one
            lock.acquire()
    except Timeout:
        if not path.exists():
            raise LedgerError(f"nothing can be locked in the folder {path.parent}: keep the ledger elsewhere") from None
        return None
    return lock


def _locked_within(ledger: Path, campaign: str) -> int | None:
    """Lock the campaign's own byte of the ledger's file, by whatever name it is opened; None when another has it.

    The lock belongs to the descriptor that is returned, and not to the process. It has to be closed after SQLite has
    closed the file, whose own locks would be let go of with it. Where a system knows no such locks there is none.
    """
    descriptor = os.open(real(ledger), os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform == "win32" or not hasattr(fcntl, "F_OFD_SETLK"):
        return descriptor
    at = _BEYOND + crc32(campaign.encode(errors="replace"))
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, at, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except OSError as problem:
        if problem.errno in _HELD:
            os.close(descriptor)
            return None
    return descriptor


def _lock_of(ledger: Path, campaign: str) -> tuple[Path, Path]:
    path = beside(ledger, campaign, ".lock")
    return path, path.with_suffix(".holder")


def _sign(holder: Path, now: datetime) -> None:
    signed = json.dumps({"pid": os.getpid(), "since": now.isoformat(timespec="seconds")})
    try:
        holder.unlink(missing_ok=True)  # what a dead process left, or a link that leads elsewhere
        descriptor = os.open(holder, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(signed)
    except OSError as problem:
        raise LedgerError(f"the lock {holder} cannot be signed: {problem.strerror}") from problem


def _who(holder: Path) -> str:
    try:
        known = json.loads(holder.read_text())
        return f"process {known['pid']} since {known['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"

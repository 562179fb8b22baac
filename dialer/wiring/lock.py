"""One process at a time runs a campaign on a ledger."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from dialer.errors import BusyError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


@contextmanager
def only_one(ledger: Path, campaign: str, *, now: datetime) -> Iterator[None]:
    """Hold the campaign; the operating system lets go of it when this process dies, however it dies.

    Raises BusyError naming the holder's process id and start.
    """
    name = re.sub(r"\W+", "-", campaign)[:40] + "-" + sha256(campaign.encode()).hexdigest()[:8]
    path = ledger.with_name(f"{ledger.name}.{name}.lock")
    holder = path.with_suffix(".holder")
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

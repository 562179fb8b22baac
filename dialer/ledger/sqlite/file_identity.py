"""Where a ledger's file is: by one name only, and still there."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from dialer.errors import LedgerError

PARTS = ("-wal", "-shm")
"""How the files that SQLite keeps beside a ledger end."""

_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_MOUNT_POINT = 4  #: the field of a line of mountinfo, counted from 0


class _File(NamedTuple):
    """What tells one file from another, by whatever name; an inode is given anew once its file is gone."""

    device: int
    inode: int


def beside(ledger: Path, campaign: str, ending: str) -> Path:
    """Name a file that a campaign keeps beside the ledger, whatever links lead there; no two share a name."""
    name = re.sub(r"\W+", "-", campaign)[:40] + "-" + sha256(campaign.encode(errors="replace")).hexdigest()[:8]
    ledger = real(ledger)
    return ledger.with_name(f"{ledger.name}.{name}{ending}")


def real(path: Path) -> Path:
    """Follow the links to where a file really is."""
    return Path(os.path.realpath(path))


def prove_one_name(ledger: Path) -> None:
    """Raise LedgerError where the file has a second name or is mounted as a file.

    SQLite keeps what is newest in a second file, which it finds by the name of the first: two names are two ledgers.
    """
    path = real(ledger)
    try:
        names = path.stat().st_nlink
    except OSError:
        return
    if names > 1:
        raise LedgerError(f"the ledger {ledger} has {names} names (hard links): keep one, and copy it for a backup")
    mounted = mount_points(_mounts())
    if any(f"{path}{ending}" in mounted for ending in ("", *PARTS)):
        raise LedgerError(
            f"the ledger {ledger} is mounted as a single file, so that its newest records stay outside: "
            f"mount the folder it is in, and name the ledger there"
        )


def mount_points(mountinfo: str) -> frozenset[str]:
    """Read the mount points from the text of /proc/self/mountinfo."""
    fields = (line.split(" ") for line in mountinfo.splitlines())
    return frozenset(
        _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), known[_MOUNT_POINT])
        for known in fields
        if len(known) > _MOUNT_POINT
    )


def _mounts() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""  # not Linux


def sync_folder(folder: Path) -> None:
    """Let the names in a folder outlive a power cut."""
    with suppress(OSError):  # Windows has no such thing
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def saved_copies(ledger: Path) -> list[Path]:
    """Find the copies that were saved of ledgers in this place which vanished while they were in use."""
    path = real(ledger)
    ours = re.compile(re.escape(f"{path.name}.saved") + r"(-\d+)?")
    return sorted(found for found in path.parent.glob("*.saved*") if ours.fullmatch(found.name))


class LedgerFile:
    """A ledger's file that is in use: its name must lead to what was opened, as long as calls are made from it."""

    def __init__(self, path: Path) -> None:
        """Take the file that is there now, with its log and index, for the one that is in use."""
        self._path = real(path)
        self._given = path
        self._files = self._found()

    @property
    def inode(self) -> str:
        """The file's number on its disk, which stays with it when it is moved and which no copy has."""
        known = self._files[0]
        return str(known.inode) if known else ""

    def is_kept(self) -> bool:
        """Tell whether the file is still in its place, and what SQLite keeps beside it."""
        return self._found() == self._files

    def prove(self) -> None:
        """Raise LedgerError where it is not: what is written now would be lost."""
        if not self.is_kept():
            raise LedgerError(f"the ledger {self._given} was deleted, moved or replaced while it was in use")

    def _found(self) -> tuple[_File | None, ...]:
        return (_identity(os.path.realpath(self._given)), *(_identity(f"{self._path}{part}") for part in PARTS))


def _identity(path: str) -> _File | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - it is asked at every turn
    except OSError:
        return None
    return _File(found.st_dev, found.st_ino)

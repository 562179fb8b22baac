"""The count of turns beside a ledger: a second witness of how much was dialled, should the ledger lose some."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from dialer.domain.lost_calls import UNREADABLE, Counted
from dialer.ledger.sqlite.file_identity import beside, real, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

_ENDING = ".turns"
_LINE = re.compile(rb"([0-9a-f]{32}) (\d{20})\n(.*)\n", re.DOTALL)
_LONGEST = 4096  #: bytes of a count that are read: a campaign has a name of 80 letters
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def count_of(ledger: Path, campaign: str) -> Path:
    """Name the count of a campaign.

    It does not begin as the ledger's own files do: who copies or puts back all of those together, as they were some
    time ago, is found out by it.
    """
    path = beside(ledger, campaign, _ENDING)
    return path.with_name(f".{path.name}")


class TurnFile:
    """Counts the turns of one campaign's session.

    A count is written when its turn is on disk and before its calls leave. It is not synced: after a power cut it
    may be behind the ledger, which says nothing against it, and it never is ahead of a ledger that lost nothing.
    """

    def __init__(self, path: Path, session: str) -> None:
        """Use the file that is there."""
        self._path = path
        self._session = session
        self._handle = os.open(path, os.O_RDWR | _NO_FOLLOW)

    @classmethod
    def new(cls, ledger: Path, campaign: str, session: str) -> TurnFile:
        """Begin to count at 0, in a file that outlives a power cut from now on."""
        path = count_of(ledger, campaign)
        part = path.with_name(f"{path.name}.new")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(_line(session, 0) + json.dumps(campaign).encode() + b"\n")
            file.flush()
            os.fsync(handle)
        part.replace(path)
        sync_folder(path.parent)
        return cls(path, session)

    @classmethod
    def again(cls, ledger: Path, campaign: str, session: str) -> TurnFile:
        """Go on counting."""
        return cls(count_of(ledger, campaign), session)

    def write(self, turns: int) -> None:
        """Count so many turns; a few bytes within one sector, so that they are written whole."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, _line(self._session, turns))

    def close(self) -> None:
        """Leave the count for whoever goes on."""
        os.close(self._handle)

    def remove(self) -> None:
        """Take the count away: the session has ended, and the ledger says so."""
        with suppress(OSError):
            self._path.unlink()


def counts(ledger: Path) -> dict[str, Counted]:
    """Read every count beside a ledger, by the name of its file."""
    ledger = real(ledger)
    # A campaign's part of the name has no dot: beside `a.db`, `.a.db.b.db.x.turns` is of the ledger `a.db.b.db`.
    ours = re.compile(re.escape(f".{ledger.name}.") + "[^.]+" + re.escape(_ENDING))
    with suppress(OSError):
        return {path.name: _read(path) for path in ledger.parent.iterdir() if ours.fullmatch(path.name)}
    return {}


def _read(path: Path) -> Counted:
    try:
        with path.open("rb") as file:
            found = _LINE.fullmatch(file.read(_LONGEST))
        campaign = json.loads(found[3]) if found else None
    except (OSError, ValueError):
        return UNREADABLE
    if found is None or not isinstance(campaign, str):
        return UNREADABLE
    return Counted(campaign=campaign, session=found[1].decode(), turns=int(found[2]))


def _line(session: str, turns: int) -> bytes:
    return f"{session} {turns:020}\n".encode()

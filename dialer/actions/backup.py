"""`dialer backup`: a copy of the ledger that can be trusted, also while calls go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dialer.domain.wording import counted
from dialer.errors import BusyError, SetupError
from dialer.ledger.port import hold, open_ledger
from dialer.session.environment import utc_now
from dialer.settings import ledger_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from dialer.session.choices import Choices

_BY_ITSELF = ".backup"  #: what is held while a copy is written; no campaign's name begins with a dot


def backup(
    folder: Path, choices: Choices, env: Mapping[str, str], *, keep: int | None, now: datetime | None = None
) -> dict[str, Any]:
    """Write a copy of the ledger into a folder; with `keep`, only so many of its newest copies stay there.

    Raises SetupError for a folder that is none or the ledger's own, BusyError while another copy is being written, and
    LedgerError where this one cannot be.
    """
    now = now or utc_now()
    path = ledger_path(env, given=choices.ledger, sandbox=choices.sandbox)
    if not folder.is_dir():
        raise SetupError(f"there is no folder {folder}: make it, or name another")
    with open_ledger(path, create=False) as ledger:
        if folder.resolve() == ledger.address.resolve().parent:
            raise SetupError(f"{folder} is the ledger's own folder: what is lost with the ledger is no backup of it")
        try:
            with hold(path, _BY_ITSELF, now=now):
                made = ledger.backup(folder, now=now)
                removed = ledger.backups(folder)[: -max(1, keep)] if keep is not None else []
                for old in removed:
                    old.unlink(missing_ok=True)
        except BusyError:
            raise BusyError("another process is writing a copy of this ledger") from None
    size = made.stat().st_size
    told = f"{counted(len(removed), 'older copy', 'older copies')} removed" if removed else ""
    return {
        "backup": str(made),
        "bytes": size,
        "removed": [str(old) for old in removed],
        "says": "; ".join(filter(None, (f"{made} ({size / 1e6:,.1f} MB), checked", told))),
        "exit_code": 0,
    }

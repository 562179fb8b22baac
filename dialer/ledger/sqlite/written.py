"""What a ledger has on record, asked without writing to it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.ledger.sqlite.database import open_for_reading, translated
from dialer.ledger.sqlite.leftover import finished, leftovers

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from dialer.domain.run import Leftover


def results_on_record(path: Path) -> frozenset[str]:
    """Name every file that a run of a ledger wrote its results to; none where there is no ledger, or an older one."""
    with _reading(path) as db:
        found = db.execute("SELECT DISTINCT results FROM run").fetchall() if db else []
    return frozenset(os.path.realpath(name) for (name,) in found)


def work_on_record(path: Path, campaign: str, digest: str, *, sandbox: bool) -> tuple[int | None, list[Leftover]]:
    """Tell which run of a campaign dialled a list to its end, if one did, and what its runs have left."""
    with _reading(path) as db:
        if db is None:
            return None, []
        return finished(db, campaign, digest, sandbox=sandbox), leftovers(db, campaign, sandbox=sandbox)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    try:
        db = open_for_reading(path)
    except LedgerError:
        db = None  # whoever opens it to dial from it says what is wrong with it
    if db is None:
        yield None
        return
    try:
        with translated(path):
            yield db
    finally:
        db.close()

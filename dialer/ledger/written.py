"""Which files the runs of a ledger wrote."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.ledger.database import open_for_reading, translated

if TYPE_CHECKING:
    from pathlib import Path


def results_on_record(path: Path) -> frozenset[str]:
    """Name every file that a run of a ledger wrote its results to; none where there is no ledger, or an older one."""
    try:
        db = open_for_reading(path)
    except LedgerError:
        return frozenset()  # whoever opens it to dial from it says what is wrong with it
    if db is None:
        return frozenset()
    try:
        with translated(path):
            return frozenset(os.path.realpath(name) for (name,) in db.execute("SELECT DISTINCT results FROM run"))
    finally:
        db.close()

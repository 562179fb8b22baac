"""How a run ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class End(StrEnum):
    """Why a run ended."""

    DONE = "done"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    SETTINGS = "settings"
    OUTAGE = "outage"
    LEDGER = "ledger"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended, and for a person: why, and what to check."""

    end: End
    reason: str = ""
    tip: str = ""

"""How a session gives out work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dialer.domain.screening.caps import DailyAllowance
    from dialer.ledger.port_parts import Screening


def _unheard(_: int) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """How a session gives out work: screened by what, to how many contacts of the list, so many calls a day.

    With `wait`, contacts outside their hours are due when those open; without, they are left for a later session.
    `told` hears how far down the list screening has come. `redials` tells until when at a moment those are waited for
    who are called again by a rule; None is for ever, and without it nobody is waited for.
    """

    screening: Screening | None = None
    limit: int | None = None
    allowance: DailyAllowance | None = None
    wait: bool = False
    redials: Callable[[datetime], datetime | None] | None = None
    told: Callable[[int], None] = _unheard

"""What the engine is given once: the rules of a session, time and chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRules:
    """What the engine is told once: who calls, which flow, how many tries, how much at once, and its patience.

    `faults` server faults in a row hold the run back; after `patience` seconds of them it stops.
    """

    caller_number: str
    flow_id: str
    attempts: int
    in_flight: int
    faults: int = 5
    patience: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time and chance, handed in: `now` is UTC, `ticks` are seconds that never go back, `dice` is in [0, 1)."""

    now: Callable[[], datetime]
    ticks: Callable[[], float]
    dice: Callable[[], float]

"""Whether the clock on the wall was set: it and the one that counts seconds part."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_SLACK = timedelta(seconds=3)  # a clock that is drawn right slowly moves by far less between two looks
STALE = timedelta(seconds=30)
"""How old a claim may be, by the wall, when its request leaves: half of the minute by which hours end early."""


class Wall:
    """Compares the clock on the wall with one that never goes back, each time it is asked.

    A machine that slept looks like one whose clock was set forward: the other clock stood still meanwhile.
    """

    def __init__(self, now: datetime, ticks: float) -> None:
        """Take the two as they stand."""
        self._apart = now - timedelta(seconds=ticks)

    def was_set(self, now: datetime, ticks: float) -> timedelta | None:
        """Tell by how much it was set since it was last asked; None where it was not."""
        before = self._apart
        self._apart = now - timedelta(seconds=ticks)
        step = self._apart - before
        return step if abs(step) >= _SLACK else None

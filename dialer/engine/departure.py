"""A request that left, and whom a 429 to it is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(slots=True, eq=False)
class Departure:
    """A request that left, itself and no other: at which moment, and how many others were open then."""

    at: float
    others: int


class Meaning(Enum):
    """Whom a 429 is about."""

    CONTACT = auto()
    EVERYBODY = auto()

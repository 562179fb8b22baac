"""Plain values that a ledger hands out or takes; what is damaged in one, and the error that names the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from dialer.errors import Hint, LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dialer.domain.screening.location import Address


class Fault(NamedTuple):
    """A column that does not hold what it should."""

    column: str
    expected: str
    found: str


class Damage(NamedTuple):
    """A column of a row that holds what the program never writes there."""

    table: str
    row: int | None
    column: str
    found: str


class DamagedError(LedgerError):
    """A row of the ledger cannot be what the program wrote."""

    def __init__(self, run: int, row: int | None, faults: Sequence[Fault]) -> None:
        """Name the place, and what is wrong with it."""
        self.run = run
        where = f"run {run}" if row is None else f"run {run} row {row}"
        what = "; ".join(f"{column} should be {expected} and is {found}" for column, expected, found in faults)
        super().__init__(f"the ledger is damaged in {where}: {what}", hint=Hint(("verify", run), "names every place"))


class Listed(NamedTuple):
    """A row of the list as the ledger keeps it; damaged cells are none, damaged parameters None."""

    cells: tuple[str, ...]
    parameters: Mapping[str, object] | None
    address: Address
    key: str = ""


class ClosedRow(NamedTuple):
    """A row that a newer list has closed, or that says so: where it `stands` and its error, and what is recorded of it.

    `outcome` is None where nothing is recorded. `is_by_later` says that a later run of the campaign did it, and
    `is_same` that whoever stands in its place is the same person, as far as the ledger has not been pruned.
    """

    row: int
    stands: str
    error: str
    outcome: str | None
    reason: str
    is_by_later: bool
    is_same: bool


class DialledSession(NamedTuple):
    """A stretch of dialling: its start, its calls per second, and what it was screened by."""

    started_at: datetime
    rate: float
    screening: Mapping[str, Any]


class PastRequest(NamedTuple):
    """A request that rang a number or may have; a damaged address is none."""

    run: int
    row: int
    campaign: str
    address: Address
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A number that must not be rung: who said so, why, and since when."""

    number: str
    reason: str
    who: str
    since: datetime

"""A run, and what the ledger tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.domain.alert_rules import TroubleRules
from dialer.domain.call import OPEN, Outcome
from dialer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_ANY = TroubleRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """What is known of a run before its first row is read; `digest` is the SHA-256 of the list's bytes.

    A run that was one call has neither a list nor a results file.
    """

    campaign: str
    provider: str
    list_path: Path | None
    digest: str
    results: Path | None
    headings: tuple[str, ...]
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(NewRun):
    """One execution of a campaign over one contact list."""

    number: int
    rows: int
    started_at: datetime
    ended_at: datetime | None
    abandoned_at: datetime | None

    @property
    def state(self) -> str:
        """Say in one word whether it is abandoned, finished or unfinished."""
        return "abandoned" if self.abandoned_at else "finished" if self.ended_at else "unfinished"

    @property
    def is_single(self) -> bool:
        """Whether it was one call: it is never the latest run by itself."""
        return self.list_path is None

    @property
    def calls_again(self) -> bool:
        """Whether contacts are called again by a rule: then its results tell of each call."""
        return bool(self.settings.get("redial")) and not self.is_single

    @property
    def folder(self) -> Path:
        """Where its results go; that of a single call is where the program was started."""
        return self.results.parent if self.results else Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Where one row of the list stands; the ledger's own words, which reports print.

    Where contacts are called again by a rule, `tries` counts the calls that were made or may have been, and `history`
    has each, with its moment in UTC and the provider's last word.
    """

    row: int
    cells: tuple[str, ...]
    number: str
    outcome: Outcome
    call_id: str = ""
    status: str = ""
    error: str = ""
    attempts: int = 0
    called_at: datetime | None = None
    tries: int = 0
    history: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCall:
    """A call of a row that was made or may have been, its `nth`, and when its request left.

    `error` says why nobody knows whether it was made.
    """

    row: int
    number: str
    nth: int
    at: datetime
    call_id: str = ""
    status: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What a run has left: rows still to be dialled, by outcome, and how many are unknown until they are settled."""

    run: int
    started_at: datetime
    rows: Mapping[Outcome, int]
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided of an unknown row: placed (with the call's id), rejected, or pending to dial it again."""

    outcome: Outcome
    who: str
    at: datetime
    call_id: str = ""


def is_over(counts: Mapping[Outcome, int]) -> bool:
    """Tell whether every row has a final outcome."""
    return not any(counts.get(outcome) for outcome in OPEN)


def exit_code(counts: Mapping[Outcome, int], trouble: TroubleRules = _ANY) -> Exit:
    """Map a run's counts to its exit code: 0 all well, 1 some trouble, 3 work left, 7 only what is to wait."""
    if left := {outcome for outcome in OPEN if counts.get(outcome)}:
        return Exit.PLANNED if left <= {Outcome.DEFERRED, Outcome.REDIAL} else Exit.LEFT
    return Exit.PROBLEMS if trouble.is_reached(counts) else Exit.DONE

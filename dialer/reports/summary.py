"""The summary of a command: what a person reads at the end, and the same as one JSON object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.redaction import visible
from dialer.domain.wording import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.errors import Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedRows:
    """Rows that an earlier run had open when a newer list came, and what became of them; `said` is what ended it."""

    run: int
    began: datetime
    outcomes: Mapping[Outcome, int]
    results: Path | None
    exit_code: Exit
    said: str = ""

    def as_json(self) -> dict[str, object]:
        """Tell it as plain values."""
        return {
            "run": self.run,
            "rows": sum(self.outcomes.values()),
            "outcomes": {str(outcome): count for outcome, count in self.outcomes.items()},
            "results": str(self.results) if self.results else None,
            "exit_code": int(self.exit_code),
            "reason": self.said,
        }

    def as_text(self) -> str:
        """Tell it in a sentence."""
        told = f"carried from run {self.run} of {self.began:%Y-%m-%d}: {counted(sum(self.outcomes.values()), 'row')}"
        told += f" ({_listed(self.outcomes)})" if self.outcomes else ""
        return "; ".join(filter(None, [told, self.said, f"results: {self.results}" if self.results else ""]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of the list at `list_path`. `run` is None for a check; `seconds` is the time the command took.

    `reached` are the words among the `statuses` for a call that was picked up, None where nobody knows them. `carried`
    are the open rows of earlier runs that were dialled beside it, and `closed` counts those that its list has closed.
    """

    run: int | None
    campaign: str
    rows: int
    outcomes: Mapping[Outcome, int]
    results: Path | None
    seconds: float
    exit_code: Exit
    list_path: Path | None = None
    notes: tuple[str, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict)
    reached: Collection[str] | None = None
    carried: Sequence[CarriedRows] = ()
    closed: Mapping[Outcome, int] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> str:
        """One object on one line."""
        return json.dumps(
            {
                "run": self.run,
                "campaign": self.campaign,
                "rows": self.rows,
                "outcomes": {str(outcome): count for outcome, count in self._in_order()},
                "list": str(self.list_path) if self.list_path else None,
                "results": str(self.results) if self.results else None,
                "seconds": round(self.seconds, 3),
                "exit_code": int(self.exit_code),
                "notes": list(self.notes),
                "statuses": dict(self.statuses),
                "reached": self._picked_up,
                **self._of_earlier_runs(),
                **self.extra,
            }
        )

    def _of_earlier_runs(self) -> dict[str, object]:
        if not (self.carried or self.closed):
            return {}
        closed = {str(outcome): count for outcome, count in self.closed.items()}
        return {"carried": [each.as_json() for each in self.carried], "closed": closed}

    def as_text(self) -> str:
        """Write counts that add up, then what to know and where to look."""
        title = f"run {self.run} of {self.campaign}" if self.run else f"check of {self.campaign}"
        lines = [f"{visible(title)}: {counted(self.rows, 'row')}"]
        lines += [f"{outcome:>12}  {count:>9,}" for outcome, count in self._in_order()]
        lines += [f"{'':>12}  {'-' * 9}", f"{'rows':>12}  {sum(self.outcomes.values()):>9,}"]
        if self.statuses:
            said = ", ".join(f"{status or 'no word'} {count:,}" for status, count in self.statuses.items())
            picked_up = f"; picked up {self._picked_up:,}" if self._picked_up else ""
            lines.append(f"statuses: {said}{picked_up}")
        if self.closed:
            lines.append(f"rows that earlier runs had left open, closed by this list: {_listed(self.closed)}")
        lines += [visible(each.as_text()) for each in self.carried if each.outcomes or each.said]
        lines += map(visible, self.notes)
        lines += [f"{what}: {visible(str(path))}" for what, path in self.files if path]
        return "\n".join(lines)

    @property
    def files(self) -> tuple[tuple[str, Path | None], ...]:
        """The files it is about, each by its name."""
        return ("list", self.list_path), ("results", self.results)

    @property
    def _picked_up(self) -> int | None:
        return None if self.reached is None else sum(self.statuses.get(word, 0) for word in self.reached)

    def _in_order(self) -> list[tuple[Outcome, int]]:
        return [(outcome, self.outcomes[outcome]) for outcome in Outcome if self.outcomes.get(outcome)]


def _listed(outcomes: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())

"""Why people are not rung at a moment, counted by what would change it: when it opens, which country, which rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.screening.hours import own_window
from dialer.domain.times import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dialer.domain.screening.rules import Barred

_SHOWN = 6  #: reasons of an outcome, the rest counted together: a report stays on a screen
_KEPT = 1000
"""Reasons that quote a cell are as many as the cells: from here on they are counted together."""


class Reason(NamedTuple):
    """What keeps some people from being rung, under a problem's code; `moment` is when they may be.

    `countries` are whose hours these are.
    """

    code: str
    says: str = ""
    moment: datetime | None = None
    countries: tuple[str, ...] = ()


@dataclass(slots=True)
class _Counted:
    rows: int = 0
    first_row: int = 0
    latest: datetime | None = None


_OTHERS = "other reasons"


@dataclass(slots=True)
class Reasons:
    """Counts who is not rung, by code and reason; what is kept does not grow with the list."""

    _found: dict[Reason, _Counted] = field(default_factory=dict)

    def look_at(self, barred: Mapping[int, Barred], rows: Sequence[int]) -> None:
        """Count those of one chunk; `barred` are by position in it and `rows` are the list's."""
        same = Counter(map(id, barred.values()))
        for at, verdict in barred.items():
            if count := same.pop(id(verdict), 0):
                self._count(verdict, count, rows[at])

    def _count(self, verdict: Barred, count: int, row: int) -> None:
        if verdict.opens is None and not verdict.rule:
            return  # each of these says something else, as of do-not-call lists
        reason = Reason(verdict.ground.code, verdict.rule, moment=verdict.opens, countries=verdict.countries)
        if reason not in self._found and len(self._found) >= _KEPT:
            reason = Reason(verdict.ground.code, _OTHERS)
        counted = self._found.setdefault(reason, _Counted(first_row=row))
        counted.rows += count
        if verdict.until:
            counted.latest = max(verdict.until, counted.latest or verdict.until)

    def countries(self, code: str) -> tuple[str, ...]:
        """Name the countries of a code, those of the most people first."""
        found = Counter[str]()
        for reason, counted in self._found.items():
            if reason.code == code:
                found.update(dict.fromkeys(reason.countries, counted.rows))
        return tuple(name for name, _ in found.most_common())

    def of(self, code: str) -> Sequence[tuple[Reason, int, int]]:
        """Give the reasons of a code, each with its people and the first row: the earliest, else the most first."""
        found = [(reason, it.rows, it.first_row) for reason, it in self._found.items() if reason.code == code]
        return sorted(found, key=lambda it: (it[0].moment.timestamp() if it[0].moment else -it[1], it[2]))

    def lines(self, code: str, zone: str | None) -> Sequence[str]:
        """Write the reasons of a code for a person whose clock is in `zone`; None is the machine's."""
        found = self.of(code)
        shown = [(count, self._said(reason, row, zone)) for reason, count, row in found[:_SHOWN]]
        width = max((len(f"{count:,}") for count, _ in shown), default=0)
        lines = [f"{count:>{width},}  {said}" for count, said in shown]
        if others := found[_SHOWN:]:
            last = others[-1][0].moment
            until = f", the last from {told(last, zone)}" if last else ""
            lines.append(f"... and {sum(count for _, count, _ in others):,} more{until}")
        return lines

    def _said(self, reason: Reason, row: int, zone: str | None) -> str:
        if reason.moment:
            return f"from {told(reason.moment, zone)}: {', '.join(reason.countries)}"
        if latest := self._found[reason].latest:
            return f"{reason.says}: all of them again after {told(latest, zone)}"
        return f"{reason.says} (first in row {row})"

    def to_paste(self, code: str, *, has_windows: bool) -> Sequence[str]:
        """Write the one key of a campaign that lets countries without hours be rung, as TOML to copy; () for none.

        Where the campaign has the key (`has_windows`), only what is missing there.
        """
        entries = [f"  {own_window(country)}," for country in self.countries(code)]
        if not entries or has_windows:
            return entries
        return ["windows = [", *entries, "]"]

    def as_json(self, code: str) -> list[dict[str, object]]:
        """Tell the reasons of a code as plain values."""
        return [
            {
                "count": count,
                "says": reason.says,
                "opens": reason.moment.isoformat(timespec="seconds") if reason.moment else None,
                "countries": list(reason.countries),
                "first_row": row,
            }
            for reason, count, row in self.of(code)
        ]

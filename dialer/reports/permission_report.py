"""How the columns of a list that say who may be rung were read, and how many rows each of them suppresses."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.domain.problem import quoted
from dialer.domain.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from dialer.domain.screening.permission import PermissionColumns
    from dialer.lists.screened import ScreenedChunk

_NEARLY_ALL = 0.9  #: of the rows; who asked not to be called is seldom more than a tenth of a list, never nine tenths
_DOUBTS_SHOWN = 3  #: cells in a sentence of one line
_LONGEST_DOUBT = 30  #: characters of each of them


@dataclass(slots=True)
class PermissionTally:
    """Counts, column by column, the rows that are suppressed, and the cells that say neither yes nor no."""

    columns: PermissionColumns
    today: date
    rows: int = 0
    suppressed: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)
    _doubts: dict[str, list[str]] = field(default_factory=dict)

    def look_at(self, screened: ScreenedChunk) -> None:
        """Count some rows."""
        self.rows += len(screened)
        readings = self.columns.readings
        for problems in screened.problems.values() if readings else ():
            problem = problems[0]
            if problem.code.startswith("column-") and problem.column in readings:
                self.suppressed[problem.column] += 1
                if self.columns.is_doubtful(problem.column, problem.value, self.today):
                    self._doubt(problem.column, problem.value)

    def _doubt(self, column: str, value: str) -> None:
        self.doubtful[column] += 1
        shown = self._doubts.setdefault(column, [])
        if len(shown) < _DOUBTS_SHOWN and value not in shown:
            shown.append(value)

    @property
    def headlines(self) -> tuple[str, ...]:
        """A sentence for each column that keeps nearly all rows from being rung: it may be read wrongly."""
        most = self.rows * _NEARLY_ALL
        found = tuple(
            f"the column {quoted(column)}, read as {self.columns.readings[column]}, keeps {count:,} "
            f"of {counted(self.rows, 'row')} from being rung. If it is not meant so, say it in the campaign: "
            f"{self._key(column)}"
            for column, count in self.suppressed.most_common()
            if count >= most
        )
        if found or self.suppressed.total() < most or not self.rows:
            return found
        named = ", ".join(map(quoted, self.suppressed))
        kept = f"{self.suppressed.total():,} of {counted(self.rows, 'row')}"
        return (f"the columns {named} keep {kept} from being rung; see below",)

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each column that suppresses rows."""
        return tuple(self._sentences())

    def as_json(self) -> list[dict[str, object]]:
        """Every column that was read, with what it suppresses."""
        return [
            {
                "column": column,
                "read_as": reading,
                "suppresses": self.suppressed[column],
                "doubtful": self.doubtful[column],
                "doubtful_values": self._doubts.get(column, []),
            }
            for column, reading in self.columns.readings.items()
        ]

    def _sentences(self) -> Iterator[str]:
        for column, reading in self.columns.readings.items():
            if not (count := self.suppressed[column]):
                continue
            said = f"{quoted(column)}, read as {reading}, suppresses {count:,} of {counted(self.rows, 'row')}"
            if doubtful := self.doubtful[column]:
                shown = ", ".join(quoted(value, _LONGEST_DOUBT) for value in self._doubts[column])
                more = ", …" if doubtful > len(self._doubts[column]) else ""
                said += f", {doubtful:,} of them because the cell says neither yes nor no ({shown}{more})"
            yield f"{said}; to read it otherwise: {self._key(column)}"

    def _key(self, column: str) -> str:
        reading = self.columns.readings[column]
        other = "permission" if reading.startswith("an objection") else "objection"
        name = json.dumps(column, ensure_ascii=False)
        return f'[suppression] columns = {{ {name} = "ignore" }}, or "{other}"'

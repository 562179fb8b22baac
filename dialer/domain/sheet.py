"""Some rows of a list, screened: columns for the many that are well, words for the few that are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.contact import Contact, Reject
from dialer.domain.screening.case import Candidate
from dialer.domain.screening.location import NO_ADDRESS, AddressColumns
from dialer.domain.screening.rules import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.domain.parameters import Contract
    from dialer.domain.problem import Problem
    from dialer.domain.screening.location import Address
    from dialer.domain.screening.rules import Barred

_OUTCOMES = {"duplicate": Outcome.DUPLICATE, **OUTCOMES}
_NO_COLUMNS = AddressColumns()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Consecutive rows of a list; everything is told by a row's position in the sheet, from 0.

    `rows` are the numbers a spreadsheet shows and `cells` the cells, verbatim; a row of another width than
    the list has keeps its own. `numbers` are E.164, None in invalid rows. `problems` are those of the rows
    that are not dialled, the first one decides; `warnings` are of rows that are. `bytes_read` tells how much
    of the file had been read when the sheet was complete; `columns` are those that say where people live.
    """

    rows: Sequence[int]
    cells: Sequence[Sequence[str]]
    numbers: Sequence[str | None]
    problems: Mapping[int, tuple[Problem, ...]]
    warnings: Mapping[int, Problem]
    contract: Contract
    bytes_read: int = 0
    columns: AddressColumns = _NO_COLUMNS

    def outcome(self, position: int) -> Outcome:
        """Tell what becomes of a row."""
        problems = self.problems.get(position)
        if not problems:
            return Outcome.READY
        return _OUTCOMES.get(problems[0].code, Outcome.INVALID)

    def counts(self) -> Counter[Outcome]:
        """Count the rows by outcome; they add up to the sheet."""
        counts = Counter(map(self.outcome, self.problems))
        counts[Outcome.READY] = len(self.rows) - counts.total()
        return counts

    def error(self, position: int) -> str:
        """Say in one line what is wrong with a row, or what to know about it; '' when it is clean."""
        if position in self.warnings:
            return self.warnings[position].sentence
        return "; ".join(problem.sentence for problem in self.problems.get(position, ()))

    def candidates(self) -> tuple[Sequence[int], Sequence[Candidate]]:
        """Give whom the list itself lets be dialled, and their positions."""
        positions = [at for at in range(len(self.rows)) if at not in self.problems]
        if self.columns == _NO_COLUMNS:
            new = tuple.__new__  # Candidate(...) takes three times as long
            everybody = [new(Candidate, it) for it in zip(self.numbers, repeat(NO_ADDRESS), self.rows, strict=False)]
            return positions, [everybody[at] for at in positions]
        return positions, [Candidate(self.numbers[at] or "", self.address(at), self.rows[at]) for at in positions]

    def address(self, position: int) -> Address:
        """Tell where a row says that the person lives."""
        return self.columns.read(self.cells[position]) if self.columns != _NO_COLUMNS else NO_ADDRESS

    def without(self, barred: Mapping[int, Barred]) -> Sheet:
        """Give the sheet with those who may not be rung, by position, set aside."""
        if not barred:
            return self
        problems = {**self.problems, **{at: (verdict.problem,) for at, verdict in barred.items()}}
        warnings = {at: warning for at, warning in self.warnings.items() if at not in barred}
        return replace(self, problems=dict(sorted(problems.items())), warnings=warnings)

    def items(self) -> Sequence[Contact | Reject]:
        """Give the rows one by one, as a run loads them."""
        return [self._item(position) for position in range(len(self.rows))]

    def _item(self, position: int) -> Contact | Reject:
        row, cells, number = self.rows[position], tuple(self.cells[position]), self.numbers[position] or ""
        if problems := self.problems.get(position):
            return Reject(row=row, cells=cells, outcome=self.outcome(position), problems=problems, number=number)
        parameters, _ = self.contract.read(cells)
        warning = self.warnings.get(position)
        return Contact(
            row=row,
            cells=cells,
            number=number,
            parameters=parameters,
            note=warning.sentence if warning else "",
            note_code=warning.code if warning else "",
            address=self.address(position),
        )

"""Some rows of a list, screened: columns for the many that are well, words for the few that are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import compress, repeat
from typing import TYPE_CHECKING, Any, Final

from dialer.domain.call import Outcome
from dialer.domain.contact import Contact, Reject
from dialer.domain.screening.candidate import Candidate
from dialer.domain.screening.location import NO_ADDRESS, Address, AddressColumns
from dialer.domain.screening.rules import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from dialer.domain.problem import Problem
    from dialer.domain.row_parameters import Contract
    from dialer.domain.screening.rules import Barred
    from dialer.lists.chunk import Chunk

VERDICT: Final = ("row", "number", "outcome", "code", "error")
"""What is said of a row, as columns: the row a spreadsheet shows, the number in E.164, '' where there is none, what
becomes of the row, and the first thing wrong with it or to be known of it as a code and in words, '' where all is well.
"""

PROBLEM: Final = ("row", "severity", "code", "column", "value", "message")
"""What is said of a problem, as columns: `column` and `value` are the cell's, '' where it is no cell's fault."""

_OUTCOMES: Final = {"duplicate": Outcome.DUPLICATE, **OUTCOMES}
_NO_COLUMNS: Final = AddressColumns()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenedChunk:
    """Consecutive rows of a list and what was found; everything is told by a row's position in it, from 0.

    `numbers` are E.164, None in invalid rows. `problems` are those of the rows that are not dialled, the first one
    decides; `warnings` are of rows that are. `columns` are those that say where people live, `key` is the place of the
    one that says who they are.
    """

    chunk: Chunk
    numbers: Sequence[str | None]
    problems: Mapping[int, tuple[Problem, ...]]
    warnings: Mapping[int, Problem]
    contract: Contract
    columns: AddressColumns = _NO_COLUMNS
    key: int | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.numbers)

    @property
    def rows(self) -> Sequence[int]:
        """The rows as a spreadsheet shows them."""
        return self.chunk.rows

    @property
    def bytes_read(self) -> int:
        """How much of the file had been read with the last row."""
        return self.chunk.bytes_read

    def outcome(self, position: int) -> Outcome:
        """Tell what becomes of a row."""
        problems = self.problems.get(position)
        return _outcome_of(problems) if problems else Outcome.READY

    def counts(self) -> Counter[Outcome]:
        """Count the rows by outcome; they add up."""
        counts = Counter(map(_outcome_of, self.problems.values()))
        counts[Outcome.READY] = len(self) - counts.total()
        return counts

    def error(self, position: int) -> str:
        """Say in one line what is wrong with a row, or what to know about it; '' when it is clean."""
        if position in self.warnings:
            return self.warnings[position].sentence
        return "; ".join(problem.sentence for problem in self.problems.get(position, ()))

    def verdicts(self) -> Mapping[str, Sequence[Any]]:
        """Tell what is said of each row, a column for each name of VERDICT."""
        codes, errors = [""] * len(self), [""] * len(self)
        outcomes = [str(Outcome.READY)] * len(self)
        for at, problem in self.warnings.items():
            codes[at], errors[at] = problem.code, problem.sentence
        for at, problems in self.problems.items():
            outcomes[at], codes[at], errors[at] = _outcome_of(problems).value, problems[0].code, self.error(at)
        numbers = [number or "" for number in self.numbers]
        told: Sequence[Sequence[Any]] = (self.rows, numbers, outcomes, codes, errors)
        return dict(zip(VERDICT, told, strict=True))

    def frame(self) -> pd.DataFrame:
        """Give a row a contact: its cells under the list's own headings, verbatim, then what is said of it.

        It is indexed by the rows a spreadsheet shows. A heading of the list's that is one of VERDICT is kept as
        input_NAME; one that comes twice stays so.
        """
        import pandas as pd  # noqa: PLC0415 - see make_chunk

        own = self.chunk.cells
        headings = own_columns(own.columns.tolist(), VERDICT)
        verdicts = pd.DataFrame(self.verdicts(), index=own.index, dtype=object)
        verdicts = verdicts.astype({"row": int, "outcome": pd.CategoricalDtype([str(outcome) for outcome in Outcome])})
        return pd.concat([own.set_axis(headings, axis="columns"), verdicts], axis="columns")

    def found(self) -> Iterator[tuple[int, str, str, str, str, str]]:
        """Tell of each problem, of rows that are not dialled and of those that are, what PROBLEM names."""
        rows = self.rows
        for at, problems in self.problems.items():
            for code, message, column, value in problems:
                yield rows[at], "error", code, column, value, message
        for at, (code, message, column, value) in self.warnings.items():
            yield rows[at], "warning", code, column, value, message

    def candidates(self) -> tuple[Sequence[int], Sequence[Candidate]]:
        """Give whom the list itself lets be dialled, and their positions."""
        lets = [True] * len(self)
        for at in self.problems:
            lets[at] = False
        told = compress(zip(self.numbers, self._addresses(), self.rows, strict=False), lets)
        candidates = list(map(tuple.__new__, repeat(Candidate), told))  # Candidate(...) takes three times as long
        return list(compress(range(len(self)), lets)), candidates

    def _addresses(self) -> Iterator[Address]:
        if self.columns == _NO_COLUMNS:
            return repeat(NO_ADDRESS)
        parts = (repeat("") if at is None else map(str.strip, self.chunk.columns[at]) for at in self.columns)
        return map(Address, *parts)

    def address(self, position: int) -> Address:
        """Tell where a row says that the person lives."""
        if self.columns == _NO_COLUMNS:
            return NO_ADDRESS
        return self.columns.read([column[position] for column in self.chunk.columns])

    def keys(self) -> Sequence[str]:
        """Tell who each row says that it is, '' where it does not, or has not as many cells as there are headings."""
        if self.key is None:
            return [""] * len(self)
        keys = list(map(str.strip, self.chunk.columns[self.key]))
        for position in self.chunk.misfits:
            keys[position] = ""
        return keys

    def without(self, barred: Mapping[int, Barred]) -> ScreenedChunk:
        """Give the rows with those who may not be rung, by position, set aside."""
        return self.refusing({at: (verdict.problem,) for at, verdict in barred.items()})

    def refusing(self, problems: Mapping[int, tuple[Problem, ...]]) -> ScreenedChunk:
        """Give the rows with problems found later, each in place of what was known of its row."""
        if not problems:
            return self
        warnings = {at: warning for at, warning in self.warnings.items() if at not in problems}
        return replace(self, problems=dict(sorted({**self.problems, **problems}.items())), warnings=warnings)

    def items(self) -> Sequence[Contact | Reject]:
        """Give the rows one by one, as a run loads them."""
        return [
            self._item(position, row, key)
            for position, (row, key) in enumerate(zip(self.rows, self.keys(), strict=True))
        ]

    def _item(self, position: int, row: int, key: str) -> Contact | Reject:
        cells, number = tuple(self.chunk.own(position)), self.numbers[position] or ""
        if problems := self.problems.get(position):
            outcome = _outcome_of(problems)
            return Reject(row=row, cells=cells, outcome=outcome, problems=problems, number=number, key=key)
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
            key=key,
        )


def _outcome_of(problems: Sequence[Problem]) -> Outcome:
    return _OUTCOMES.get(problems[0].code, Outcome.INVALID)


def own_columns(headings: Sequence[str], ours: Sequence[str]) -> list[str]:
    """Give a list's headings; one that would be mistaken for a column of `ours` is kept as input_NAME.

    Where the list has an input_NAME as well, it is kept as input_input_NAME.
    """
    return [_renamed(heading, headings, ours) if heading in ours else heading for heading in headings]


def _renamed(heading: str, headings: Sequence[str], ours: Sequence[str]) -> str:
    while heading in ours or heading in headings:
        heading = f"input_{heading}"
    return heading

"""The columns of a contact list that say who may be rung, and what they say of each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from dialer.domain.problem import CODES_COLUMN, NOT_SENT, Problem
from dialer.domain.screening.consent_cells import Consent, judge_cell, last_day
from dialer.domain.screening.consent_headings import Cells, HeadingMeaning, Says, declared_cells, read_meaning
from dialer.domain.screening.suppression import SUPPRESSION_RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

Declared: TypeAlias = Literal["objection", "permission", "ignore"]

_MOST_KEPT: Final = 10_000  #: verdicts on cells of one column, before all of them are forgotten


class _PermissionColumn(NamedTuple):
    position: int
    heading: str
    meaning: HeadingMeaning
    declared: bool
    may_be_empty: bool
    known: dict[tuple[str, date], Consent]

    @property
    def code(self) -> str:
        says, cells, _ = self.meaning
        if says is Says.UNCLEAR:
            return "column-unclear"
        if cells is Cells.STATUS:
            return "column-status"
        if says is Says.OBJECTION:
            return "column-dnc" if cells is Cells.YES_NO else "column-revoked"
        return "column-consent" if cells is Cells.YES_NO else "column-consent-date"

    @property
    def reading(self) -> str:
        """How the column is read, for a person."""
        says, cells, _ = self.meaning
        if cells is Cells.STATUS:
            return "words, of which only an objection counts"
        told = f"{'an' if says is Says.OBJECTION else 'a' if says is Says.PERMISSION else ''} {says}".strip()
        return f"{told}, {cells}{' (as the campaign says)' if self.declared else ''}"


@dataclass(frozen=True, slots=True)
class PermissionColumns:
    """The columns that say who may be rung, looked at on one day; what is not clearly a permission is none."""

    _columns: tuple[_PermissionColumn, ...] = ()
    _codes_at: int | None = None
    _said: Mapping[str, _PermissionColumn] = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of these columns, as they stand in the list."""
        return tuple(column.heading for column in self._columns)

    @property
    def answers(self) -> tuple[str, ...]:
        """The headings of those that are there for nothing else; a status is."""
        return tuple(column.heading for column in self._columns if column.meaning.cells is not Cells.STATUS)

    @property
    def readings(self) -> Mapping[str, str]:
        """How each column is read, for a person."""
        return {column.heading: column.reading for column in self._columns}

    @property
    def may_lapse(self) -> bool:
        """Say whether a permission may end while a run goes on."""
        return any(
            column.meaning == (Says.PERMISSION, Cells.UNTIL, column.meaning.is_plain) for column in self._columns
        )

    def last_day(self, cells: Sequence[str]) -> date | None:
        """Return the day after which a row that may be rung may not any more, None where there is none."""
        days = (
            last_day(cells[column.position], column.meaning) for column in self._columns if column.position < len(cells)
        )
        return min(filter(None, days), default=None)

    def __bool__(self) -> bool:
        """Say whether there is anything to look at."""
        return bool(self._columns) or self._codes_at is not None

    def is_doubtful(self, heading: str, cell: str, today: date) -> bool:
        """Say whether a cell that keeps a row from being rung says neither yes nor no."""
        column = self._said.get(heading)
        return column is not None and _verdict(column, cell, today) is Consent.DOUBTFUL

    def objection(self, cells: Sequence[str], today: date) -> Problem | None:
        """Return why a row must not be rung, None when it may; a cell that is not there is empty."""
        return self.objections(lambda at: [cells[at] if at < len(cells) else ""], today).get(0)

    def objections(self, column_at: Callable[[int], Sequence[str]], today: date) -> Mapping[int, Problem]:
        """Return why rows must not be rung, by position; `column_at` gives the cells of the column at a place.

        The first column that objects is named.
        """
        found: dict[int, Problem] = {}
        if self._codes_at is not None:
            for at, codes in enumerate(column_at(self._codes_at)):
                if codes and not SUPPRESSION_RULES.keys().isdisjoint(codes.split()):
                    found[at] = Problem("not-cleared", SUPPRESSION_RULES["not-cleared"].message, CODES_COLUMN, codes)
        for column in self._columns:
            cells = column_at(column.position)
            objecting = {cell for cell in set(cells) if _verdict(column, cell, today) is not Consent.MAY}
            says = SUPPRESSION_RULES[column.code].message
            for at, cell in enumerate(cells) if objecting else ():
                if cell in objecting and at not in found:
                    told = says if cell.strip() else f"an empty cell {says}"
                    found[at] = Problem(column.code, told, column.heading, cell.strip())
        return found


def permission_columns(headings: Sequence[str], declared: Mapping[str, Declared] | None = None) -> PermissionColumns:
    """Find the columns about permission to call, by the words in their headings, however those are written.

    Columns about another channel alone, such as e-mail, and evidence of a consent, such as its source, are none.
    Where a column says yes or no to consent, a day beside it may be missing; alone, it has to be there.
    What is `declared` of a heading goes before what is read in it.
    """
    found = [(at, heading, meaning) for at, heading, meaning in _meanings(headings, declared or {})]
    asked = any(meaning.says is Says.PERMISSION and meaning.cells is Cells.YES_NO for _, _, meaning in found)
    columns = tuple(
        _PermissionColumn(
            position=at,
            heading=heading,
            meaning=meaning,
            declared=heading in (declared or {}),
            may_be_empty=asked and meaning.cells in {Cells.DATE, Cells.UNTIL},
            known={},
        )
        for at, heading, meaning in found
    )
    codes = headings.index(CODES_COLUMN) if CODES_COLUMN in headings else None
    return PermissionColumns(columns, codes, {column.heading: column for column in columns})


def _meanings(headings: Sequence[str], declared: Mapping[str, Declared]) -> Iterator[tuple[int, str, HeadingMeaning]]:
    for at, heading in enumerate(headings):
        if heading in declared:
            if declared[heading] != "ignore":
                says = Says(declared[heading])
                yield at, heading, HeadingMeaning(says, declared_cells(heading, says))
        elif heading not in NOT_SENT and (meaning := read_meaning(heading)):
            yield at, heading, meaning


def _verdict(column: _PermissionColumn, cell: str, today: date) -> Consent:
    known = column.known
    verdict = known.get((cell, today))
    if verdict is None:
        if len(known) >= _MOST_KEPT:
            known.clear()
        verdict = known[cell, today] = judge_cell(cell, column.meaning, today, may_be_empty=column.may_be_empty)
    return verdict

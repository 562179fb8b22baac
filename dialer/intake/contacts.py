"""A contact list, screened: each row becomes a contact or a reject with its reasons, in the list's order."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dialer.collector import patient
from dialer.domain.call import Outcome
from dialer.domain.parameters import Contract
from dialer.domain.problem import Problem, quoted
from dialer.domain.screening import Barred
from dialer.domain.sheet import Sheet
from dialer.domain.suppression import permission_columns
from dialer.errors import SetupError
from dialer.intake.columns import address_columns, phone_column
from dialer.intake.duplicates import RowIndex
from dialer.intake.numbers import NumberReader
from dialer.intake.parameters import doubtful
from dialer.intake.table import open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from dialer.domain.campaign import ListRules
    from dialer.domain.contact import Contact, Reject
    from dialer.domain.parameters import Parameter
    from dialer.intake.table import Chunk, Table

T = TypeVar("T")

_SHOWN = 5
_PARTS = re.compile(r"[/,;|&\n]|\b(?:or|and)\b")
_NO_DIGITS = re.compile("[^0-9]")
_MANY_OBJECTS = 1_000_000


class ContactList:
    """A list that can be read again and again, each time with the same verdicts.

    Screening does not depend on what is done with it: check and run walk these same sheets.
    """

    def __init__(
        self,
        table: Table,
        *,
        phone: int,
        reader: NumberReader,
        contract: Contract,
        keep: str,
        today: date,
        assumptions: Sequence[str],
    ) -> None:
        """Hold what `open_list` found; `keep` says which row of a number is dialled, the "first" or the "last".

        `today` is the day on which permissions are looked at.
        """
        self._table = table
        self._phone = phone
        self._reader = reader
        self._contract = contract
        self._keep = keep
        self._today = today
        self._permission = permission_columns(table.headings)
        self._columns = address_columns(table.headings)
        self.assumptions = (*table.assumptions, *assumptions)

    @property
    def headings(self) -> tuple[str, ...]:
        """The list's own headings, verbatim."""
        return self._table.headings

    @property
    def digest(self) -> str:
        """The SHA-256 of the list's bytes."""
        return self._table.digest

    @property
    def size(self) -> int:
        """The bytes of the file, which a sheet's `bytes_read` approaches."""
        return self._table.size

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the file as a whole has lost before it came here, a sentence each."""
        return self._table.warnings

    @property
    def phone_heading(self) -> str:
        """The heading of the column numbers are read from."""
        return self._table.headings[self._phone]

    def prove_readable(self) -> None:
        """Read the list to its end without keeping it; raises SetupError where it stops being one."""
        self._table.prove_readable()

    def chunks(self) -> Iterator[Sequence[Contact | Reject]]:
        """Give the rows of `sheets` one by one."""
        return (sheet.items() for sheet in self.sheets())

    def sheets(self) -> Iterator[Sheet]:
        """Read and screen the rows.

        Memory does not grow with the list, but for some 20 bytes a number to know duplicates by.
        """
        index, objected = RowIndex(), RowIndex()
        with patient(_MANY_OBJECTS):
            if self._permission.headings:
                for sheet in self._screened():
                    objected.keep_first(*_numbers_and_rows(sheet, suppressed=True)[1:])
                    objected.keep_first(*self._meant(sheet))
            if self._keep == "last":
                for sheet in self._screened():
                    index.keep_last(*_numbers_and_rows(sheet)[1:])
            for sheet in self._screened():
                allowed = _without_objected(sheet, objected) if self._permission.headings else sheet
                yield self._without_duplicates(allowed, index)

    def _meant(self, sheet: Sheet) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Return the numbers that may be meant by unreadable cells of rows that say not to call, and those rows."""
        found = [
            (int(number), sheet.rows[at])
            for at in sheet.problems
            if sheet.outcome(at) is Outcome.SUPPRESSED and sheet.numbers[at] is None
            for part in _PARTS.split(" ".join(sheet.cells[at][self._phone : self._phone + 1]))
            for guess in (part, "+" + _NO_DIGITS.sub("", part))
            if (number := self._reader.read(guess).number)
        ]
        numbers = np.fromiter((number for number, _ in found), np.uint64, len(found))
        return numbers, np.fromiter((row for _, row in found), np.uint32, len(found))

    def _screened(self) -> Iterator[Sheet]:
        return map(self._screen, self._table.chunks())

    def _screen(self, chunk: Chunk) -> Sheet:
        """Judge every row by itself."""
        cells, at = chunk.cells, self._phone
        phones = _column(cells, at) if chunk.misfits else [own[at] for own in cells]
        numbers, readings = self._reader.read_column(phones)
        problems: dict[int, tuple[Problem, ...]] = {}
        warnings: dict[int, Problem] = {}
        for position, reading in readings.items():
            told = Problem(reading.code or "", reading.message, self.phone_heading, phones[position])
            if reading.number is None:
                problems[position] = (told,)
            else:
                warnings[position] = told
        for position in chunk.misfits:
            problems[position] = (_misfit(cells[position], len(self.headings)),)
        self._hold_to_contract(chunk, problems)
        # Who asked not to be called stays known by number, whatever else is wrong with the row.
        objections = self._permission.objections(cells, self._today)
        for position in problems.keys() - objections.keys():
            numbers[position] = None
        for position, objection in objections.items():
            problems[position] = (objection, *problems.get(position, ()))
        for position in problems:
            warnings.pop(position, None)
        return Sheet(
            rows=chunk.rows,
            cells=cells,
            numbers=numbers,
            problems=dict(sorted(problems.items())),
            warnings=warnings,
            contract=self._contract,
            bytes_read=chunk.bytes_read,
            columns=self._columns,
        )

    def _hold_to_contract(self, chunk: Chunk, problems: dict[int, tuple[Problem, ...]]) -> None:
        contract = self._contract
        doubts = set(_too_long(chunk.cells, contract.safe_length))
        if contract.columns or contract.mark is not None:
            doubts |= set(doubtful(contract, chunk.frame(len(self.headings))))
        for position in sorted(doubts.difference(chunk.misfits)):
            _, broken = contract.read(chunk.cells[position])
            if broken:
                problems[position] = (*problems.get(position, ()), *broken)

    def _without_duplicates(self, sheet: Sheet, index: RowIndex) -> Sheet:
        """Give the sheet with a problem for every row whose number another row is dialled for."""
        positions, numbers, rows = _numbers_and_rows(sheet)
        dialled = index.keep_first(numbers, rows)
        again = np.flatnonzero(dialled != rows)
        if not len(again):
            return sheet
        problems = dict(sheet.problems)
        for position, row in zip(positions[again].tolist(), dialled[again].tolist(), strict=True):
            cell = sheet.cells[position][self._phone]
            problems[position] = (Problem("duplicate", f"the same number as row {row}", self.phone_heading, cell),)
        warnings = {at: warning for at, warning in sheet.warnings.items() if at not in problems}
        return replace(sheet, problems=dict(sorted(problems.items())), warnings=warnings)


def _column(cells: Sequence[Sequence[str]], at: int) -> list[str]:
    return [own[at] if at < len(own) else "" for own in cells]


def _too_long(cells: Sequence[Sequence[str]], safe: int) -> Sequence[int]:
    """Return the positions of rows with more characters than is `safe` without reading them."""
    lengths = list(map(len, map("".join, cells)))
    return [at for at, length in enumerate(lengths) if length > safe] if max(lengths) > safe else ()


def _misfit(cells: Sequence[str], width: int) -> Problem:
    what = f"{len(cells)} cells under {width} headings"
    if extra := cells[width:]:
        shown = [*map(quoted, extra[:_SHOWN]), *(["…"] if len(extra) > _SHOWN else [])]
        what += f"; too many: {', '.join(shown)}"
    return Problem("row-width", what)


def _numbers_and_rows(
    sheet: Sheet, *, suppressed: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint32]]:
    """Return the positions of the rows that may be dialled, their numbers as integers, and the rows.

    With `suppressed`, of those instead that are not because the list itself says so.
    """
    digits = [number or "0" for number in sheet.numbers]
    numbers = np.fromiter(map(int, digits), np.uint64, len(digits))
    rows = np.fromiter(sheet.rows, np.uint32, len(digits))
    barred = np.zeros(len(digits), np.bool_)
    barred[list(sheet.problems)] = True
    positions = np.flatnonzero((numbers > 0) & (barred == suppressed))
    return positions, numbers[positions], rows[positions]


def _without_objected(sheet: Sheet, objected: RowIndex) -> Sheet:
    """Give the sheet without the rows of numbers that another row of the list says not to ring."""
    positions, numbers, _ = _numbers_and_rows(sheet)
    rows = objected.find(numbers)
    said = np.flatnonzero(rows)
    return sheet.without(
        {
            at: Barred(
                outcome=Outcome.SUPPRESSED, reason=f"row {row} of this list says that the number must not be rung"
            )
            for at, row in zip(positions[said].tolist(), rows[said].tolist(), strict=True)
        }
    )


def open_list(
    path: Path, *, rules: ListRules, parameters: Mapping[str, Parameter] | None, region: str | None, today: date
) -> ContactList:
    """Open a list for reading; raises SetupError with everything that is wrong with its heading.

    `today` is the day on which what the list says of permission is looked at.
    """
    return screened(open_table(path, rules), rules=rules, parameters=parameters, region=region, today=today)


def screened(
    table: Table, *, rules: ListRules, parameters: Mapping[str, Parameter] | None, region: str | None, today: date
) -> ContactList:
    """Screen a table as `open_list` does a list's."""
    complaints: list[str] = []
    phone = _trying(lambda: phone_column(table.headings, rules.phone), complaints)
    if parameters is None:
        repeated = sorted({name for name in table.headings if name and table.headings.count(name) > 1})
        complaints += [f"the list has more than one column {name!r}" for name in repeated]
    contract = _trying(
        lambda: Contract(parameters, table.headings, phone=phone or 0, largest=rules.parameter_bytes), complaints
    )
    region = region or rules.region
    reader = _trying(lambda: _reader(region, rules), complaints)
    if complaints or phone is None or contract is None or reader is None:
        raise SetupError(complaints)
    return ContactList(
        table,
        phone=phone,
        reader=reader,
        contract=contract,
        keep=rules.duplicates,
        today=today,
        assumptions=_assumptions(table.headings, phone, region, rules, verbatim=parameters is None),
    )


def _assumptions(
    headings: Sequence[str], phone: int, region: str | None, rules: ListRules, *, verbatim: bool
) -> Sequence[str]:
    said = [f"numbers are read from the column {headings[phone]!r}"]
    if region is None:
        said.append("no region is set: every number needs its +")
    else:
        said.append(f"numbers without + are read as numbers of {region}")
    if verbatim and not all(name.strip() for name in headings):
        said.append("columns without a heading are not sent")
    if places := [headings[at] for at in address_columns(headings) if at is not None]:
        said.append(f"where people live is also read from {', '.join(map(repr, places))}")
    if permission := permission_columns(headings).headings:
        said.append(f"who may be rung is also read from {', '.join(map(repr, permission))}")
    if rules.duplicates == "last":
        said.append("of rows with the same number the last one is dialled")
    return said


def _trying(what: Callable[[], T], complaints: list[str]) -> T | None:
    try:
        return what()
    except SetupError as problem:
        complaints += problem.complaints
        return None


def _reader(region: str | None, rules: ListRules) -> NumberReader:
    try:
        return NumberReader(region, allow_unassigned=rules.allow_unassigned)
    except ValueError as problem:
        raise SetupError(f"the region {problem}") from None

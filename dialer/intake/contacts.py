"""A contact list, screened: each row becomes a contact or a reject with its reasons, in the list's order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from dialer.domain.call import Outcome
from dialer.domain.contact import Contact, Reject
from dialer.domain.parameters import Contract
from dialer.errors import SetupError
from dialer.intake.numbers import NumberReader
from dialer.intake.table import open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.domain.campaign import ListRules
    from dialer.domain.parameters import Parameter
    from dialer.intake.numbers import Reading
    from dialer.intake.table import Chunk, Table

T = TypeVar("T")

PHONE_HEADINGS = (
    "phone",
    "phonenumber",
    "mobile",
    "mobilenumber",
    "mobilephone",
    "cell",
    "cellphone",
    "telephone",
    "telephonenumber",
    "tel",
    "number",
    "msisdn",
    "to",
    "callednumber",
    "contactnumber",
    "destination",
    "e164",
)


_SHOWN = 5
_LONGEST_SHOWN = 60


class ContactList:
    """A list that can be read again and again, each time with the same verdicts.

    Screening does not depend on what is done with it: check and run walk these same chunks.
    """

    def __init__(self, table: Table, *, phone: int, reader: NumberReader, contract: Contract) -> None:
        """Hold what `open_list` found."""
        self._table = table
        self._phone = phone
        self._reader = reader
        self._contract = contract

    @property
    def headings(self) -> tuple[str, ...]:
        """The list's own headings, verbatim."""
        return self._table.headings

    @property
    def digest(self) -> str:
        """The SHA-256 of the list's bytes."""
        return self._table.digest

    @property
    def phone_heading(self) -> str:
        """The heading of the column numbers are read from."""
        return self._table.headings[self._phone]

    def prove_readable(self) -> None:
        """Read the list to its end without keeping it; raises SetupError where it stops being one."""
        self._table.prove_readable()

    def chunks(self) -> Iterator[Sequence[Contact | Reject]]:
        """Read and screen the rows; what a chunk needs in memory does not grow with the list."""
        first_rows: dict[str, int] = {}
        for chunk in self._table.chunks():
            yield self._screen(chunk, first_rows)

    def _screen(self, chunk: Chunk, first_rows: dict[str, int]) -> Sequence[Contact | Reject]:
        frame = chunk.frame
        readings = self._reader.read_all(frame[self._phone]) if len(frame) else []
        items: list[Contact | Reject] = [
            self._row(row, cells, reading, first_rows)
            for row, cells, reading in zip(
                frame.index.tolist(), zip(*(frame[at] for at in frame), strict=True), readings, strict=True
            )
        ]
        if chunk.misfits:
            items += [self._misfit(row, cells) for row, cells in chunk.misfits.items()]
            items.sort(key=lambda item: item.row)
        return items

    def _row(self, row: int, cells: tuple[str, ...], reading: Reading, first_rows: dict[str, int]) -> Contact | Reject:
        parameters, violations = self._contract.read(cells)
        problems = [("parameter", violation) for violation in violations]
        if reading.number is None:
            problems.insert(0, (reading.code or "", f"{self.phone_heading}: {reading.message}"))
        if problems:
            return Reject(row=row, cells=cells, outcome=Outcome.INVALID, problems=tuple(problems))
        number = reading.number or ""
        first = first_rows.setdefault(number, row)
        if first != row:
            same = (("duplicate", f"the same number as row {first}"),)
            return Reject(row=row, cells=cells, outcome=Outcome.DUPLICATE, problems=same, number=number)
        return Contact(row=row, cells=cells, number=number, parameters=parameters, note=reading.message)

    def _misfit(self, row: int, cells: tuple[str, ...]) -> Reject:
        width = len(self.headings)
        what = f"{len(cells)} cells under {width} headings"
        if extra := cells[width:]:
            what += f"; too many: {_listed(extra)}"
        return Reject(row=row, cells=cells, outcome=Outcome.INVALID, problems=(("row-width", what),))


def open_list(
    path: Path, *, rules: ListRules, parameters: Mapping[str, Parameter] | None, region: str | None
) -> ContactList:
    """Open a list for reading; raises SetupError with everything that is wrong with its heading."""
    table = open_table(path)
    complaints: list[str] = []
    phone = _trying(lambda: _phone_column(table.headings, rules.phone), complaints)
    if parameters is None:
        repeated = sorted({name for name in table.headings if name and table.headings.count(name) > 1})
        complaints += [f"the list has more than one column {name!r}" for name in repeated]
    contract = _trying(lambda: Contract(parameters, table.headings, phone=phone or 0), complaints)
    reader = _trying(lambda: _reader(region or rules.region, rules), complaints)
    if complaints or phone is None or contract is None or reader is None:
        raise SetupError(complaints)
    return ContactList(table, phone=phone, reader=reader, contract=contract)


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


def _phone_column(headings: Sequence[str], wanted: str | None) -> int:
    names = [_key(heading) for heading in headings]
    if wanted is not None:
        places = [at for at, heading in enumerate(headings) if heading == wanted]
        places = places or [at for at, name in enumerate(names) if name == _key(wanted)]
        if len(places) == 1:
            return places[0]
        if places:
            raise SetupError(f"the list has more than one phone column {wanted!r}")
        raise SetupError(f"the list has no phone column {wanted!r}; it has {', '.join(map(repr, headings))}")
    for name in PHONE_HEADINGS:
        if name in names:
            return names.index(name)
    raise SetupError(
        f"no column of the list is known as a phone column; it has {', '.join(map(repr, headings))}. "
        'Name one in the campaign: [list] phone = "…"'
    )


def _listed(cells: Sequence[str]) -> str:
    shown = [repr(cell if len(cell) <= _LONGEST_SHOWN else cell[: _LONGEST_SHOWN - 1] + "…") for cell in cells[:_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(cells) > _SHOWN else [])])


def _key(heading: str) -> str:
    return re.sub(r"[\W_]", "", heading).casefold()

"""The cells of a list that hold its numbers: which column's counts in a row, and what is wrong with it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.problem import LIST_RULES, Problem, quoted
from dialer.errors import SetupError
from dialer.lists.column_roles import other_phone_columns, phone_columns, phone_country_column
from dialer.lists.row_countries import CountryReader
from dialer.numbers.damage import is_missing
from dialer.numbers.reader import NumberReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.domain.campaign import ListRules
    from dialer.lists.chunk import Chunk
    from dialer.lists.row_countries import CountryOf


class Read(NamedTuple):
    """The numbers of some rows in E.164, and by position what is wrong with the others, or to be known of some."""

    numbers: list[str | None]
    problems: dict[int, tuple[Problem, ...]]
    warnings: dict[int, Problem]


class PhoneCells:
    """Reads the numbers of rows under one list's headings; the first of its columns that is filled counts."""

    def __init__(
        self, headings: Sequence[str], places: Sequence[int], reader: NumberReader, countries: CountryReader | None
    ) -> None:
        """Read the columns at `places`, in this order; `countries` reads rows that name a country, if any does."""
        self.reader = reader
        self.place = places[0]
        self.others = other_phone_columns(headings, places)  #: places of columns that are not looked at
        self._headings = headings
        self._places = places
        self._countries = countries
        self._country = phone_country_column(headings)

    @property
    def heading(self) -> str:
        """The heading of the column that counts first."""
        return self._headings[self.place]

    @property
    def all_places(self) -> Sequence[int]:
        """The places of every column that holds telephone numbers, whether it is read or not."""
        return (*self._places, *self.others)

    @property
    def assumption(self) -> str:
        """Which columns the numbers are read from, as a sentence."""
        said = [f"numbers are read from the column {self.heading!r}"]
        said += [f"where that is empty from {self._headings[place]!r}" for place in self._places[1:]]
        return ", ".join(said)

    def cells(self, chunk: Chunk) -> Iterator[str]:
        """Give the cells of rows that may be read."""
        return chain.from_iterable(map(chunk.columns.__getitem__, self._places))

    def read(self, chunk: Chunk) -> Read:
        """Read the numbers of rows, each from the first of its cells for numbers that is filled."""
        phones, elsewhere = list(chunk.columns[self.place]), dict[int, int]()
        for place in self._places[1:]:
            others = chunk.columns[place]
            for at in [at for at, cell in enumerate(phones) if is_missing(cell) and not is_missing(others[at])]:
                phones[at], elsewhere[at] = others[at], place
        if self._countries is None or self._country is None:
            numbers, told = self.reader.read_column(phones)
        else:
            numbers, told = self._countries.read(phones, chunk.columns[self._country])
        found = Read(numbers, {}, {})
        for at, reading in told.items():
            heading = self._headings[elsewhere.get(at, self.place)]
            problem = Problem(reading.code or "", reading.message, heading, phones[at])
            if reading.number is not None:
                found.warnings[at] = problem
            elif reading.code == "number-missing":
                found.problems[at] = (self._missing(problem, chunk, at),)
            else:
                found.problems[at] = (problem,)
        return found

    def _missing(self, problem: Problem, chunk: Chunk, at: int) -> Problem:
        """Say of an empty phone cell where else its row has a number."""
        for place in self.others:
            cell = chunk.columns[place][at]
            if not is_missing(cell) and self.reader.read(cell).number:
                message = f"{LIST_RULES['number-elsewhere'].message} ({self._headings[place]!r}: {quoted(cell)})"
                return problem._replace(code="number-elsewhere", message=message)
        return problem


def open_phone_cells(
    headings: Sequence[str], rules: ListRules, region: str | None, country_of: CountryOf | None
) -> PhoneCells:
    """Find the columns with the numbers and how to read them; raises SetupError with everything that is wrong.

    Numbers without a + are those of `region`, or of the row's country where `country_of` understands it.
    """
    complaints: list[str] = []
    places: tuple[int, ...] = ()
    reader = None
    try:
        places = phone_columns(headings, rules.phone)
    except SetupError as problem:
        complaints += problem.complaints
    try:
        reader = NumberReader(region, allow_unassigned=rules.allow_unassigned)
    except ValueError as problem:
        complaints.append(f"the region {problem}")
    if reader is None or complaints:
        raise SetupError(complaints)
    countries = country_of and CountryReader(reader, region, country_of, allow_unassigned=rules.allow_unassigned)
    return PhoneCells(headings, places, reader, countries)

"""Numbers of rows that name a country: read as numbers of that country, and refused where the two disagree."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import phonenumbers

from dialer.domain.problem import by_code, error, warning
from dialer.numbers.reader import NumberReader, ParsedNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    CountryOf = Callable[[str], str | None]
    """Gives the ISO code of the country that a text names, None where it names none."""

COUNTRY_RULES: Final = by_code(
    error(
        "number-other-country",
        "the number can be read in the list's region, and the row names another country",
        "write + and the country code in front",
    ),
    error(
        "country-unclear",
        "the row's country is not understood, so that nobody knows how to read its number, which has no +",
        "write the country as its code (US, DE) or its name, or + and the country code before the number",
    ),
    warning(
        "country-differs",
        "the number is of another country than the row says; the calling hours of both count",
        "correct the one that is wrong, if one is",
    ),
)

_NOTHING: Final = frozenset(("", "-", "--", "n/a", "na", "none", "null", "unknown", "?", ".", "nan", "nil"))
_CALLING_CODE: Final = re.compile(r"(?:\+|00)?([1-9][0-9]{0,2})")
_UNCLEAR: Final = ""


class Phones(NamedTuple):
    """A column of phone cells, read: every number in E.164, and by position what is not clean."""

    numbers: list[str | None]
    told: dict[int, ParsedNumber]


class CountryReader:
    """Reads the phone cells of a list beside the cells that name the row's country.

    A number without a + in a row that names another country than the list's region is read as one of that country,
    if it is one there and nobody's in the region. Where both could be, where only the region's could be, or where the
    country is not understood, it is refused.
    """

    def __init__(
        self,
        reader: NumberReader,
        region: str | None,
        country_of: CountryOf,
        *,
        allow_unassigned: bool,
    ) -> None:
        """Read what has no country by `reader`, in `region`; `country_of` gives the ISO code of what a cell says."""
        self._reader = reader
        self._region = region or ""
        self._country_of = country_of
        self._reader_of = cache(lambda region: NumberReader(region, allow_unassigned=allow_unassigned))
        self._regions = cache(self._find_region)

    def read(self, phones: Sequence[str], countries: Sequence[str]) -> Phones:
        """Read a column of phone cells beside its column of countries."""
        found = Phones(*self._reader.read_column(phones))
        for name in set(countries):
            region = self._regions(name)
            if region is not None:
                rows = [at for at, country in enumerate(countries) if country == name]
                self._correct(found, rows, phones, region)
        return found

    def _find_region(self, country: str) -> str | None:
        """Return the ISO code a cell means, '' where that is not clear, None where it says nothing."""
        said = country.strip()
        if said.casefold() in _NOTHING:
            return None
        if code := _CALLING_CODE.fullmatch(said):
            region = phonenumbers.region_code_for_country_code(int(code[1]))
        else:
            region = self._country_of(said) or _UNCLEAR
        return region if region in phonenumbers.SUPPORTED_REGIONS else _UNCLEAR

    def _correct(self, found: Phones, rows: Sequence[int], phones: Sequence[str], region: str) -> None:
        """Read the rows of one country again where that may make a difference."""
        code = f"+{phonenumbers.country_code_for_region(region)}" if region else ""
        at_home = region == self._region
        for at in rows:
            number = found.numbers[at]
            if (number is None and at_home) or (region and number and number.startswith(code)):
                continue
            reading = self._read_in(region, phones[at], found.told.get(at) or ParsedNumber(number, None, ""))
            found.numbers[at] = reading.number
            if reading.code:
                found.told[at] = reading
            else:
                found.told.pop(at, None)

    def _read_in(self, region: str, cell: str, here: ParsedNumber) -> ParsedNumber:
        """Return what is to be said of a cell that the list's region reads as `here`, in a row of another country."""
        if self._reader_of(None).read(cell).number is not None:  # it says itself which country it is of
            return _differing(here) if region and here.number and here.code is None else here
        if not region:
            return _refused("country-unclear") if here.number else here
        there = self._reader_of(region).read(cell)
        if here.number and there.number == here.number:
            return _differing(here) if here.code is None else here
        if here.number and there.number is None:
            remark = f"it is {here.number} in {self._region}, and no number of {region}"
            return _refused("number-other-country", remark)
        if here.number is None or (there.code is None and here.code is not None):
            return there
        return _refused("number-other-country", f"it may be {there.number} or {here.number}")


def _refused(code: str, remark: str = "") -> ParsedNumber:
    message = COUNTRY_RULES[code].message
    return ParsedNumber(None, code, f"{message} ({remark})" if remark else message)


def _differing(here: ParsedNumber) -> ParsedNumber:
    return ParsedNumber(here.number, "country-differs", COUNTRY_RULES["country-differs"].message)

"""Where numbers and addresses lie: the geography that calling hours need, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dialer.domain.screening.number_info import NumberInfo

_ZIP_AND_FOUR: Final = 9  #: digits of a zip with its four further ones, written together
_PASSED_OVER: Final = re.compile(r"[\s.,'\u2019]|(?<=\w\w)-(?=\w\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What one piece of evidence says: the zones it leaves possible and the jurisdictions it brings.

    No zones means it does not tell them; no jurisdictions means it names no place at all. `anywhere_in` are the
    countries in which it may be anywhere, where nothing else tells. `doubt` is why the number may be wrong altogether.
    """

    zones: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    source: str = ""
    anywhere_in: frozenset[str] = frozenset()
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Geography:
    """The geographic tables, read once; compared by identity so that answers can be remembered.

    Regions are written `US-FL`, countries `US`, zones by IANA name. Keys of `region_names` and
    `country_names` are `plain`, those of `zone_names` casefolded. `zip_prefixes` has keys of three and of five digits.
    `number_info` tells what numbering plans know of an E.164 number outside +1, `zone_prefix` which of its
    prefixes has time zones of its own, and `zones_of` which.
    """

    area_codes: Mapping[str, Place]
    services: Mapping[str, str]
    regions: Mapping[str, Place]
    region_names: Mapping[str, str]
    zip_prefixes: Mapping[str, Place]
    postal_letters: Mapping[str, Place]
    territories: Mapping[str, str]
    country_names: Mapping[str, str]
    country_zones: Mapping[str, frozenset[str]]
    zone_countries: Mapping[str, str]
    zone_names: Mapping[str, str]
    number_info: Callable[[str], NumberInfo | None]
    zone_prefix: Callable[[str], str]
    zones_of: Callable[[str], frozenset[str]]
    as_of: date

    def region(self, text: str) -> Place | None:
        """Find a US state, Canadian province or US territory by code or name.

        The country may stand behind it, such as `Florida, USA`.
        """
        name = self.region_names.get(plain(text)) or self._region_before_country(text.strip())
        return self.regions[name] if name else None

    def _region_before_country(self, text: str) -> str | None:
        for sign in ", ":
            name, _, country = text.rpartition(sign)
            region = self.region_names.get(plain(name))
            if region and region[:2] == self.country(country):
                return region
        return None

    def zip_or_postal_code(self, text: str) -> Place | None:
        """Find the US or Canadian place of a postal code; a zip that lost its leading zeros is filled up.

        A spreadsheet may have made a decimal of it, such as 33101.0.
        """
        code = text.strip().upper().removesuffix(".0")
        if code[:1].isalpha():
            return self.postal_letters.get(code[0]) if _is_canadian(code) else None
        digits, _, extra = code.partition("-")
        if not _is_zip(digits, extra):
            return None
        five = digits[:5] if len(digits) == _ZIP_AND_FOUR else digits.zfill(5)
        return self.zip_prefixes.get(five) or self.zip_prefixes.get(five[:3])

    def country(self, text: str) -> str | None:
        """Find the two-letter code of a country by code or name."""
        code = text.strip().upper()
        return code if code in self.country_zones else self.country_names.get(plain(text))

    def of_country(self, code: str) -> Place:
        """Return a country or territory with all its zones, under the country whose rules it follows."""
        return Place(zones=self.country_zones.get(code, frozenset()), jurisdictions=self.ruled_by(code))

    def ruled_by(self, code: str) -> frozenset[str]:
        """Return the jurisdictions of a country or territory: `RE` follows `FR`, `PR` is `US` and `US-PR`."""
        ruler = self.territories.get(code, code)
        part = f"{ruler}-{code}"
        return frozenset({ruler, part}) if part in self.regions else frozenset({ruler})

    def regions_of(self, country: str) -> tuple[Place, ...]:
        """Return every state or province of a country, but not the territories that ISO lists as countries.

        Each of those has an area code of its own, and no hour of Guam's is one of the mainland's.
        """
        return _regions_of(self, country)

    def clocks(self, zones: Iterable[str]) -> frozenset[tuple[timedelta, ...]]:
        """Return what clocks in these zones show; zones that run alike from `as_of` on count once."""
        return frozenset(_clock(zone, self.as_of) for zone in zones)


@lru_cache(maxsize=1 << 8)
def _regions_of(geography: Geography, country: str) -> tuple[Place, ...]:
    return tuple(
        place
        for name, place in sorted(geography.regions.items())
        if name.startswith(f"{country}-") and geography.territories.get(name[3:]) != country
    )


@lru_cache(maxsize=1 << 14)
def plain(name: str) -> str:
    """Write a name as names are compared: no accents, capitals, spaces, stops, commas, or hyphens between words."""
    letters = "".join(sign for sign in normalize("NFKD", name) if not combining(sign))
    return _PASSED_OVER.sub("", letters.casefold())


def _is_zip(digits: str, extra: str) -> bool:
    known_lengths = (3, 4, 5, _ZIP_AND_FOUR)
    return (digits + extra).isdecimal() and digits.isascii() and len(digits) in known_lengths


def _is_canadian(code: str) -> bool:
    bare = code.replace(" ", "").replace("-", "")
    return len(bare) in (3, 6) and all(
        sign.isdigit() if place % 2 else sign.isalpha() for place, sign in enumerate(bare)
    )


@lru_cache(maxsize=1024)
def _clock(zone: str, first: date) -> tuple[timedelta, ...]:
    """Return the offsets of two years, by day and around changes by hour; equal when clocks run alike."""
    tz = ZoneInfo(zone)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    offsets = [_offset(start + timedelta(days=day), tz) for day in range(2 * 366)]
    changed = [day for day in range(1, len(offsets)) if offsets[day] != offsets[day - 1]]
    hours = (start + timedelta(days=day, hours=hour - 24) for day in changed for hour in range(24))
    return (*offsets, *(_offset(hour, tz) for hour in hours))


def _offset(moment: datetime, tz: ZoneInfo) -> timedelta:
    return moment.astimezone(tz).utcoffset() or timedelta(0)

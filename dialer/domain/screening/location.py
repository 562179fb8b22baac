"""Where a called person may be: every zone and jurisdiction that number and address leave possible."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from dialer.domain.screening.geography import Place
from dialer.domain.screening.numbers_abroad import international_key, place_international

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from dialer.domain.screening.geography import Geography

_NANP: Final = re.compile(r"\+1([2-9]\d\d)[2-9]\d{6}")
_NEVER_ASSIGNED: Final = re.compile(r"\d9\d|37\d|96\d")
"""Kept by the numbering plan for longer numbers and for a purpose not yet known: no area code begins so."""

AREA: Final = len("+1AAAN")  #: what places a number of +1: the area code, and whether an exchange can follow it
#: Clocks a call may have to be right by at once. With as many as Russia or a bad address have, few hours are left, or
#: none, and saying that the place is not known tells better what to do.
_MOST_CLOCKS: Final = 8
_WITH_REGIONS: Final = {"US": "the United States", "CA": "Canada"}
_NOTHING: Final = Place()
_PARTS_NAMED: Final = 4  #: in a sentence; the more they are, the less each says

Spot: TypeAlias = "tuple[frozenset[str], frozenset[str]]"
"""Zones, and the jurisdictions whose hours hold in every one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The zones a person may be in and the jurisdictions that protect them; `source` says how that is known.

    Neither set is empty. A jurisdiction is a country (`US`) or part of one (`US-FL`), then with its country.
    Where the state is not known, `spots` are all that it may be, each with its own zones: a call must be right in all.
    `doubt` is why the number may be wrong altogether.
    """

    zones: frozenset[str]
    jurisdictions: frozenset[str]
    source: str
    spots: tuple[Spot, ...] = ()
    doubt: str = ""

    def each(self) -> tuple[Spot, ...]:
        """Return every spot to be right in; mostly it is the one of all zones and jurisdictions."""
        return self.spots or ((self.zones, self.jurisdictions),)

    @property
    def named(self) -> str:
        """The jurisdictions in a few words, such as `US, US-FL`, or `US and any of its 51 parts`."""
        return named(self.jurisdictions)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLocation:
    """No place is known, because of `reason`; `supply` says what would tell it."""

    reason: str
    supply: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return f"supply {self.supply}"


class Address(NamedTuple):
    """What a contact list says of where a person lives, as it stands in its columns; empty where it says nothing."""

    timezone: str = ""
    zip_code: str = ""
    state: str = ""
    country: str = ""


NO_ADDRESS: Final = Address()


class AddressColumns(NamedTuple):
    """Which columns of a contact list hold an address, from 0; None where the list has no such column."""

    timezone: int | None = None
    zip_code: int | None = None
    state: int | None = None
    country: int | None = None

    def read(self, cells: Sequence[str]) -> Address:
        """Take a row's address from its cells."""
        return Address(*("" if at is None else cells[at].strip() for at in self))


def locate(number: str, address: Address = NO_ADDRESS, *, geography: Geography) -> Location | NoLocation:
    """Say where the person behind an E.164 number may be, from the number and the list's columns.

    Number and address both count: their jurisdictions are united. The first of time zone, zip and state that
    is given narrows the number's zones when it fits them and is added to them when it does not. Zip and state
    count for +1 numbers and for US or Canadian addresses; what cannot be read there counts as blank.

    Whoever is known to be in the United States or Canada and not in which part may be in any that keeps one of
    the clocks left possible. A +1 number whose area code the table lacks may be anywhere in both, Hawaii and
    Alaska too: an address there places it alone.
    """
    if number.startswith("+1"):
        return _located(_in_nanp(number, geography), address, geography, nanp=True)
    return _located(place_international(number, geography), address, geography, nanp=False)


def location_key(number: str, geography: Geography) -> Hashable:
    """Return what of a number decides where it rings: numbers with the same key and address are located alike."""
    return number[:AREA] if number.startswith("+1") else international_key(number, geography)


def _in_nanp(number: str, geography: Geography) -> Place:
    found = _NANP.fullmatch(number)
    if found is None:
        return Place(source="a number that cannot be a +1 number")
    code = found[1]
    if code in geography.area_codes:
        return geography.area_codes[code]
    if code in geography.services or code.endswith("11"):
        return Place(source=f"a {geography.services.get(code, 'service')} number ({code})")
    if _NEVER_ASSIGNED.fullmatch(code):
        return Place(source=f"{code}, which is never an area code")
    return Place(source=f"area code {code}, not in the table", anywhere_in=frozenset(_WITH_REGIONS))


@lru_cache(maxsize=1 << 14)
def unclear(address: Address, geography: Geography, *, nanp: bool) -> str:
    """Name the first field of an address that counts beside a number, of +1 (`nanp`) or not, and cannot be read.

    '' where there is none. A time zone is not looked at: one that cannot be read places nobody.
    """
    country = geography.country(address.country) or ""
    if address.country and not country:
        return "country"
    if not _has_regions(country, geography, nanp=nanp):
        return ""
    if address.state and geography.region(address.state) is None:
        return "state"
    return "zip_code" if address.zip_code and geography.zip_or_postal_code(address.zip_code) is None else ""


@lru_cache(maxsize=1 << 14)
def _located(of_number: Place, address: Address, geography: Geography, *, nanp: bool) -> Location | NoLocation:
    zone = geography.zone_names.get(address.timezone.casefold(), "")
    if address.timezone and not zone:
        return NoLocation(
            reason=f"timezone {address.timezone!r} names no place: abbreviations and offsets are ambiguous",
            supply="a timezone such as America/New_York",
        )
    of_address = _of_address(address, of_number, geography, nanp=nanp)
    if zone:
        of_address = _with_zone(zone, of_number, of_address, geography)
    supply = "a state, zip or timezone column" if nanp else "a country or timezone column"
    return _checked(_both(of_number, of_address, geography), geography, supply=supply)


def _of_address(address: Address, of_number: Place, geography: Geography, *, nanp: bool) -> Place:
    """Return what zip, state and country say; the country alone counts only when the number is elsewhere."""
    country = geography.country(address.country) or ""
    ruled_by = geography.ruled_by(country) if country else frozenset[str]()
    column = _column("country", address.country, understood=bool(country))
    region = _NOTHING
    if _has_regions(country, geography, nanp=nanp):
        region = _of_region(address, geography)
    if region.jurisdictions & ruled_by:
        return region
    # A country as wide as the United States places nobody: alone it cannot locate a toll-free number.
    if not country or ruled_by <= (of_number.jurisdictions or {"US"}):
        return replace(region, source=_sources(region.source, column if not country else ""))
    parts = geography.regions_of(country)
    zones = frozenset[str]().union(*(part.zones for part in parts)) if parts else geography.of_country(country).zones
    return Place(
        zones=region.zones | zones,
        jurisdictions=region.jurisdictions | ruled_by,
        source=_sources(region.source, column),
    )


def _has_regions(country: str, geography: Geography, *, nanp: bool) -> bool:
    """Whether zip and state are those of the United States or Canada, as far as the country is known."""
    return bool(geography.ruled_by(country) & _WITH_REGIONS.keys()) if country else nanp


def _of_region(address: Address, geography: Geography) -> Place:
    """Return what zip and state say: the zones of the zip, and of both where they contradict each other."""
    by_zip = geography.zip_or_postal_code(address.zip_code)
    by_state = geography.region(address.state)
    source = _sources(
        _column("zip", address.zip_code, understood=by_zip is not None),
        _column("state", address.state, understood=by_state is not None),
    )
    if by_zip is None or by_state is None:
        return replace(by_zip or by_state or _NOTHING, source=source)
    if by_state.jurisdictions <= by_zip.jurisdictions:
        return Place(zones=by_zip.zones, jurisdictions=by_state.jurisdictions, source=source)
    return Place(
        zones=by_zip.zones | by_state.zones,
        jurisdictions=by_zip.jurisdictions | by_state.jurisdictions,
        source=f"{source}, which disagree",
    )


def _column(name: str, text: str, *, understood: bool) -> str:
    if not text:
        return ""
    return f"{name} column {text}" if understood else f"{name} column {text!r}, which is not understood"


def _with_zone(zone: str, of_number: Place, of_address: Place, geography: Geography) -> Place:
    """Let the time zone column speak for the address; its country counts where the rest does not fit it."""
    jurisdictions = of_address.jurisdictions
    if not geography.clocks({zone}) <= geography.clocks(of_number.zones | of_address.zones):
        jurisdictions |= geography.ruled_by(geography.zone_countries[zone])
    return Place(
        zones=frozenset({zone}),
        jurisdictions=jurisdictions,
        source=_sources(of_address.source, f"timezone column {zone}"),
    )


def _both(of_number: Place, of_address: Place, geography: Geography) -> Place:
    zones = of_address.zones or of_number.zones
    if not geography.clocks(of_address.zones) <= geography.clocks(of_number.zones):
        zones = of_address.zones | of_number.zones
    jurisdictions = of_number.jurisdictions | of_address.jurisdictions
    return Place(
        zones=zones,
        jurisdictions=jurisdictions,
        source=_sources(of_number.source, of_address.source),
        anywhere_in=frozenset() if jurisdictions & of_number.anywhere_in else of_number.anywhere_in,
        doubt=of_number.doubt,
    )


def _checked(place: Place, geography: Geography, *, supply: str) -> Location | NoLocation:
    anywhere = place.anywhere_in or _without_part(place.jurisdictions)
    if not anywhere and not (place.zones and place.jurisdictions):
        return NoLocation(reason=f"no place is known: {place.source}", supply=supply)
    clocks = len(geography.clocks(place.zones))
    if clocks > _MOST_CLOCKS and not anywhere:
        return NoLocation(reason=f"{clocks} different clocks are possible: {place.source}", supply="a timezone column")
    if anywhere:
        return _anywhere(place, anywhere, geography)
    return Location(zones=place.zones, jurisdictions=place.jurisdictions, source=place.source, doubt=place.doubt)


@lru_cache(maxsize=1 << 12)
def _without_part(jurisdictions: frozenset[str]) -> frozenset[str]:
    """Return the countries whose states have hours of their own and of which no state is known."""
    return frozenset(
        name
        for name in jurisdictions & _WITH_REGIONS.keys()
        if not any(part.startswith(f"{name}-") for part in jurisdictions)
    )


def _anywhere(place: Place, countries: frozenset[str], geography: Geography) -> Location:
    """Return every part of these countries the person may be in, each with the zones that are left possible there."""
    parts = [part for country in sorted(countries) for part in geography.regions_of(country)]
    known = frozenset[str]() if place.anywhere_in else geography.clocks(place.zones)
    spots = [
        (zones, part.jurisdictions)
        for part in parts
        if (zones := frozenset(zone for zone in part.zones if not known or geography.clocks({zone}) <= known))
    ]
    if place.zones and place.jurisdictions:
        spots.insert(0, (place.zones, place.jurisdictions))
    where = " or ".join(name for code, name in _WITH_REGIONS.items() if code in countries)
    return Location(
        zones=frozenset[str]().union(*(zones for zones, _ in spots)),
        jurisdictions=frozenset[str]().union(*(names for _, names in spots)),
        source=f"{place.source}: anywhere in {where}{' on these clocks' if known else ''}",
        spots=tuple(spots),
        doubt=place.doubt,
    )


@lru_cache(maxsize=1 << 12)
def named(jurisdictions: frozenset[str]) -> str:
    """Write jurisdictions in a few words: the many parts of a country are counted."""
    said: list[str] = []
    for country in sorted({name[:2] for name in jurisdictions}):
        parts = sorted(name for name in jurisdictions if name.startswith(f"{country}-"))
        if len(parts) > _PARTS_NAMED:
            said.append(f"{country} and any of its {len(parts)} parts")
        else:
            said += [country, *parts] if country in jurisdictions else parts
    return ", ".join(said)


def _sources(*sources: str) -> str:
    return " + ".join(source for source in sources if source)

"""Where a number outside +1 may ring: its country, and every zone that country leaves possible."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dialer.domain.screening.geography import Place

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dialer.domain.screening.geography import Geography
    from dialer.domain.screening.number_info import NumberInfo

_MOBILES_WITH_AREA_CODES: Final = frozenset({"BR"})
_NOT_KNOWN: Final = "no such number is known there: look for a lost or mistyped digit, or a + too many"


def place_international(number: str, geography: Geography) -> Place:
    """Return where an E.164 number outside +1 may ring.

    A landline keeps the zones of its prefix. A mobile may be anywhere in the country its prefix belongs to
    and gets all zones of that country: numbering plans name only one of Indonesia's three. Numbers that belong
    to a service rather than a place, and unknown countries, have neither zones nor jurisdictions.
    """
    info = geography.number_info(number)
    if info is None:
        return Place(source="a number that cannot be read")
    if not info.countries:
        return Place(source=f"calling code +{info.code}, which has no country")
    if info.service:
        return Place(source=f"a {info.service} number")
    prefix = (
        geography.zones_of(geography.zone_prefix(number)) if _rings_by_prefix(info, geography) else frozenset[str]()
    )
    # Zones of other countries that share the calling code are left out.
    prefix = frozenset(zone for zone in prefix if geography.zone_countries.get(zone) in info.countries)
    return Place(
        zones=prefix or _zones(info, geography),
        jurisdictions=frozenset[str]().union(*(geography.ruled_by(name) for name in info.countries)),
        source=f"calling code +{info.code}, {'/'.join(info.countries)}",
        doubt="" if info.assigned else _NOT_KNOWN,
    )


def international_key(number: str, geography: Geography) -> Hashable:
    """Return what decides where a number outside +1 may ring."""
    info = geography.number_info(number)
    return (info, geography.zone_prefix(number)) if info and _rings_by_prefix(info, geography) else info


@lru_cache(maxsize=4096)
def _rings_by_prefix(info: NumberInfo, geography: Geography) -> bool:
    with_area_code = info.mobile and not _MOBILES_WITH_AREA_CODES.isdisjoint(info.countries)
    exact = info.landline or with_area_code
    return exact and len(_zones(info, geography)) > 1


def _zones(info: NumberInfo, geography: Geography) -> frozenset[str]:
    return frozenset[str]().union(*(geography.country_zones.get(name, frozenset()) for name in info.countries))

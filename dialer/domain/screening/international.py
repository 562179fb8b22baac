"""Where a number outside +1 may ring: its country, and every zone that country leaves possible."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dialer.domain.screening.geography import Place

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dialer.domain.screening.geography import Atlas

_MOBILES_WITH_AREA_CODES: Final = frozenset({"BR"})
_NOT_KNOWN: Final = "no such number is known there: look for a lost or mistyped digit, or a + too many"


class Sighting(NamedTuple):
    """What numbering plans tell of a number: its countries, and what sort it is.

    `service` names a sort that has no place, such as `toll-free`; it is empty for all others. `code` is the
    calling code; no countries means that the code or the number belongs to none. Of `landline` and `mobile`
    only the latter is said of a number that may be either. `assigned` is whether the plan knows such numbers at all.
    """

    code: int
    countries: tuple[str, ...] = ()
    service: str = ""
    landline: bool = False
    mobile: bool = False
    assigned: bool = True


def place_abroad(number: str, atlas: Atlas) -> Place:
    """Return where an E.164 number outside +1 may ring.

    A landline keeps the zones of its prefix. A mobile may be anywhere in the country its prefix belongs to
    and gets all zones of that country: numbering plans name only one of Indonesia's three. Numbers that belong
    to a service rather than a place, and unknown countries, have neither zones nor jurisdictions.
    """
    sighting = atlas.sight(number)
    if sighting is None:
        return Place(source="a number that cannot be read")
    if not sighting.countries:
        return Place(source=f"calling code +{sighting.code}, which has no country")
    if sighting.service:
        return Place(source=f"a {sighting.service} number")
    prefix = atlas.zones_of(atlas.zone_prefix(number)) if _rings_by_prefix(sighting, atlas) else frozenset[str]()
    # Zones of other countries that share the calling code are left out.
    prefix = frozenset(zone for zone in prefix if atlas.zone_countries.get(zone) in sighting.countries)
    return Place(
        zones=prefix or _zones(sighting, atlas),
        jurisdictions=frozenset[str]().union(*(atlas.ruled_by(name) for name in sighting.countries)),
        source=f"calling code +{sighting.code}, {'/'.join(sighting.countries)}",
        doubt="" if sighting.assigned else _NOT_KNOWN,
    )


def key_abroad(number: str, atlas: Atlas) -> Hashable:
    """Return what decides where a number outside +1 may ring."""
    sighting = atlas.sight(number)
    return (sighting, atlas.zone_prefix(number)) if sighting and _rings_by_prefix(sighting, atlas) else sighting


@lru_cache(maxsize=4096)
def _rings_by_prefix(sighting: Sighting, atlas: Atlas) -> bool:
    with_area_code = sighting.mobile and not _MOBILES_WITH_AREA_CODES.isdisjoint(sighting.countries)
    exact = sighting.landline or with_area_code
    return exact and len(_zones(sighting, atlas)) > 1


def _zones(sighting: Sighting, atlas: Atlas) -> frozenset[str]:
    return frozenset[str]().union(*(atlas.country_zones.get(name, frozenset()) for name in sighting.countries))

"""Where a number outside +1 may ring: its country, and every zone that country leaves possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dialer.domain.atlas import Place

if TYPE_CHECKING:
    from dialer.domain.atlas import Atlas

_MOBILES_WITH_AREA_CODES: Final = frozenset({"BR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What numbering plans tell of a number: its countries, the zones of its prefix, and what sort it is.

    `service` names a sort that has no place, such as `toll-free`; it is empty for all others. `code` is the
    calling code; no countries means that the code or the number belongs to none.
    """

    code: int
    countries: tuple[str, ...] = ()
    zones: frozenset[str] = frozenset()
    service: str = ""
    landline: bool = False


def place_abroad(sighting: Sighting | None, atlas: Atlas) -> Place:
    """Return where a number may ring.

    A landline keeps the zones of its prefix. A mobile may be anywhere in the country its prefix belongs to
    and gets all zones of that country: numbering plans name only one of Indonesia's three. Numbers that belong
    to a service rather than a place, and unknown countries, have neither zones nor jurisdictions.
    """
    if sighting is None:
        return Place(source="a number that cannot be read")
    if not sighting.countries:
        return Place(source=f"calling code +{sighting.code}, which has no country")
    if sighting.service:
        return Place(source=f"a {sighting.service} number")
    countries = frozenset[str]().union(*(atlas.country_zones.get(name, frozenset()) for name in sighting.countries))
    # Zones of other countries that share the calling code are left out.
    prefix = frozenset(zone for zone in sighting.zones if atlas.zone_countries.get(zone) in sighting.countries)
    exact = sighting.landline or not _MOBILES_WITH_AREA_CODES.isdisjoint(sighting.countries)
    return Place(
        zones=prefix if exact and prefix else countries,
        jurisdictions=frozenset[str]().union(*(atlas.ruled_by(name) for name in sighting.countries)),
        source=f"calling code +{sighting.code}, {'/'.join(sighting.countries)}",
    )

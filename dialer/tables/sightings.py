"""What numbering plans tell of a number, asked of phonenumbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from dialer.domain.abroad import Sighting

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_NOT_A_REGION: Final = "001"
_SERVICES: Final = {
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium-rate",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.UAN: "non-geographic",
    PhoneNumberType.PAGER: "pager",
}


def sight(number: str) -> Sighting | None:
    """Return what is known of an E.164 number, None when it is no number."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    sort = phonenumbers.number_type(parsed)
    return Sighting(
        code=parsed.country_code or 0,
        countries=_countries(parsed),
        zones=frozenset(timezone.time_zones_for_number(parsed)),
        service=_SERVICES.get(sort, ""),
        landline=sort == PhoneNumberType.FIXED_LINE,
    )


def _countries(parsed: PhoneNumber) -> tuple[str, ...]:
    region = phonenumbers.region_code_for_number(parsed)
    found = (region,) if region else phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    return tuple(name for name in found if name != _NOT_A_REGION)

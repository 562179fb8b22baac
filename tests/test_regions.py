"""What numbering plans tell of a number, asked the short way, is what phonenumbers itself says."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType, timezone

from dialer.domain.screening.number_info import NumberInfo
from dialer.numbers.regions import number_info, zone_prefix, zones_of

SERVICES = {
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium-rate",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.UAN: "non-geographic",
    PhoneNumberType.PAGER: "pager",
}
TYPES = sorted(set(PhoneNumberType.values()) - {PhoneNumberType.UNKNOWN})


def as_phonenumbers_says(number):
    parsed = phonenumbers.parse(number)
    region = phonenumbers.region_code_for_number(parsed)
    countries = (region,) if region else phonenumbers.region_codes_for_country_code(parsed.country_code)
    sort = phonenumbers.number_type(parsed)
    return NumberInfo(
        code=parsed.country_code,
        countries=tuple(name for name in countries if name != "001"),
        service=SERVICES.get(sort, ""),
        landline=sort == PhoneNumberType.FIXED_LINE,
        mobile=sort in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE},
        assigned=sort != PhoneNumberType.UNKNOWN,
    )


def is_read(number):
    try:
        return phonenumbers.parse(number) is not None
    except phonenumbers.NumberParseException:
        return False


def examples(region):
    """One number of every sort a region has, and others near them that may be of any sort or of none."""
    dice = random.Random(region)
    for sort in TYPES:
        example = phonenumbers.example_number_for_type(region, sort)
        if example:
            digits = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            yield digits
            for cut in range(1, 8):
                yield digits[:-cut] + "".join(dice.choices("0123456789", k=cut))


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS - {"US", "CA"}))
def test_country_and_sort_are_those_of_phonenumbers(region):
    for number in filter(is_read, examples(region)):
        parsed = phonenumbers.parse(number)
        if phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number:
            seen = number_info(number)
            assert (number, seen) == (number, as_phonenumbers_says(number))
            if seen.landline:
                zones = frozenset(timezone.time_zones_for_number(parsed))
                assert (number, zones_of(zone_prefix(number)) or {"Etc/Unknown"}) == (number, zones)


@pytest.mark.parametrize("number", ["", "+", "+0", "+999123456", "12125550101", "+44", "+44x", "+٤٤٧٤٠٠١٢٣٤٥٦"])
def test_what_is_no_number_is_not_seen_or_has_no_place(number):
    seen = number_info(number)
    assert seen is None or not seen.landline

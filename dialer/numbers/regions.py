"""What numbering plans tell of a number: phonenumbers' own tables, asked the short way.

phonenumbers takes some 80 microseconds to parse a number and to name its country, sort and zones. For a number that
is E.164 already its digits can be held against the same patterns at once; a test compares both over all countries.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from dialer.domain.screening.number_info import NumberInfo

if TYPE_CHECKING:
    from phonenumbers.phonemetadata import PhoneNumberDesc

_NOT_A_REGION: Final = "001"  #: what phonenumbers calls the world
_REGIONS: Final = {str(code): regions for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}
_LONGEST_CODE: Final = 3  #: digits of a calling code
_FIXED: Final = "fixed_line"
_EITHER: Final = "fixed_or_mobile"
_MOBILES: Final = frozenset({"mobile", _EITHER})
_SORTS: Final = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
_SERVICES: Final = {
    "toll_free": "toll-free",
    "premium_rate": "premium-rate",
    "shared_cost": "shared-cost",
    "personal_number": "personal",
    "uan": "non-geographic",
    "pager": "pager",
}


def number_info(number: str) -> NumberInfo | None:
    """Return what is known of an E.164 number, None when it is no number."""
    code = _code(number)
    national = number[1 + len(code) :]
    if not code or not national.isascii() or not national.isdecimal():
        return None
    region, sort = _region_and_sort(national, _REGIONS[code], int(code))
    return _info(code, region, sort)


@cache
def _info(code: str, region: str | None, sort: str) -> NumberInfo:
    countries = (region,) if region else _REGIONS[code]
    return NumberInfo(
        code=int(code),
        countries=tuple(name for name in countries if name != _NOT_A_REGION),
        service=_SERVICES.get(sort, ""),
        landline=sort == _FIXED,
        mobile=sort in _MOBILES,
        assigned=bool(sort),
    )


def zone_prefix(number: str) -> str:
    """Return the longest prefix of an E.164 number that has time zones of its own, '' for none."""
    for end in range(min(TIMEZONE_LONGEST_PREFIX + 1, len(number)), 1, -1):
        if number[1:end] in TIMEZONE_DATA:
            return number[1:end]
    return ""


def zones_of(prefix: str) -> frozenset[str]:
    """Return the zones of such a prefix."""
    return frozenset(TIMEZONE_DATA.get(prefix, ()))


def _code(number: str) -> str:
    """Return a number's calling code, '' where it has none; no calling code begins another one."""
    for end in range(2, 2 + _LONGEST_CODE):
        if number[1:end] in _REGIONS:
            return number[1:end]
    return ""


def _region_and_sort(national: str, regions: tuple[str, ...], code: int) -> tuple[str | None, str]:
    if len(regions) == 1:
        return regions[0], _sort(national, regions[0], code)
    for region in regions:
        leading = _leading_digits(region)
        if leading is None or leading.match(national):
            sort = _sort(national, region, code)
            if sort or leading:
                return region, sort
    return None, ""


@cache
def _leading_digits(region: str) -> re.Pattern[str] | None:
    metadata = PhoneMetadata.metadata_for_region(region)
    return re.compile(metadata.leading_digits) if metadata and metadata.leading_digits else None


def _sort(national: str, region: str, code: int) -> str:
    """Name the sort of a number in the words of the metadata, '' for none that is known there."""
    general, sorts, mobile = _patterns(region, code, len(national))
    if general is None or not general.fullmatch(national) or sorts is None:
        return ""
    found = sorts.fullmatch(national)
    sort = found.lastgroup or "" if found else ""
    return _EITHER if sort == _FIXED and mobile and mobile.fullmatch(national) else sort


@cache
def _patterns(
    region: str, code: int, length: int
) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None, re.Pattern[str] | None]:
    """Return the patterns of this length: for any number, for each sort in the order they are asked, for mobiles."""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    if metadata is None:
        return None, None, None
    general = _pattern(metadata.general_desc, length)
    named = [(name, _pattern(getattr(metadata, name), length)) for name in (*_SORTS, _FIXED, "mobile")]
    sorts = "|".join(f"(?P<{name}>{pattern})" for name, pattern in named if pattern)
    mobile = _pattern(metadata.fixed_line if metadata.same_mobile_and_fixed_line_pattern else metadata.mobile, length)
    return tuple(re.compile(pattern) if pattern else None for pattern in (general, sorts, mobile))  # type: ignore[return-value]


def _pattern(sort: PhoneNumberDesc | None, length: int) -> str:
    if sort is None or not sort.national_number_pattern:
        return ""
    return sort.national_number_pattern if not sort.possible_length or length in sort.possible_length else ""

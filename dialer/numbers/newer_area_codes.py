"""Area codes of +1 that the project's own table has and phonenumbers does not know yet: the library lags by years."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, PhoneNumberType

NANP = 1
"""The calling code of the North American plan."""

NANP_NUMBER = r"[2-9]\d{9}"
"""The pattern of national numbers there can be, by the numbering plan: no area code begins with 0 or 1."""

_TABLES = ("nanp_area_codes.tsv", "nanp_overrides.csv")
_LIKE_ANY = 2345678
"""The rest of a number that every area code of the mainland has: any exchange from 200 on is good."""


@cache
def newer_numbers() -> str:
    """Return the pattern of national numbers in those area codes; one that nothing matches where there are none."""
    tables = (files("dialer.data").joinpath(name).read_text(encoding="utf-8").splitlines() for name in _TABLES)
    codes = sorted(code for _, *rows in tables for code in (row[:3] for row in rows) if not _is_known(code))
    return rf"(?:{'|'.join(dict.fromkeys(codes))})[2-9]\d{{6}}" if codes else r"\d{99}"


def _is_known(code: str) -> bool:
    """Tell whether the library has a country for it; on islands not every exchange is in use."""
    every = (PhoneMetadata.metadata_for_region(region) for region in COUNTRY_CODE_TO_REGION_CODE[NANP])
    if any(metadata and metadata.leading_digits and re.match(metadata.leading_digits, code) for metadata in every):
        return True
    number = PhoneNumber(country_code=NANP, national_number=int(code) * 10**7 + _LIKE_ANY)
    return phonenumbers.number_type(number) != PhoneNumberType.UNKNOWN

"""Whether digits are a whole international number that has lost its plus, by the numbering plans' own patterns."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, REGION_CODE_FOR_NON_GEO_ENTITY, PhoneMetadata

LEADING: Final = 3  #: digits that a calling code has at most


class _NumberingPlan(NamedTuple):
    lengths: frozenset[int]
    pattern: re.Pattern[str]


def whole_number(digits: str) -> str | None:
    """Return digits as E.164 where they begin with a calling code and the rest is a number of that plan."""
    for size in range(1, LEADING + 1):
        if plan := _plan(digits[:size]):
            rest = digits[size:]
            return f"+{digits}" if len(rest) in plan.lengths and plan.pattern.fullmatch(rest) else None
    return None


def may_be_whole(leading: str, size: int) -> bool:
    """Say whether any number of so many digits that begins with these three could be a whole one."""
    plans = ((length, _plan(leading[:length])) for length in range(1, LEADING + 1))
    return next((size - length in plan.lengths for length, plan in plans if plan), False)


@lru_cache(maxsize=1000)
def _plan(code: str) -> _NumberingPlan | None:
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code.isdecimal() and code[0] != "0" else ()
    found = [
        PhoneMetadata.metadata_for_nongeo_region(int(code))
        if region == REGION_CODE_FOR_NON_GEO_ENTITY
        else PhoneMetadata.metadata_for_region(region)
        for region in regions
    ]
    general = [desc for metadata in found if metadata is not None and (desc := metadata.general_desc)]
    patterns = [f"(?:{desc.national_number_pattern})" for desc in general if desc.national_number_pattern]
    if not patterns:
        return None
    lengths = frozenset(length for desc in general for length in desc.possible_length if length > 0)
    return _NumberingPlan(lengths, re.compile("|".join(patterns)))

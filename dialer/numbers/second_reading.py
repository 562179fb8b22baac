"""Digits without a plus that could be two people's numbers: the second reading, and whether it counts beside the first.

A spreadsheet that takes a column for amounts drops the + and every leading 0 at once, so that the digits of a number
abroad and those of a number at home look alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, PhoneNumberType

if TYPE_CHECKING:
    from dialer.numbers.validity import Validity

LOST_PLUS: Final = "number-lost-plus"
STRAY_ZERO: Final = "number-stray-zero"

_EXIT_CODE_ZEROS = 2  #: 00 means "abroad" to most of the world, whatever the region's own exit code is
_AS_LONG_AS_ABROAD = 11  #: digits; ten and fewer are written without a 0 in too many countries that have one


class Home(NamedTuple):
    """What has to be known of a list's region: its calling code, and whether people write a 0 before the area code."""

    code: str
    writes_trunk: bool


def home_of(region: str) -> Home:
    """Describe a supported region, given in capitals."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(
        region
    )
    shown = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL) if example else ""
    metadata = PhoneMetadata.metadata_for_region(region)
    trunk = metadata.national_prefix if metadata else None
    national = phonenumbers.national_significant_number(example) if example else ""
    written = phonenumbers.normalize_digits_only(shown)
    return Home(
        code=str(phonenumbers.country_code_for_region(region)),
        writes_trunk=bool(trunk) and written != national and written.endswith(national),
    )


class SecondReading(NamedTuple):
    """Another reading of a number, and the code of what must have happened if that is the one meant."""

    digits: str
    code: str


def second_readings(digits: str, home: Home, *, assigned: bool, length: int = 0) -> list[SecondReading]:
    """Return how else digits could be read, most likely first; where only the first are known, `length` counts all.

    With a + in place of any zeros in front. Where the first reading is not `assigned` to anybody, without those zeros,
    and without a zero behind the calling code.
    """
    if digits.startswith("+"):
        code, rest = digits[: len(home.code) + 1], digits[len(home.code) + 1 :]
        stray = not assigned and code[1:] == home.code and rest.startswith("0")
        return [SecondReading(code + rest.lstrip("0"), STRAY_ZERO)] if stray else []
    bare = digits.lstrip("0")
    if assigned and not _is_open_to_doubt(len(digits) - len(bare), bare, home, length or len(digits)):
        return []
    others = [SecondReading(f"+{bare}", LOST_PLUS)]
    if not assigned and bare.startswith(home.code):
        others.append(SecondReading(f"+{home.code}{bare[len(home.code) :].lstrip('0')}", STRAY_ZERO))
    elif not assigned and bare != digits:
        others.insert(0, SecondReading(bare, STRAY_ZERO))
    return others


def _is_open_to_doubt(zeros: int, bare: str, home: Home, length: int) -> bool:
    """Say whether an assigned number could be meant otherwise.

    Digits that begin with the region's own calling code could, and an 00 that was not taken for an exit code. A number
    that is written as people at home write it, with its 0 or where none is written, is not called in question.
    """
    if zeros == _EXIT_CODE_ZEROS or bare.startswith(home.code):
        return True
    return zeros == 0 and home.writes_trunk and length >= _AS_LONG_AS_ABROAD


def is_doubtful(digits: str, home: Home, first: Validity, second: Validity) -> bool:
    """Say whether the second reading of digits may be meant as well as the first; both are numbers, and differ."""
    bare = digits.lstrip("0")
    if first.code is not None or len(digits) - len(bare) != 1 or not bare.startswith(home.code):
        return True
    # 0491 is an area of Germany, and +49 1 are its mobiles: a landline's number is never as long as these.
    at_home = (first.number or "").startswith(f"+{home.code}")
    return not at_home or (_is_mobile(second) and not _is_mobile(first))


def _is_mobile(validity: Validity) -> bool:
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(validity.number or ""))
    except NumberParseException:
        return False
    return kind == PhoneNumberType.MOBILE

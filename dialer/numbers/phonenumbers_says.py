"""What phonenumbers says of a piece of text: the validity every quicker reading has to repeat."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)
from phonenumbers.shortnumberinfo import is_emergency_number, is_valid_short_number

from dialer.numbers.newer_area_codes import NANP, NANP_NUMBER, newer_numbers
from dialer.numbers.second_reading import SecondReading, home_of, is_doubtful, second_readings
from dialer.numbers.validity import Validity

_PARSE_CODES = {
    NumberParseException.NOT_A_NUMBER: "number-unreadable",
    NumberParseException.TOO_SHORT_AFTER_IDD: "number-too-short",
    NumberParseException.TOO_SHORT_NSN: "number-too-short",
    NumberParseException.TOO_LONG: "number-too-long",
    NumberParseException.INVALID_COUNTRY_CODE: "number-unknown-country",
}
_LENGTH_CODES = {
    ValidationResult.INVALID_COUNTRY_CODE: "number-unknown-country",
    ValidationResult.TOO_SHORT: "number-too-short",
    ValidationResult.TOO_LONG: "number-too-long",
    ValidationResult.INVALID_LENGTH: "number-wrong-length",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "number-no-area-code",
    ValidationResult.IS_POSSIBLE: "number-unassigned",
}

A_PREMIUM_NUMBER = "a premium-rate number"
"""What stands for one where two numbers are named."""


def judge(text: str, region: str | None) -> Validity:
    """Say what cleaned text is: what `judge_reading` says, unless it may be another number as well."""
    found = judge_reading(text, region)
    second = second_reading_of(text, region, found)
    return Validity(second.code, None) if second else found


def second_reading_of(text: str, region: str | None, found: Validity) -> SecondReading | None:
    """Return the other number in E.164 that one may be, None where there is no doubt."""
    if region is None or found.number is None:
        return None
    home, digits = _home(region), _digits_of(text)
    for other, code in second_readings(digits, home, assigned=found.code is None):
        second = judge_reading(other, region)
        differs = second.number != found.number if second.code is None else _is_dear(found, second)
        if differs and is_doubtful(digits, home, found, second):
            return SecondReading(second.number or A_PREMIUM_NUMBER, code)
    return None


def _is_dear(found: Validity, second: Validity) -> bool:
    return found.code is not None and second.code == "number-premium"


def _digits_of(text: str) -> str:
    """Return the digits of a text from the first on, with its + if there is one before."""
    start = next((at for at, sign in enumerate(text) if sign.isdecimal()), len(text))
    plus = "+" if "+" in text[:start] else ""
    return plus + phonenumbers.normalize_digits_only(text[start:])


_home = lru_cache(maxsize=None)(home_of)


def judge_reading(text: str, region: str | None) -> Validity:
    """Ask phonenumbers about cleaned text: parse, valid, possible, E.164.

    Stricter than the library in what may be dialled: no extension, no premium rate, no short code, no number that is
    possible only inside its own area, because its E.164 form reaches nobody, and no area code there cannot be. It
    knows more area codes of +1 than the library.
    """
    try:
        parsed = phonenumbers.parse(text, region)
    except NumberParseException as problem:
        missing = region is None and problem.error_type == NumberParseException.INVALID_COUNTRY_CODE
        if missing and "+" not in text:
            return Validity("number-no-country", None)
        return Validity(_PARSE_CODES[problem.error_type], None)
    return _weigh(parsed)


def _weigh(parsed: PhoneNumber) -> Validity:
    if parsed.extension:
        return Validity("number-extension", None)
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.PREMIUM_RATE:
        return Validity("number-premium", None)
    if kind != PhoneNumberType.UNKNOWN:  # The library's own definition of a valid number, at half the price.
        return Validity(None, phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    code: str | None = _short_code(parsed) or _LENGTH_CODES[phonenumbers.is_possible_number_with_reason(parsed)]
    possible = code == "number-unassigned"
    if possible and parsed.country_code == NANP:
        national = phonenumbers.national_significant_number(parsed)
        if not re.fullmatch(NANP_NUMBER, national):
            return Validity("number-impossible", None)
        if re.fullmatch(newer_numbers(), national):
            code = None
    return Validity(code, phonenumbers.format_number(parsed, PhoneNumberFormat.E164) if possible else None)


def _short_code(parsed: PhoneNumber) -> str | None:
    national = phonenumbers.national_significant_number(parsed)
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    if any(is_emergency_number(national, region) for region in regions):
        return "number-emergency"
    return "number-short-code" if is_valid_short_number(parsed) else None

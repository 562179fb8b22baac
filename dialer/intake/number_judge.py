"""What phonenumbers says of a piece of text: the verdict every quicker reading has to repeat."""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)
from phonenumbers.shortnumberinfo import is_emergency_number, is_valid_short_number

from dialer.intake.newer_area_codes import NANP, newer_numbers

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


class Verdict(NamedTuple):
    """A stable code, None when nothing is wrong, and the E.164 number.

    The number is None with every code but number-unassigned.
    """

    code: str | None
    number: str | None


def judge(text: str, region: str | None) -> Verdict:
    """Ask phonenumbers about cleaned text: parse, valid, possible, E.164.

    Stricter than the library in what may be dialled: no extension, no premium rate, no short code, and no
    number that is possible only inside its own area, because its E.164 form reaches nobody. It knows more area
    codes of +1 than the library.
    """
    try:
        parsed = phonenumbers.parse(text, region)
    except NumberParseException as problem:
        missing = region is None and problem.error_type == NumberParseException.INVALID_COUNTRY_CODE
        if missing and "+" not in text:
            return Verdict("number-no-country", None)
        return Verdict(_PARSE_CODES[problem.error_type], None)
    return _weigh(parsed)


def _weigh(parsed: PhoneNumber) -> Verdict:
    if parsed.extension:
        return Verdict("number-extension", None)
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.PREMIUM_RATE:
        return Verdict("number-premium", None)
    if kind != PhoneNumberType.UNKNOWN:  # The library's own definition of a valid number, at half the price.
        return Verdict(None, phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    code: str | None = _short_code(parsed) or _LENGTH_CODES[phonenumbers.is_possible_number_with_reason(parsed)]
    possible = code == "number-unassigned"
    if possible and _is_newer(parsed):
        code = None
    return Verdict(code, phonenumbers.format_number(parsed, PhoneNumberFormat.E164) if possible else None)


def _is_newer(parsed: PhoneNumber) -> bool:
    if parsed.country_code != NANP:
        return False
    return bool(re.fullmatch(newer_numbers(), phonenumbers.national_significant_number(parsed)))


def _short_code(parsed: PhoneNumber) -> str | None:
    national = phonenumbers.national_significant_number(parsed)
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    if any(is_emergency_number(national, region) for region in regions):
        return "number-emergency"
    return "number-short-code" if is_valid_short_number(parsed) else None

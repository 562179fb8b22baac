"""Every problem a phone cell can have: its stable code, how grave it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that can be wrong with a phone cell.

    An `error` leaves the row without a number; a `warning` keeps the number. `number-unassigned` is a warning
    that a campaign may turn into an error (`allow_unassigned = false`).
    """

    code: str
    severity: Literal["error", "warning"]
    says: str
    do: str

    @property
    def message(self) -> str:
        """What is wrong and what to do, as one sentence."""
        return f"{self.says}: {self.do}"


def _error(code: str, says: str, do: str) -> Rule:
    return Rule(code=code, severity="error", says=says, do=do)


def _warning(code: str, says: str, do: str) -> Rule:
    return Rule(code=code, severity="warning", says=says, do=do)


_RULES = (
    _error("number-missing", "there is no number", "fill the cell in, or take the row out"),
    _error("number-unreadable", "this is not a telephone number", "write digits, such as +12025550123"),
    _error(
        "number-letters",
        "letters stand among the digits, and it is not certain which digits are meant",
        "write the number in digits only",
    ),
    _error("number-too-short", "too few digits", "write the whole number, with its area code"),
    _error("number-too-long", "too many digits", "write one number, in the form +12025550123"),
    _error(
        "number-wrong-length",
        "no number of this country has that many digits",
        "look for a missing or doubled digit",
    ),
    _error("number-no-area-code", "the area code is missing", "write the number with its area code"),
    _error(
        "number-no-country",
        "the country is not known, because there is no + and no region is set",
        "write + and the country code in front, or set the campaign's region",
    ),
    _error("number-unknown-country", "no country has this calling code", "check the digits after the +"),
    _error(
        "number-scientific",
        "a spreadsheet has shortened the number (1.2E+10), and its last digits may be lost",
        "format the column as text, fill the numbers in again and export again",
    ),
    _error(
        "number-decimal",
        "a spreadsheet has stored the number as an amount (.0 or thousands separators)",
        "format the column as text and export again",
    ),
    _error("number-date", "this is a date", "format the column as text and fill the number in again"),
    _error(
        "number-formula-error",
        "a spreadsheet formula failed here (#NAME?, #N/A ...)",
        "mend the formula, or paste the numbers as values",
    ),
    _error("number-two", "there is more than one number in the cell", "keep one number in a cell"),
    _error(
        "number-lost-plus",
        "this reads as a number only with a + in front, which a spreadsheet may have removed",
        "write the + in front if that is what is meant",
    ),
    _error(
        "number-lost-zero",
        "this reads as a number only with a 0 in front, which a spreadsheet may have removed",
        "write the 0 in front if that is what is meant",
    ),
    _error(
        "number-foreign-prefix",
        "the international prefix (such as 00 or 011) is not the one of this list's region",
        "write + in its place",
    ),
    _error(
        "number-extension",
        "there is an extension, and a call cannot dial it",
        "give the direct number, or take the extension out",
    ),
    _error("number-premium", "this is a premium-rate number, and those are never dialled", "give another number"),
    _error("number-emergency", "this is an emergency number, and those are never dialled", "take the row out"),
    _error(
        "number-short-code",
        "this is a short code, which cannot be dialled as a telephone number",
        "give a full number",
    ),
    _warning(
        "number-unassigned",
        "the length is right, but no such number has been given out",
        "check it for a mistyped digit",
    ),
    _warning(
        "number-vanity",
        "the letters were read as the keys of a telephone",
        "write the number in digits if that is not what is meant",
    ),
    _warning("number-text", "words beside the number were left out", "keep nothing but the number in the cell"),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _RULES})

"""What people and spreadsheets do to a phone cell: what is cleaned away, and what is named as damage."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from dialer.numbers.invisible_signs import means_nothing
from dialer.numbers.two_numbers import holds_two

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_TEXT = 250  #: phonenumbers refuses to look at longer text
FEWEST_DIGITS = 3  #: fewer digits are read differently with punctuation than without
DATE_DIGITS = 8  #: so many may be a day, such as 20260301, and fewer part of one
_BARE_PUNCTUATION = str.maketrans("", "", " ().-/")
_MISSING = frozenset(("", "na", "n/a", "nan", "nil", "none", "null", "unknown", "tbd", "tba", "x", "?"))
_APOSTROPHES = "'\u2018\u2019\u00b4`"
_WHITESPACE = str.maketrans("\t\v\f\r", "    ")
_FORMS = {"\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\u2212": "-"}
_CATEGORIES = {"Zs": " ", "Zl": " ", "Zp": " ", "Pd": "-"}
_FULL_WIDTH = range(0xFF01, 0xFF5F)

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_CLOCK = r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?)?"
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}){_CLOCK}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})([./-])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}")
_SHORT_DATE = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2\d{{2}}{_CLOCK}")
_NAMED_MONTH = re.compile(
    rf"(?:\d{{1,2}}[ .-]*{_MONTH}[ .,-]*(?:\d{{2}}|\d{{4}})?"
    rf"|{_MONTH}[ .-]*\d{{1,2}}(?:[ ,-]+\d{{4}})?){_CLOCK}",
    re.IGNORECASE,
)

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DECIMAL = re.compile(r"[+-]?\d{5,}[.,]0{1,2}|[+-]?\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?")
_PUNCTUATION = b" ().-"
_MAYBE_DECIMAL = re.compile(rb"\.00? *$", re.MULTILINE)
_FORMULA_ERROR = re.compile(r"#+|#[^\W\d]+(?:[/_][^\W\d]*0?)*[!?]?|#DIV/0!|Err:\d+", re.IGNORECASE)
#: Signs in the place of digits: one number that is not known, or many. A single x in front of digits is an extension.
_MASKED = re.compile(
    r"\d[ ().\-]*(?:[xX*?%_]+[ ().\-]*)+$|\d[ ().\-]*[nN]?[xX*?%_]{2,}|[*?%_][ ().\-]*\d|\d#+(?:$|[#\d])|\d\.{2,}$|\d…"
    r"|\[\d|\\d|\d[{$]|\^[\\(+\d]"
)
_DAMAGES = (("number-scientific", _SCIENTIFIC), ("number-decimal", _DECIMAL), ("number-formula-error", _FORMULA_ERROR))


def clean(cell: str) -> str:
    """Return the text phonenumbers is asked about: the cell without what means nothing in a phone number.

    Invisible characters go; every kind of space, hyphen, digit and full-width sign becomes its ASCII form;
    spaces around, apostrophes in front and the prefix `tel:` go. A line break inside stays one.
    """
    if not (cell.isascii() and cell.isprintable()):
        cell = "".join(map(_plain, cell))
    text = cell.strip()
    if not text.isprintable():
        text = text.replace("\r\n", "\n").translate(_WHITESPACE)
    if text[:1] in _APOSTROPHES:
        text = text.lstrip(_APOSTROPHES + " ")
    if text[:4].lower() == "tel:":
        text = text[4:].lstrip()
    return text


def strip_all(cells: Sequence[str]) -> list[str]:
    """Return the cells without punctuation, and with a question mark where `clean` has to look itself.

    One pass over all of them at once costs a tenth of a pass over each.
    """
    joined = "\n".join(cells)
    if joined.count("\n") >= len(cells):
        joined = "\n".join(cell.replace("\n", "?") for cell in cells)
    signs = joined.encode("ascii", "replace")
    if b".0" in signs:
        signs = _MAYBE_DECIMAL.sub(b"?", signs)
    return signs.translate(None, _PUNCTUATION).decode("ascii").split("\n")


def name_damage(text: str) -> str | None:
    """Return the code of what has plainly gone wrong with a cleaned cell, None when it may be a number."""
    if _says_nothing(text):
        return "number-missing"
    for code, damage in _DAMAGES:
        if damage.fullmatch(text):
            return code
    if _is_date(text):
        return "number-date"
    if _MASKED.search(text):
        return "number-masked"
    return "number-two" if holds_two(text) else None


def is_missing(cell: str) -> bool:
    """Say whether a phone cell, as it stands in the list, holds nothing."""
    return not cell or _says_nothing(clean(cell))


def _says_nothing(text: str) -> bool:
    return text.lower() in _MISSING or not text.strip("-._ ")


def is_short_date(text: str) -> bool:
    """Say whether text could be a date with a year of two digits; some countries' numbers look like one."""
    match = _SHORT_DATE.fullmatch(text)
    return match is not None and _is_day_and_month(int(match[1]), int(match[3]))


def count_digits(text: str) -> int:
    """Return how many decimal digits a text has."""
    return sum(map(str.isdecimal, text))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if means_nothing(character):
        return ""
    if ord(character) in _FULL_WIDTH:
        return chr(ord(character) - _FULL_WIDTH.start + ord("!"))
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return character if character.isascii() else _FORMS.get(character) or _CATEGORIES.get(category, character)


def _is_date(text: str) -> bool:
    if match := _DAY_FIRST.fullmatch(text):
        return _is_day_and_month(int(match[1]), int(match[3])) and _is_year(int(match[4]))
    if match := _YEAR_FIRST.fullmatch(text):
        return _is_day_and_month(int(match[3]), int(match[4])) and _is_year(int(match[1]))
    return _NAMED_MONTH.fullmatch(text) is not None


def _is_day_and_month(one: int, other: int) -> bool:
    return min(one, other) in range(1, 13) and max(one, other) in range(1, 32)


def _is_year(year: int) -> bool:
    return year in range(1900, 2100)


def is_spaced(cell: str) -> bool:
    """Say whether a cell has nothing but digits and spaces: with dots, dashes or slashes it may be a date."""
    return cell.replace(" ", "").isdigit()


def has_letters(text: str) -> bool:
    """Say whether a text has letters of any script."""
    return any(map(str.isalpha, text))


def bare_digits(text: str) -> str:
    """Return the digits and the + in front, '' for text with anything else but punctuation."""
    digits = text.translate(_BARE_PUNCTUATION)
    bare = digits.removeprefix("+")
    if len(text) > LONGEST_TEXT or len(bare) < FEWEST_DIGITS or not (bare.isascii() and bare.isdecimal()):
        return ""
    return digits


def is_sound(text: str, digits: str) -> bool:
    """Say whether bare digits are beyond suspicion: too many for a date, not parted, not an amount."""
    return len(digits) > DATE_DIGITS and "/" not in text and "." not in text[-3:]

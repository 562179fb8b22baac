"""Every problem a phone cell can have: its stable code, how grave it is, and what to do about it."""

from __future__ import annotations

from dialer.domain.problem import by_code, error, warning
from dialer.domain.screening.suppression import SUPPRESSION_RULES

EDITION = 2
"""Changes whenever a cell comes to be read otherwise, so that the lists of earlier runs are not judged by it."""

RULES = by_code(
    error("number-missing", "there is no number", "fill the cell in, or take the row out"),
    error("number-unreadable", "this is not a telephone number", "write digits, such as +12025550123"),
    error(
        "number-letters",
        "letters stand among the digits, and it is not certain which digits are meant",
        "write the number in digits only",
    ),
    error(
        "number-masked",
        "signs stand for digits here (X, *, ?), and it is not known which",
        "write the whole number",
    ),
    error(
        "number-words",
        "it is not known what the words beside the number mean",
        "keep nothing but the number in the cell, or take the row out",
    ),
    SUPPRESSION_RULES["number-says-no"],
    error(
        "number-unseen",
        "a sign that cannot be seen stands in the cell, and what it means is not known",
        "type the number in anew",
    ),
    error(
        "number-outdated",
        "the number is written in a way that is no longer dialled, since the country has changed its numbers",
        "write it as it is dialled now",
    ),
    error("number-too-short", "too few digits", "write the whole number, with its area code"),
    error("number-too-long", "too many digits", "write one number, in the form +12025550123"),
    error(
        "number-wrong-length",
        "no number of this country has that many digits",
        "look for a missing or doubled digit",
    ),
    error("number-no-area-code", "the area code is missing", "write the number with its area code"),
    error(
        "number-no-country",
        "the country is not known, because there is no + and no region is set",
        "write + and the country code in front, or set the campaign's region",
        section="settings",
    ),
    error(
        "number-impossible",
        "no such number can be given out: behind +1 no area code begins with 0 or 1",
        "look for a missing digit, or write the + and the code of the country that is meant",
    ),
    error("number-unknown-country", "no country has this calling code", "check the digits after the +"),
    error(
        "number-scientific",
        "a spreadsheet has shortened the number (1.2E+10), and its last digits may be lost",
        "format the column as text, fill the numbers in again and export again",
    ),
    error(
        "number-decimal",
        "a spreadsheet has stored the number as an amount (.0 or thousands separators)",
        "format the column as text and export again",
    ),
    error("number-date", "this is a date", "format the column as text and fill the number in again"),
    error(
        "number-formula-error",
        "a spreadsheet formula failed here (#NAME?, #N/A ...)",
        "mend the formula, or paste the numbers as values",
    ),
    error("number-two", "there is more than one number in the cell", "keep one number in a cell"),
    error(
        "number-lost-plus",
        "a + may be missing in front, as spreadsheets remove it; without it the digits are another number, or none",
        "write the + and the country code in front",
    ),
    error(
        "number-stray-zero",
        "a 0 stands in front that does not belong there, and without it this is a number",
        "take the 0 out if that is what is meant",
    ),
    error(
        "number-lost-zero",
        "this reads as a number only with a 0 in front, which a spreadsheet may have removed",
        "write the 0 in front if that is what is meant",
    ),
    error(
        "number-foreign-prefix",
        "the international prefix (such as 00 or 011) is not the one of this list's region",
        "write + in its place",
    ),
    error(
        "number-extension",
        "there is an extension, and a call cannot dial it",
        "give the direct number, or take the extension out",
    ),
    error("number-premium", "this is a premium-rate number, and those are never dialled", "give another number"),
    error("number-emergency", "this is an emergency number, and those are never dialled", "take the row out"),
    error(
        "number-short-code",
        "this is a short code, which cannot be dialled as a telephone number",
        "give a full number",
    ),
    warning(
        "number-unassigned",
        "the length is right, but no such number is known to have been given out",
        "check it for a mistyped digit; what was given out lately may not be known here",
    ),
    warning(
        "number-vanity",
        "the letters were read as the keys of a telephone",
        "write the number in digits if that is not what is meant",
    ),
    warning("number-text", "words beside the number were left out", "keep nothing but the number in the cell"),
)

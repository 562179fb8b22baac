"""What a cell under a heading about permission says: that the person may be rung, that not, or nothing clear."""

from __future__ import annotations

import re
from datetime import date
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from dialer.domain.screening.consent_headings import Cells, HeadingMeaning, Says, read_meaning
from dialer.domain.screening.consent_words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

_YES: Final = vocabulary(
    "y yes true 1 x t on checked granted ✓ ✔ ☑ ja j oui si sí sim tak wahr vrai vero verdadero verdadeiro prawda"
)
_NO: Final = vocabulary("n no false 0 f off unchecked ☐ nein non nee nie não nao niet falsch faux falso none never")
#: What scrubbing services and dialers write of a number that is on no list.
_NOT_LISTED: Final = frozenset(
    ("not listed", "not on list", "not registered", "not found", "no match", "clear", "clean", "ok", "okay", "passed")
)
_OPT_IN: Final = frozenset(("in", "opt in", "opt-in"))
_ITEMS = re.compile(r"[;,|/\n]+")
_EARLIEST_YEAR: Final = 1990  #: before, nobody asked for consent to calls: such days are fillers of empty cells
_YEAR_DIGITS: Final = 4  #: a number so long is a year, in front or at the end; a shorter one may be a day or a month
_CENTURY: Final = 2000  #: that years of two digits are of: of the last one only ten would count
_CLOCK: Final = r"(?:[ T,]+[0-9]{1,2}:[0-9]{2}.*)?"
_DAY = re.compile(rf"([0-9]{{1,4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,4}}){_CLOCK}")
_NAMED = re.compile(
    rf"(?:([0-9]{{1,2}})[ .-]+([A-Z]{{3}})[A-Z]*|([A-Z]{{3}})[A-Z]*[ .]+([0-9]{{1,2}}))[ ,.-]+([0-9]{{4}}){_CLOCK}"
)
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class Consent(Enum):
    """What a cell says of the person; a doubtful one keeps from being rung as an objection does."""

    MAY = auto()
    NOT = auto()
    DOUBTFUL = auto()


def judge_cell(cell: str, meaning: HeadingMeaning, today: date, *, may_be_empty: bool = False) -> Consent:
    """Say whether a cell lets the person be rung on that day.

    With `may_be_empty` another column says yes or no, and only a day that is there must be right.
    """
    value = cell.strip().casefold()
    if not value and (may_be_empty or meaning.says in {Says.OBJECTION, Says.NEITHER} or meaning.cells is Cells.STATUS):
        return Consent.MAY
    if meaning.cells is Cells.STATUS:
        return _status(value, meaning)
    if meaning.says is not Says.UNCLEAR and meaning.cells in {Cells.DATE, Cells.UNTIL}:
        return _dated(value, meaning, today)
    return _answered(value, meaning)


def _answered(value: str, meaning: HeadingMeaning) -> Consent:
    """Judge a yes or no, or words that speak for themselves."""
    said = _says(value)
    if meaning.says is Says.OBJECTION:
        if value in _NO or value in _NOT_LISTED or said is Says.PERMISSION:
            return Consent.MAY
        clear = meaning.cells is Cells.ANYTHING or value in _YES or said is Says.OBJECTION
        return Consent.NOT if clear else Consent.DOUBTFUL
    yes = _YES if meaning.says is Says.PERMISSION else _OPT_IN
    if value in yes or said is Says.PERMISSION:
        return Consent.MAY
    return Consent.NOT if not value or value in _NO or said is Says.OBJECTION else Consent.DOUBTFUL


def last_day(cell: str, meaning: HeadingMeaning) -> date | None:
    """Return the day after which a permission under a heading has gone, the earlier one where it may be two."""
    if meaning.says is not Says.PERMISSION or meaning.cells is not Cells.UNTIL:
        return None
    return min(_days(cell.strip().casefold()), default=None)


def is_objection(text: str) -> bool:
    """Say whether a few words are an objection to calls, and nothing else."""
    return _says(text) is Says.OBJECTION


def _says(text: str) -> Says | None:
    meaning = read_meaning(text)
    return meaning.says if meaning and meaning.is_plain and meaning.cells is Cells.YES_NO else None


def _status(value: str, meaning: HeadingMeaning) -> Consent:
    """Look for an objection among the items of a cell; a no of its own is one only where permission is spoken of."""
    refused = meaning.says is Says.PERMISSION and value in _NO
    items = {value, *(item.strip() for item in _ITEMS.split(value))}
    return Consent.NOT if refused or any(map(is_objection, items)) else Consent.MAY


def _dated(value: str, meaning: HeadingMeaning, today: date) -> Consent:
    """Hold a day to today; one that can be read as two days must be right both ways."""
    days = _days(value)
    past, future = (bool(days) and all(ahead == wanted for ahead in (day > today for day in days)) for wanted in (0, 1))
    if meaning.says is Says.OBJECTION:
        gone = meaning.cells is Cells.UNTIL and bool(days) and all(day < today for day in days)
        return Consent.MAY if gone else Consent.NOT if days else Consent.DOUBTFUL
    if meaning.cells is Cells.UNTIL:
        if days and all(day >= today for day in days):
            return Consent.MAY
        return Consent.NOT if past or not value else Consent.DOUBTFUL
    if past and min(days).year >= _EARLIEST_YEAR:
        return Consent.MAY
    return Consent.NOT if future or not value else Consent.DOUBTFUL


def _days(value: str) -> Sequence[date]:
    """Read a day with the year, the month or the day in front, or a named month; 3/4/2026 may be either of two."""
    text = value.upper()
    if match := _NAMED.fullmatch(text):
        month = match[2] or match[3]
        number = str(_MONTHS.index(month) + 1) if month in _MONTHS else "0"
        return _existing([(match[5], number, match[1] or match[4])])
    match = _DAY.fullmatch(text)
    if not match:
        return ()
    first, middle, last = match[1], match[3], match[4]
    if len(first) == _YEAR_DIGITS:
        return _existing([(first, middle, last)])
    year = last if len(last) == _YEAR_DIGITS else str(_CENTURY + int(last))
    return _existing([(year, first, middle), (year, middle, first)])


def _existing(readings: Sequence[tuple[str, str, str]]) -> Sequence[date]:
    days = []
    for reading in readings:
        try:
            days.append(date(*map(int, reading)))
        except ValueError:
            continue
    return days

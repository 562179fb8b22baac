"""Which columns of a do-not-call table hold numbers: all that say so, and all whose cells are numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from dialer.domain.screening.consent_headings import folded
from dialer.domain.screening.consent_words import vocabulary
from dialer.numbers.damage import count_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.numbers.reader import NumberReader

#: One of these words makes a heading that of a column of numbers.
PHONE_WORDS: Final = vocabulary(
    """
    phone phones telephone telephones tel tels mobile mobiles cell cells cellphone mobilephone landline msisdn gsm fon
    fone handy ani fax e164 phonenumber phoneno telephonenumber telno mobilenumber mobileno cellnumber contactnumber
    callednumber homephone workphone dncnumber dncphone donotcallnumber suppressednumber
    telefon telefonnummer rufnummer mobil mobilnummer festnetz telefono telefone telefoon cellulare celular movil
    telemovel komorka
    """
)
#: What stands beside a number and is none.
_NO_NUMBERS: Final = vocabulary(
    """
    type code ext extension country carrier status date time id name provider label valid verified source reason
    consent timezone zone list flag count area
    """
)
_VAGUE: Final = vocabulary("number numbers to destination dnc donotcall nummer numero contact")
_DATES: Final = vocabulary(
    """
    date added dateadded addedat addedon created createdat since timestamp time optoutdate optedoutat dncdate revokedat
    unsubscribedat requestedat requestdate
    """
)
_REASONS: Final = vocabulary("reason why comment comments note notes remark remarks source")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_\d]+")
_FEWEST_DIGITS: Final = 7  #: with so many a heading is an entry of its own
_NO_LETTERS = re.compile(r"[\W_]+")


class Columns(NamedTuple):
    """The places of the columns of numbers, of those the ones that say so themselves, of the date and the reason."""

    numbers: Sequence[int]
    sure: frozenset[int]
    date: int | None
    reason: int | None


_NO_COLUMNS: Final = Columns((), frozenset(), None, None)


def find_columns(headings: Sequence[str], sample: Sequence[Sequence[str]], reader: NumberReader) -> Columns:
    """Find the columns of a table by its headings and its first records; none where no heading is known.

    Whoever asked not to be called may be rung by any number, so any column of numbers counts: those that are known by
    a heading, and beside them those whose cells are numbers, whatever stands above.
    """
    if any(count_digits(heading) >= _FEWEST_DIGITS for heading in headings):
        return _NO_COLUMNS
    keys = [_NO_LETTERS.sub("", heading.casefold()) for heading in headings]
    sure = [at for at, heading in enumerate(headings) if _is_sure(heading, keys[at])]
    vague = [at for at, key in enumerate(keys) if at not in sure and _is_vague(headings[at], key)]
    if not sure:
        sure = [at for at in vague if _holds_numbers(sample, at, reader)] or vague[:1]
    dates, reasons = ([at for at, key in enumerate(keys) if key in known] for known in (_DATES, _REASONS))
    others = [at for at in range(len(headings)) if at not in {*sure, *dates} and _holds_numbers(sample, at, reader)]
    return Columns(
        numbers=sorted({*sure, *others}) if sure else (),
        sure=frozenset(sure),
        date=next(iter(dates), None),
        reason=next(iter(reasons), None),
    )


def _words(heading: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _CAMEL.split(folded(heading)) if word)


def _is_sure(heading: str, key: str) -> bool:
    words = _words(heading)
    return key in PHONE_WORDS or (not words.isdisjoint(PHONE_WORDS) and words.isdisjoint(_NO_NUMBERS))


def _is_vague(heading: str, key: str) -> bool:
    words = _words(heading)
    return key in _VAGUE or (not words.isdisjoint(_VAGUE) and words.isdisjoint(_NO_NUMBERS))


def _holds_numbers(sample: Sequence[Sequence[str]], at: int, reader: NumberReader) -> bool:
    """Say whether most of the cells there that hold anything are telephone numbers that somebody may have."""
    cells = [cells[at] for cells in sample if at < len(cells) and cells[at].strip()]
    numbers, told = reader.read_column(cells)
    clean = sum(number is not None and place not in told for place, number in enumerate(numbers))
    return bool(cells) and clean * 2 > len(cells)

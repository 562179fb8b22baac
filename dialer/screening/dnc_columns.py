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
#: Numbers stand under these, but also other things: their cells decide.
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


class FoundTable(NamedTuple):
    """Where a table's numbers stand, and how many records there are down to its headings, these among them."""

    columns: Columns
    skipped: int


def find_table(sample: Sequence[Sequence[str]], reader: NumberReader, *, may_lack_headings: bool = False) -> FoundTable:
    """Find the headings of a table among its first records, and its columns of numbers; none where it is no table.

    The headings are the first record, or below a title the record under which numbers stand. With `may_lack_headings`
    a table of one column needs none.
    """
    if not sample:
        return FoundTable(_NO_COLUMNS, 0)
    first = next((at for at, record in enumerate(sample) if _has_number(record, reader)), len(sample))
    for at in reversed(range(1, first)):
        below = sample[at + 1 :]
        columns = find_columns(sample[at], below, reader)
        if any(_holds_numbers(below, column, reader) for column in columns.sure):
            return FoundTable(columns, at + 1)
    columns = find_columns(sample[0], sample[1:], reader)
    if not columns.numbers and may_lack_headings and all(sum(map(bool, record)) == 1 for record in sample):
        only = [at for at in range(max(map(len, sample))) if _holds_numbers(sample, at, reader)]
        return FoundTable(Columns(only, frozenset(only), None, None), 0)
    return FoundTable(columns, 1)


def find_columns(headings: Sequence[str], sample: Sequence[Sequence[str]], reader: NumberReader) -> Columns:
    """Find the columns of a table by its headings and its first records; none where no heading is known.

    Whoever asked not to be called may be rung by any number, so any column of numbers counts: those that are known by
    a heading, and beside them those whose cells are numbers, whatever stands above.
    """
    if any(count_digits(heading) >= _FEWEST_DIGITS for heading in headings):
        return _NO_COLUMNS
    keys = [_NO_LETTERS.sub("", heading.casefold()) for heading in headings]
    sure = [at for at, heading in enumerate(headings) if _is_one_of(PHONE_WORDS, heading, keys[at])]
    vague = [at for at, key in enumerate(keys) if at not in sure and _is_one_of(_VAGUE, headings[at], key)]
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


def _is_one_of(known: frozenset[str], heading: str, key: str) -> bool:
    """Tell whether a heading is a known word by its `key`, or has one among its words and none of what is no number."""
    words = {word.casefold() for word in _CAMEL.split(folded(heading)) if word}
    return key in known or (not words.isdisjoint(known) and words.isdisjoint(_NO_NUMBERS))


def _has_number(record: Sequence[str], reader: NumberReader) -> bool:
    numbers, told = reader.read_column(record)
    return any(number is not None and at not in told for at, number in enumerate(numbers))


def _holds_numbers(sample: Sequence[Sequence[str]], at: int, reader: NumberReader) -> bool:
    """Say whether most of the cells there that hold anything are telephone numbers that somebody may have."""
    cells = [cells[at] for cells in sample if at < len(cells) and cells[at].strip()]
    numbers, told = reader.read_column(cells)
    clean = sum(number is not None and place not in told for place, number in enumerate(numbers))
    return bool(cells) and clean * 2 > len(cells)

"""Which country numbers without a plus seem to be of: a proposal to a person, never a reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import phonenumbers

from dialer.numbers.damage import clean
from dialer.numbers.phonenumbers_says import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_CELLS: Final = 24
"""Cells worth looking at: each costs some 100 microseconds in each country that is tried."""

_ENOUGH: Final = 0.8
"""A list of one country has a few damaged cells, and seldom one in five."""

_TRIED: Final = ("US", "GB", "FR", "ES", "AU", "NL", "PL", "BR", "MX", "JP", "ZA", "IN", "IT", "DE")
"""Countries of long lists; the last three take digits of nearly any length, so that others go before them."""

_MOST_PROPOSED: Final = 2
"""A person chooses between two at a glance; more are no proposal."""


def likely_regions(cells: Sequence[str], numbers: Iterable[str] = ()) -> tuple[str, ...]:
    """Name the country in which most of these cells are numbers, written as people there write them.

    Two where they read as many, () where none reads most cells. Countries of the list's E.164 `numbers` are tried too,
    and go first among equals.
    """
    texts = [clean(cell) for cell in cells[:MOST_CELLS]]
    parsed = map(phonenumbers.parse, numbers)
    known = list(filter(None, map(phonenumbers.region_code_for_number, parsed)))
    order = [*sorted(set(known), key=known.count, reverse=True), *_TRIED]
    # One country of each calling code: all of +1 read each other's numbers.
    tried = {phonenumbers.country_code_for_region(region): region for region in reversed(order)}.values()
    read = {region: _count_read(texts, region) for region in order if region in tried}
    best = max(read.values())
    if not texts or best[0] < _ENOUGH * len(texts):
        return ()
    return tuple(region for region, count in read.items() if count == best)[:_MOST_PROPOSED]


def _count_read(texts: Sequence[str], region: str) -> tuple[int, int]:
    """Count the texts that are numbers of a region, and those that are written as they are there."""
    numbers = {text: judge(text, region) for text in texts}
    good = {text: verdict.number for text, verdict in numbers.items() if verdict.code is None and verdict.number}
    usual = sum(_digits(text) == _digits(_written_at_home(number)) for text, number in good.items())
    return sum(text in good for text in texts), usual


def _written_at_home(number: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))

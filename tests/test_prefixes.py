"""Promises about quick verdicts on digits: the library's own, and bounded memory."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from dialer.numbers.phonenumbers_says import judge
from dialer.numbers.prefixes import LIBRARY, MOST_LEAVES, Prefixes
from dialer.numbers.validity import Validity


def random_digits(dice: random.Random, *, fewest: int = 1, most: int = 22) -> str:
    return "".join(dice.choices("0123456789", k=dice.randint(fewest, most)))


@pytest.mark.parametrize("region", [None, *sorted(phonenumbers.SUPPORTED_REGIONS)])
def test_digits_at_random_get_the_verdict_of_the_library(region):
    dice = random.Random(region)
    country = str(phonenumbers.country_code_for_region(region)) if region else "1"
    starts = ("", "", "+", "0", "00", "+" + country, "+" + country, country, f"+{country}0", f"00{country}")
    numbers = [dice.choice(starts) + random_digits(dice, fewest=3, most=14) for _ in range(40)]
    prefixes = Prefixes(region)
    verdicts = [(number, prefixes.validity(number)) for number in numbers]
    assert verdicts == [(number, judge(number, region)) for number in numbers]


@pytest.mark.parametrize("country", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_every_calling_code_gets_the_verdict_of_the_library(country):
    dice = random.Random(country)
    numbers = [f"+{country}{random_digits(dice, fewest=6, most=12)}" for _ in range(40)]
    prefixes = Prefixes(None)
    assert [prefixes.validity(number) for number in numbers] == [judge(number, None) for number in numbers]


def test_numbers_with_one_beginning_are_judged_once():
    prefixes = Prefixes("US")
    first = [prefixes.validity(f"+1212555{line:04}") for line in range(5)]
    learnt = {length: dict(leaves) for length, leaves in enumerate(prefixes.leaves) if leaves}
    assert first == [Validity(None, f"+1212555{line:04}") for line in range(5)]
    assert learnt == {12: {"+12125": ("+12125", None)}}


def test_numbers_the_library_rewrites_are_left_to_it():
    prefixes = Prefixes("AR")
    assert prefixes.validity("0111523456789") == Validity(None, "+5491123456789")
    assert LIBRARY in {leaf.code for leaf in prefixes.leaves[13].values()}


def test_memory_is_bounded_whatever_the_numbers():
    dice = random.Random(7)
    prefixes = Prefixes("DE")
    for _ in range(MOST_LEAVES + 4000):
        prefixes.validity("+49" + random_digits(dice, fewest=11, most=11))
    assert max(map(len, prefixes.leaves)) <= MOST_LEAVES

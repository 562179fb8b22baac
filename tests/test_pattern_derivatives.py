"""Promises about patterns that are asked before all the digits are known."""

from __future__ import annotations

import random
import re

import phonenumbers
import pytest

from dialer.numbers.pattern_derivatives import NEVER, DigitPatterns, UnknownSyntaxError


def patterns_of(region: str) -> list[str]:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    descs = (metadata.general_desc, metadata.fixed_line, metadata.mobile, metadata.premium_rate)
    patterns = [desc.national_number_pattern for desc in descs if desc]
    patterns += [metadata.international_prefix, metadata.national_prefix_for_parsing, metadata.leading_digits]
    return [pattern for pattern in patterns if pattern]


@pytest.mark.parametrize("region", ["US", "CA", "GB", "DE", "BR", "AR", "JP", "CN", "IT", "AX", "KZ", "SM"])
def test_a_fate_is_what_the_regular_expression_comes_to(region):
    dice = random.Random(region)
    pool = DigitPatterns()
    for pattern in patterns_of(region):
        for _ in range(100):
            digits = "".join(dice.choices("0123456789", k=dice.randint(1, 11)))
            known = dice.randint(0, len(digits))
            fate = pool.fate(pool.after(pool.compile(pattern), digits[:known]), len(digits) - known)
            assert fate in (None, re.fullmatch(pattern, digits) is not None)


@pytest.mark.parametrize(
    ("pattern", "known", "unread", "fate"),
    [
        (r"2\d{3}", "2", 3, True),
        (r"2\d{3}", "2", 2, False),
        (r"2\d{3}", "", 4, None),
        (r"[2-9]\d|1", "1", 0, True),
        (r"(?:12|34)5?$", "12", 0, True),
        (r"\d{2,3}", "", 3, True),
        (r"1[02-9]", "1", 1, None),
    ],
)
def test_a_fate_is_settled_as_soon_as_the_digits_allow(pattern, known, unread, fate):
    pool = DigitPatterns()
    assert pool.fate(pool.after(pool.compile(pattern), known), unread) is fate


@pytest.mark.parametrize(
    ("pattern", "known", "unread", "later"),
    [
        ("00", "0", 5, True),
        ("00", "00", 5, False),
        ("0(?:1[2-9]\\d{4})?", "0", 3, False),
        ("(\\d{3})$|1", "1", 2, True),
    ],
)
def test_a_prefix_may_still_match_later_only_where_digits_are_left_for_it(pattern, known, unread, later):
    pool = DigitPatterns()
    assert pool.may_match_later(pool.after(pool.compile(pattern), known), unread) is later


def test_equal_expressions_are_one():
    pool = DigitPatterns()
    assert pool.after(pool.compile("2(?:1[2-9]|0[2-9])"), "21") == pool.compile("[2-9]")
    assert pool.after(pool.compile("21"), "3") == NEVER


@pytest.mark.parametrize("pattern", ["a", "(1", "[1", "1*", ".", "[^1]", "1{,2}", "1)"])
def test_a_pattern_that_is_not_about_digits_is_refused(pattern):
    with pytest.raises(UnknownSyntaxError):
        DigitPatterns().compile(pattern)

"""Promises about cells that two people's numbers could be read from: they are refused, and both are named."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from dialer.numbers.possible_numbers import meant
from dialer.numbers.reader import NumberReader, ParsedNumber
from dialer.numbers.rules import RULES

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = (
    *(PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST),
    *(PhoneNumberType.VOIP, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.UAN, PhoneNumberType.PAGER),
)


def doubt(code: str, one: str, other: str) -> ParsedNumber:
    return ParsedNumber(None, code, f"{RULES[code].message} (it may be {one} or {other})")


def own_numbers(region: str) -> set[str]:
    """Give numbers of a region in E.164: its examples, and others that begin or end like them."""
    dice, found = random.Random(region), set()
    code = phonenumbers.country_code_for_region(region)
    for example in filter(None, (phonenumbers.example_number_for_type(region, kind) for kind in KINDS)):
        national = phonenumbers.national_significant_number(example)
        for _ in range(25):
            kept = dice.randint(1, len(national))
            other = national[:kept] + "".join(
                dice.choices("0123456789", k=len(national) - kept + dice.choice((0, 0, 1)))
            )
            parsed = phonenumbers.parse(f"+{code}{other}")
            if phonenumbers.is_valid_number(parsed):
                found.add(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    return found


@pytest.mark.parametrize(
    ("cell", "region", "expected"),
    [
        ("491701234567", "DE", doubt("number-lost-plus", "+491701234567", "+49491701234567")),
        ("49 170 1234568", "DE", doubt("number-lost-plus", "+491701234568", "+49491701234568")),
        ("49-170-123-4567", "DE", doubt("number-lost-plus", "+491701234567", "+49491701234567")),
        ("49(0)345279580", "DE", doubt("number-lost-plus", "+49345279580", "+49490345279580")),
        ("Tel. 491701234567", "DE", doubt("number-lost-plus", "+491701234567", "+49491701234567")),
        ("0491701234567", "DE", doubt("number-lost-plus", "+491701234567", "+49491701234567")),
        ("62812345678", "ID", doubt("number-lost-plus", "+62812345678", "+6262812345678")),
        ("468123456", "SE", doubt("number-lost-plus", "+468123456", "+46468123456")),
        ("0081120966496", "JP", doubt("number-lost-plus", "+81120966496", "+810081120966496")),
        ("02486412780", "SC", doubt("number-lost-plus", "+2486412780", "+486412780")),
        ("15123456789", "DE", doubt("number-lost-plus", "+15123456789", "+4915123456789")),
        ("4522345678", "US", doubt("number-lost-plus", "+4522345678", "+14522345678")),
        ("03211234567", "CO", doubt("number-stray-zero", "+573211234567", "+5703211234567")),
        ("+57 03211234567", "CO", doubt("number-stray-zero", "+573211234567", "+5703211234567")),
    ],
)
def test_digits_that_could_be_two_numbers_are_refused_and_both_are_named(cell, region, expected):
    assert NumberReader(region).read_all([cell, cell]) == [expected, expected]


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_own_number_that_lost_its_plus_is_never_taken_for_another(region):
    reader = NumberReader(region)
    cells = {
        cell: number
        for number in own_numbers(region)
        for cell in (number[1:], f"00{number[1:]}", f"{number[1:4]} {number[4:]}")
    }
    found = {cell: reader.read(cell).number for cell in cells}
    assert {cell: number for cell, number in found.items() if number not in (cells[cell], None)} == {}


@pytest.mark.parametrize(
    ("cell", "region", "number"),
    [
        ("0170 1234569", "DE", "+491701234569"),
        ("1701234567", "DE", "+491701234567"),
        ("4930901820", "DE", "+4930901820"),
        ("04961 123456", "DE", "+494961123456"),
        ("0491 92770", "DE", "+4949192770"),
        ("046-814 34 86", "SE", "+46468143486"),
        ("0841998625", "VN", "+84841998625"),
        ("9876543210", "IN", "+919876543210"),
        ("13812345678", "CN", "+8613812345678"),
        ("2025550123", "US", "+12025550123"),
        ("7700900123", "GB", "+447700900123"),
    ],
)
def test_a_number_written_as_at_home_is_read_however_it_would_read_abroad(cell, region, number):
    assert NumberReader(region).read(cell).number == number


@pytest.mark.parametrize(
    ("cell", "region"),
    [
        ("030 901820/21", "DE"),
        ("+49 30 901820/22", "DE"),
        ("030 901820 -21/-22", "DE"),
        ("030 901820, 21", "DE"),
        ("030 901820; 21", "DE"),
        ("030 901820 & 21", "DE"),
        ("030 901820 oder 21", "DE"),
        ("030 901820 bis 25", "DE"),
        ("030 901820\\21", "DE"),
        ("030 901820|1", "DE"),
        ("+36 1 234 5678/9", "HU"),
        ("+43 1 12345/67", "AT"),
        ("98765-43217/18", "IN"),
        ("98765 43217-18", "IN"),
        ("02/1234567/8", "IT"),
        ("01 42 68 53 00 ou 01", "FR"),
        ("22 12 34 56 eller 57", "NO"),
        ("8 (916) 123-45-67 или 68", "RU"),
        ("home 212 555 0100 work 212 555 0101", "US"),
    ],
)
def test_other_endings_are_not_dialled_as_part_of_the_number(cell, region):
    assert NumberReader(region).read_all([cell]) == [ParsedNumber(None, "number-two", RULES["number-two"].message)]


@pytest.mark.parametrize(
    ("cell", "region", "number"),
    [
        ("+49 123 / 42 42 42", "DE", "+49123424242"),
        ("030/901825", "DE", "+4930901825"),
        ("030 901820-21", "DE", "+493090182021"),
        ("+49/30/901825", "DE", "+4930901825"),
        ("0171/123 45 67", "DE", "+491711234567"),
        ("0475/12.34.56", "BE", "+32475123456"),
        ("01/42/68/53/00", "FR", "+33142685300"),
        ("06-1/234-5678", "HU", "+3612345678"),
        ("0316/12345", "AT", "+4331612345"),
        ("202/555/0123", "US", "+12025550123"),
        ("03/1234/5678", "JP", "+81312345678"),
    ],
)
def test_signs_between_the_parts_of_one_number_are_read(cell, region, number):
    assert NumberReader(region).read_all([cell])[0].number == number


@pytest.mark.parametrize(
    ("cell", "region", "now"),
    [
        ("+52 1 55 5351 2345", None, "+525553512345"),
        ("044 55 5351 2345", "MX", "+525553512345"),
        ("01 55 5351 2345", "MX", "+525553512345"),
        ("5215553512345", "MX", "+525553512345"),
        ("+55 11 8765-4321", "US", "+5511987654321"),
        ("1 2345678", "CO", "+576012345678"),
        ("+229 97 12 34 56", None, "+2290197123456"),
        ("0169 123 4567", "VN", "+84391234567"),
        ("+593 9 123 4567", None, "+593991234567"),
        ("+39 2 1234 5678", None, "+390212345678"),
        ("+225 07 12 34 56", None, "two more digits in front"),
    ],
)
def test_a_number_from_before_a_change_is_refused_with_what_to_write_now(cell, region, now):
    reading = NumberReader(region).read_all([cell])[0]
    assert (reading.number, reading.code) == (None, "number-outdated")
    assert now in reading.message


@pytest.mark.parametrize(
    "sign",
    [
        *("\u3164", "\u115f", "\u1160", "\uffa0", "\u034f", "\u2800", "\U000e0100", "\ufffc", "\x7f", "\x00", "\u180e"),
        *(
            "\u200b",
            "\u2060",
            "\u206a",
            "\ufeff",
            "\u00ad",
            "\u061c",
            "\ufe0f",
            "\U000e0001",
            "\U0001d173",
            "\u0085",
            "\u17b4",
        ),
    ],
)
def test_a_sign_that_shows_nothing_means_nothing(sign):
    cells = [f"+1{sign}202-555-0107", f"{sign}+12025550107", f"+12025550107{sign}"]
    assert NumberReader(None).read_all(cells) == [ParsedNumber("+12025550107", None, "")] * 3


@pytest.mark.parametrize(
    ("sign", "named"), [("\ue000", "U+E000"), ("\u0301", "U+0301 COMBINING ACUTE ACCENT"), ("\U0003fffe", "U+3FFFE")]
)
def test_a_sign_that_may_mean_something_is_named(sign, named):
    expected = ParsedNumber(None, "number-unseen", f"{RULES['number-unseen'].message} ({named})")
    assert NumberReader(None).read_all([f"+1202{sign}5550107"]) == [expected]


def test_who_asked_not_to_be_called_is_protected_whichever_number_was_meant():
    assert meant(NumberReader("DE"), "491701234567") >= {"+491701234567", "+49491701234567"}
    assert NumberReader("DE").possible("0170 1234567") == {"+491701234567"}

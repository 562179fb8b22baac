"""Promises about rows that name a country: their numbers are read as that country's or refused, never another's."""

from __future__ import annotations

import pytest

from dialer.lists.row_countries import COUNTRY_RULES, CountryReader
from dialer.numbers.reader import NumberReader
from dialer.screening import tables as shipped

COUNTRY_OF = shipped.load().geography.country


def read(region, *rows):
    """Return number and code of each row, given as a phone cell and a country."""
    reader = CountryReader(NumberReader(region), region, COUNTRY_OF, allow_unassigned=True)
    found = reader.read([phone for phone, _ in rows], [country for _, country in rows])
    return [(number, found.told[at].code if at in found.told else None) for at, number in enumerate(found.numbers)]


@pytest.mark.parametrize(
    ("region", "phone", "country", "number"),
    [
        ("US", "3471234568", "Italy", "+393471234568"),
        ("US", "0612345678", "France", "+33612345678"),
        ("US", "0612345678", "FR", "+33612345678"),
        ("US", "020 7946 0018", "44", "+442079460018"),
        ("US", "020 7946 0018", "+44", "+442079460018"),
        ("US", "416 555 0123", "Canada", "+14165550123"),
        ("US", "2125550123", "", "+12125550123"),
        ("US", "2125550123", "n/a", "+12125550123"),
        ("US", "2125550123", "United States", "+12125550123"),
        ("DE", "0660 1234567", "Österreich", "+436601234567"),
        (None, "2125550123", "USA", "+12125550123"),
        (None, "030 901820", "Deutschland", "+4930901820"),
        ("US", "00 33 6 12 34 56 78", "France", "+33612345678"),
    ],
)
def test_a_number_without_a_plus_is_read_as_one_of_its_rows_country(region, phone, country, number):
    assert read(region, (phone, country)) == [(number, None)]


@pytest.mark.parametrize(
    ("region", "phone", "country", "code"),
    [
        ("US", "3312345678", "Mexico", "number-other-country"),
        ("US", "2125550123", "Mexico", "number-other-country"),
        ("DE", "030 901820", "Poland", "number-other-country"),
        ("US", "2125550123", "Atlantis", "country-unclear"),
        ("DE", "0170 1234567", "Neuland", "country-unclear"),
        ("US", "hello", "Atlantis", "number-unreadable"),
        (None, "2125550123", "Atlantis", "number-no-country"),
        (None, "2125550123", "", "number-no-country"),
        ("US", "12", "Italy", "number-too-short"),
    ],
)
def test_where_number_and_country_disagree_nobody_is_rung(region, phone, country, code):
    assert read(region, (phone, country)) == [(None, code)]


def test_both_readings_are_named():
    reader = CountryReader(NumberReader("US"), "US", COUNTRY_OF, allow_unassigned=True)
    told = reader.read(["3312345678"], ["Mexico"]).told[0]
    assert told.message == f"{COUNTRY_RULES[told.code].message} (it may be +523312345678 or +13312345678)"


def test_a_number_with_a_plus_is_rung_wherever_the_row_lives_and_the_difference_is_said():
    rows = [("+442079460018", "France"), ("+442079460018", "GB"), ("+442079460018", "Atlantis"), ("+14165550123", "US")]
    number = "+442079460018"
    assert read("US", *rows) == [(number, "country-differs"), (number, None), (number, None), ("+14165550123", None)]


def test_a_column_is_read_like_its_rows():
    rows = [
        ("2125550123", "US"),
        ("0612345678", "France"),
        ("2125550124", ""),
        ("x", "Italy"),
        ("0612345679", "France"),
    ]
    assert read("US", *rows) == [one for row in rows for one in read("US", row)]

"""Holidays by set name, with the days that general lists lack."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from dialer.screening.holidays import SETS, holidays_of


def days(name: str, year: int) -> list[str]:
    return [day.strftime("%m-%d") for day in sorted(holidays_of(name, year))]


def test_pennsylvania_keeps_its_own_list() -> None:
    assert " ".join(days("PA", 2026)) == (
        "01-01 01-19 02-16 04-03 05-25 06-14 06-15 06-19 07-04 09-07 10-12 11-03 11-11 11-26 12-25"
    )


def test_louisiana_keeps_the_list_of_its_commission_and_its_proclamations() -> None:
    assert " ".join(days("LA", 2026)) == (
        "01-01 01-08 01-19 02-17 04-03 05-25 07-03 07-04 09-07 11-11 11-26 12-24 12-25 12-26 12-31"
    )


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("RI", date(2026, 5, 4)),
        ("RI", date(2025, 5, 5)),
        ("RI", date(2026, 8, 10)),
        ("UT", date(2026, 7, 24)),
        ("AL", date(2026, 2, 17)),
        ("AL", date(2026, 12, 1)),
        ("AL", date(2026, 7, 3)),
        ("LA", date(2027, 12, 31)),
        ("ME", date(2026, 4, 20)),
        ("CA-BC", date(2026, 8, 3)),
        ("FR", date(2026, 7, 14)),
        ("DE", date(2026, 10, 31)),
        ("DE", date(2026, 11, 1)),
        ("ES", date(2026, 9, 11)),
        ("IT", date(2026, 12, 8)),
        ("AU", date(2026, 11, 3)),
        ("ZA", date(2026, 8, 10)),
        ("CO", date(2026, 11, 2)),
        ("PE", date(2026, 7, 28)),
        ("BR", date(2026, 11, 20)),
        ("BR", date(2026, 7, 9)),  # of São Paulo alone
        ("NZ", date(2026, 1, 26)),  # of Auckland and the north
        ("NZ", date(2026, 11, 13)),  # of Canterbury
    ],
)
def test_a_day_that_the_law_counts_is_in_the_set(name: str, day: date) -> None:
    assert day in holidays_of(name, day.year)


@pytest.mark.parametrize("name", sorted(SETS))
@pytest.mark.parametrize("year", [2025, 2026, 2027, 2028, 2035])
def test_every_set_has_days_of_its_year_only(name: str, year: int) -> None:
    found = holidays_of(name, year)
    assert found
    assert {day.year for day in found} == {year}
    assert date(year, 12, 25) in found


@pytest.mark.parametrize(
    ("year", "easter_friday"),
    [(2024, (3, 29)), (2025, (4, 18)), (2026, (4, 3)), (2027, (3, 26)), (2038, (4, 23))],
)
def test_good_friday_is_found_in_any_year(year: int, easter_friday: tuple[int, int]) -> None:
    assert date(year, *easter_friday) in holidays_of("PA", year)


def test_an_unknown_set_is_an_error() -> None:
    with pytest.raises(LookupError):
        holidays_of("ZZ", 2026)


def test_the_holidays_package_is_not_imported_before_it_is_needed() -> None:
    program = "import sys; from dialer.screening.tables import load; load(); sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

"""Holidays by set name: the days on which a calling window is narrower, where the law's list is its own."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from dateutil.easter import easter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MONDAY, _TUESDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 1, 3, 5, 6


@cache
def holidays_of(name: str, year: int) -> frozenset[date]:
    """Return the holidays of a set in a year; LookupError when there is no such set.

    Days moved to a neighbouring working day are in, and so are the days they were moved from.
    """
    return frozenset(day for day in SETS[name](year) if day.year == year)


def _public(country: str, year: int, part: str | None = None) -> frozenset[date]:
    # Imported at first use: it costs 30 to 65 ms that most commands need not pay.
    import holidays  # noqa: PLC0415

    return frozenset(holidays.country_holidays(country, subdiv=part, years=year))


def _public_anywhere(country: str, year: int) -> frozenset[date]:
    """Return the days that are a holiday in any part of a country, for people whose part is unknown."""
    import holidays  # noqa: PLC0415

    parts = holidays.country_holidays(country).subdivisions
    return frozenset().union(_public(country, year), *(_public(country, year, part) for part in parts))


def _alabama(year: int) -> frozenset[date]:
    """Add what some counties keep (Mardi Gras) and what registries list (Rosa Parks Day)."""
    return _public("US", year, "AL") | {_mardi_gras(year), date(year, 12, 1)}


def _rhode_island(year: int) -> frozenset[date]:
    """Add the state's independence day and the Monday after any fixed holiday on a Sunday."""
    days = _public("US", year, "RI") | {date(year, 5, 4)}
    return days | _mondays_after(days)


def _louisiana(year: int) -> frozenset[date]:
    """Return the Public Service Commission's own list, with the days that proclamations have added to it."""
    fixed = [(1, 1), (7, 4), (11, 11), (12, 25)]
    proclaimed = [(1, 8), (1, 19), (12, 24), (12, 26), (12, 31)]
    days = _dates(year, fixed)
    moved = _mondays_after(days) | _fridays_before(days) | _fridays_before([date(year + 1, 1, 1)])
    feasts = {_mardi_gras(year), _good_friday(year)}
    return days | moved | _dates(year, proclaimed) | _american(year) | feasts


def _pennsylvania(year: int) -> frozenset[date]:
    """Return the days of 73 P.S. 2245(a)(10), with Juneteenth as the stricter reading."""
    days = _dates(year, [(1, 1), (6, 14), (6, 19), (7, 4), (11, 11), (12, 25)])
    presidents, columbus = _nth(year, 2, _MONDAY, 3), _nth(year, 10, _MONDAY, 2)
    election = _nth(year, 11, _MONDAY, 1) + timedelta(days=1)
    return days | _mondays_after(days) | _american(year) | {presidents, columbus, election, _good_friday(year)}


def _american(year: int) -> frozenset[date]:
    """Return the moving holidays that the lists of the states share."""
    king, labor = _nth(year, 1, _MONDAY, 3), _nth(year, 9, _MONDAY, 1)
    memorial = date(year, 5, 31) - timedelta(days=date(year, 5, 31).weekday())
    return frozenset({king, memorial, labor, _nth(year, 11, _THURSDAY, 4)})


def _dates(year: int, days: Iterable[tuple[int, int]]) -> frozenset[date]:
    return frozenset(date(year, month, day) for month, day in days)


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _good_friday(year: int) -> date:
    sunday: date = easter(year)
    return sunday - timedelta(days=2)


def _mardi_gras(year: int) -> date:
    sunday: date = easter(year)
    return sunday - timedelta(days=47)


def _mondays_after(days: Iterable[date]) -> frozenset[date]:
    return frozenset(day + timedelta(days=1) for day in days if day.weekday() == _SUNDAY)


def _fridays_before(days: Iterable[date]) -> frozenset[date]:
    return frozenset(day - timedelta(days=1) for day in days if day.weekday() == _SATURDAY)


SETS: Final[Mapping[str, Callable[[int], frozenset[date]]]] = {
    "AL": _alabama,
    "LA": _louisiana,
    "PA": _pennsylvania,
    "RI": _rhode_island,
    "UT": lambda year: _public("US", year, "UT"),
    "NE": lambda year: _public("US", year, "NE"),
    "ME": lambda year: _public("US", year, "ME"),
    "CA-BC": lambda year: _public("CA", year, "BC"),
    "FR": lambda year: _public("FR", year),
    "IT": lambda year: _public("IT", year),
    "ZA": lambda year: _public("ZA", year),
    "CO": lambda year: _public("CO", year),
    "PE": lambda year: _public("PE", year),
    "AU": lambda year: _public_anywhere("AU", year),
    "DE": lambda year: _public_anywhere("DE", year),
    "ES": lambda year: _public_anywhere("ES", year),
    "BR": lambda year: _public_anywhere("BR", year),
    "NZ": lambda year: _public_anywhere("NZ", year),
}
"""Each set by the name the calling windows use, as a rule from a year to its days."""

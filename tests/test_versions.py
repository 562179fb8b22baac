"""Versions of the time zone data and of the tables, and when they are too old."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import TZPATH, ZoneInfo

import pytest

from dialer.screening.versions import Versions, stale, versions_in_use


def test_zones_come_from_the_package_only() -> None:
    assert TZPATH == ()
    vancouver = datetime(2027, 1, 15, 12, tzinfo=UTC).astimezone(ZoneInfo("America/Vancouver"))
    assert vancouver.strftime("%H:%M") == "05:00"


def test_the_version_is_the_one_of_the_time_zone_database() -> None:
    found = versions_in_use(date(2026, 11, 23))
    assert found.tables == date(2026, 11, 23)
    assert found.tzdata >= "2026f"


@pytest.mark.parametrize(
    ("tzdata", "tables", "today", "warned"),
    [
        ("2026f", date(2026, 11, 23), date(2026, 11, 23), []),
        ("2026f", date(2026, 11, 23), date(2027, 5, 25), []),
        ("2026f", date(2026, 11, 23), date(2027, 5, 26), ["time zone data 2026f", "calling windows"]),
        ("2027c", date(2026, 11, 23), date(2027, 6, 1), ["calling windows"]),
        ("2025b", date(2026, 11, 23), date(2026, 11, 23), ["time zone data 2025b"]),
        ("2026a", date(2026, 11, 23), date(2026, 11, 23), ["time zone data 2026a"]),
        ("unknown", date(2026, 11, 23), date(2026, 11, 23), ["time zone data unknown"]),
    ],
)
def test_what_is_over_six_months_old_is_named(tzdata: str, tables: date, today: date, warned: list[str]) -> None:
    warnings = stale(Versions(tzdata=tzdata, tables=tables), today)
    assert [warning.startswith(start) for warning, start in zip(warnings, warned, strict=True)] == [True] * len(warned)

"""Moments as people read them: their own clock, named, beside UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.domain.times import told


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "says"),
    [
        ("2026-11-30T14:00", "Europe/Berlin", "Mon 2026-11-30 15:00 CET (14:00 UTC)"),
        ("2026-07-01T14:00", "Europe/Berlin", "Wed 2026-07-01 16:00 CEST (14:00 UTC)"),
        ("2026-11-30T23:30", "Europe/Berlin", "Tue 2026-12-01 00:30 CET (Mon 2026-11-30 23:30 UTC)"),
        ("2026-11-30T14:00", "America/Sao_Paulo", "Mon 2026-11-30 11:00 America/Sao_Paulo (14:00 UTC)"),
        ("2026-11-30T14:00", "Asia/Kolkata", "Mon 2026-11-30 19:30 IST (14:00 UTC)"),
        ("2026-11-30T14:00", "Europe/London", "Mon 2026-11-30 14:00 UTC"),
        ("2026-07-01T14:00", "Europe/London", "Wed 2026-07-01 15:00 BST (14:00 UTC)"),
        ("2026-11-30T14:00", "Etc/UTC", "Mon 2026-11-30 14:00 UTC"),
    ],
)
def test_a_moment_is_told_on_a_named_clock_and_in_utc(moment: str, zone: str, says: str) -> None:
    assert told(at(moment), zone) == says


def test_a_moment_of_any_zone_is_told_alike() -> None:
    assert told(datetime.fromisoformat("2026-11-30T09:00-05:00"), "Europe/Berlin") == told(
        at("2026-11-30T14:00"), "Europe/Berlin"
    )

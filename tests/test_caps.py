"""Caps over rolling windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dialer.domain.screening.caps import Cap, Capped, next_allowed, read_caps

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
THREE_A_DAY = Cap(calls=3, within=timedelta(hours=24), rule="3 calls in 24 hours (US-FL)")
FOUR_A_MONTH = Cap(calls=4, within=timedelta(days=30), rule="4 calls in 30 days (FR)")


def hours_ago(*hours: float) -> list[datetime]:
    return [NOW - timedelta(hours=ago) for ago in hours]


@pytest.mark.parametrize(
    ("times", "caps", "expected"),
    [
        ([], [THREE_A_DAY], None),
        (hours_ago(1, 2), [THREE_A_DAY], None),
        (hours_ago(1, 2, 3), [], None),
        (hours_ago(1, 2, 24), [THREE_A_DAY], None),
        (hours_ago(1, 2, 23), [THREE_A_DAY], Capped(rule=THREE_A_DAY.rule, until=NOW + timedelta(hours=1))),
        (
            hours_ago(1, 2, 3, 4),
            [THREE_A_DAY],
            Capped(rule=THREE_A_DAY.rule, until=NOW + timedelta(hours=21)),
        ),
        (
            hours_ago(1, 2, 3, 700),
            [THREE_A_DAY, FOUR_A_MONTH],
            Capped(rule=THREE_A_DAY.rule, until=NOW + timedelta(hours=21)),
        ),
        (
            hours_ago(1, 2, 3, 600),
            [THREE_A_DAY, FOUR_A_MONTH],
            Capped(rule=FOUR_A_MONTH.rule, until=NOW + timedelta(hours=120)),
        ),
        (hours_ago(-1, 2, 3), [THREE_A_DAY], Capped(rule=THREE_A_DAY.rule, until=NOW + timedelta(hours=21))),
    ],
)
def test_the_cap_that_forbids_longest_is_named(times: list[datetime], caps: list[Cap], expected: Capped | None) -> None:
    assert next_allowed(times, caps, NOW) == expected


def test_at_the_named_moment_the_next_call_is_allowed() -> None:
    times = hours_ago(1, 2, 3)
    capped = next_allowed(times, [THREE_A_DAY], NOW)
    assert capped is not None
    assert next_allowed(times, [THREE_A_DAY], capped.until - timedelta(microseconds=1)) == capped
    assert next_allowed(times, [THREE_A_DAY], capped.until) is None


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("", ()),
        ("3/24h", (Cap(calls=3, within=timedelta(hours=24), rule="3 calls in 24 hours (US-FL)"),)),
        ("1/30m", (Cap(calls=1, within=timedelta(minutes=30), rule="1 call in 30 minutes (US-FL)"),)),
        (
            "1/24h+2/7d",
            (
                Cap(calls=1, within=timedelta(hours=24), rule="1 call in 24 hours (US-FL)"),
                Cap(calls=2, within=timedelta(days=7), rule="2 calls in 7 days (US-FL)"),
            ),
        ),
    ],
)
def test_a_cap_is_read_with_whose_rule_it_is(text: str, caps: tuple[Cap, ...]) -> None:
    assert read_caps(text, origin="US-FL") == caps


@pytest.mark.parametrize(
    "text", ["0/24h", "3", "3/24", "3/0h", "3/24h/subject", "-1/24h", "3/24h+", "three/24h", "³/24h"]
)
def test_a_cap_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not calls/period"):
        read_caps(text, origin="US-FL")

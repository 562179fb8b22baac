"""Moments as people read and write them: on their own clock, beside UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import tzinfo

_DAY = "%a %Y-%m-%d"


def told(moment: datetime, zone: str | tzinfo | None = None) -> str:
    """Write a moment to the minute, in a zone that is named and in UTC: `Mon 2026-11-30 15:00 CET (14:00 UTC)`.

    None is the machine's own zone, a text one of IANA. Where the clocks agree, UTC alone is said.
    """
    local = moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    utc = moment.astimezone(UTC)
    if local.utcoffset() == timedelta(0):
        return f"{utc:{_DAY} %H:%M} UTC"
    there = f"{utc:%H:%M}" if utc.date() == local.date() else f"{utc:{_DAY} %H:%M}"
    return f"{local:{_DAY} %H:%M} {_name(local)} ({there} UTC)"


def _name(local: datetime) -> str:
    """Name a clock as people there do, and by its zone where they have no letters for it."""
    short = local.tzname() or ""
    if short[:1].isalpha():
        return short
    return getattr(local.tzinfo, "key", "") or short

"""Counts and lengths of time in sentences."""

from __future__ import annotations


def counted(count: int, what: str, many: str = "") -> str:
    """Say how many: 1 row, 2 rows; `many` is for words whose plural is not made with an s."""
    return f"{count:,} {what if count == 1 else many or f'{what}s'}"


def span(seconds: float) -> str:
    """Say a length of time: 45 s, 12 min, 3 h 20 min."""
    if seconds < 90:  # noqa: PLR2004 - where minutes read better
        return f"{seconds:.0f} s" if seconds >= 1 else "less than a second"
    minutes = round(seconds / 60)
    if minutes < 90:  # noqa: PLR2004 - where hours read better
        return f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60} min"

"""Which time zone data and tables the program goes by, and whether they have grown old."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import tzdata  # type: ignore[import-untyped]

#: Half a year: governments announce changes of clocks and calling hours some months before they are in force.
_LONGEST: Final = timedelta(days=183)
#: The release that the tables were made with, and a day on which it was current.
_BASELINE: Final = ("2026f", date(2026, 11, 23))
_DECEMBER: Final = 12  #: a letter that comes later has no month of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The tzdata release, such as `2026f`, and the day the oldest calling window was looked up."""

    tzdata: str
    tables: date


def use_packaged_zones() -> None:
    """Make every ZoneInfo come from the tzdata package; call it before anything asks for a zone.

    The operating system's zone files win otherwise; where they are old, a call to Vancouver is an hour late.
    """
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()


def versions_in_use(tables_as_of: date) -> Versions:
    """Return what goes into the record of a run."""
    return Versions(tzdata=tzdata.IANA_VERSION, tables=tables_as_of)


def stale(versions: Versions, today: date) -> tuple[str, ...]:
    """Return a warning for each of the two that is more than six months old."""
    released = _released_by(versions.tzdata)
    warnings = []
    if released is None or today - released > _LONGEST:
        warnings.append(f"time zone data {versions.tzdata} may be over six months old: upgrade the package tzdata")
    if today - versions.tables > _LONGEST:
        warnings.append(f"calling windows were last looked up on {versions.tables}, over six months ago: upgrade")
    return tuple(warnings)


def _released_by(version: str) -> date | None:
    """Return a day on which the release was surely current, None when the version cannot be read.

    A release carries no date, only year and letter, so the letter is read as the earliest likely month; the
    release these tables were made with was seen to be current later than that.
    """
    found = re.fullmatch(r"(\d{4})([a-z])", version)
    if found is None:
        return None
    known, seen = _BASELINE
    month = min(ord(found[2]) - ord("a") + 1, _DECEMBER)
    earliest = date(int(found[1]), month, 1)
    return max(earliest, seen) if version >= known else earliest

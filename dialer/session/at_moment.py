"""The moment that a command is asked about."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dialer.errors import SetupError
from dialer.screening import tables as shipped
from dialer.session.environment import utc_now

#: What may be asked about: calling windows and time zones of other centuries are not those of the tables.
_YEARS = range(2000, 2101)


def read_moment(text: str | None) -> datetime:
    """Read a moment such as 2026-11-24T18:30, alone, with an offset or with a zone; None is now.

    With neither it is UTC. Of a time that a clock change repeats, the first is meant. Raises SetupError.
    """
    if text is None:
        return utc_now()
    written, _, name = text.strip().rpartition(" ")
    zone = shipped.load().geography.zone_names.get(name.casefold()) if written else None
    try:
        moment = datetime.fromisoformat(written if zone else text.strip())
    except ValueError:
        raise SetupError(
            f"--at {text!r}: write a moment as 2026-11-24T18:30 (UTC), with an offset, +01:00, "
            "or with a zone behind it, America/New_York"
        ) from None
    if moment.year not in _YEARS:
        raise SetupError(f"--at {text!r}: is not between {_YEARS[0]} and {_YEARS[-1]}")
    if zone and moment.tzinfo:
        raise SetupError(f"--at {text!r}: has both an offset and a zone")
    return (
        moment.astimezone(UTC)
        if moment.tzinfo
        else moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC).astimezone(UTC)
    )

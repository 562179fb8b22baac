"""What `dialer hours` found, and what is known of a place, written for a person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dialer.domain.screening.location import named
from dialer.domain.times import told

if TYPE_CHECKING:
    from collections.abc import Mapping

_INDENT = 14  #: signs for a label, of which "jurisdictions" is the longest
_CLOCKS_SHOWN = 4  #: zones with their clocks on one line


def as_lines(found: Mapping[str, Any]) -> list[str]:
    """Write what was found for a person."""
    lines = [*entry("number", found["number"]), *place_lines(found)]
    lines += entry("asked about", _moment(found["at"], found))
    lines += entry("verdict", _said(found["verdict"], found))
    return [*lines, f"windows as of {found['windows_as_of']}, time zones {found['tzdata']}; no legal advice"]


def place_lines(found: Mapping[str, Any]) -> list[str]:
    """Write what `screening.place.place_of` found for a person."""
    lines = [
        *entry("known from", found["known_from"]),
        *entry("jurisdictions", named(frozenset(found["jurisdictions"]))),
        *entry("local time", _clocks(found)),
    ]
    for rule in found["rules"]:
        lines += entry(rule["jurisdiction"], rule["hours"])
        lines += entry("", f"{rule['source']} (as of {rule['as_of']})")
        lines += [line for cap in rule["caps"] for line in entry("", f"at most {cap}")]
    return lines


def _clocks(found: Mapping[str, Any]) -> str:
    """Write the clocks of the zones, of many only the earliest and the latest."""
    moment = datetime.fromisoformat(found["at"])
    zones = sorted(found["zones"], key=lambda zone: moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
    clocks = dict(zip(found["zones"], found["local_time"], strict=True))
    if len(zones) > _CLOCKS_SHOWN:
        first, last = zones[0], zones[-1]
        return f"from {clocks[first]} in {first} to {clocks[last]} in {last}, {len(zones)} zones"
    return ", ".join(f"{clocks[zone]} in {zone}" for zone in found["zones"])


def _moment(text: str, found: Mapping[str, Any]) -> str:
    return told(datetime.fromisoformat(text), found["timezone"])


def _said(verdict: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Write a verdict with its moments on the reader's clock, too."""
    if verdict["closes"]:
        return f"may be rung until {_moment(verdict['closes'], found)}"
    return (
        f"{verdict['says']}; that is {_moment(verdict['opens'], found)}" if verdict["opens"] else str(verdict["says"])
    )


def entry(label: str, text: str) -> list[str]:
    """Write a labelled text, if there is one."""
    return [f"{label:<{_INDENT}}{text}"] if text else []

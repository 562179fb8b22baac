"""Where somebody may be, and which hours apply there, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dialer.domain.screening.location import Location, locate
from dialer.screening import tables as shipped
from dialer.screening.campaign_rules import campaign_hours
from dialer.screening.versions import versions_in_use

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.domain.campaign import Campaign
    from dialer.domain.screening.candidate import Candidate
    from dialer.domain.screening.windows import Window


def place_of(candidate: Candidate, campaign: Campaign, moment: datetime) -> dict[str, Any]:
    """Tell as plain values where somebody may be, what the clocks there show, and which hours apply."""
    tables = shipped.load()
    versions = versions_in_use(tables.as_of)
    known = {"tzdata": versions.tzdata, "windows_as_of": versions.tables.isoformat()}
    where = locate(candidate.number, candidate.address, geography=tables.geography)
    if not isinstance(where, Location):
        nowhere: dict[str, Any] = {"jurisdictions": [], "zones": [], "local_time": [], "rules": []}
        return {"known_from": where.reason, **nowhere, **known}
    windows = campaign_hours(campaign.hours, tables).explain(where, moment.date())
    zones = sorted(where.zones)
    return {
        "known_from": where.source,
        "jurisdictions": sorted(where.jurisdictions),
        "zones": zones,
        "local_time": [f"{moment.astimezone(ZoneInfo(zone)):%a %H:%M}" for zone in zones],
        "rules": [_rule(window) for window in windows],
        **known,
    }


def _rule(window: Window) -> dict[str, Any]:
    return {
        "jurisdiction": window.jurisdiction,
        "hours": window.text(),
        "source": window.source,
        "as_of": window.as_of.isoformat(),
        "confidence": window.confidence,
        "caps": [cap.rule for cap in window.caps],
    }

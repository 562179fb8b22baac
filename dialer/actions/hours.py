"""`dialer hours`: where and when a number may be rung, by which rules, and when next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dialer.domain.moments import told
from dialer.domain.screening.case import Candidate
from dialer.domain.screening.location import Address, Location, locate, named
from dialer.domain.screening.rules import Barred
from dialer.domain.screening.suppression import prefix_of
from dialer.errors import SetupError
from dialer.ledger.on_record import past_on_record
from dialer.numbers.reader import NumberReader
from dialer.screening import tables as shipped
from dialer.screening import versions as clockdata
from dialer.screening.campaign import campaign_hours
from dialer.session.plan import Complaints, make_plan
from dialer.session.ready import open_screening
from dialer.session.world import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.campaign import Campaign
    from dialer.domain.screening.windows import Window
    from dialer.session.plan import Choices, Plan

_INDENT = 14
_CLOCKS_SHOWN = 4
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


def explain(
    number: str, choices: Choices, env: Mapping[str, str], *, at: str | None, address: Mapping[str, str]
) -> dict[str, Any]:
    """Look a number up in the tables, the campaign's rules and the ledger, as plain values.

    Raises SetupError for a number or a moment that cannot be read.
    """
    complaints = Complaints()
    plan = make_plan(choices, env, complaints, name="none", dialling=False)
    moment = complaints.trying(lambda: read_moment(at), utc_now())
    reading = NumberReader(choices.region or plan.campaign.list_.region).read(number)
    if reading.number is None:
        complaints.add(f"{number!r}: {reading.message}")
    complaints.speak()
    candidate = Candidate(number=reading.number or "", address=Address(**address))
    return {
        "number": candidate.number,
        "at": moment.isoformat(timespec="seconds"),
        "timezone": plan.campaign.hours.timezone,
        **place_of(candidate, plan.campaign, moment),
        "verdict": _verdict(candidate, plan, moment),
        "exit_code": 0,
    }


def as_lines(found: Mapping[str, Any]) -> list[str]:
    """Write what was found for a person."""
    lines = [*entry("number", found["number"]), *place_lines(found)]
    lines += entry("asked about", _moment(found["at"], found))
    lines += entry("verdict", _said(found["verdict"], found))
    return [*lines, f"windows as of {found['windows_as_of']}, time zones {found['tzdata']}; no legal advice"]


def place_lines(found: Mapping[str, Any]) -> list[str]:
    """Write what `place_of` found for a person."""
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


def place_of(candidate: Candidate, campaign: Campaign, moment: datetime) -> dict[str, Any]:
    """Tell as plain values where somebody may be, what the clocks there show, and which hours apply."""
    tables = shipped.load()
    versions = clockdata.versions(tables.as_of)
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


def _verdict(candidate: Candidate, plan: Plan, moment: datetime) -> dict[str, Any]:
    with past_on_record(plan.ledger, sandbox=False) as past:
        screening = open_screening(plan, past, wanted=frozenset({prefix_of(candidate.number)})).screening
        (verdict,) = screening.screen([candidate], moment)
    if isinstance(verdict, Barred):
        opens = verdict.opens.isoformat(timespec="seconds") if verdict.opens else None
        return {
            "may_be_rung": False,
            "outcome": str(verdict.outcome),
            "says": verdict.reason,
            "opens": opens,
            "closes": None,
        }
    until = f"may be rung until {verdict.closes:%Y-%m-%d %H:%M} UTC" if verdict.closes else "may be rung"
    closes = verdict.closes.isoformat(timespec="seconds") if verdict.closes else None
    return {"may_be_rung": True, "outcome": "ready", "says": until, "opens": None, "closes": closes}

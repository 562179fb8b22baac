"""A campaign's screening, built from its file, the shipped tables and what the command line says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dialer.domain.campaign import HoursRules, RedialRules, RulesInForce
from dialer.domain.screening.caps import Cap
from dialer.domain.screening.hours import Hours, HoursTerms
from dialer.domain.screening.rules import (
    CallingHours,
    DoNotCall,
    KnownHours,
    PermissionEnds,
    ReachedBefore,
    Redial,
    RedialGapAndCaps,
    ScreeningRule,
)
from dialer.domain.screening.ruleset import RuleSet
from dialer.domain.screening.suppression import SuppressionFile
from dialer.domain.screening.windows import Window, read_spans
from dialer.providers.port import reached_statuses
from dialer.screening import tables as shipped
from dialer.screening.holidays import holidays_of
from dialer.screening.versions import stale, versions_in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dialer.domain.campaign import Campaign, CapRule, CountryHours
    from dialer.screening.dnc_index import SuppressionIndex
    from dialer.screening.tables import Tables

GUARD = timedelta(minutes=1)
"""New calls end so long before a window closes."""

NO_GUARD = timedelta(0)
"""What left within its window was lawful; the guard is there to make sure of that."""

LONGEST_REACH = timedelta(days=366)
"""No gap and no cap of a campaign reaches further back (`RedialRules`, `CapRule`)."""

NOBODY_WAITS = "the sandbox rings nobody, so calling hours, redial gap and caps did not hold it back: --enforce-hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """What a session is screened by: the rules, how far back past calls matter, and what to say of it."""

    rules: RuleSet
    reach: timedelta
    record: dict[str, object]
    notes: tuple[str, ...] = ()


def session_rules(
    campaign: Campaign,
    *,
    rings: bool,
    again: bool,
    force: bool = False,
    last_days: Mapping[str, date] = MappingProxyType({}),
    today: date,
) -> SessionRules:
    """Build the rules of a campaign; with `again` its redial gap is set aside, with `force` hours and caps as well.

    `rings` says whether calls ring at people, so that hours, redial gap and caps hold them back. `last_days` are those
    of permissions that end, by number. Raises TableError.
    """
    tables, rules = shipped.load(), campaign.hours
    held_back = rings and not force
    in_force = _in_force(campaign, again=again) if held_back else RulesInForce()
    versions = versions_in_use(tables.as_of)
    return SessionRules(
        rules=RuleSet(_rules_of(in_force, campaign.name, tables, last_days), tables.geography),
        reach=_reach(in_force, tables),
        record={
            "calls_per_second": campaign.pace.calls_per_second,
            "hours": "enforced" if in_force.hours else "not enforced",
            "reason": "" if in_force.hours else "forced" if force else "sandbox" if not held_back else rules.reason,
            "redial_gap": "set aside" if again else str(in_force.after or "none"),
            "rules": in_force.model_dump(mode="json"),
            "tzdata": versions.tzdata,
            "windows_as_of": versions.tables.isoformat(),
        },
        notes=(
            *_notes(rules, enforced=in_force.hours is not None, held_back=held_back, force=force),
            *(stale(versions, today) if in_force.hours else ()),
        ),
    )


def _in_force(campaign: Campaign, *, again: bool) -> RulesInForce:
    rules, redial = campaign.hours, campaign.redial
    return RulesInForce(
        hours=rules if rules.enforce else None,
        after=None if again or not redial.after else redial.after,
        reached=campaign.run.reached,
        caps=redial.caps,
    )


def _rules_of(
    rules: RulesInForce, campaign: str, tables: Tables, last_days: Mapping[str, date]
) -> tuple[ScreeningRule, ...]:
    return in_order(
        hours=campaign_hours(rules.hours, tables) if rules.hours else None,
        redial=Redial(campaign=campaign, after=rules.after, caps=campaign_caps(rules)),
        reached=ReachedBefore(campaign=campaign, within=rules.reached, words=reached_statuses)
        if rules.reached
        else None,
        last_days=last_days,
    )


def in_order(
    *,
    hours: Hours | None,
    redial: Redial,
    reached: ReachedBefore | None = None,
    last_days: Mapping[str, date] = MappingProxyType({}),
) -> tuple[ScreeningRule, ...]:
    """Give the rules in the order in which they speak: the first that bars somebody gives the reason.

    Without `hours`, calling windows and the legal caps that come with them are not enforced.
    """
    rules: list[ScreeningRule] = [PermissionEnds(last_days)] if last_days else []
    rules.append(DoNotCall())
    if hours:
        rules.append(KnownHours(hours))
    if reached:
        rules.append(reached)
    rules.append(RedialGapAndCaps(redial, hours))
    if hours:
        rules.append(CallingHours(hours))
    return tuple(rules)


def campaign_caps(rules: RulesInForce) -> tuple[Cap, ...]:
    """Build the caps of a campaign, each in words."""
    return tuple(map(_cap, rules.caps))


def _reach(rules: RulesInForce, tables: Tables) -> timedelta:
    legal = [cap.within for window in tables.windows for cap in window.caps] if rules.hours else []
    return max(
        [rules.after or timedelta(0), rules.reached or timedelta(0), *(cap.within for cap in rules.caps), *legal]
    )


def reach_on_record(recorded: Iterable[Mapping[str, object]]) -> timedelta:
    """Tell how far back past calls may matter to whoever is dialled next, by what sessions were screened by.

    It is never less than what every campaign has that says nothing else, with the law's own caps. A session that does
    not say what it went by may have gone by any.
    """
    unsaid = RedialRules()
    every = [RulesInForce(hours=HoursRules(), after=unsaid.after, caps=unsaid.caps)]
    for record in recorded:
        try:
            every.append(RulesInForce.model_validate(record["rules"]))
        except (KeyError, ValidationError):
            return LONGEST_REACH
    tables = shipped.load()
    return max(_reach(rules, tables) for rules in every)


def campaign_hours(rules: HoursRules, tables: Tables, *, guard: timedelta = GUARD) -> Hours:
    """Build the calling hours of a campaign: the law's, narrowed by its own, and shorter by `guard`."""
    windows = tuple(_window(own, tables.as_of) for own in rules.windows)
    terms = HoursTerms(voice=rules.voice, start=rules.start, end=rules.end, guard=guard, windows=windows)
    return Hours(tables.windows, terms, holidays_of=holidays_of)


def country_complaints(rules: HoursRules) -> Sequence[str]:
    """Name the countries a campaign has hours for that are none."""
    geography = shipped.load().geography if rules.windows else None
    return [
        f"hours.windows: {own.country} is no country's code{f'; did you mean {meant}?' if meant else ''}"
        for own in rules.windows
        if geography and own.country != (meant := geography.country(own.country))
    ]


def suppression_files(campaign: Campaign, above: Path) -> Sequence[SuppressionFile]:
    """Name the campaign's do-not-call files; their paths are relative to the folder `above`, the campaign file's."""
    return [SuppressionFile(path=above / rule.path, max_age=rule.max_age) for rule in campaign.suppression.files]


def with_files(record: dict[str, object], files: SuppressionIndex) -> dict[str, object]:
    """Add to a session's record which do-not-call files were in force."""
    return {**record, "do_not_call": list(files.files)}


def _notes(rules: HoursRules, *, enforced: bool, held_back: bool, force: bool) -> tuple[str, ...]:
    if force:
        return ("calling hours, redial gap and caps were set aside by --force, which is recorded",)
    if not held_back:
        return (NOBODY_WAITS,)
    return () if enforced else (f"calling hours are not enforced: {rules.reason}",)


def _cap(rule: CapRule) -> Cap:
    hours = rule.within / timedelta(hours=1)
    count, unit = (rule.within.days, "day") if hours > 48 and not hours % 24 else (hours, "hour")  # noqa: PLR2004
    within = f"{count:g} {unit}{'' if count == 1 else 's'}"
    plural = "call" if rule.calls == 1 else "calls"
    return Cap(calls=rule.calls, within=rule.within, rule=f"{rule.calls} {plural} in {within} (the campaign's cap)")


def _window(own: CountryHours, as_of: date) -> Window:
    return Window(
        jurisdiction=own.country,
        call_class="any",
        weekdays=read_spans(own.mon_fri),
        saturday=read_spans(own.sat),
        sunday=read_spans(own.sun),
        source=f"the campaign: {own.source}",
        as_of=as_of,
        verified="campaign",
        confidence="campaign",
    )

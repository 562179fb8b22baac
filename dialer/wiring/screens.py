"""A campaign's screening, built from its file, the shipped tables and what the command line says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.domain.frequency import Cap
from dialer.domain.hours import Hours, Terms
from dialer.domain.screening import Redial, Screen
from dialer.domain.suppression import SuppressionFile
from dialer.domain.windows import Window, read_spans
from dialer.tables import clockdata, shipped
from dialer.tables.holiday_sets import holidays_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.domain.campaign import CapRule, CountryHours, HoursRules
    from dialer.intake.suppression_index import SuppressionIndex
    from dialer.tables.shipped import Tables
    from dialer.wiring.plan import Plan

NOBODY_WAITS = "the sandbox rings nobody, so calling hours, redial gap and caps did not hold it back: --enforce-hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What a session is screened by: the rules, how far back past calls matter, and what to say of it."""

    screen: Screen
    reach: timedelta
    record: dict[str, object]
    notes: tuple[str, ...] = ()


def screening_for(plan: Plan, *, again: bool, force: bool = False, today: date) -> Screening:
    """Build the screening of a plan; with `again` its redial gap is set aside, with `force` hours and caps as well.

    Raises TableError.
    """
    tables = shipped.load()
    held_back = (plan.choices.enforce_hours or not plan.choices.sandbox) and not force
    rules, redial = plan.campaign.hours, plan.campaign.redial
    hours = campaign_hours(rules, tables) if held_back and rules.enforce else None
    after = None if again or not held_back or not redial.after else redial.after
    caps = tuple(map(_cap, redial.caps)) if held_back else ()
    legal = [cap.within for window in tables.windows for cap in window.caps] if hours else []
    versions = clockdata.versions(tables.as_of)
    return Screening(
        screen=Screen(
            atlas=tables.atlas, hours=hours, redial=Redial(campaign=plan.campaign.name, after=after, caps=caps)
        ),
        reach=max([timedelta(0), after or timedelta(0), *(cap.within for cap in caps), *legal]),
        record={
            "calls_per_second": plan.campaign.pace.calls_per_second,
            "hours": "enforced" if hours else "not enforced",
            "reason": "" if hours else "forced" if force else "sandbox" if not held_back else rules.reason,
            "voice": rules.voice,
            "redial_gap": "set aside" if again else str(after or "none"),
            "tzdata": versions.tzdata,
            "windows_as_of": versions.tables.isoformat(),
        },
        notes=(
            *_notes(rules, hours=hours, held_back=held_back, force=force),
            *(clockdata.stale(versions, today) if hours else ()),
        ),
    )


def campaign_hours(rules: HoursRules, tables: Tables) -> Hours:
    """Build the calling hours of a campaign: the law's, narrowed by its own."""
    windows = tuple(_window(own, tables.as_of) for own in rules.windows)
    terms = Terms(voice=rules.voice, start=rules.start, end=rules.end, windows=windows)
    return Hours(tables.windows, terms, holidays_of=holidays_of)


def suppression_files(plan: Plan) -> Sequence[SuppressionFile]:
    """Name the campaign's do-not-call files; their paths are relative to the campaign's own file."""
    above = plan.choices.campaign.parent if plan.choices.campaign else Path()
    return [SuppressionFile(path=above / rule.path, max_age=rule.max_age) for rule in plan.campaign.suppression.files]


def with_files(record: dict[str, object], files: SuppressionIndex) -> dict[str, object]:
    """Add to a session's record which do-not-call files were in force."""
    return {**record, "do_not_call": list(files.files)}


def _notes(rules: HoursRules, *, hours: Hours | None, held_back: bool, force: bool) -> tuple[str, ...]:
    if force:
        return ("calling hours, redial gap and caps were set aside by --force, which is recorded",)
    if not held_back:
        return (NOBODY_WAITS,)
    return () if hours else (f"calling hours are not enforced: {rules.reason}",)


def _cap(rule: CapRule) -> Cap:
    hours = rule.within / timedelta(hours=1)
    within = f"{rule.within.days} days" if hours > 48 and not hours % 24 else f"{hours:g} hours"  # noqa: PLR2004
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

"""`dialer schedule`: what a scheduler needs to start a campaign every night; it is made, and never put in place."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from dialer.errors import SetupError
from dialer.providers.port import CALLER_NUMBER, FLOW_ID
from dialer.reports.schedule import cron, kubernetes, systemd, windows
from dialer.reports.schedule.night import Night, read_at, read_days
from dialer.session.alerting import NOTIFY, PING_URL
from dialer.session.complaints import Complaints
from dialer.session.environment import utc_now, who
from dialer.session.may_begin import HALF_A_DAY, TOO_LATE
from dialer.session.plan import make_plan
from dialer.session.program import this_program, whole
from dialer.settings import read_dotenv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import time

    from dialer.session.choices import Choices
    from dialer.session.plan import Plan

KINDS = ("cron", "systemd", "kubernetes", "windows")
"""The schedulers there is something for."""


class Asked(NamedTuple):
    """When a campaign is to be started, as it was typed, and the image that a container is made of."""

    at: str
    timezone: str | None = None
    days: str | None = None
    image: str | None = None


class Scheduled(NamedTuple):
    """What is printed for a scheduler, and the files it is made of, by their names."""

    text: str
    files: Mapping[str, str]


def schedule(
    kind: str,
    choices: Choices,
    env: Mapping[str, str],
    asked: Asked,
    *,
    now: Callable[[], datetime] = utc_now,
    program: Sequence[str] = (),
) -> Scheduled:
    """Make what a scheduler needs; nothing secret is in it, and nothing is written.

    `program` are the words that begin this program, found out where none are given. Raises SetupError with everything
    that is wrong: a campaign that could not be run, a time, days or a zone that cannot be read.
    """
    night = _night(choices, env, asked, now=now(), program=program or this_program())
    if kind == "cron":
        text = cron.crontab(night)
        return Scheduled(text, {"crontab": text})
    if kind == "systemd":
        return Scheduled(systemd.as_text(night), systemd.units(night))
    if kind == "kubernetes":
        text = kubernetes.cron_job(night, image=asked.image or f"dialer:{version('dialer')}")
        return Scheduled(text, {f"{night.name}.yaml": text})
    text = windows.task(night)
    return Scheduled(text, {f"{night.name}.xml": text})


def _night(choices: Choices, env: Mapping[str, str], asked: Asked, *, now: datetime, program: Sequence[str]) -> Night:
    complaints = Complaints()
    if choices.campaign is None:
        raise SetupError("no campaign: name its file with -c")
    plan = make_plan(choices, env, complaints, name="none", dialling=False)
    campaign, hours = plan.campaign, plan.campaign.hours
    at = complaints.collect(lambda: read_at(asked.at), None)
    zone = complaints.collect(lambda: _zone(asked.timezone), None) or hours.timezone
    if not campaign.contacts and campaign.name != "none":
        complaints.add(f"no contact list: set contacts in {choices.campaign}, a pattern for the list of each night")
    not_after = campaign.run.not_after
    if at and zone == hours.timezone:
        complaints.collect(lambda: _refuse_too_late(at, "deadline", hours.deadline, TOO_LATE), None)
        late = HALF_A_DAY - timedelta(minutes=1)
        complaints.collect(lambda: _refuse_too_late(at, "not_after", not_after, late), None)
    beside = complaints.collect(partial(read_dotenv, choices.campaign.parent), dict[str, str]())
    days = complaints.collect(lambda: read_days(asked.days), tuple[str, ...]())
    complaints.raise_if_any()
    if at is None:
        raise AssertionError("unreachable: a time that cannot be read is a complaint")
    return Night(
        program=program,
        campaign=campaign.name,
        file=whole(choices.campaign),
        ledger=whole(plan.ledger),
        at=at,
        zone=zone,
        until=not_after or hours.deadline,
        days=days,
        secrets=_secrets(plan, beside),
        settings=tuple(name for name in _settings(plan) if name not in beside),
        user=who(),
        answer=campaign.pace.timeout,
        today=now.astimezone(ZoneInfo(zone) if zone else None).date(),
    )


def _zone(name: str | None) -> str | None:
    try:
        return ZoneInfo(name).key if name is not None else None
    except (KeyError, ValueError, OSError):
        raise SetupError(f"--timezone {name!r}: is no time zone such as America/New_York") from None


def _refuse_too_late(at: time, key: str, moment: time | None, window: timedelta) -> None:
    """Raise SetupError where each night would be refused, as the time that a key names was not longer ago."""
    if moment is None:
        return
    since = timedelta(hours=at.hour - moment.hour, minutes=at.minute - moment.minute) % timedelta(days=1)
    if since <= window:
        raise SetupError(f"--at {at:%H:%M}: is too late on every night, for the campaign's {key} is {moment:%H:%M}")


def _secrets(plan: Plan, beside: Mapping[str, str]) -> tuple[tuple[str, Path | None], ...]:
    """Name the secrets that are in use and not `beside` the campaign, with the files that hold them by now."""
    alerts = plan.campaign.alerts
    needed = {each.name: each.needed for each in plan.adapter.settings if each.secret}
    needed |= {name: True for name, is_used in ((PING_URL, alerts.ping), (NOTIFY, alerts.notify)) if is_used}
    found = []
    for name, is_needed in needed.items():
        by_file = f"{name}_FILE"
        is_used = is_needed or name in plan.env or by_file in plan.env
        if is_used and not {name, by_file} & beside.keys():
            found.append((name, whole(Path(plan.env[by_file])) if by_file in plan.env else None))
    return tuple(found)


def _settings(plan: Plan) -> tuple[str, ...]:
    """Name what else has to be set: what a provider needs or has been given, and what the campaign leaves open."""
    adapter, campaign = plan.adapter, plan.campaign
    own = [each.name for each in adapter.settings if not each.secret and (each.needed or each.name in plan.env)]
    caller = [adapter.name_of(CALLER_NUMBER)] if adapter.needs_caller and not campaign.caller_number else []
    flow = [] if campaign.flow_id else [adapter.name_of(FLOW_ID)]
    return (*(["DIALER_PROVIDER"] if "DIALER_PROVIDER" in plan.env else []), *own, *flow, *caller)

"""What a night needs, looked at in the surroundings it will have; nothing is written and nobody is rung."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.actions.doctor.space import needed_for, shown
from dialer.campaign_file import read_campaign
from dialer.domain.times import told
from dialer.domain.wording import span
from dialer.errors import DialerError, SetupError
from dialer.ledger.port import held_by
from dialer.ledger.reading import past_on_record
from dialer.reports.doctor_report import missed, well
from dialer.screening.campaign_rules import suppression_files
from dialer.screening.dnc_index import read_suppression
from dialer.session.alerting import unheard
from dialer.session.complaints import Complaints
from dialer.session.environment import open_provider, utc_now
from dialer.session.pick_list import find_list
from dialer.session.plan import make_plan, open_contacts
from dialer.session.program import whole
from dialer.session.results_place import results_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dialer.reports.doctor_report import Check
    from dialer.session.choices import Choices
    from dialer.session.plan import Plan

_FOR_OTHERS = 0o077  #: of the rights of a file, those of everybody but its owner


def looked_at(choices: Choices, env: Mapping[str, str], *, online: bool) -> Iterator[Check]:
    """Look at everything, a check each; what makes others pointless ends it."""
    now = utc_now()
    try:
        campaign = read_campaign(choices.campaign or Path())
    except SetupError as problem:
        yield from _missed("campaign", problem.complaints)
        return
    yield well("campaign", f"{campaign.name}, {choices.campaign}")
    complaints = Complaints()
    try:
        plan = make_plan(choices, env, complaints, name=campaign.name)
    except DialerError as problem:
        yield missed("ledger", str(problem))
        return
    wrong = _complaints_of(complaints)
    yield from _missed("settings", wrong)
    if not wrong:
        yield well("settings", f"everything that {plan.provider} needs")
    yield from _open_to_others(plan)
    yield _clock(plan, now)
    yield from _ledger(plan)
    yield from _list(plan, now)
    yield from _do_not_call(plan, now)
    yield from _missed("alerts", [*unheard(choices.campaign or Path(), env)])
    if online and not wrong:
        yield asyncio.run(_provider(plan))


def _missed(what: str, sentences: Sequence[str]) -> Iterator[Check]:
    return (missed(what, says) for says in sentences)


def _complaints_of(complaints: Complaints) -> Sequence[str]:
    try:
        complaints.raise_if_any()
    except SetupError as problem:
        return problem.complaints
    return ()


def _open_to_others(plan: Plan) -> Iterator[Check]:
    """Tell of settings that everybody on the machine can read: nothing is missing, and it is still to be mended."""
    if os.name == "nt":
        return
    by_file = {f"{name}_FILE" for name in plan.env}
    files = [plan.folder / ".env", *(Path(plan.env[name]) for name in by_file & plan.env.keys())]
    for file in files:
        if file.is_file() and file.stat().st_mode & _FOR_OTHERS:
            yield well("settings", f"{file} can be read by others on this machine: chmod 600")


def _clock(plan: Plan, now: datetime) -> Check:
    hours = plan.campaign.hours
    start = f"none is begun after {plan.campaign.run.not_after:%H:%M}, " if plan.campaign.run.not_after else ""
    until = f"the deadline is {hours.deadline:%H:%M}, " if hours.deadline else ""
    clock = f"on the clock of {hours.timezone or 'this machine'}, where it is {told(now, hours.timezone)}"
    if hours.when_closed == "wait" and not hours.deadline:
        return missed("clock", "a run waits for everybody's hours, and the next night finds it there: set a deadline")
    return well("clock", start + until + clock)


def _ledger(plan: Plan) -> Iterator[Check]:
    ledger = plan.ledger
    if not ledger.is_absolute():
        yield missed("ledger", f"{ledger} is another file in each folder that it is begun from: name it from / on")
        return
    above = _nearest(ledger.parent)
    if not os.access(above, os.W_OK) or not os.access(ledger if ledger.exists() else above, os.W_OK):
        yield missed("ledger", f"{ledger} cannot be written by this user")
        return
    try:
        with past_on_record(ledger, sandbox=False, whole=True) as past:
            is_there = past is not None
    except DialerError as problem:
        yield missed("ledger", plan.choices.told(problem))
        return
    yield well("ledger", str(ledger) if is_there else f"{ledger}, which the first night makes")
    if who := held_by(ledger, plan.campaign.name):
        yield missed("lock", f"the campaign is run now by {who}, and no second one begins beside it")


def _list(plan: Plan, now: datetime) -> Iterator[Check]:
    complaints, passed = Complaints(), list[str]()
    path = find_list(None, plan.choices, complaints, env=plan.env, told=passed)
    open_contacts(path, plan, complaints, today=now.date())
    if wrong := _complaints_of(complaints):
        yield from _missed("list", wrong)
    if path is None:
        return
    place = Complaints()
    results = results_place(plan, path, None, place, now).of(0, now)
    if unwritable := _complaints_of(place):
        yield from _missed("results", unwritable)
    if wrong or unwritable:
        return
    status = path.stat()
    says = f"{whole(path)}, {shown(status.st_size)}, {_age(now, status.st_mtime)} old"
    yield well("list", "; ".join([says, *passed]))
    needed = needed_for(path)
    disks = {_nearest(file.parent).stat().st_dev: file.parent for file in (results, plan.ledger)}
    for folder in disks.values():
        free = shutil.disk_usage(_nearest(folder)).free
        says = f"{shown(free)} are free in {folder}; a night of this list takes {shown(needed)} at the most"
        yield (well if free >= needed else missed)("space", says)


def _nearest(folder: Path) -> Path:
    """Give a folder, or the first above it that is there."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _do_not_call(plan: Plan, now: datetime) -> Iterator[Check]:
    region = plan.campaign.list_.region
    for file in suppression_files(plan.campaign, plan.folder):
        try:
            read_suppression([file], region=region, wanted=frozenset(), now=now)
        except SetupError as problem:
            yield from _missed("do-not-call", problem.complaints)
            continue
        changed, says = file.path.stat().st_mtime, f"{file.title}"
        says += f", {_age(now, changed)} old"
        if file.max_age:
            left = file.max_age - (now - _since(changed))
            says += f"; from {told(now + left, plan.campaign.hours.timezone)} on it is too old"
        yield well("do-not-call", says)


def _since(changed: float) -> datetime:
    return datetime.fromtimestamp(changed, UTC)


def _age(now: datetime, changed: float) -> str:
    return span(max(0.0, (now - _since(changed)).total_seconds()))


async def _provider(plan: Plan) -> Check:
    """Ask whether a call could leave at once; none does."""
    async with open_provider(plan) as provider:
        problem = await provider.ready()
    if problem is None:
        return well("provider", f"{plan.provider} would take a call, as far as it is asked before one")
    tip = getattr(problem, "tip", "")
    return missed("provider", "; ".join(filter(None, [problem.reason, tip])))

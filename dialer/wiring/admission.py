"""Before a session: who of a run may be rung is decided for every contact, and recorded by what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.frequency import DailyAllowance
from dialer.domain.suppression import FIRST_DIGITS
from dialer.intake.suppression_index import read_suppression
from dialer.ledger.work import Terms
from dialer.wiring.gate import CampaignGate
from dialer.wiring.parts import utc_now
from dialer.wiring.plan import SANDBOX
from dialer.wiring.screens import screening_for, suppression_files, with_files

if TYPE_CHECKING:
    from dialer.domain.run import Run
    from dialer.ledger.ledger import Ledger
    from dialer.ledger.work import RunWork
    from dialer.wiring.plan import Plan

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The work of a session, screened, and what is to be said of the screening at the end."""

    work: RunWork
    notes: list[str] = field(default_factory=list)


def admit(
    ledger: Ledger, run: Run, plan: Plan, *, limit: int | None = None, again: bool = False, force: bool = False
) -> Admission:
    """Begin a session of a run: record what it is screened by, and screen every contact that is still open.

    With `again` the campaign's redial gap is set aside, with `force` hours and caps are; do-not-call never is.
    Raises SetupError where a do-not-call file is missing, too old or unreadable: then nobody is rung.
    """
    now, campaign = utc_now(), plan.campaign
    past = ledger.past(run.number, sandbox=run.provider == SANDBOX)
    screening = screening_for(plan, again=again, force=force, today=now.date())
    files = read_suppression(
        suppression_files(plan),
        region=plan.choices.region or campaign.list_.region,
        wanted=past.prefixes(FIRST_DIGITS),
        now=now,
    )
    notes = [*screening.notes, *files.warnings]
    gate = CampaignGate(
        screen=screening.screen,
        past=past,
        files=files,
        reach=screening.reach,
        ticks=monotonic,
        say=notes.append,
        submit=ThreadPoolExecutor(1).submit,
    )
    ledger.begin_session(
        run,
        calls_per_second=campaign.pace.calls_per_second,
        screening=with_files(screening.record, files),
        now=now,
    )
    allowed = campaign.pace.calls_per_day
    left = past.requests_of(campaign.name, since=now - _DAY) if allowed else ()
    terms = Terms(
        gate=gate,
        limit=limit,
        allowance=DailyAllowance(allowed, left),
        wait=campaign.hours.when_closed == "wait",
    )
    return Admission(work=ledger.work(run.number, terms, now=now), notes=notes)

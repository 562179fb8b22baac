"""Before a session: who of a run may be rung is decided for every contact, and recorded by what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN
from dialer.domain.screening.caps import DailyAllowance
from dialer.domain.screening.permission import permission_columns
from dialer.domain.screening.suppression import FIRST_DIGITS
from dialer.events.journal import is_standard_error
from dialer.ledger.session_terms import SessionTerms
from dialer.providers.sandbox import SANDBOX
from dialer.screening.campaign_rules import session_rules, suppression_files, with_files
from dialer.screening.campaign_screening import CampaignScreening, at_once
from dialer.screening.dnc_index import read_suppression
from dialer.session.environment import utc_now
from dialer.settings import log_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from dialer.domain.run import Run
    from dialer.engine.ports import Observer
    from dialer.ledger.port import Ledger
    from dialer.ledger.port_parts import SessionWork
    from dialer.screening.campaign_screening import Past, Submit
    from dialer.session.plan import Plan
    from dialer.session.request import Request

_DAY = timedelta(hours=24)  #: calls_per_day counts any 24 hours, whatever the date


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenScreening:
    """The screening of one command, what is recorded of it, and what is to be said of it at the end."""

    screening: CampaignScreening
    record: dict[str, object]
    notes: list[str]


def open_screening(
    plan: Plan,
    past: Past | None,
    *,
    wanted: frozenset[str] | None,
    again: bool = False,
    force: bool = False,
    submit: Submit = at_once,
    lapses: Mapping[str, date] = MappingProxyType({}),
    now: datetime | None = None,
    today: date | None = None,
    warned: Callable[[str], object] | None = None,
) -> OpenScreening:
    """Make ready to decide who may be rung; `wanted` are how the numbers begin that will be asked about.

    `lapses` has the last days of permissions that end, by number. `today` is the day that is asked about, where that is
    not the present one: the age of files is that of now. `warned` hears of a file that cannot be read again later.

    Raises SetupError where a do-not-call file is missing, too old or unreadable: then nobody is rung.
    """
    now = now or utc_now()
    rules = session_rules(
        plan.campaign, rings=plan.rings, again=again, force=force, last_days=lapses, today=today or now.date()
    )
    region = plan.choices.region or plan.campaign.list_.region
    files = read_suppression(suppression_files(plan.campaign, plan.folder), region=region, wanted=wanted, now=now)
    notes = [*rules.notes, *(f"do-not-call list {file}" for file in files.files), *files.warnings]

    def alarm(trouble: str) -> None:
        notes.append(trouble)
        if warned:
            warned(trouble)

    screening = CampaignScreening(
        rules=rules.rules, past=past, files=files, reach=rules.reach, ticks=monotonic, say=alarm, submit=submit
    )
    return OpenScreening(screening=screening, record=with_files(rules.record, files), notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The work of a session, screened, and what is to be said of the screening at the end."""

    work: SessionWork
    notes: list[str]


def admit(
    ledger: Ledger,
    run: Run,
    plan: Plan,
    request: Request,
    observer: Observer,
    *,
    redials: Callable[[datetime], datetime | None],
) -> Admission:
    """Begin a session of a run: record what it is screened by, and screen every contact that is still open.

    `redials` tells until when at a moment those are waited for who are called again by a rule; None is for ever.
    With `again` the campaign's redial gap is set aside, with `force` hours and caps are; do-not-call never is.
    Raises SetupError as `open_screening`.
    """
    pace, now = plan.campaign.pace, request.now
    past = ledger.past(run.number, sandbox=run.provider == SANDBOX)
    made = open_screening(
        plan,
        past,
        wanted=past.prefixes(FIRST_DIGITS),
        again=request.again,
        force=request.force,
        submit=ThreadPoolExecutor(1).submit,
        lapses=_lapses(ledger, run, plan),
        now=now(),
        warned=observer.warned,
    )
    begins = now()
    log = log_path(plan.ledger, given=request.log)
    record = made.record if is_standard_error(log) else {**made.record, "log": str(log.absolute())}
    # How the session's calls are made, for whoever asks the provider about one afterwards.
    account = plan.adapter.account(plan.env)
    asked = {"calls": {"flow_id": plan.flow_id, "caller_number": plan.caller_number, "account": account}}
    ledger.begin_session(run, calls_per_second=pace.calls_per_second, screening=record | asked, now=begins)
    left = past.requests_of(plan.campaign.name, since=begins - _DAY) if pace.calls_per_day else ()
    terms = SessionTerms(
        screening=made.screening,
        limit=request.limit,
        allowance=DailyAllowance(pace.calls_per_day, left),
        wait=plan.campaign.hours.when_closed == "wait",
        redials=redials,
        told=lambda row: observer.screened(min(row, run.rows), run.rows),
    )
    observer.screened(0, run.rows)
    work = ledger.work(run.number, terms, now=begins)
    observer.screened(run.rows, run.rows)
    return Admission(work=work, notes=made.notes)


def _lapses(ledger: Ledger, run: Run, plan: Plan) -> Mapping[str, date]:
    """Find the last days of the permissions in a run's list, by number, where it has a column of them."""
    columns = permission_columns(run.headings, plan.campaign.suppression.columns)
    if not columns.may_lapse:
        return {}
    found: dict[str, date] = {}
    for result in ledger.results(run.number):
        if result.outcome in OPEN and (day := columns.last_day(result.cells)):
            found[result.number] = min(day, found.get(result.number, day))
    return found

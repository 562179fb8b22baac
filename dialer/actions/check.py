"""`dialer check`: reads and screens a list exactly as a run would, and touches nothing."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from dialer.domain.call import Outcome
from dialer.domain.problem import LIST_RULES, PARAMETER_RULES, Rule
from dialer.domain.screening.forecast import forecast
from dialer.domain.screening.rules import SCREENING_CODES
from dialer.domain.screening.suppression import SUPPRESSION_RULES
from dialer.domain.times import told
from dialer.domain.wording import counted, span
from dialer.errors import Exit, SetupError, StoppedError
from dialer.events.observers import Observers
from dialer.ledger.reading import past_on_record
from dialer.lists.row_countries import COUNTRY_RULES
from dialer.lists.row_objections import ReadAgainError
from dialer.numbers.rules import RULES as NUMBER_RULES
from dialer.providers.sandbox import SANDBOX
from dialer.reports.check_report import CheckReport
from dialer.reports.problems import ProblemTally, bad_rows
from dialer.reports.results import check_writable, write_checked
from dialer.session.alerting import unheard
from dialer.session.at_moment import read_moment
from dialer.session.carried import foreseen_carry
from dialer.session.complaints import Complaints
from dialer.session.environment import utc_now
from dialer.session.files import check_paths, spare_results
from dialer.session.following import doubts_of_redials
from dialer.session.list_delta import delta_of_list
from dialer.session.list_name import named_after
from dialer.session.list_screening import ListScreening
from dialer.session.may_begin import foreseen
from dialer.session.pick_list import find_list
from dialer.session.plan import make_plan, open_contacts
from dialer.session.results_place import results_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.screening.forecast import Forecast
    from dialer.engine.ports import Observer
    from dialer.lists.contacts import ContactList
    from dialer.lists.screened import ScreenedChunk
    from dialer.reports.problems import Group
    from dialer.session.choices import Choices
    from dialer.session.plan import Plan

    Taker = Callable[[ScreenedChunk], None]

T = TypeVar("T")

RULES: Mapping[str, Rule] = {
    **NUMBER_RULES,
    **COUNTRY_RULES,
    **PARAMETER_RULES,
    **LIST_RULES,
    **SUPPRESSION_RULES,
    **SCREENING_CODES,
}
"""Every rule a row can break, by its code."""


def check(
    choices: Choices,
    env: Mapping[str, str],
    *,
    contacts: Path | None,
    output: Path | None,
    limit: int | None = None,
    problems: Path | None = None,
    delta: Path | None = None,
    at: str | None = None,
    again: bool = False,
    observers: Sequence[Observer] = (),
    keep: list[ScreenedChunk] | None = None,
) -> CheckReport:
    """Screen a list and say what a run would do, now or `at` another moment.

    Writes the checked CSV to `output`, the bad rows to `problems` and what has changed since the campaign's list before
    to `delta`, where they are given. `observers` hear how much of the list is read, and `keep` is filled with all of
    it, screened. Raises SetupError with everything that is wrong.
    """
    began = monotonic()
    asked = _prepare(choices, env, contacts=contacts, output=output, problems=problems, delta=delta, at=at)
    plan, opened, moment, observer = asked.plan, asked.opened, asked.moment, Observers(observers)
    with past_on_record(plan.ledger, sandbox=plan.provider == SANDBOX, whole=True) as past:

        def screened() -> tuple[ListScreening, Counter[Outcome], ProblemTally]:
            screening = ListScreening(plan, opened, past, moment, again=again)
            return screening, *_screen(asked, screening, observer=observer, keep=keep)

        screening, outcomes, problem_tally = _once_known(opened, screened)
    changed = delta_of_list(plan, opened, write_to=delta)
    summary = _report(asked, screening, outcomes, problem_tally, at=at, limit=limit)
    coming = foreseen(plan, opened.digest, asked.path, outcomes, moment)
    carry = foreseen_carry(plan, opened, moment)
    alerts = unheard(choices.campaign, env) if choices.campaign and not choices.sandbox else ()
    said, counts = ([changed.sentence], {"delta": changed.as_json()}) if changed else ([], {})
    new = delta if changed else None
    files = (("checked list", asked.results), ("bad rows, to mend and check again", problems), ("changes", new))
    written = [f"{what}: {path}" for what, path in files if path]
    return replace(
        summary,
        results=asked.results,
        seconds=monotonic() - began,
        exit_code=Exit.REFUSED if coming.refusals or (coming.nobody and contacts is None) else summary.exit_code,
        list_path=asked.path,
        notes=(*said, *asked.notes, *summary.notes, *coming.notes, *carry, *alerts, *written),
        extra={**summary.extra, "problems_file": str(problems.absolute()) if problems else None, **counts},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A check of which everything is well: the list at its path, the moment asked about, and the files to write."""

    plan: Plan
    path: Path
    opened: ContactList
    moment: datetime
    results: Path | None
    problems: Path | None
    notes: Sequence[str]


def _prepare(
    choices: Choices,
    env: Mapping[str, str],
    *,
    contacts: Path | None,
    output: Path | None,
    problems: Path | None,
    delta: Path | None,
    at: str | None,
) -> _Asked:
    complaints = Complaints()
    notes: list[str] = []
    path = find_list(contacts, choices, complaints, env=env, told=notes)
    plan = make_plan(choices, env, complaints, name=named_after(path), dialling=False)
    moment = complaints.collect(lambda: read_moment(at), utc_now())
    opened = open_contacts(path, plan, complaints, today=moment.astimezone(UTC).date())
    results = output.absolute() if output else None
    if results:
        complaints.collect(lambda: check_writable(results), None)
    elif path and contacts is None:
        results_place(plan, path, None, complaints, moment)
    if problems:
        complaints.collect(lambda: check_writable(problems), None)
    check_paths(
        complaints,
        ledger=plan.ledger,
        campaign=choices.campaign,
        contacts=path,
        results=results,
        problems=problems,
        delta=delta,
    )
    spare_results(complaints, plan.ledger, {"-o": results, "--problems": problems})
    complaints.raise_if_any()
    if path is None or opened is None:
        raise AssertionError("unreachable: an unopened list is a complaint")
    return _Asked(plan=plan, path=path, opened=opened, moment=moment, results=results, problems=problems, notes=notes)


def _once_known(opened: ContactList, work: Callable[[], T]) -> T:
    """Do something with a list; once more where a row further down objects to a number that was given already."""
    try:
        return work()
    except ReadAgainError:
        opened.prove_readable()
        return work()


def _report(
    asked: _Asked,
    screening: ListScreening,
    outcomes: Counter[Outcome],
    problem_tally: ProblemTally,
    *,
    at: str | None,
    limit: int | None,
) -> CheckReport:
    """Say what was found, and what a run begun at the moment would do."""
    plan, opened, moment = asked.plan, asked.opened, asked.moment
    pace = plan.campaign.pace
    calls, rate = min(outcomes[Outcome.READY], limit or outcomes[Outcome.READY]), pace.calls_per_second
    coming = forecast(moment, calls, screening.opens, rate=rate, per_day=pace.calls_per_day)
    errors, warnings = screening.explained(problem_tally.groups("error")), problem_tally.groups("warning")
    return CheckReport(
        run=None,
        campaign=plan.campaign.name,
        rows=outcomes.total(),
        outcomes=outcomes,
        results=None,
        seconds=0.0,
        exit_code=Exit.PROBLEMS if outcomes[Outcome.INVALID] else Exit.DONE,
        errors=errors,
        warnings=warnings,
        headlines=screening.tally.headlines,
        list_warnings=opened.warnings,
        headings=opened.headings,
        when="now" if at is None else f"at {told(moment, plan.campaign.hours.timezone)}",
        notes=(
            *opened.assumptions,
            *screening.tally.notes,
            f"a run would take {span(calls / rate)} for {counted(calls, 'call')} at {rate:g} a second",
            *_coming(coming, plan.campaign.hours.timezone),
            *screening.notes,
            *doubts_of_redials(plan),
        ),
        extra={"expected_seconds": round(calls / rate, 1), **_found(asked, screening, coming, (*errors, *warnings))},
    )


def _found(asked: _Asked, screening: ListScreening, coming: Forecast, groups: Sequence[Group]) -> Mapping[str, object]:
    return {
        "forecast": _as_json(coming),
        "at": asked.moment.isoformat(timespec="seconds"),
        "screening": screening.record,
        "phone_column": asked.opened.phone_heading,
        "assumptions": list(asked.opened.assumptions),
        "list_warnings": list(asked.opened.warnings),
        "permission": screening.tally.as_json(),
        "problems": [group.as_json() for group in groups],
    }


def _coming(coming: Forecast, zone: str | None) -> Sequence[str]:
    if not coming.later or coming.first is None or coming.last is None:
        return ()
    soon = coming.at_once + coming.within_a_day
    later = (
        f"{soon:,} can be rung within 24 hours, {coming.at_once:,} of them at once; the hours of {coming.later:,} open "
        f"from {told(coming.first, zone)}, the last at {told(coming.last, zone)}; a run that waits for them would end "
        f"about {told(coming.ends, zone)}"
    )
    return (later,)


def _as_json(coming: Forecast) -> Mapping[str, object]:
    return {
        "now": coming.at_once,
        "later": coming.later,
        "within_24_hours": coming.at_once + coming.within_a_day,
        "would_end": coming.ends.isoformat(timespec="seconds"),
    }


def _screen(
    asked: _Asked, screening: ListScreening, *, observer: Observer, keep: list[ScreenedChunk] | None
) -> tuple[Counter[Outcome], ProblemTally]:
    """Go through a list once, writing what is to be written."""
    opened = asked.opened
    outcomes: Counter[Outcome] = Counter()
    problem_tally = ProblemTally(RULES)
    observer.loaded(0, opened.size)
    with ExitStack() as files:
        takers: list[Taker] = [lambda screened: outcomes.update(screened.counts()), problem_tally.look_at]
        if asked.problems:
            takers.append(files.enter_context(bad_rows(asked.problems, opened.headings)))
        if keep is not None:
            keep.clear()  # it may be the second time
            takers.append(keep.append)
        takers.append(lambda screened: observer.loaded(screened.bytes_read, opened.size))
        chunks = _shown_to(takers, map(screening.screen, opened.chunks()))
        if asked.results:
            _write(asked.results, opened.headings, chunks)
        else:
            for _ in chunks:
                pass
    observer.loaded(opened.size, opened.size)
    return outcomes, problem_tally


def _shown_to(takers: Sequence[Taker], chunks: Iterator[ScreenedChunk]) -> Iterator[ScreenedChunk]:
    for screened in chunks:
        for take in takers:
            take(screened)
        yield screened


def _write(results: Path, headings: Sequence[str], chunks: Iterator[ScreenedChunk]) -> None:
    try:
        write_checked(results, headings, chunks)
    except StoppedError as problem:
        # No call hangs on it: there is nothing to go on with, only another place to name.
        raise SetupError(str(problem)) from problem

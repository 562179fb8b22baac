"""`dialer check`: reads and screens a list exactly as a run would, and touches nothing."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from dialer.domain.call import Outcome
from dialer.domain.forecast import forecast
from dialer.domain.moments import told
from dialer.domain.problem import ADDRESS_UNCLEAR, LIST_RULES, PARAMETER_RULES, Problem, Rule
from dialer.domain.screening import OUTCOMES, SCREENING_RULES, Barred
from dialer.domain.suppression import SUPPRESSION_RULES, prefix_of
from dialer.domain.whereabouts import NO_ADDRESS, AddressColumns, unclear
from dialer.errors import Exit, SetupError, StoppedError
from dialer.intake.likely_region import MOST_CELLS, likely_regions
from dialer.intake.number_rules import RULES as NUMBER_RULES
from dialer.intake.objections import ReadAgainError
from dialer.intake.row_countries import COUNTRY_RULES
from dialer.ledger.ledger import past_on_record
from dialer.progress import Stretch
from dialer.reports.permission import PermissionTally
from dialer.reports.problems import CheckReport, Findings, bad_rows, counted
from dialer.reports.reasons import Reasons
from dialer.reports.results import check_writable, write_checked
from dialer.reports.summary import Summary, span
from dialer.tables import shipped
from dialer.wiring.admission import open_checkpoint
from dialer.wiring.explaining import read_moment
from dialer.wiring.outputs import check_paths
from dialer.wiring.parts import utc_now
from dialer.wiring.plan import SANDBOX, Complaints, find_list, make_plan, open_contacts, results_path
from dialer.wiring.starting import named_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.forecast import Forecast
    from dialer.domain.screening import Candidate
    from dialer.domain.sheet import Sheet
    from dialer.intake.contacts import ContactList
    from dialer.reports.problems import Group
    from dialer.wiring.gate import Past
    from dialer.wiring.plan import Choices, Plan

T = TypeVar("T")

RULES: Mapping[str, Rule] = {
    **NUMBER_RULES,
    **COUNTRY_RULES,
    **PARAMETER_RULES,
    **LIST_RULES,
    **SUPPRESSION_RULES,
    **SCREENING_RULES,
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
    at: str | None = None,
    again: bool = False,
    shown: bool = False,
) -> Summary:
    """Screen a list and say what a run would do, now or `at` another moment.

    Writes the checked CSV to `output` and the bad rows to `problems` where they are given; with `shown` there is
    progress on a terminal. Raises SetupError with everything that is wrong.
    """
    began = monotonic()
    complaints = Complaints()
    path = find_list(contacts, choices, complaints)
    plan = make_plan(choices, env, complaints, name=named_after(path), dialling=False)
    moment = complaints.trying(lambda: read_moment(at), utc_now())
    opened = open_contacts(path, plan, complaints, today=moment.astimezone(UTC).date())
    results = results_path(path, output, complaints) if path and output else None
    if problems:
        complaints.trying(lambda: check_writable(problems), None)
    check_paths(
        complaints,
        ledger=plan.ledger,
        campaign=choices.campaign,
        contacts=path,
        results=results,
        problems=problems,
    )
    complaints.speak()
    if opened is None:
        raise AssertionError("unreachable: an unopened list is a complaint")
    with past_on_record(plan.ledger, sandbox=plan.provider == SANDBOX) as past:

        def screened() -> tuple[Admitting, Counter[Outcome], Findings]:
            admitting = Admitting(plan, opened, past, moment, again=again)
            return admitting, *_screen(opened, admitting, results=results, problems=problems, shown=shown)

        admitting, outcomes, findings = _once_known(opened, screened)
    summary = _report(plan, opened, admitting, outcomes, findings, moment=moment, at=at, limit=limit)
    written = [
        *([f"checked list: {results}"] if results else []),
        *([f"bad rows, to mend and check again: {problems}"] if problems else []),
    ]
    return replace(
        summary,
        results=results,
        seconds=monotonic() - began,
        notes=(*summary.notes, *written),
        extra={**summary.extra, "problems_file": str(problems.absolute()) if problems else None},
    )


def _once_known(opened: ContactList, work: Callable[[], T]) -> T:
    """Do something with a list; once more where a row further down objects to a number that was given already."""
    try:
        return work()
    except ReadAgainError:
        opened.prove_readable()
        return work()


def _report(
    plan: Plan,
    opened: ContactList,
    admitting: Admitting,
    outcomes: Counter[Outcome],
    findings: Findings,
    *,
    moment: datetime,
    at: str | None,
    limit: int | None,
) -> CheckReport:
    """Say what was found, and what a run begun at the moment would do."""
    pace = plan.campaign.pace
    calls, rate = min(outcomes[Outcome.READY], limit or outcomes[Outcome.READY]), pace.calls_per_second
    coming = forecast(moment, calls, admitting.opens, rate=rate, per_day=pace.calls_per_day)
    errors, warnings = admitting.explained(findings.groups("error")), findings.groups("warning")
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
        headlines=admitting.tally.headlines,
        when="now" if at is None else f"at {told(moment, plan.campaign.hours.timezone)}",
        notes=(
            *opened.assumptions,
            *admitting.tally.notes,
            *(f"warning: {warning}" for warning in opened.warnings),
            f"a run would take {span(calls / rate)} for {counted(calls, 'call')} at {rate:g} a second",
            *_coming(coming, plan.campaign.hours.timezone),
            *admitting.notes,
        ),
        extra={
            "expected_seconds": round(calls / rate, 1),
            "at": moment.isoformat(timespec="seconds"),
            "forecast": {
                "now": coming.at_once,
                "later": coming.later,
                "within_24_hours": coming.at_once + coming.within_a_day,
                "would_end": coming.ends.isoformat(timespec="seconds"),
            },
            "screening": admitting.record,
            **_found(opened),
            "permission": admitting.tally.as_json(),
            "problems": [group.as_json() for group in (*errors, *warnings)],
        },
    )


class Admitting:
    """Screens the sheets of a list as a run begun at a moment would, and counts when the others may be rung."""

    def __init__(self, plan: Plan, opened: ContactList, past: Past | None, moment: datetime, *, again: bool) -> None:
        """Read what the list is screened by; raises SetupError where a do-not-call file cannot be used."""
        wanted = _prefixes(opened) if plan.campaign.suppression.files else None
        point = open_checkpoint(plan, past, wanted=wanted, again=again)
        self.opens: Counter[datetime] = Counter()
        self._reasons, self._cells, self._numbers = Reasons(), list[str](), list[str]()
        self._zone, self._has_windows = plan.campaign.hours.timezone, bool(plan.campaign.hours.windows)
        self.notes = tuple(point.notes)
        self.record = point.record
        self.tally = PermissionTally(opened.permission, opened.today)
        self._moment = moment
        self._headings = opened.headings
        self._atlas = shipped.load().atlas
        self._gate = point.gate

    def admit(self, sheet: Sheet) -> Sheet:
        """Set aside who may not be rung at the moment."""
        self.tally.look_at(sheet)
        positions, candidates = sheet.candidates()
        verdicts = self._gate.screen(candidates, self._moment)
        barred = {at: verdict for at, verdict in zip(positions, verdicts, strict=True) if isinstance(verdict, Barred)}
        self.opens.update(verdict.opens for verdict in barred.values() if verdict.opens)
        self._reasons.look_at(barred, sheet.rows)
        self._sample(sheet, candidates)
        return self._with_doubts(sheet, positions, candidates).without(barred)

    def _sample(self, sheet: Sheet, candidates: Sequence[Candidate]) -> None:
        """Keep a few cells that lack a country, and a few numbers, to propose one by."""
        self._numbers += [candidate.number for candidate in candidates[: MOST_CELLS - len(self._numbers)]]
        for problems in sheet.problems.values() if len(self._cells) < MOST_CELLS else ():
            self._cells += [problem.value for problem in problems if problem.code == "number-no-country"]

    def explained(self, groups: Sequence[Group]) -> Sequence[Group]:
        """Give the groups with what this list needs, and with the reasons behind who is not rung."""
        for group in groups:
            if group.rule.code == "number-no-country":
                group.cure = self._region_to_say()
            elif (outcome := OUTCOMES.get(group.rule.code)) and self._reasons.of(outcome):
                group.reasons = self._reasons.lines(outcome, self._zone)
                if outcome is Outcome.HELD and (entries := self._reasons.to_paste(has_windows=self._has_windows)):
                    where = "add to windows under [hours]" if self._has_windows else "say under [hours]"
                    group.reasons = [
                        *group.reasons,
                        f"to ring them, {where} in the campaign, with hours you can answer for:",
                    ]
                    group.paste = entries
                group.reasons_json = self._reasons.as_json(outcome)
        return groups

    def _region_to_say(self) -> str:
        return f"say {_proposed(likely_regions(self._cells, self._numbers))}, or region under [list] in the campaign"

    def _with_doubts(self, sheet: Sheet, positions: Sequence[int], candidates: Sequence[Candidate]) -> Sheet:
        """Give the sheet with a warning for every address that is not understood; rows that have one keep their own."""
        doubts: dict[int, Problem] = {}
        if sheet.columns == AddressColumns():
            return sheet
        for at, (number, address, _) in zip(positions, candidates, strict=True):
            if address == NO_ADDRESS or at in sheet.warnings:
                continue
            if part := unclear(address, self._atlas, nanp=number.startswith("+1")):
                heading = self._headings[getattr(sheet.columns, part)]
                doubts[at] = Problem("address-unclear", ADDRESS_UNCLEAR, heading, getattr(address, part))
        return replace(sheet, warnings=dict(sorted({**sheet.warnings, **doubts}.items()))) if doubts else sheet


def _proposed(regions: Sequence[str]) -> str:
    if len(regions) == 1:
        return f"--region {regions[0]} if these are {regions[0]} numbers"
    if regions:
        return f"--region {', '.join(regions[:-1])} or {regions[-1]}, whichever country these numbers are of"
    return "--region, such as US, if all are of one country"


def _prefixes(opened: ContactList) -> frozenset[str]:
    """Tell how the list's numbers begin, so that of do-not-call files only those are kept in memory."""
    return frozenset(prefix_of(number) for sheet in opened.sheets() for number in sheet.numbers if number)


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


def _found(opened: ContactList) -> dict[str, object]:
    return {
        "phone_column": opened.phone_heading,
        "assumptions": list(opened.assumptions),
        "list_warnings": list(opened.warnings),
    }


def _screen(
    opened: ContactList,
    admitting: Admitting,
    *,
    results: Path | None,
    problems: Path | None,
    shown: bool,
) -> tuple[Counter[Outcome], Findings]:
    """Go through a list once, writing what is to be written."""
    outcomes: Counter[Outcome] = Counter()
    findings = Findings(RULES)
    with ExitStack() as files:
        progress = files.enter_context(Stretch("reading", size=opened.size, shown=shown))
        takers: list[Callable[[Sheet], None]] = [lambda sheet: outcomes.update(sheet.counts()), findings.look_at]
        if problems:
            takers.append(files.enter_context(bad_rows(problems, opened.headings)))
        takers.append(lambda sheet: progress.reached(sheet.bytes_read))
        sheets = _shown_to(takers, map(admitting.admit, opened.sheets()))
        if results:
            _write(results, opened.headings, sheets)
        else:
            for _ in sheets:
                pass
    return outcomes, findings


def _shown_to(takers: Sequence[Callable[[Sheet], None]], sheets: Iterator[Sheet]) -> Iterator[Sheet]:
    for sheet in sheets:
        for take in takers:
            take(sheet)
        yield sheet


def _write(results: Path, headings: Sequence[str], sheets: Iterator[Sheet]) -> None:
    try:
        write_checked(results, headings, sheets)
    except StoppedError as problem:
        # No call hangs on it: there is nothing to go on with, only another place to name.
        raise SetupError(str(problem)) from problem

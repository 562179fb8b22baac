"""`dialer verify`: the promises of a run, proved from the ledger, the list and the results file."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dialer.actions.runs import latest, ledger_of
from dialer.actions.verify.list import by_row, kept_again, listed_again, reading_of
from dialer.actions.verify.screening import Lawful
from dialer.domain.call import OPEN, Outcome
from dialer.domain.contact import Contact
from dialer.domain.continuity import told_of_doubts
from dialer.domain.phone import mask
from dialer.domain.problem import CUT_OFF
from dialer.domain.recorded import RecordedPlan
from dialer.domain.redaction import shown
from dialer.domain.screening.location import NO_ADDRESS
from dialer.domain.verify.history import examine
from dialer.domain.verify.promises import Finding, Promise, crowded, side_by_side, window
from dialer.errors import LedgerError, SetupError
from dialer.ledger.port import held_by
from dialer.ledger.records import DamagedError
from dialer.lists.workbook import workbook_lines
from dialer.providers.sandbox import SANDBOX
from dialer.reports.proof import Proof
from dialer.reports.results_compared import compare
from dialer.session.plan import reader_of_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.actions.verify.list import Reading
    from dialer.domain.contact import Reject
    from dialer.domain.run import Run
    from dialer.domain.verify.history import Kept
    from dialer.ledger.parts import Evidence
    from dialer.ledger.port import Ledger
    from dialer.ledger.records import DialledSession, Listed
    from dialer.session.plan import Choices

_OF_TIMES = frozenset({Promise.PACE, Promise.LAWFUL})
_UNREADABLE = "a record cannot be read"


def verify(number: int | None, choices: Choices, env: Mapping[str, str]) -> Proof:
    """Hold a run's records against its promises; nothing is changed, and nothing is held that grows with the list.

    Raises LedgerError when there is no such ledger or run.
    """
    with ledger_of(choices, env) as ledger, ledger.evidence(number or _latest(ledger, choices)) as evidence:
        return _Trial(ledger, evidence, choices).proof()


def _latest(ledger: Ledger, choices: Choices) -> int:
    try:
        return latest(ledger, None, choices).number
    except DamagedError as damaged:
        return damaged.run


def _told_of_clock(sessions: Sequence[DialledSession]) -> str:
    """Say by how much the clock was set while the run was dialled, or since; '' where it was not."""
    steps = [step for session in sessions for step in session.screening.get("clock_was_set", ())]
    told = ", ".join(f"{step:+,.0f} s" for step in steps if isinstance(step, int | float))
    return f"the clock was set ({told}): times before and after do not fit" if told else ""


def _recorded(run: Run) -> RecordedPlan | None:
    try:
        return RecordedPlan.model_validate(run.settings)
    except ValidationError:
        return None  # of another version, or damaged: then a list cannot be read again either, and is not proved


class _Trial:
    """One look at one run."""

    def __init__(self, ledger: Ledger, evidence: Evidence, choices: Choices) -> None:
        self._evidence = evidence
        self._typed = choices.typed
        self._run, self._loaded_at, self._faults = evidence.run()
        self._recorded = _recorded(self._run)
        self._past = ledger.past(self._run.number, sandbox=self._run.provider == SANDBOX)
        self._found = {promise: Finding(promise) for promise in Promise}
        results = self._run.results
        self._others = ledger.others_with(results, than=self._run.number) if results else []
        self._notes: list[str] = []
        sessions = evidence.sessions()
        self._lawful = Lawful(sessions, self._run.campaign)
        self._clock_was_set = _told_of_clock(sessions)
        for promise in _OF_TIMES if self._clock_was_set else ():
            self._found[promise].doubt(self._clock_was_set)
        for doubt in ledger.doubts().values():
            self._found[Promise.ONCE].doubt(f"calls may be missing from the ledger: {told_of_doubts([doubt])}")
        self._again = False
        self._other_reader = ""
        self._left = 0
        running = "" if self._run.ended_at or self._run.abandoned_at else held_by(ledger.address, self._run.campaign)
        self._running = f"{running} runs the campaign at this moment: verify again when it has ended" if running else ""

    def proof(self) -> Proof:
        for look, promises in (
            (self._records, (Promise.RECORDS,)),
            (self._rows, tuple(Promise)),
            (self._numbers, (Promise.ONCE, Promise.PLACED)),
            (self._frequency, (Promise.LAWFUL,)),
            (self._pace, (Promise.PACE,)),
            (self._end, (Promise.FINISHED,)),
            (self._results, (Promise.RESULTS,)),
        ):
            try:
                look()
            except LedgerError as problem:
                self._breach(Promise.RECORDS, None, "records that can be read", str(problem))
                for promise in promises:
                    self._found[promise].doubt(_UNREADABLE)
        return Proof(run=self._run.number, findings=tuple(self._found.values()), notes=tuple(self._notes))

    def _breach(self, promise: Promise, row: int | None, expected: str, found: str) -> None:
        if self._clock_was_set and promise in _OF_TIMES:
            self._found[promise].doubt(self._clock_was_set)
            return
        self._found[promise].breach(row, expected=expected, found=found)

    def _records(self) -> None:
        run, finding = self._run, self._found[Promise.RECORDS]
        finding.checked += 1
        for fault in self._faults:
            finding.breach(None, expected=f"run.{fault.column}: {fault.expected}", found=fault.found)
        for table, row, column, found in self._evidence.damages():
            told = "something else" if column in {"cells", "parameters", "address"} else shown(found)
            finding.breach(row, expected=f"{table}.{column} as it is written", found=told)
        for name, known in (("campaign", run.campaign), ("provider", run.provider)):
            recorded = getattr(self._recorded, name, None)
            if recorded not in {None, known}:
                expected = f"run.{name}: {shown(recorded)}, as its settings say"
                finding.breach(None, expected=expected, found=shown(known))
        single = {run.list_path is None, run.results is None, not run.headings}
        if len(single) > 1 and not self._is_faulty("list_path", "results", "headings"):
            finding.breach(None, expected="a list with headings and results, or one call", found="some of each")
        self._moments()

    def _moments(self) -> None:
        run, loaded = self._run, self._loaded_at
        if self._is_faulty("started_at", "ended_at", "abandoned_at"):
            return
        if loaded and loaded != run.started_at:
            # A list is loaded as of the moment at which its run began.
            self._breach(Promise.RECORDS, None, "run.loaded_at and run.started_at of one moment", "two")
        for name, moment in (("ended_at", run.ended_at), ("abandoned_at", run.abandoned_at)):
            if moment and moment < run.started_at and self._clock_was_set:
                self._found[Promise.RECORDS].doubt(self._clock_was_set)
            elif moment and moment < run.started_at:
                self._breach(Promise.RECORDS, None, f"run.{name} after run.started_at", "a moment before it")
        if run.ended_at and run.abandoned_at:
            self._breach(Promise.RECORDS, None, "a run that was finished or abandoned", "both")

    def _is_faulty(self, *columns: str) -> bool:
        return any(fault.column in columns for fault in self._faults)

    def _rows(self) -> None:
        evidence, rows = self._evidence, 0
        records = (evidence.contacts(), evidence.listed(), evidence.attempts(), evidence.decisions())
        for row, (kept, listed, tried, decided, item) in side_by_side(*records, self._list()):
            self._count(row, kept, listed, item)
            if kept is None:
                self._orphans(row, tried, decided)
            else:
                rows += 1
                self._row(row, kept, tried or (), decided or ())
                self._hours(row, kept, listed, tried or ())
            if kept and listed and item:
                self._hold_to_list(row, kept, listed, item)
        if self._is_faulty("row_count"):
            self._found[Promise.COUNTS].doubt("how many rows the list had")
        elif rows != self._run.rows:
            self._breach(Promise.COUNTS, None, f"{self._run.rows} rows, as the run was loaded", f"{rows}")

    def _hours(self, row: int, kept: Kept, listed: Listed | None, tried: Sequence[Any]) -> None:
        self._found[Promise.LAWFUL].checked += len(tried)
        address = listed.address if listed else NO_ADDRESS
        for at in self._lawful.out_of_hours(kept.number, address, tried):
            self._breach(Promise.LAWFUL, row, "a call within calling hours", f"one at {at:%Y-%m-%d %H:%M:%S} UTC")

    def _frequency(self) -> None:
        for why in self._lawful.doubts:
            self._found[Promise.LAWFUL].doubt(why)
        for row in self._past.suppressed():
            self._breach(Promise.LAWFUL, row, "no call: the number was on the do-not-call list", "an attempt")
        for number, calls in self._past.repeated():
            for row, rule, at in self._lawful.too_often(self._run.number, number, calls):
                found = f"a call to {mask(number)} at {at:%Y-%m-%d %H:%M:%S} UTC"
                self._breach(Promise.LAWFUL, row, f"no call so soon: {rule}", found)

    def _orphans(self, row: int, tried: Sequence[Any] | None, decided: Sequence[Any] | None) -> None:
        if tried:
            expected = "no attempt of a row that is not in the run"
            self._breach(Promise.ONCE, row, expected, f"{len(tried)} attempts")
        if decided:
            self._breach(Promise.RECORDS, row, "no decision of a row that is not in the run", f"{len(decided)}")

    def _count(self, row: int, kept: Kept | None, listed: Listed | None, item: Contact | Reject | None) -> None:
        self._found[Promise.COUNTS].checked += 1
        if kept is None:
            self._breach(Promise.COUNTS, row, "one outcome", "no outcome in the ledger")
        if listed is None:
            self._breach(Promise.COUNTS, row, "the row as it was read", "no such row in the ledger")
        if not self._again:
            return
        if item is None:
            self._breach(Promise.COUNTS, row, "no such row, as in the list file", "a row in the ledger")
        elif listed is not None and listed.cells != item.cells:
            self._breach(Promise.COUNTS, row, "the cells of the list file", "other cells in the ledger")

    def _row(self, row: int, kept: Kept, tried: Sequence[Any], decided: Sequence[Any]) -> None:
        for promise, expected, found in examine(kept, tried, decided):
            self._breach(promise, row, expected, found)
        self._found[Promise.RECORDS].checked += 1 + len(tried) + len(decided)
        self._found[Promise.ONCE].checked += len(tried)
        self._found[Promise.PLACED].checked += kept.outcome == "placed"
        self._found[Promise.UNKNOWN].checked += 1
        self._found[Promise.FINISHED].checked += 1
        if kept.outcome in OPEN:
            self._left += 1
            if self._run.ended_at:
                self._breach(Promise.FINISHED, row, "a final outcome: the run is finished", kept.outcome)

    def _list(self) -> Iterator[tuple[int, Contact | Reject]]:
        """Walk the rows as the list has them, or where it is gone the cells the ledger kept, screened again."""
        path, finding = self._run.list_path, self._found[Promise.LIST]
        if path is None:
            return
        try:
            reading = reading_of(self._run)
            if reading.recorded.reader != reader_of_lists():
                self._other_reader = f"rows that {reading.recorded.reader} read otherwise than {reader_of_lists()} does"
            yield from by_row(self._contacts(path, reading))
        except SetupError as problem:
            self._again = False
            for doubted in (finding, self._found[Promise.COUNTS]):
                doubted.doubt("; ".join(problem.complaints))

    def _contacts(self, path: Path, reading: Reading) -> Any:
        finding = self._found[Promise.COUNTS]
        try:
            contacts = listed_again(path, reading)
        except SetupError as problem:
            finding.doubt(f"the list: {'; '.join(problem.complaints)}")
        else:
            if contacts.digest == self._run.digest:
                self._again = True
                if contacts.headings != self._run.headings:
                    finding.breach(None, expected="the headings of the list file", found="others in the ledger")
                return contacts
            finding.doubt(f"the list: {path} has changed since the run was loaded")
        return kept_again(
            self._run.headings,
            lambda: ((row, kept.cells) for row, kept in self._evidence.listed()),
            reading,
            cut=next((row for row, kept in self._evidence.contacts() if CUT_OFF in kept.error), None),
        )

    def _hold_to_list(self, row: int, kept: Kept, listed: Listed, item: Contact | Reject) -> None:
        self._found[Promise.LIST].checked += 1
        if isinstance(item, Contact):
            if kept.outcome in {Outcome.INVALID, Outcome.DUPLICATE}:
                self._unlike(row, "a row that can be dialled", kept.outcome)
            if listed.parameters != item.parameters:
                self._unlike(row, "the parameters of its cells", "others in the ledger")
            if listed.address != item.address:
                self._unlike(row, "the address of its cells", "another in the ledger")
        elif kept.outcome != item.outcome:
            self._unlike(row, f"{item.outcome}, as its cells are read", kept.outcome)
        elif kept.error != item.reason:
            self._unlike(row, "error: what is wrong with its cells", "something else")
        if kept.number != item.number:
            expected = f"the number of its cells, {mask(item.number)}" if item.number else "no number"
            self._unlike(row, expected, mask(kept.number) if kept.number else "none")

    def _unlike(self, row: int, expected: str, found: str) -> None:
        """Note a row that is not what the list says; another version may only read it otherwise."""
        if self._other_reader:
            self._found[Promise.LIST].doubt(self._other_reader)
        else:
            self._breach(Promise.LIST, row, expected, found)

    def _numbers(self) -> None:
        for number, rows in self._evidence.shared_numbers():
            for row in rows[1:]:
                expected = f"no call to {mask(number)}, which row {rows[0]} dialled"
                self._breach(Promise.ONCE, row, expected, "an attempt")
        settled = list(self._evidence.shared_ids())
        known = {call_id for _, call_id, _ in settled}
        given = (found for found in self._evidence.repeated_ids() if found[1] not in known)
        for row, call_id, other in chain(settled, given):
            self._breach(Promise.PLACED, row, "a call of its own", f"the id {call_id}, which row {other} has too")

    def _pace(self) -> None:
        sessions = self._evidence.sessions()
        first = self._evidence.first_claim()
        if first is None and not sessions:
            self._notes.append("the pace was not looked at: the run was never dialled")
            return
        finding = self._found[Promise.PACE]
        if first and (not sessions or first[1] < sessions[0].started_at):
            self._breach(Promise.PACE, first[0], "a session before the attempt, with its pace", "none")
        for at, session in enumerate(sessions):
            self._session(session, is_first=not at)

        def counted() -> Iterator[tuple[int, datetime]]:
            for sending in self._evidence.sendings():
                finding.checked += 1
                yield sending

        for row, rate, took in crowded(counted(), [(session.started_at, session.rate) for session in sessions]):
            most = math.ceil(rate)
            expected = f"at most {most} requests in {window(rate):g} s"
            self._breach(Promise.PACE, row, expected, f"{most + 1} within {took:.6f} s")

    def _session(self, session: DialledSession, *, is_first: bool) -> None:
        known = self._recorded.pace.get("calls_per_second") if self._recorded and is_first else None
        known = session.screening.get("calls_per_second", known)
        if known is not None and known != session.rate:
            self._breach(Promise.PACE, None, f"a session at {known} a second", f"{session.rate:g}")
        if not self._is_faulty("started_at") and session.started_at < self._run.started_at:
            self._breach(Promise.PACE, None, "a session after the start of its run", "one before it")

    def _end(self) -> None:
        if self._running:
            self._found[Promise.FINISHED].doubt(self._running)
        elif not (self._left or self._run.ended_at or self._run.abandoned_at or self._is_faulty("ended_at")):
            told = f"no end: {self._typed('resume', self._run.number)} writes it"
            self._breach(Promise.FINISHED, None, "the end of the run: every row is final", told)

    def _results(self) -> None:
        run, finding = self._run, self._found[Promise.RESULTS]
        if run.results is None:
            self._notes.append("a single call has no list and no results file")
        elif self._running:
            finding.doubt(self._running)
        elif self._is_faulty("results", "headings"):
            finding.doubt("where the results are, and under which headings")
        elif not run.results.is_file():
            told = f"no results file: {self._typed('report', run.number)} writes it"
            finding.breach(None, expected=f"{run.results}", found=told)
        elif later := [other for other in self._others if other > run.number]:
            told = self._typed("report", run.number, "-o", "FILE")
            finding.doubt(f"{run.results} holds the results of run {later[-1]}: {told} writes these to another")
        else:
            compare(run.results, run.headings, self._evidence.results(), finding, workbook=workbook_lines)
            if finding.broken:
                told = self._typed("report", run.number)
                self._notes.append(f"{told} writes the results again, as the ledger has them")

"""The promises of a run, proved from the ledger, the list and the results file."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from dialer.actions.verify.closings import look_at_closings
from dialer.actions.verify.findings import Findings
from dialer.actions.verify.list import by_row, kept_again, listed_again, reading_of
from dialer.actions.verify.requests import look_at_numbers, look_at_pace
from dialer.actions.verify.screening import Lawful
from dialer.domain.call import OPEN, Outcome
from dialer.domain.contact import Contact
from dialer.domain.lost_calls import told_of_doubts
from dialer.domain.phone import mask
from dialer.domain.problem import CUT_OFF
from dialer.domain.retention import FORGOTTEN, Taken
from dialer.domain.screening.location import NO_ADDRESS
from dialer.domain.verify.called_again import examine_again
from dialer.domain.verify.history import examine
from dialer.domain.verify.promises import Promise, side_by_side
from dialer.errors import LedgerError, SetupError
from dialer.ledger.port import held_by
from dialer.ledger.records import DamagedError
from dialer.lists.workbook import workbook_lines
from dialer.providers.sandbox import SANDBOX
from dialer.reports.results_compared import compare
from dialer.reports.verify_report import Proof
from dialer.session.past_run import latest, ledger_of
from dialer.session.plan import reader_of_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.actions.verify.list import Reading
    from dialer.domain.contact import Reject
    from dialer.domain.verify.history import Kept
    from dialer.ledger.port import Ledger
    from dialer.ledger.port_parts import Evidence
    from dialer.ledger.records import Listed
    from dialer.session.choices import Choices

_OF_PEOPLE = (Promise.COUNTS, Promise.LIST, Promise.LAWFUL, Promise.RESULTS)
"""What is proved of people by what is known of them: where that is not kept any more, it is not proved."""

_UNREADABLE = "a record cannot be read"


def verify(number: int | None, choices: Choices, env: Mapping[str, str]) -> Proof:
    """Hold a run's records against its promises; nothing is changed, and nothing is held that grows with the list.

    Raises LedgerError when there is no such ledger or run.
    """
    with ledger_of(choices, env) as ledger, ledger.evidence(number or _latest(ledger, choices)) as evidence:
        return _Verification(ledger, evidence, choices).proof()


def _latest(ledger: Ledger, choices: Choices) -> int:
    try:
        return latest(ledger, None, choices).number
    except DamagedError as damaged:
        return damaged.run


class _Verification:
    """One look at the records of one run, row by row and then as a whole."""

    def __init__(self, ledger: Ledger, evidence: Evidence, choices: Choices) -> None:
        self._evidence = evidence
        self._typed = choices.typed
        self._found = findings = Findings(evidence)
        self._run = run = findings.run
        self._past = ledger.past(run.number, sandbox=run.provider == SANDBOX)
        self._others = ledger.others_with(run.results, than=run.number) if run.results else []
        self._lawful = Lawful(findings.sessions, run.campaign)
        for doubt in ledger.doubts().values():
            findings[Promise.ONCE].doubt(f"calls may be missing from the ledger: {told_of_doubts([doubt])}")
        self._ledger = ledger
        self._forgotten: set[int] = set()
        self._again = False
        self._other_reader = ""
        self._left = 0
        running = "" if run.ended_at or run.abandoned_at else held_by(ledger.address, run.campaign)
        self._running = f"{running} runs the campaign at this moment: verify again when it has ended" if running else ""

    def proof(self) -> Proof:
        found, evidence = self._found, self._evidence
        looks: Sequence[tuple[Callable[[], None], Iterable[Promise]]] = (
            (partial(found.look_at_records, evidence), [Promise.RECORDS]),
            (self._rows, Promise),
            (partial(look_at_closings, found, evidence), [Promise.RECORDS]),
            (partial(look_at_numbers, found, evidence), [Promise.ONCE, Promise.PLACED]),
            (self._frequency, [Promise.LAWFUL]),
            (partial(look_at_pace, found, evidence), [Promise.PACE]),
            (self._end, [Promise.FINISHED]),
            (self._results, [Promise.RESULTS]),
        )
        for look, promises in looks:
            try:
                look()
            except LedgerError as problem:
                found.breach(Promise.RECORDS, None, "records that can be read", str(problem))
                for promise in promises:
                    found[promise].doubt(_UNREADABLE)
        return Proof(
            run=self._run.number, findings=tuple(found[promise] for promise in Promise), notes=tuple(found.notes)
        )

    def _rows(self) -> None:
        if Taken.ROWS in self._found.taken:
            self._counts()
            return
        evidence, rows = self._evidence, 0
        records = (evidence.contacts(), evidence.listed(), evidence.attempts(), evidence.decisions())
        for row, (kept, listed, tried, decided, again, item) in side_by_side(
            *records, evidence.redials(), self._list()
        ):
            if kept and kept.number.startswith(FORGOTTEN):
                self._forgotten.add(row)
            self._count(row, kept, listed, item)
            if kept is None:
                self._orphans(row, tried, decided, again)
            else:
                rows += 1
                self._row(row, replace(kept, again=again) if again else kept, tried or (), decided or ())
                self._hours(row, kept, listed, tried or ())
            if kept and listed and item:
                self._hold_to_list(row, kept, listed, item)
        for promise in _OF_PEOPLE if {Taken.CELLS, Taken.PERSON} & self._found.taken else ():
            self._found[promise].doubt(self._found.pruned)
        if self._found.is_faulty("row_count"):
            self._found[Promise.COUNTS].doubt("how many rows the list had")
        elif rows != self._run.rows:
            self._found.breach(Promise.COUNTS, None, f"{self._run.rows} rows, as the run was loaded", f"{rows}")

    def _counts(self) -> None:
        """Of a run whose rows are gone only their counts can be looked at."""
        rows, counts = self._run.rows, self._ledger.counts(self._run.number)
        self._found[Promise.COUNTS].checked += rows
        if (found := sum(counts.values())) != rows:
            self._found.breach(Promise.COUNTS, None, f"counts of {rows} rows, as the run was loaded", f"{found}")
        for promise in Promise:
            self._found[promise].doubt(self._found.pruned)

    def _hours(self, row: int, kept: Kept, listed: Listed | None, tried: Sequence[Any]) -> None:
        if row in self._forgotten or Taken.CELLS in self._found.taken:
            return  # without number and address nobody knows which hours were theirs
        self._found[Promise.LAWFUL].checked += len(tried)
        address = listed.address if listed else NO_ADDRESS
        for at in self._lawful.out_of_hours(kept.number, address, tried):
            self._found.breach(Promise.LAWFUL, row, "a call within calling hours", f"one at {at:%Y-%m-%d %H:%M:%S} UTC")

    def _frequency(self) -> None:
        for why in self._lawful.doubts:
            self._found[Promise.LAWFUL].doubt(why)
        if Taken.CELLS in self._found.taken:
            return  # nor which caps
        since = self._run.started_at - self._lawful.reach
        gone = [each for each in self._ledger.retention().closed() if Taken.ROWS in each.taken and each.at > since]
        if any(each.run < self._run.number for each in gone):
            self._found[Promise.LAWFUL].doubt("calls of earlier runs, which were pruned")
        for row in self._past.suppressed():
            self._found.breach(Promise.LAWFUL, row, "no call: the number was on the do-not-call list", "an attempt")
        for number, calls in self._past.repeated():
            for row, rule, at in self._lawful.too_often(self._run.number, number, calls):
                found = f"a call to {mask(number)} at {at:%Y-%m-%d %H:%M:%S} UTC"
                self._found.breach(Promise.LAWFUL, row, f"no call so soon: {rule}", found)

    def _orphans(self, row: int, tried: Sequence[Any] | None, *decided: Sequence[Any] | None) -> None:
        if tried:
            expected = "no attempt of a row that is not in the run"
            self._found.breach(Promise.ONCE, row, expected, f"{len(tried)} attempts")
        if decisions := sum(len(each or ()) for each in decided):
            self._found.breach(Promise.RECORDS, row, "no decision of a row that is not in the run", f"{decisions}")

    def _count(self, row: int, kept: Kept | None, listed: Listed | None, item: Contact | Reject | None) -> None:
        self._found[Promise.COUNTS].checked += 1
        if kept is None:
            self._found.breach(Promise.COUNTS, row, "one outcome", "no outcome in the ledger")
        if listed is None:
            self._found.breach(Promise.COUNTS, row, "the row as it was read", "no such row in the ledger")
        if not self._again or row in self._forgotten:
            return
        if item is None:
            self._found.breach(Promise.COUNTS, row, "no such row, as in the list file", "a row in the ledger")
        elif listed is not None and listed.cells != item.cells:
            self._found.breach(Promise.COUNTS, row, "the cells of the list file", "other cells in the ledger")

    def _row(self, row: int, kept: Kept, tried: Sequence[Any], decided: Sequence[Any]) -> None:
        for promise, expected, found in chain(examine(kept, tried, decided), examine_again(kept, tried)):
            self._found.breach(promise, row, expected, found)
        self._found[Promise.RECORDS].checked += 1 + len(tried) + len(decided)
        self._found[Promise.ONCE].checked += len(tried)
        self._found[Promise.AGAIN].checked += len(kept.again)
        self._found[Promise.PLACED].checked += kept.outcome == "placed"
        self._found[Promise.UNKNOWN].checked += 1
        self._found[Promise.FINISHED].checked += 1
        if kept.outcome in OPEN:
            self._left += 1
            if self._run.ended_at:
                self._found.breach(Promise.FINISHED, row, "a final outcome: the run is finished", kept.outcome)

    def _list(self) -> Iterator[tuple[int, Contact | Reject]]:
        """Walk the rows as the list has them, or where it is gone the cells the ledger kept, screened again."""
        path, finding = self._run.list_path, self._found[Promise.LIST]
        if path is None or Taken.CELLS in self._found.taken:
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
        if row in self._forgotten:
            return
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
        if listed.key != item.key:
            self._unlike(row, "the key of its cells", "another in the ledger")
        if kept.number != item.number:
            expected = f"the number of its cells, {mask(item.number)}" if item.number else "no number"
            self._unlike(row, expected, mask(kept.number) if kept.number else "none")

    def _unlike(self, row: int, expected: str, found: str) -> None:
        """Note a row that is not what the list says; another version may only read it otherwise."""
        if self._other_reader:
            self._found[Promise.LIST].doubt(self._other_reader)
        else:
            self._found.breach(Promise.LIST, row, expected, found)

    def _end(self) -> None:
        if self._running:
            self._found[Promise.FINISHED].doubt(self._running)
        elif not (self._left or self._run.ended_at or self._run.abandoned_at or self._found.is_faulty("ended_at")):
            told = f"no end: {self._typed('resume', self._run.number)} writes it"
            self._found.breach(Promise.FINISHED, None, "the end of the run: every row is final", told)

    def _results(self) -> None:
        run, finding = self._run, self._found[Promise.RESULTS]
        writes = f"{self._typed('report', run.number)} writes"
        if run.results is None:
            self._found.notes.append("a single call has no list and no results file")
        elif self._running:
            finding.doubt(self._running)
        elif self._found.is_faulty("results", "headings"):
            finding.doubt("where the results are, and under which headings")
        elif {Taken.CELLS, Taken.ROWS} & self._found.taken or (
            Taken.RESULTS in self._found.taken and not run.results.is_file()
        ):
            finding.doubt(self._found.pruned)
        elif not run.results.is_file():
            finding.breach(None, expected=f"{run.results}", found=f"no results file: {writes} it")
        elif later := [other for other in self._others if other > run.number]:
            told = self._typed("report", run.number, "-o", "FILE")
            finding.doubt(f"{run.results} holds the results of run {later[-1]}: {told} writes these to another")
        else:
            results, but = self._evidence.results(again=run.calls_again), self._forgotten
            files = (run.results, run.headings, results, finding)
            compare(*files, workbook=workbook_lines, but=but, again=run.calls_again)
            if finding.broken:
                self._found.notes.append(f"{writes} the results again, as the ledger has them")

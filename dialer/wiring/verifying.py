"""`dialer verify`: the promises of a run, proved from the ledger, the list and the results file."""

from __future__ import annotations

import csv
import heapq
import json
import math
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dialer.domain.call import OPEN
from dialer.domain.phone import mask
from dialer.domain.proof import Finding, Promise, crowded, examine, shown, side_by_side, window
from dialer.errors import Exit, SetupError
from dialer.intake.table import open_table
from dialer.ledger.ledger import SINGLE_CALL
from dialer.reports.results import COLUMNS, heading_line, line
from dialer.wiring.looking import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.domain.proof import Kept
    from dialer.domain.run import Run
    from dialer.intake.table import Table
    from dialer.ledger.evidence import Evidence
    from dialer.ledger.ledger import Ledger
    from dialer.wiring.plan import Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found of every promise of a run; `notes` say what could not be looked at."""

    run: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> Exit:
        """0 when every promise holds, 1 when one is broken."""
        return Exit.PROBLEMS if any(finding.broken for finding in self.findings) else Exit.DONE

    def as_json(self) -> str:
        """Tell it to a program."""
        document = {
            "run": self.run,
            "promises": [
                {
                    "promise": str(finding.promise),
                    "holds": not finding.broken,
                    "checked": finding.checked,
                    "broken": finding.broken,
                    "breaches": [{"run": self.run, **breach._asdict()} for breach in finding.breaches],
                }
                for finding in self.findings
            ],
            "notes": list(self.notes),
            "exit_code": int(self.exit_code),
        }
        return json.dumps(document, ensure_ascii=False)

    def as_text(self) -> str:
        """Tell it to a person."""
        told = [said for finding in self.findings for said in self._told(finding)]
        return "\n".join(_printable(said) for said in (*told, *self.notes))

    def _told(self, finding: Finding) -> Iterator[str]:
        if not finding.broken:
            yield f"holds   {finding.promise} ({finding.checked:,} checked)"
            return
        yield f"BROKEN  {finding.promise} ({finding.checked:,} checked, {finding.broken:,} breaches)"
        for row, expected, found in finding.breaches:
            where = f"run {self.run}" if row is None else f"run {self.run} row {row}"
            yield f"  {where}: expected {expected}; found {found}"
        if more := finding.broken - len(finding.breaches):
            yield f"  … and {more:,} more"


def verify(number: int | None, choices: Choices, env: Mapping[str, str]) -> Proof:
    """Hold a run's records against its promises; nothing is changed, and nothing is held that grows with the list.

    Raises LedgerError when there is no such ledger or run.
    """
    with open_ledger(choices, env) as ledger:
        wanted = ledger.run(number).number
        with ledger.evidence(wanted) as evidence:
            return _Trial(ledger, ledger.run(wanted), evidence).proof()


class _Trial:
    """One look at one run."""

    def __init__(self, ledger: Ledger, run: Run, evidence: Evidence) -> None:
        self._ledger = ledger
        self._run = run
        self._evidence = evidence
        self._found = {promise: Finding(promise) for promise in Promise}
        self._notes: list[str] = []

    def proof(self) -> Proof:
        self._rows()
        self._numbers()
        self._pace()
        self._results()
        return Proof(run=self._run.number, findings=tuple(self._found.values()), notes=tuple(self._notes))

    def _rows(self) -> None:
        evidence, table, rows = self._evidence, self._list(), 0
        records = (evidence.contacts(), evidence.cells(), evidence.attempts(), evidence.decisions())
        listed = _listed(table) if table else ()
        for row, (kept, cells, tried, decided, own) in side_by_side(*records, listed):
            self._count(row, kept, cells, own, listed=table is not None)
            if tried and kept is None:
                self._found[Promise.ONCE].breach(
                    row, expected="no attempt of a row that is not in the run", found=f"{len(tried)} attempts"
                )
            if kept is not None:
                rows += 1
                self._row(row, kept, tried or (), decided or ())
        if rows != self._run.rows:
            self._found[Promise.COUNTS].breach(
                None, expected=f"{self._run.rows} rows, as the run was loaded", found=f"{rows}"
            )

    def _count(self, row: int, kept: Kept | None, cells: Any, own: Any, *, listed: bool) -> None:
        finding = self._found[Promise.COUNTS]
        finding.checked += 1
        if kept is None:
            finding.breach(row, expected="one outcome", found="no outcome in the ledger")
        if cells is None:
            finding.breach(row, expected="the row as it was read", found="no such row in the ledger")
        if listed and own is None:
            finding.breach(row, expected="no such row, as in the list file", found="a row in the ledger")
        elif listed and cells is not None and cells != own:
            finding.breach(row, expected="the cells of the list file", found="other cells in the ledger")

    def _row(self, row: int, kept: Kept, tried: Sequence[Any], decided: Sequence[Any]) -> None:
        for promise, expected, found in examine(kept, tried, decided):
            self._found[promise].breach(row, expected=expected, found=found)
        self._found[Promise.ONCE].checked += len(tried)
        self._found[Promise.PLACED].checked += kept.outcome == "placed"
        self._found[Promise.UNKNOWN].checked += 1
        finished = self._found[Promise.FINISHED]
        finished.checked += 1
        if self._run.ended_at and kept.outcome in OPEN:
            finished.breach(row, expected="a final outcome: the run is finished", found=kept.outcome)

    def _list(self) -> Table | None:
        path = self._run.list_path
        if str(path) == SINGLE_CALL:
            return None
        try:
            table = open_table(path)
        except SetupError as problem:
            self._notes.append(f"the list was not looked at: {'; '.join(problem.complaints)}")
            return None
        if table.digest == self._run.digest:
            return table
        self._notes.append(f"the list was not looked at: {path} has changed since the run was loaded")
        return None

    def _numbers(self) -> None:
        for number, rows in self._evidence.shared_numbers():
            for row in rows[1:]:
                self._found[Promise.ONCE].breach(
                    row, expected=f"no call to {mask(number)}, which row {rows[0]} dialled", found="an attempt"
                )

    def _pace(self) -> None:
        sessions = self._evidence.sessions()
        if not sessions:
            self._notes.append("the pace was not looked at: the run was never dialled")
            return
        finding = self._found[Promise.PACE]

        def counted() -> Iterator[tuple[int, int]]:
            for sending in self._evidence.sendings():
                finding.checked += 1
                yield sending

        for row, rate, took in crowded(counted(), sessions):
            most = math.ceil(rate)
            finding.breach(
                row,
                expected=f"at most {most} requests in {window(rate):g} s",
                found=f"{most + 1} within {took:.6f} s",
            )

    def _results(self) -> None:
        path, finding = self._run.results, self._found[Promise.RESULTS]
        if str(path) == SINGLE_CALL:
            self._notes.append("a single call has no results file")
            return
        number = self._run.number
        if not path.is_file():
            told = f"no results file: dialer report {number} writes it"
            finding.breach(None, expected=f"{path}", found=told)
            return
        try:
            self._compare(path, finding)
        except OSError as problem:
            finding.breach(None, expected=f"a results file at {path}", found=f"it cannot be read: {problem.strerror}")
        except (csv.Error, UnicodeDecodeError) as problem:
            finding.breach(None, expected="a results file that is CSV", found=f"it cannot be read: {problem}")
        except ValueError:
            finding.breach(None, expected="rows that can be read", found="damaged cells in the ledger")
        if finding.broken:
            self._notes.append(f"dialer report {number} writes the results again, as the ledger has them")

    def _compare(self, path: Path, finding: Finding) -> None:
        headings = heading_line(self._run.headings)
        width = len(self._run.headings)
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, strict=True)
            if next(lines, None) != headings:
                finding.breach(None, expected="the list's columns, then ours", found="another heading line")
                return
            expected = (
                (result.row, [str(cell) for cell in line(result, width=width)])
                for result in self._ledger.results(self._run.number)
            )
            for row, (wanted, written) in side_by_side(expected, _in_order(lines, width, finding)):
                finding.checked += 1
                if wanted is None or written is None:
                    finding.breach(
                        row,
                        expected="no line" if wanted is None else "one line",
                        found="no line" if written is None else "a line in the results file",
                    )
                elif wanted != written:
                    finding.breach(row, **_difference(headings, wanted, written, own=width))


def _in_order(lines: Iterator[list[str]], width: int, finding: Finding) -> Iterator[tuple[int, list[str]]]:
    """Walk the lines of a results file by their rows; one that is out of order is a breach."""
    last = 0
    for at, cells in enumerate(lines, start=2):
        text = cells[width] if len(cells) > width else ""
        row = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - nor a list so long
        if row <= last:
            found = f"row {shown(text)}" if text else "no row number"
            finding.breach(row or None, expected=f"a row after {last} in record {at} of the results file", found=found)
            continue
        last = row
        yield row, cells


def _difference(headings: Sequence[str], wanted: Sequence[str], written: Sequence[str], *, own: int) -> dict[str, str]:
    if len(wanted) != len(written):
        return {"expected": f"{len(wanted)} cells", "found": f"{len(written)} cells"}
    at = next(at for at, (one, other) in enumerate(zip(wanted, written, strict=True)) if one != other)
    if at < own:
        return {"expected": f"the list's own {headings[at]!r}", "found": "something else in the results file"}
    name = COLUMNS[at - own]
    tell = repr if name == "callId" else shown
    return {"expected": f"{name} {tell(wanted[at])}", "found": f"{tell(written[at])} in the results file"}


def _listed(table: Table) -> Iterator[tuple[int, tuple[str, ...]]]:
    for chunk in table.chunks():
        fitting = zip(chunk.frame.index, chunk.frame.itertuples(index=False, name=None), strict=True)
        yield from heapq.merge(fitting, chunk.misfits.items(), key=itemgetter(0))


def _printable(text: str) -> str:
    """Keep foreign text from steering the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)

"""What is found of a run, promise by promise, and what of it can be read at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from dialer.domain.recorded_plan import RecordedPlan
from dialer.domain.redaction import shown
from dialer.domain.verify.promises import Finding, Promise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.domain.run import Run
    from dialer.ledger.port_parts import Evidence
    from dialer.ledger.records import DialledSession

_OF_TIMES = frozenset({Promise.PACE, Promise.LAWFUL, Promise.AGAIN})


class Findings:
    """A run as far as it can be read, and a finding of each promise.

    Where the clock was set while it was dialled, times break no promise, and prove none.
    """

    def __init__(self, evidence: Evidence) -> None:
        """Read the run and its sessions; raises LedgerError where there is none."""
        self.run, self.loaded_at, self._faults = evidence.run()
        self.recorded = _recorded(self.run)
        self.sessions = evidence.sessions()
        pruned = evidence.pruned()
        self.taken = {each.what for each in pruned}
        told = (f"{each.what} ({each.rows:,}) on {each.at:%Y-%m-%d} by {each.who}" for each in pruned)
        self.pruned = f"pruned: {'; '.join(told)}"
        self.clock_was_set = _told_of_clock(self.sessions)
        self.notes: list[str] = []
        self._by_promise = {promise: Finding(promise) for promise in Promise}
        for promise in _OF_TIMES if self.clock_was_set else ():
            self[promise].doubt(self.clock_was_set)

    def __getitem__(self, promise: Promise) -> Finding:
        """Give what was found of a promise."""
        return self._by_promise[promise]

    def breach(self, promise: Promise, row: int | None, expected: str, found: str) -> None:
        """Note one breach."""
        if self.clock_was_set and promise in _OF_TIMES:
            self[promise].doubt(self.clock_was_set)
        else:
            self[promise].breach(row, expected=expected, found=found)

    def is_faulty(self, *columns: str) -> bool:
        """Tell whether one of the run's own columns cannot be read."""
        return any(fault.column in columns for fault in self._faults)

    def look_at_records(self, evidence: Evidence) -> None:
        """Hold the run's records against what the program writes, and against each other."""
        run, finding = self.run, self[Promise.RECORDS]
        finding.checked += 1
        for fault in self._faults:
            finding.breach(None, expected=f"run.{fault.column}: {fault.expected}", found=fault.found)
        for table, row, column, found in evidence.damages():
            told = "something else" if column in {"cells", "parameters", "address"} else shown(found)
            finding.breach(row, expected=f"{table}.{column} as it is written", found=told)
        for name, known in (("campaign", run.campaign), ("provider", run.provider)):
            recorded = getattr(self.recorded, name, None)
            if recorded not in {None, known}:
                expected = f"run.{name}: {shown(recorded)}, as its settings say"
                finding.breach(None, expected=expected, found=shown(known))
        single = {run.list_path is None, run.results is None, not run.headings}
        if len(single) > 1 and not self.is_faulty("list_path", "results", "headings"):
            finding.breach(None, expected="a list with headings and results, or one call", found="some of each")
        if not self.is_faulty("started_at", "ended_at", "abandoned_at"):
            self._look_at_moments()

    def _look_at_moments(self) -> None:
        run = self.run
        if self.loaded_at and self.loaded_at != run.started_at:
            # A list is loaded as of the moment at which its run began.
            self.breach(Promise.RECORDS, None, "run.loaded_at and run.started_at of one moment", "two")
        for name, moment in (("ended_at", run.ended_at), ("abandoned_at", run.abandoned_at)):
            if moment and moment < run.started_at and self.clock_was_set:
                self[Promise.RECORDS].doubt(self.clock_was_set)
            elif moment and moment < run.started_at:
                self.breach(Promise.RECORDS, None, f"run.{name} after run.started_at", "a moment before it")
        if run.ended_at and run.abandoned_at:
            self.breach(Promise.RECORDS, None, "a run that was finished or abandoned", "both")


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

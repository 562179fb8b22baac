"""Taking out of a ledger, and away from beside it, what is kept for long enough."""

from __future__ import annotations

import csv
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.domain.campaign import KeepRules
from dialer.domain.retention import Taken, due
from dialer.domain.wording import counted
from dialer.errors import DialerError, SetupError
from dialer.events.log_files import is_log, rotated
from dialer.lists.workbook import workbook_lines
from dialer.reports.results import heading_line
from dialer.reports.workbook_file import is_workbook
from dialer.screening.campaign_rules import LONGEST_REACH, reach_on_record
from dialer.session.environment import who

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.ledger.port_parts import Retention
    from dialer.session.dialling import Dialled
    from dialer.session.prepared import Prepared

_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Pruning:
    """What was taken, or would be: of how many runs and rows, and which files; `notes` say what else to know."""

    runs: Counter[Taken] = field(default_factory=Counter)
    rows: Counter[Taken] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Pruning) -> None:
        """Count what was taken of another campaign as well."""
        self.runs.update(other.runs)
        self.rows.update(other.rows)
        self.files += other.files
        self.notes += [note for note in other.notes if note not in self.notes]

    @property
    def told(self) -> str:
        """Say what was taken; '' for nothing."""
        parts = [
            f"the {what} of {counted(self.runs[what], 'run')} ({counted(self.rows[what], 'row')})"
            for what in (Taken.CELLS, Taken.ROWS)
            if self.runs[what]
        ]
        return ", ".join([*parts, *([counted(len(self.files), "file")] if self.files else [])])


def reach_of(retention: Retention, now: datetime) -> timedelta:
    """Tell how far back past calls may matter to any campaign on record."""
    return reach_on_record(retention.rules_since(now - LONGEST_REACH))


def prune(ledger: Ledger, campaign: str | None, keep: KeepRules, *, now: datetime, dry_run: bool = False) -> Pruning:
    """Take out of the closed runs of a campaign, or of all, what is kept for long enough; with `dry_run` only count it.

    Only files that a run on record wrote are removed, and none that was written since.
    """
    retention, pruning = ledger.retention(), Pruning()
    reach = reach_of(retention, now)
    if keep.rows is not None and keep.rows < reach:
        pruning.notes.append(f"rows are kept for {reach / _DAY:g} days: redial gaps and caps look back so far")
    for closed, what in due(retention.closed(campaign), keep, reach=reach, now=now):
        if what is Taken.RESULTS:
            _remove_results(ledger, ledger.run(closed.run), pruning, now - (keep.results or reach), dry_run=dry_run)
            continue
        rows = closed.rows
        if not dry_run:
            rows = retention.take(closed.run, what, called_before=now - reach, who=who(), now=now)
        if rows or dry_run:
            pruning.runs[what] += 1
            pruning.rows[what] += rows
    if keep.logs is not None:
        _remove_logs(retention, pruning, before=now - keep.logs, dry_run=dry_run)
    if not dry_run:
        retention.loosen(called_before=now - reach)
        if not retention.wipe():
            pruning.notes.append("another program holds the ledger: what was taken leaves its -wal file afterwards")
    return pruning


def _remove_results(ledger: Ledger, run: Run, pruning: Pruning, before: datetime, *, dry_run: bool) -> None:
    """Remove the results of a run, where the file is what the run wrote and no later run's, and no list."""
    path = run.results
    if path is None or not _is_older(path, before):
        return
    if any(other > run.number for other in ledger.others_with(path, than=run.number)):
        return
    lists = {listed.resolve() for other in ledger.runs() if (listed := other.list_path)}
    if path.resolve() in lists or _headings(path) != heading_line(run.headings, again=run.calls_again):
        return
    if dry_run or _removed(path):
        pruning.files.append(path)
    if not dry_run:
        ledger.retention().note(run.number, Taken.RESULTS, 1, who=who(), now=datetime.now(UTC))


def _remove_logs(retention: Retention, pruning: Pruning, *, before: datetime, dry_run: bool) -> None:
    """Remove the logs that sessions on record were told in, each file once nothing was written to it for long."""
    known = {record.get("log") for record in retention.rules_since(_THE_BEGINNING)}
    for log in sorted(path for path in known if isinstance(path, str)):
        for path in (Path(log), *rotated(Path(log))):
            if _is_older(path, before) and is_log(path) and (dry_run or _removed(path)):
                pruning.files.append(path)


def _is_older(path: Path, before: datetime) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return path.is_file() and not path.is_symlink() and datetime.fromtimestamp(found.st_mtime, UTC) < before


def _headings(path: Path) -> Sequence[str] | None:
    with suppress(OSError, SetupError, csv.Error, ValueError):
        return next(iter(_lines(path)), None)
    return None


def _lines(path: Path) -> Iterator[Sequence[str]]:
    if is_workbook(path):
        yield from islice(workbook_lines(path), 1)
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from islice(csv.reader(file, strict=True), 1)


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def pruned_after(done: Dialled, prepared: Prepared) -> Sequence[str]:
    """Prune after a session by what its campaign keeps, and say what was taken; that fails or delays no run."""
    keep = prepared.plan.campaign.keep
    if keep == KeepRules():
        return ()
    try:
        pruning = prune(done.ledger, done.run.campaign, keep, now=prepared.request.now())
    except DialerError as problem:
        return (f"nothing was pruned: {problem}",)
    return [*([f"pruned: {pruning.told}"] if pruning.told else []), *pruning.notes]

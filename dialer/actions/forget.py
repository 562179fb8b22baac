"""`dialer forget`: one person out of every run."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from dialer.domain.phone import mask
from dialer.domain.wording import counted
from dialer.errors import SetupError
from dialer.ledger.port import hold, open_ledger
from dialer.lists.workbook import workbook_lines
from dialer.reports.workbook_file import is_workbook
from dialer.session.environment import utc_now, who
from dialer.session.retention import reach_of
from dialer.session.typed_numbers import read_numbers
from dialer.settings import ledger_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.session.choices import Choices

_AT_ONCE = 1 << 20  #: bytes of a file that are searched at once


def forget(number: str, choices: Choices, env: Mapping[str, str], *, now: datetime | None = None) -> dict[str, Any]:
    """Take a person out of all runs of the ledger, and name the files that still have the number.

    A do-not-call entry stays: without it the next list would ring the person again. Raises SetupError for what is no
    number, and BusyError while a campaign that has the person is being run.
    """
    now = now or utc_now()
    numbers = read_numbers([number], choices.region)
    path = ledger_path(env, given=choices.ledger, sandbox=choices.sandbox)
    with ExitStack() as stack:
        with open_ledger(path, create=False) as ledger:
            campaigns = {ledger.run(run).campaign for run, _ in ledger.retention().rows_of(numbers)}
        for campaign in sorted(campaigns):
            stack.enter_context(hold(path, campaign, now=now))
        ledger = stack.enter_context(open_ledger(path, create=False))
        retention = ledger.retention()
        rows = retention.rows_of(numbers)
        runs = [ledger.run(run) for run in sorted({run for run, _ in rows})]
        if unheld := {run.campaign for run in runs} - campaigns:
            raise SetupError(f"the campaign {min(unheld)} has begun to dial the number: forget it again")
        retention.forget(rows, called_since=now - reach_of(retention, now), who=who(), now=now)
        for run in runs:
            ledger.close_if_over(run.number, now=now)
        wiped = retention.wipe()
        files = sorted({str(file) for file in _files(ledger, runs) if _holds(file, numbers)})
        is_listed = any(entry.number in numbers for entry in ledger.suppressions())
    return _told(rows, files, numbers, is_listed=is_listed, wiped=wiped)


def _files(ledger: Ledger, runs: Sequence[Run]) -> Iterator[Path]:
    """Walk the results of every run on record, and the lists of those that had the person."""
    yield from (run.results for run in ledger.runs() if run.results)
    yield from (run.list_path for run in runs if run.list_path)


def _holds(path: Path, numbers: Sequence[str]) -> bool:
    """Tell whether a file has one of the numbers, however a list writes the plus; one that cannot be read has not."""
    digits = [number.removeprefix("+").encode() for number in numbers]
    try:
        if is_workbook(path):
            return any(one in " ".join(line).encode() for line in workbook_lines(path) for one in digits)
        with path.open("rb") as file:
            rest = b""
            while page := file.read(_AT_ONCE):
                if any(one in rest + page for one in digits):
                    return True
                rest = page[-max(map(len, digits)) :]
    except (OSError, SetupError):
        return False
    return False


def _told(
    rows: Sequence[tuple[int, int]], files: Sequence[str], numbers: Sequence[str], *, is_listed: bool, wiped: bool
) -> dict[str, Any]:
    runs = sorted({run for run, _ in rows})
    notes = [
        f"{', '.join(map(mask, numbers))}: {counted(len(rows), 'row')} of {counted(len(runs), 'run')} forgotten"
        + (f" (runs {', '.join(map(str, runs))})" if runs else ""),
        f"the number {'stays' if is_listed else 'is not'} on the do-not-call list of the ledger",
        *(f"still has the number: {file}" for file in files),
        "backups and copies that were made before still have the person",
        *([] if wiped else ["another program holds the ledger: what was taken leaves its -wal file afterwards"]),
    ]
    return {"rows": len(rows), "runs": runs, "files": list(files), "notes": notes, "exit_code": 0}

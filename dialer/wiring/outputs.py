"""The files of a command: none is written over another, and results go where a run has them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dialer.campaign_file import read_campaign
from dialer.errors import SetupError
from dialer.intake.source import STANDARD_INPUT
from dialer.journal import FILES, is_standard_error
from dialer.ledger.ledger import SINGLE_CALL, Ledger
from dialer.reports.results import check_writable, write_results
from dialer.wiring.plan import Choices, Complaints, plan_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.domain.run import Run


class _File(NamedTuple):
    """A file of a command; one that is written has the option that names another."""

    what: str
    path: Path
    option: str = ""


def check_paths(
    complaints: Complaints,
    *,
    ledger: Path,
    campaign: Path | None = None,
    contacts: Path | None = None,
    results: Path | None = None,
    problems: Path | None = None,
    log: Path | None = None,
) -> None:
    """Complain of each file that would be written over another one of the same command, by whatever name.

    Everything that a command reads or writes is named here: also what stands beside the ledger and the log, and
    the do-not-call files of the campaign. Where none is there yet, names that lead to one place are the same.
    """
    log = None if log and is_standard_error(log) else log
    written = [
        _File(what, path, option)
        for what, path, option in (
            ("results", results, "-o"),
            ("the bad rows", problems, "--problems"),
            ("the log", log, "--log"),
        )
        if path
    ]
    others = [*_read(campaign, contacts), *_beside(ledger, log)]
    for at, file in enumerate(written):
        met = next((other for other in (*others, *written[:at]) if _is_same(file.path, other.path)), None)
        if met is None and _is_lock(file.path, ledger):
            met = _File("a part of the ledger", file.path)
        if met:
            complaints.add(f"{file.what} would overwrite {met.what} {met.path}: name another file with {file.option}")


def prove_ledger(path: Path) -> None:
    """Raise LedgerError where a file that is there is no ledger, before anything is put beside it."""
    if path.exists():
        with Ledger(path, create=False):
            pass


def prove_sound(ledger: Ledger, run: Run) -> None:
    """Raise LedgerError where a run's records are not as they were written: nobody is dialled from such."""
    with ledger.evidence(run.number) as evidence:
        evidence.prove_sound()


def is_single(run: Run) -> bool:
    """Tell whether a run was one call, which has neither a list nor a results file of its own."""
    return str(run.list_path) == SINGLE_CALL


def prove_outputs(run: Run, *, ledger: Path, log: Path) -> None:
    """Make sure that a run's results can be written, and over nothing that is needed; raises SetupError."""
    complaints = Complaints()
    results = None if str(run.results) == SINGLE_CALL else run.results
    if results:
        complaints.trying(lambda: check_writable(run.results), None)
    check_paths(
        complaints,
        ledger=ledger,
        campaign=plan_again(run.settings, Choices()).campaign,
        contacts=None if is_single(run) else run.list_path,
        results=results,
        log=log,
    )
    complaints.speak()


def publish(ledger: Ledger, run: Run) -> None:
    """Write a run's results to their file; a single call has none unless one was named."""
    if str(run.results) != SINGLE_CALL:
        write_results(run.results, run.headings, ledger.results(run.number))


def _read(campaign: Path | None, contacts: Path | None) -> Iterator[_File]:
    if contacts and contacts != STANDARD_INPUT:
        yield _File("the contact list", contacts)
    if campaign is None:
        return
    yield _File("the campaign", campaign)
    try:
        files = read_campaign(campaign).suppression.files
    except SetupError:
        return  # who plans the campaign says what is wrong with it
    for file in files:
        yield _File("the do-not-call list", campaign.parent / file.path)


def _beside(ledger: Path, log: Path | None) -> Iterator[_File]:
    yield _File("the ledger", ledger)
    real = Path(os.path.realpath(ledger))
    for ending in ("-wal", "-shm", "-journal"):
        yield _File("a part of the ledger", real.with_name(real.name + ending))
    if log:
        for number in range(1, FILES):
            yield _File("an older log", log.with_name(f"{log.name}.{number}"))


def _is_lock(path: Path, ledger: Path) -> bool:
    path, ledger = Path(os.path.realpath(path)), Path(os.path.realpath(ledger))
    beside = path.parent == ledger.parent and path.name.removeprefix(".").startswith(f"{ledger.name}.")
    return beside and path.suffix in {".lock", ".holder", ".turns"}


def _is_same(one: Path, other: Path) -> bool:
    try:
        if one.samefile(other):
            return True
    except OSError:
        pass  # not both are there: their names tell
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))

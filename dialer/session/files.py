"""The files of a command: none is written over another, and results go where a run has them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dialer.campaign_file import read_campaign
from dialer.domain.redaction import one_line
from dialer.domain.retention import Taken
from dialer.errors import SetupError
from dialer.events.journal import is_standard_error
from dialer.events.log_files import rotated
from dialer.ledger.port import Ledger, open_ledger
from dialer.ledger.reading import results_on_record
from dialer.lists.source import STANDARD_INPUT
from dialer.reports.results import check_writable, write_results
from dialer.session.choices import Choices
from dialer.session.complaints import Complaints
from dialer.session.plan import plan_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    latest: Path | None = None,
    problems: Path | None = None,
    calls: Path | None = None,
    delta: Path | None = None,
    log: Path | None = None,
) -> None:
    """Complain of each file that would be written over another one of the same command, by whatever name.

    Everything that a command reads or writes is named here: also what stands beside the ledger and the log, and
    the do-not-call files of the campaign. Where none is there yet, names that lead to one place are the same.
    """
    if delta:
        complaints.collect(lambda: check_writable(delta), None)
        spare_results(complaints, ledger, {"--delta": delta})
    log = None if log and is_standard_error(log) else log
    written = [
        _File(what, path, option)
        for what, path, option in (
            ("results", results, "-o"),
            ("the latest results", latest, "[results] latest"),
            ("the bad rows", problems, "--problems"),
            ("the calls", calls, "--calls"),
            ("the changes", delta, "--delta"),
            ("the log", log, "--log"),
        )
        if path
    ]
    others = [*_files_read(campaign, contacts), *_files_beside(ledger, log)]
    for at, file in enumerate(written):
        met = next((other for other in (*others, *written[:at]) if _is_same(file.path, other.path)), None)
        if met is None and _is_lock(file.path, ledger):
            met = _File("a part of the ledger", file.path)
        if met:
            complaints.add(f"{file.what} would overwrite {met.what} {met.path}: name another file with {file.option}")
    for file in (*written, *_files_read(campaign, contacts), _File("the ledger", ledger)):
        if not _is_text(file.path):
            shown = one_line(os.fsencode(file.path.absolute()).decode(errors="replace"))
            complaints.add(f"the name of {file.what} {shown} is no UTF-8, and cannot be kept in the ledger: rename it")


def spare_results(complaints: Complaints, ledger: Path, written: Mapping[str, Path | None]) -> None:
    """Complain of each file, by the option that names it, that holds the results of a run of the ledger."""
    for option, path in written.items():
        if path and os.path.realpath(path) in results_on_record(ledger):
            complaints.add(f"the results of a run would be overwritten: {path}: name another file with {option}")


@contextmanager
def as_it_is(path: Path) -> Iterator[Ledger | None]:
    """Open the ledger that is there, before anything is put beside it; raises LedgerError where the file is none."""
    if not path.exists():
        yield None
        return
    with open_ledger(path, create=False) as ledger:
        yield ledger


def prove_sound(ledger: Ledger, run: Run) -> None:
    """Raise LedgerError where a run's records are not as they were written: nobody is dialled from such."""
    with ledger.evidence(run.number) as evidence:
        evidence.prove_sound()


def prove_outputs(run: Run, *, ledger: Path, log: Path) -> None:
    """Make sure that a run's results can be written, and over nothing that is needed; raises SetupError."""
    complaints = Complaints()
    if results := run.results:
        complaints.collect(lambda: check_writable(results), None)
    check_paths(
        complaints,
        ledger=ledger,
        campaign=plan_again(run.settings, Choices()).campaign,
        contacts=run.list_path,
        results=results,
        log=log,
    )
    complaints.raise_if_any()


def with_own_results(ledger: Ledger, run: Run, *, begun: bool) -> Run:
    """Give the run with a results file that holds no other run's: where it would, its number is put into the name.

    A run that has not `begun` takes no file that is there already, whoever wrote it.
    """
    if run.results is None:
        return run
    for path in chain([run.results], _numbered(run.results, run.number)):
        writer = ledger.writer_of(path)
        if writer and writer.number == run.number:
            return replace(run, results=path)
        is_open = writer is not None and not (writer.ended_at or writer.abandoned_at)
        is_anothers = writer is not None or not begun
        if not is_open and not (is_anothers and path.exists()):
            return replace(run, results=path)
    raise AssertionError("unreachable: there are endlessly many names")


def _numbered(path: Path, number: int) -> Iterator[Path]:
    yield path.with_stem(f"{path.stem}-run{number}")
    yield from (path.with_stem(f"{path.stem}-run{number}-{again}") for again in count(2))


def is_pruned(ledger: Ledger, run: Run) -> bool:
    """Tell whether what a run's results are made of was pruned."""
    with ledger.evidence(run.number) as evidence:
        return any(each.what in {Taken.CELLS, Taken.ROWS} for each in evidence.pruned())


def publish(ledger: Ledger, run: Run) -> Run:
    """Write a run's results to a file of their own, and give the run with it; a single call has none unless named.

    Where the run was pruned, the results stay as they are: they have more than the ledger.
    """
    if is_pruned(ledger, run):
        return run
    run = with_own_results(ledger, run, begun=True)
    if run.results:
        again = run.calls_again
        write_results(run.results, run.headings, ledger.results(run.number, again=again), again=again)
    return run


def _files_read(campaign: Path | None, contacts: Path | None) -> Iterator[_File]:
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


def _files_beside(ledger: Path, log: Path | None) -> Iterator[_File]:
    yield _File("the ledger", ledger)
    real = Path(os.path.realpath(ledger))
    for ending in ("-wal", "-shm", "-journal"):
        yield _File("a part of the ledger", real.with_name(real.name + ending))
    if log:
        for older in rotated(log):
            yield _File("an older log", older)


def _is_text(path: Path) -> bool:
    try:
        return bool(str(path.absolute()).encode())
    except UnicodeEncodeError:
        return False  # a file name may be any bytes


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

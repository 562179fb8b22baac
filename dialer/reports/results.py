"""The results CSV: the list's own columns, verbatim and in order, then what became of each row."""

from __future__ import annotations

import csv
import os
import re
import sys
import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from dialer.domain.call import Outcome
from dialer.domain.screening.rules import OUTCOMES
from dialer.errors import SetupError, StoppedError
from dialer.reports.workbook_file import is_workbook, writing_workbook

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from dialer.domain.problem import Problem
    from dialer.domain.run import Result
    from dialer.domain.sheet import Sheet

    Take = Callable[[Sequence[object]], object]

COLUMNS = ("row", "number", "outcome", "callId", "status", "error", "attempts", "called_at")

_MARKS = frozenset({"outcome", "callid"})
_ENOUGH = 5  #: of our eight columns: somebody may have taken out some, and a list may have a few by chance

_QUOTED = re.compile(r'["\r\n]')
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide ones start formulas too


def write_results(path: Path, headings: Sequence[str], results: Iterable[Result]) -> int:
    """Write the results whole or not at all, for the owner's eyes only; return how many rows there were.

    A file named .xlsx becomes a workbook. Raises StoppedError where the disk does not let it, or where there is more
    than a sheet holds: the calls are in the ledger, only their report is left.
    """
    count = 0
    with _writing(path, heading_line(headings)) as (_, take):
        for count, result in enumerate(results, start=1):  # noqa: B007 - the last count is what is returned
            take(line(result, width=len(headings)))
    return count


def write_checked(path: Path, headings: Sequence[str], sheets: Iterable[Sheet]) -> int:
    """Write screened rows as `write_results` would write their results, whole sheets at a time and much faster."""
    count, width = 0, len(headings)
    with _writing(path, heading_line(headings)) as (file, take):
        for sheet in sheets:
            count += len(sheet.rows)
            if file:
                file.write(_text(sheet, width=width))
            else:
                for position in range(len(sheet.rows)):
                    take(_line_at(sheet, position, width))
    return count


def _text(sheet: Sheet, *, width: int) -> str:
    """Write a sheet down: by joining cells where that is all there is to it, row by row where it is not."""
    own = list(map(",".join, sheet.cells))
    alone = ((at, problems[0]) for at, problems in sheet.problems.items() if len(problems) == 1)
    barred = {at: problem for at, problem in alone if problem.code in OUTCOMES}
    for position in sheet.problems.keys() - barred.keys():
        own[position] = "," * (width - 1)
    ready = f"{Outcome.READY},,,,0,\r\n"
    lines = [
        f"{cells},{row},{number},{ready}" for cells, row, number in zip(own, sheet.rows, sheet.numbers, strict=True)
    ]
    # Screening has a few reasons for many rows: each is written once.
    tails = {problem: _tail(problem) for problem in set(barred.values())}
    for at, problem in barred.items():
        lines[at] = f"{own[at]},{sheet.rows[at]},{sheet.numbers[at] or ''},{tails[problem]}"
    special = {*(sheet.problems.keys() - barred.keys()), *sheet.warnings, *_quoted(own, width)}
    written = _Lines()
    csv.writer(written).writerows(_line_at(sheet, position, width) for position in special)
    for position, text in zip(special, written, strict=True):
        lines[position] = text
    return "".join(lines)


def _tail(problem: Problem) -> str:
    """Write what stands behind the number in the line of a row that screening keeps from being rung."""
    written = _Lines()
    csv.writer(written).writerow([OUTCOMES[problem.code], "", "", harmless(problem.sentence), 0, ""])
    return written[0]


def _quoted(joined: Sequence[str], width: int) -> Sequence[int]:
    """Return the positions of rows, given as their cells joined, in which CSV wants a cell in quotes."""
    whole = "\n".join(joined)
    commas, ends = whole.count(","), whole.count("\n")
    if (commas, ends) == (len(joined) * (width - 1), len(joined) - 1) and '"' not in whole and "\r" not in whole:
        return ()
    return [at for at, cells in enumerate(joined) if cells.count(",") != width - 1 or _QUOTED.search(cells)]


class _Lines(list[str]):
    """What the csv module writes, a line each."""

    write = list.append


def _line_at(sheet: Sheet, position: int, width: int) -> list[object]:
    own = sheet.cells[position]
    if len(own) != width:
        own = [*own[:width], *[""] * (width - len(own))]
    number, outcome = sheet.numbers[position] or "", sheet.outcome(position)
    return [*own, sheet.rows[position], number, outcome, "", "", harmless(sheet.error(position)), 0, ""]


@contextmanager
def _writing(path: Path, first: Sequence[object]) -> Iterator[tuple[TextIO | None, Take]]:
    """Begin a results file with its heading line; what the disk refuses is a StoppedError."""
    try:
        with writing_rows(path, first) as opened:
            yield opened
    except OSError as problem:
        raise StoppedError(f"results cannot be written to {path}: {problem.strerror}") from problem


@contextmanager
def writing_rows(path: Path, first: Sequence[object]) -> Iterator[tuple[TextIO | None, Take]]:
    """Write rows under a first one, as a workbook or as CSV by the name of the file; give what takes each row.

    The CSV is given, too, for lines that are made already; it begins with a byte order mark, because Excel takes a CSV
    for UTF-8 only with one. Raises OSError, and StoppedError for what a workbook cannot hold.
    """
    with replacing(path) as file:
        if is_workbook(path):
            with writing_workbook(file.buffer, first) as take:
                yield None, take
        else:
            file.write("\ufeff")
            writer = csv.writer(file)
            writer.writerow(first)
            yield file, writer.writerow


def heading_line(headings: Sequence[str]) -> list[str]:
    """Name the columns of the results of a list with these headings."""
    return [*own_columns(headings), *COLUMNS]


def is_results(headings: Sequence[str]) -> bool:
    """Tell whether these are the headings of results, or of a checked list, also where some columns were taken out."""
    names = {heading.strip().casefold() for heading in headings}
    return names >= _MARKS and len(names & {column.casefold() for column in COLUMNS}) >= _ENOUGH


def own_columns(headings: Sequence[str]) -> list[str]:
    """Give the list's headings; one that would be mistaken for a column of ours is kept as input_NAME.

    Where the list has an input_NAME as well, it is kept as input_input_NAME.
    """
    return [_renamed(heading, headings) if heading in COLUMNS else heading for heading in headings]


def _renamed(heading: str, headings: Sequence[str]) -> str:
    while heading in COLUMNS or heading in headings:
        heading = f"input_{heading}"
    return heading


def check_writable(path: Path) -> None:
    """Make sure that results can be written before anybody is rung; raises SetupError."""
    if not path.parent.is_dir():
        raise SetupError(f"results cannot be written to {path}: there is no such folder")
    if path.exists() and not path.is_file():
        # Putting a file in the place of /dev/null would be news to the whole machine.
        raise SetupError(f"results cannot be written to {path}: it is not a file")
    if not os.access(path.parent, os.W_OK):
        raise SetupError(f"results cannot be written to {path}: the folder is read-only")


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Write a file beside `path` and put it in its place at the end, mode 0600; on failure nothing changes.

    What a process left there that died while it wrote is taken away.
    """
    prefix, suffix = f".results.{sha256(os.fsencode(path.name)).hexdigest()[:12]}.", ".part"
    for left in path.parent.glob(f"{prefix}*{suffix}"):
        _remove_unless_written(left)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=suffix)
    try:
        _is_free(handle)
        with open(handle, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor, not a path
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _remove_unless_written(part: Path) -> None:
    with suppress(OSError):
        handle = os.open(part, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            if _is_free(handle):
                part.unlink()
        finally:
            os.close(handle)


def _is_free(handle: int) -> bool:
    """Lock a file that is being written, as long as it is open; tell whether nobody else had."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def line(result: Result, *, width: int) -> list[object]:
    """Write one row as the results show it; `width` is how many columns the list has."""
    own = [*result.cells[:width], *[""] * (width - len(result.cells))]
    return [
        *own,
        result.row,
        result.number,
        result.outcome,
        harmless(result.call_id),
        harmless(result.status),
        harmless(result.error),
        result.attempts,
        _utc(result.called_at) if result.called_at else "",
    ]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def harmless(text: str) -> str:
    """Keep foreign text from being a formula to a spreadsheet, or more than one line."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text

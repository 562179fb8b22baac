"""The results CSV: the list's own columns, verbatim and in order, then what became of each row."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import MISSING, fields
from datetime import UTC
from hashlib import sha256
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from dialer.domain.run import Result
from dialer.errors import SetupError, StoppedError
from dialer.lists.screened import own_columns
from dialer.reports.workbook_file import is_workbook, writing_workbook

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from dialer.lists.screened import ScreenedChunk

    Take = Callable[[Sequence[object]], object]

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide ones start formulas too

Told = Mapping[str, Sequence[Any]]
"""What is told of some rows: columns under the names of a Result's fields."""


def harmless(text: str) -> str:
    """Keep foreign text from being a formula to a spreadsheet, or more than one line."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text


def utc(at: datetime | None) -> str:
    """Write a moment as results tell it, in UTC to the millisecond; nothing for none."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Column(NamedTuple):
    """A column of the results: its heading, the field of a Result that it tells, and how to write that as text."""

    heading: str
    field: str
    write: Callable[[Any], str]


COLUMNS = (
    Column("row", "row", str),
    Column("number", "number", str),
    Column("outcome", "outcome", str),
    Column("callId", "call_id", harmless),
    Column("status", "status", harmless),
    Column("error", "error", harmless),
    Column("attempts", "attempts", str),
    Column("called_at", "called_at", utc),
)
"""What follows the list's own columns; results of a run, of a check and of the Python API are made by these alone."""

HEADINGS = tuple(column.heading for column in COLUMNS)

CALLS = (Column("tries", "tries", str), Column("history", "history", harmless))
"""What follows those where contacts are called again by a rule."""

_FIELDS = tuple(field.name for field in fields(Result) if field.name != "cells")
_NOT_CALLED = {field.name: field.default for field in fields(Result) if field.default is not MISSING}
_PAGE = 4_000  #: rows at once: more would leave the processor's cache

_MARKS = frozenset({"outcome", "callid"})
_TO_QUOTE = frozenset(',"\r\n')
_ENOUGH = 5  #: of our eight columns: somebody may have taken out some, and a list may have a few by chance


def write_results(path: Path, headings: Sequence[str], results: Iterable[Result], *, again: bool = False) -> int:
    """Write the results whole or not at all, for the owner's eyes only; return how many rows there were.

    A file named .xlsx becomes a workbook. Where rows are called `again` by a rule, their calls are told. Raises
    StoppedError where the disk does not let it, or where there is more than a sheet holds: the calls are in the ledger,
    only their report is left.
    """
    return _write(path, headings, _pages(results, width=len(headings)), columns_of(again=again))


def write_checked(path: Path, headings: Sequence[str], chunks: Iterable[ScreenedChunk]) -> int:
    """Write screened rows as `write_results` would write their results."""
    return _write(path, headings, ((each.verdicts(), each.chunk.columns) for each in chunks))


def columns_of(*, again: bool) -> tuple[Column, ...]:
    """Give what follows the list's own columns; with the calls of each row where they are called `again` by a rule."""
    return (*COLUMNS, *CALLS) if again else COLUMNS


def result_lines(results: Iterable[Result], *, width: int, again: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Give for each row its cells as the results show them; `width` is how many columns the list has."""
    for told, own in _pages(results, width=width):
        ours = _ours(told, columns_of(again=again))
        yield from zip(told["row"], map(list, zip(*own, *ours, strict=True)), strict=True)


def _ours(told: Told, columns: Sequence[Column], *, for_csv: bool = False) -> list[list[str]]:
    """Write our columns; what is not told of the rows is as of a contact that was not called."""
    return [
        _texts(_quoting(column.write) if for_csv else column.write, told[column.field])
        if column.field in told
        else [column.write(_NOT_CALLED[column.field])] * len(told["row"])
        for column in columns
    ]


def _texts(write: Callable[[Any], str], told: Sequence[Any]) -> list[str]:
    """Write a column; what takes more than a moment is done once for all rows that are told the same."""
    if write is str:
        return list(told) if isinstance(told[0], str) else list(map(str, told))
    known = {value: write(value) for value in set(told)}
    return [known[value] for value in told] if len(known) > 1 else [*known.values()] * len(told)


def _pages(results: Iterable[Result], *, width: int) -> Iterator[tuple[Told, list[Sequence[str]]]]:
    """Part results into pages: what is told of the rows, and the columns of a list of this width."""
    walk, of_row = iter(results), attrgetter(*_FIELDS)
    while page := list(islice(walk, _PAGE)):
        told = dict(zip(_FIELDS, zip(*map(of_row, page), strict=True), strict=True))
        own = zip(*([*result.cells[:width], *[""] * (width - len(result.cells))] for result in page), strict=True)
        yield told, list(own)


def _write(
    path: Path,
    headings: Sequence[str],
    pages: Iterable[tuple[Told, Sequence[Sequence[str]]]],
    columns: Sequence[Column] = COLUMNS,
) -> int:
    count = 0
    with _writing(path, _heading_line(headings, columns)) as (file, take):
        for told, own in pages:
            count += len(told["row"])
            if file:
                file.write(_text(own, told, columns))
            else:
                for row in zip(*own, *_ours(told, columns), strict=True):
                    take(row)
    return count


def _text(own: Sequence[Sequence[str]], told: Told, columns: Sequence[Column]) -> str:
    """Write rows, given as their columns, as the csv module does, in a third of the time."""
    return "\r\n".join([*map(",".join, zip(*map(_quoted, own), *_ours(told, columns, for_csv=True), strict=True)), ""])


def _quoting(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return write if write is str else lambda value: _in_quotes(write(value))


def _quoted(column: Sequence[str]) -> Sequence[str]:
    """Put the cells of a column in quotes that CSV wants so; mostly there are none, which one look at all tells."""
    text = "\n".join(column)
    signs = [sign for sign in ',"\r' if sign in text] + (["\n"] if text.count("\n") >= len(column) else [])
    wanted = {cell: _in_quotes(cell) for sign in signs for cell in column if sign in cell}
    return [wanted.get(cell, cell) for cell in column] if wanted else column


def _in_quotes(text: str) -> str:
    """Put a cell in quotes where CSV wants it so."""
    return '"{}"'.format(text.replace('"', '""')) if _TO_QUOTE.intersection(text) else text


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


def heading_line(headings: Sequence[str], *, again: bool = False) -> list[str]:
    """Name the columns of the results of a list with these headings, whose rows are called `again` by a rule or not."""
    return _heading_line(headings, columns_of(again=again))


def _heading_line(headings: Sequence[str], columns: Sequence[Column]) -> list[str]:
    ours = tuple(column.heading for column in columns)
    return [*own_columns(headings, ours), *ours]


def is_results(headings: Sequence[str]) -> bool:
    """Tell whether these are the headings of results, or of a checked list, also where some columns were taken out."""
    names = {heading.strip().casefold() for heading in headings}
    return names >= _MARKS and len(names & {heading.casefold() for heading in HEADINGS}) >= _ENOUGH


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

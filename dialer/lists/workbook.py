"""Reading a sheet of an .xlsx, .xlsb, .xls or .ods file as text, as nearly as can be what a person sees there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import weakref
from contextlib import ExitStack, suppress
from typing import IO, TYPE_CHECKING, Any

from dialer.errors import SetupError
from dialer.lists.hidden_rows import HiddenRows
from dialer.lists.source import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dialer.lists.source import Source

_PROGRAM = "dialer.lists.workbook_process"
_MOST_SECONDS = 900  #: the largest sheet takes minutes; a damaged one may never end
_BLOCK = 1 << 20  #: bytes at a time; larger blocks are no faster
_PAGE = 1_000  #: rows at a time, little memory each
_END = b"null\n"
_DIED = {"refused": "is damaged or too large to be read as a workbook: save it again, or export the list as CSV"}


class WorkbookRows:
    """The rows of one sheet, with the numbers the sheet shows; it was read as a whole."""

    def __init__(self, spool: IO[bytes], told: Mapping[str, Any], size: int) -> None:
        """Hold what the program that reads workbooks wrote, and what it told first."""
        self._spool = spool
        self._size = size
        weakref.finalize(self, spool.close)
        self.assumptions = tuple(told["assumptions"])
        self.warnings = tuple(told["warnings"])
        self.sheet: str = told["sheet"]
        self.others: tuple[str, ...] = tuple(told["others"])  #: sheets that are not empty either
        self.hidden = HiddenRows([(first, last) for first, last in told["hidden"]], told["filtered"])
        self.cut_row = None  #: a workbook is whole, or cannot be opened

    def pages(self, size: int) -> Iterator[tuple[list[int], list[list[str]]]]:
        """Read the rows from the first."""
        numbers: list[int] = []
        rows: list[list[str]] = []
        lines = self._lines()
        next(lines)
        for page in lines:
            numbers += page[0]
            rows += page[1]
            while len(rows) >= size:
                yield numbers[:size], rows[:size]
                numbers, rows = numbers[size:], rows[size:]
        if rows:
            yield numbers, rows

    def bytes_read(self) -> int:
        """Return the size of the file, which was read before its first row was there."""
        return self._size

    def _lines(self) -> Iterator[Any]:
        at = 0
        while True:
            self._spool.seek(at)
            line = json.loads(self._spool.readline())
            at = self._spool.tell()
            if line is None:
                return
            yield line


def open_workbook(source: Source, *, sheet: str | None = None) -> WorkbookRows:
    """Read a workbook's sheet: the one named, else the first that can be seen and is not empty.

    Raises SetupError when the workbook is locked or damaged, when it has no such sheet, or one too large.
    """
    with ExitStack() as stack:
        spool = stack.enter_context(tempfile.TemporaryFile(prefix="dialer-"))
        with tempfile.TemporaryFile(prefix="dialer-") as content, source.open() as stream:
            try:
                shutil.copyfileobj(stream, content, _BLOCK)
                content.seek(0)
                _run(content, spool, sheet)
            except OSError as problem:
                raise SetupError(f"{source.label} cannot be unpacked here: {problem.strerror}") from problem
        told = _told(spool)
        if "refused" in told:
            raise SetupError(f"{source.label} {told['refused']}")
        stack.pop_all()
    return WorkbookRows(spool, told, source.size)


def _run(content: IO[bytes], spool: IO[bytes], sheet: str | None) -> None:
    # Without the folder in use, where a file may have any module's name; a thread for each core takes memory.
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", _PROGRAM, *([sheet] if sheet is not None else [])]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603 - this very program
            command,
            stdin=content,
            stdout=spool,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=_MOST_SECONDS,
            check=False,
        )


def _told(spool: IO[bytes]) -> dict[str, Any]:
    """Return what is to be said of a workbook; where the program died, that."""
    end = b""
    if size := spool.seek(0, os.SEEK_END):
        spool.seek(max(0, size - len(_END)))
        end = spool.read()
    spool.seek(0)
    told: dict[str, Any] = json.loads(spool.readline()) if end.endswith(b"\n") else {}
    return told if end == _END or "refused" in told else _DIED


def workbook_lines(path: Path) -> Iterator[list[str]]:
    """Give the rows of a workbook's sheet that are not empty, as text; raises SetupError where it cannot be read."""
    for _, rows in open_workbook(open_source(path, what="the results file")).pages(_PAGE):
        yield from rows

"""Rows as an .xlsx workbook, every cell as text, in memory that does not grow with them."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from itertools import count
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from dialer.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from xlsxwriter.worksheet import Worksheet

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_576, 16_384, 32_767  #: of a sheet, by Excel's own specification
_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_ADVICE = "write a .csv instead"


def is_workbook(path: Path) -> bool:
    """Say whether a file is to be a workbook, by its name."""
    return path.suffix.lower() == ".xlsx"


@contextmanager
def writing_workbook(file: IO[bytes], headings: Sequence[object]) -> Iterator[Callable[[Sequence[object]], None]]:
    """Write a workbook of one sheet under its headings; give what takes each row.

    Raises StoppedError for what a sheet cannot hold, and OSError where the disk does not let it.
    """
    import xlsxwriter  # noqa: PLC0415 - only whoever asks for a workbook waits for it
    from xlsxwriter.exceptions import XlsxWriterException  # noqa: PLC0415

    if len(headings) > MOST_COLUMNS:
        raise StoppedError(f"a workbook has {MOST_COLUMNS:,} columns at the most: {_ADVICE}")
    # Rows wait in a file until the workbook is closed; the folder goes whatever happens.
    with TemporaryDirectory(prefix="dialer-") as folder:
        book = xlsxwriter.Workbook(file, {**_TEXT, "tmpdir": folder})
        book.use_zip64()
        sheet = book.add_worksheet("Rows")
        # What is typed in while mending stays text, too: a number keeps its + and its zeros.
        sheet.set_column(0, len(headings) - 1, None, book.add_format({"num_format": "@"}))
        sheet.freeze_panes(1, 0)
        rows = count()

        def take(row: Sequence[object]) -> None:
            _write(sheet, next(rows), row)

        try:
            take(headings)
            yield take
        except BaseException:
            with suppress(OSError, XlsxWriterException):  # what it holds open is closed; the file is not kept
                book.close()
            raise
        try:
            book.close()
        except XlsxWriterException as problem:
            raise OSError(0, str(problem)) from problem


def _write(sheet: Worksheet, at: int, row: Sequence[object]) -> None:
    if at == MOST_ROWS:
        raise StoppedError(f"a sheet holds {MOST_ROWS:,} rows at the most, and there are more: {_ADVICE}")
    for column, cell in enumerate(row):
        text = str(cell)
        if len(text) > LONGEST_CELL:
            raise StoppedError(f"a cell of a workbook holds {LONGEST_CELL:,} characters at the most: {_ADVICE}")
        if text:
            sheet.write_string(at, column, text)

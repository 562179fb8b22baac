"""Reading a workbook in a process of its own, for the parser of a damaged one may take all memory or just die.

Run as a program, it reads the workbook on standard input and the sheet's name, if there is one, from its argument.
It writes lines of JSON: what is to be said of the workbook, then pages of row numbers and rows, then `null`.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from itertools import islice
from typing import IO, TYPE_CHECKING

from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

from dialer.lists.sheet_ods import ods_facts
from dialer.lists.sheet_xml import SheetFacts, TooLargeCellError, refuse_large_cells, sheet_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from python_calamine import CalamineSheet, CalamineWorkbook

_EXACT = 10**15  #: whole numbers below are what was typed; a spreadsheet keeps no more digits
_LONG = 10**6  #: whole numbers from here on may be telephone numbers
_MOST_CELLS = 50_000_000  #: as many as a list of a million rows and fifty columns has
_MOST_MEMORY = 6 << 30  #: bytes; a damaged file then ends the reading and not the machine
_PAGE = 1_000  #: rows a line of JSON, little memory each
_NOT_TOLD = "which rows are hidden cannot be told of such a workbook, and all are read: save it as .xlsx if any is"


class RefusedError(Exception):
    """A workbook cannot be read; the message is a sentence without its subject."""


def read_sheet(stream: IO[bytes], sheet: str | None) -> Iterator[object]:
    """Read one sheet of a workbook: the one named, else the first that can be seen and is not empty."""
    refuse_large_cells(stream)
    stream.seek(0)
    book: CalamineWorkbook = load_workbook(stream)
    tables = [found for found in book.sheets_metadata if found.typ == SheetTypeEnum.WorkSheet]
    names = [found.name for found in tables if found.visible == SheetVisibleEnum.Visible or found.name == sheet]
    if sheet is not None and sheet not in names:
        raise RefusedError(f"has no sheet {sheet!r}; it has {', '.join(repr(found.name) for found in tables)}")
    facts = {name: sheet_facts(stream, name) for name in (names if sheet is None else [sheet])}
    filled = [name for name, known in facts.items() if _is_filled(book, name, known)]
    if not filled:
        raise RefusedError("is an empty workbook" if sheet is None else f"has nothing on its sheet {sheet!r}")
    chosen, *others = filled
    known = facts[chosen] or ods_facts(stream, chosen)
    known, shows_hidden = known or SheetFacts(), known is not None
    _check_extent(chosen, known)
    table = book.get_sheet_by_name(chosen)
    last = table.end[0] + 1 if table.end else 0
    assumptions = []
    if others:
        assumptions.append(f"read from sheet {chosen!r}; the workbook also has {', '.join(map(repr, others))}")
    if known.hidden_columns:
        columns = ", ".join(map(_letters, known.hidden_columns))
        assumptions.append(f"hidden in the sheet, and read as the others are: column {columns}")
    yield {
        "sheet": chosen,
        "others": others,
        "assumptions": assumptions,
        "warnings": [*_doubts(table, known), *([] if shows_hidden else [_NOT_TOLD])],
        "hidden": [(first, min(end, last)) for first, end in known.hidden_rows if first <= last],
        "filtered": known.filtered,
    }
    yield from _pages(table, known)
    yield None


def _pages(table: CalamineSheet, facts: SheetFacts) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Give the rows that are not empty, by the numbers the sheet shows; columns left of the first are no part."""
    first = _first_column(table)
    errors: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in facts.errors.items():
        errors.setdefault(row, []).append((column - first, text))
    numbered = enumerate(table.iter_rows(), start=1)
    while page := list(islice(numbered, _PAGE)):
        texts = [(row, _texts(cells, errors.get(row, ()))) for row, cells in page]
        if kept := [(row, cells) for row, cells in texts if any(cells)]:
            yield [row for row, _ in kept], [cells for _, cells in kept]


def _texts(cells: Sequence[object], errors: Sequence[tuple[int, str]]) -> list[str]:
    texts = [cell if isinstance(cell, str) else as_text(cell) for cell in cells]
    for at, error in errors:
        if at in range(len(texts)):
            texts[at] = texts[at] or error
    return texts


def _doubts(table: CalamineSheet, facts: SheetFacts) -> Iterator[str]:
    first = _first_column(table)
    columns = Counter(at for cells in table.iter_rows() for at, cell in enumerate(cells) if _is_long(cell))
    if columns:
        shown = ", ".join(f"{_letters(first + at)} ({_cells(count)})" for at, count in sorted(columns.items()))
        yield (
            "the spreadsheet keeps long numbers as amounts, so leading zeros and + are lost where they had any: "
            f"column {shown}. Format the column as text before the numbers are put in"
        )
    if facts.uncalculated:
        yield (
            f"{_cells(facts.uncalculated)} with a formula without a result, read as empty: "
            "open the workbook in a spreadsheet, save it and try again"
        )


def _first_column(table: CalamineSheet) -> int:
    return table.start[1] + 1 if table.start else 1


def as_text(cell: object) -> str:
    """Return what a sheet shows of a cell, dates as ISO 8601, as far as the file tells it.

    >>> as_text(12025550101.0), as_text(0.1 + 0.2), as_text(1.21256e20), as_text(True)
    ('12025550101', '0.3', '1.21256e+20', 'true')
    """
    match cell:
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return _number(float(cell)) if abs(cell) < _EXACT else repr(cell)
        case dt.datetime():
            return cell.isoformat(sep=" ")
        case dt.timedelta():
            return _duration(cell)
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else f"{value:.15g}"


def _duration(value: dt.timedelta) -> str:
    sign, seconds = ("-", -value.total_seconds()) if value < dt.timedelta(0) else ("", value.total_seconds())
    minutes, left = divmod(round(seconds), 60)
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{left:02}"


def _is_long(cell: object) -> bool:
    return isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= _LONG and cell == cell // 1


def _is_filled(book: CalamineWorkbook, name: str, facts: SheetFacts | None) -> bool:
    return bool(facts.rows if facts is not None else book.get_sheet_by_name(name).height)


def _check_extent(name: str, facts: SheetFacts) -> None:
    if facts.rows * facts.columns > _MOST_CELLS:
        raise RefusedError(
            f"has a sheet {name!r} that reaches to cell {_letters(facts.columns)}{facts.rows}, which is too large: "
            "delete what stands far from the list, or export it as CSV"
        )


def _letters(column: int) -> str:
    letters = ""
    while column > 0:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' if count != 1 else ''}"


def _bound_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not every system has it

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _refusal(problem: Exception) -> str:
    if isinstance(problem, RefusedError):
        return str(problem)
    if isinstance(problem, PasswordError):
        return "is locked by a password: save it without one"
    if isinstance(problem, TooLargeCellError):
        return f"is no list: {problem}"
    return f"is damaged ({problem}): save it or have it sent again"


def main() -> None:
    """Read a workbook, with bounded memory; a failure that has a reason is written as a line, too."""
    _bound_memory()
    try:
        for line in read_sheet(sys.stdin.buffer, sys.argv[1] if sys.argv[1:] else None):
            sys.stdout.write(json.dumps(line) + "\n")
    except (RefusedError, CalamineError, ValueError, OSError, zipfile.BadZipFile, zlib.error, EOFError) as problem:
        sys.stdout.write(json.dumps({"refused": _refusal(problem)}) + "\n")


if __name__ == "__main__":
    main()

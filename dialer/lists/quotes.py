"""Telling where a file stops being a list: which quote is not closed, and what stands behind one that is."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST_CELL = 1 << 20  #: characters
_SHOWN = 20


class _Quote(NamedTuple):
    opened: int  #: line within the record, from 0
    closed: int | None = None
    behind: str = ""


def explain(lines: Iterable[str], delimiter: str, *, skipped: int = 0) -> str:
    """Return what is wrong with the first record that cannot be read, by line and row; empty when all can.

    `skipped` lines stand before the first of `lines`.
    """
    record: list[str] = []
    row = 1
    reader = csv.reader(_remembering(lines, record), strict=True, delimiter=delimiter)
    try:
        for _ in reader:
            record.clear()
            row += 1
    except csv.Error as problem:
        first_line = reader.line_num - len(record) + 1 + skipped
        return _told(_find_quote(record, delimiter), first_line, row, str(problem))
    return ""


def _told(quote: _Quote | None, first_line: int, row: int, problem: str) -> str:
    too_large = f"row {row} has a cell of more than {LARGEST_CELL:,} characters"
    if quote is None:
        return too_large if "limit" in problem else f"row {row} cannot be read ({problem})"
    opened = f"a quote is opened on line {first_line + quote.opened} (row {row})"
    if quote.closed is not None:
        return (
            f"{opened} and closed on line {first_line + quote.closed} in the middle of a cell, "
            f"before {quote.behind!r}: close it at the end of the cell, and double quotes within"
        )
    if "limit" in problem:
        return f"{too_large}: {opened} and, it seems, never closed"
    return f"{opened} and never closed"


def _remembering(lines: Iterable[str], record: list[str]) -> Iterator[str]:
    for line in lines:
        record.append(line)
        yield line


def _find_quote(record: list[str], delimiter: str) -> _Quote | None:
    """Return the quote at which a record goes wrong, as the csv module reads it."""
    opened: int | None = None
    for number, line in enumerate(record):
        at, end = 0, len(line)
        while at < end:
            if opened is None:
                if line[at] != '"':
                    at = _behind_cell(line, at, delimiter)
                    continue
                opened, at = number, at + 1
            at = line.find('"', at)
            if at < 0:
                break
            behind = line[at + 1 : at + 2]
            if behind == '"':
                at += 2
            elif behind in ("", delimiter, "\r", "\n"):
                opened, at = None, at + 2
            else:
                return _Quote(opened, number, line[at + 1 : at + 1 + _SHOWN].rstrip("\r\n"))
    return None if opened is None else _Quote(opened)


def _behind_cell(line: str, at: int, delimiter: str) -> int:
    place = line.find(delimiter, at)
    return len(line) if place < 0 else place + 1

"""The records of a do-not-call table, of text or of a workbook's sheet, and what numbers they bind."""

from __future__ import annotations

import csv
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dialer.errors import SetupError
from dialer.lists.text import text_lines
from dialer.screening.dnc_entry import MISSING, UNDIALLED, other_readings, read_entry
from dialer.screening.dnc_lines import DncPage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.lists.encoding import Decoding
    from dialer.lists.source import Source
    from dialer.lists.workbook import WorkbookRows
    from dialer.numbers.reader import NumberReader
    from dialer.screening.dnc_columns import Columns, FoundTable

    Record: TypeAlias = tuple[int, Sequence[str]]  #: the line a record begins on, or its row in a sheet, and its cells

_BATCH = 1 << 10  #: records; with more, collecting garbage takes as long as reading
_LONGEST_NOTE = 200  #: signs of a date or reason that are kept


def text_records(source: Source, decoding: Decoding, delimiter: str) -> Iterator[Record]:
    """Read the records of a text with something in them, each with the line it begins on.

    Raises SetupError where a quote goes wrong.
    """
    line = 1
    with source.open() as stream:
        reader = csv.reader(text_lines(stream, decoding), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if any(cells) and not cells[0].startswith("#"):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as problem:
            raise SetupError(f"{source.label} is no CSV from line {line} on: {problem}") from problem


def sheet_records(rows: WorkbookRows) -> Iterator[Record]:
    """Read the rows of a sheet with something in them, hidden or not, each with its number."""
    for numbers, page in rows.pages(_BATCH):
        for number, cells in zip(numbers, page, strict=True):
            if not cells[0].startswith("#"):
                yield number, cells


def table_pages(records: Iterator[Record], found: FoundTable, reader: NumberReader) -> Iterator[DncPage]:
    """Read the records below a table's headings, a batch at a time."""
    below = islice(records, found.skipped, None)
    while batch := list(islice(below, _BATCH)):
        yield _page(batch, found.columns, reader)


def _page(batch: Sequence[Record], columns: Columns, reader: NumberReader) -> DncPage:
    """Read one batch; a record is bad when it has no number, or something in a number's place that is none."""
    kept: list[tuple[int, str]] = []
    empty, unread = set(range(len(batch))), set()
    blocks: list[tuple[int, str]] = []
    for column in columns.numbers:
        cells = [_cell(cells, column) for _, cells in batch]
        numbers, told = reader.read_column(cells)
        kept += [(at, number) for at, number in enumerate(numbers) if number and at not in told]
        kept += [(at, number) for at, number in other_readings(reader, cells).items() if number != numbers[at]]
        entries = {at: read_entry(reader, cells[at]) for at in told}
        kept += [(at, number) for at, entry in entries.items() for number in entry.numbers]
        blocks += [(batch[at][0], cells[at]) for at, entry in entries.items() if entry.is_block]
        bad = {at: entry.code for at, entry in entries.items() if not entry.numbers and not entry.is_block}
        empty &= {at for at, code in bad.items() if code == MISSING}
        if column in columns.sure:
            unread |= {at for at, code in bad.items() if code != MISSING and code not in UNDIALLED}
    kept.sort()
    return DncPage(
        numbers=np.array([int(number) for _, number in kept], np.uint64),
        lines=np.array([batch[at][0] for at, _ in kept], np.uint32),
        bad=[(batch[at][0], ",".join(batch[at][1])) for at in sorted(empty | unread)],
        blocks=sorted(blocks),
        read=len(batch),
        last=batch[-1][0],
        note=None if columns.date is columns.reason is None else lambda at: _note(batch[kept[at][0]][1], columns),
    )


def _cell(cells: Sequence[str], column: int | None) -> str:
    return cells[column].strip() if column is not None and column < len(cells) else ""


def _note(cells: Sequence[str], columns: Columns) -> tuple[str, str]:
    return _clean(_cell(cells, columns.date)), _clean(_cell(cells, columns.reason))


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_NOTE]

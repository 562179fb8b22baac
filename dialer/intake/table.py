"""Reading a contact list's cells as text: every row keeps its number, no cell is altered."""

from __future__ import annotations

import csv
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows of a list: those of the right width as a frame of text, the others by row number.

    The frame's index is the row a spreadsheet shows: the heading is row 1, empty rows count.
    """

    frame: pd.DataFrame
    misfits: dict[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A contact list whose heading has been read; `digest` is the SHA-256 of its bytes."""

    path: Path
    digest: str
    headings: tuple[str, ...]

    def prove_readable(self) -> None:
        """Read to the end without keeping anything; raises SetupError where the file stops being a CSV."""
        with _records(self.path) as records:
            for _ in records:
                pass

    def chunks(self) -> Iterator[Chunk]:
        """Read the rows from the beginning; empty ones are passed over.

        Raises SetupError where the file stops being a CSV.
        """
        with _records(self.path) as records:
            next(records, None)
            rows: dict[int, list[str]] = {}
            misfits: dict[int, tuple[str, ...]] = {}
            for row, cells in enumerate(records, start=2):
                if not any(cells):
                    continue
                if len(cells) == len(self.headings):
                    rows[row] = cells
                else:
                    misfits[row] = tuple(cells)
                if len(rows) + len(misfits) >= _CHUNK:
                    yield self._chunk(rows, misfits)
                    rows, misfits = {}, {}
            if rows or misfits:
                yield self._chunk(rows, misfits)

    def _chunk(self, rows: dict[int, list[str]], misfits: dict[int, tuple[str, ...]]) -> Chunk:
        # The csv module splits and pandas holds: pandas' own reader guesses types and can shift columns.
        frame = pd.DataFrame(
            list(rows.values()), index=list(rows), columns=pd.RangeIndex(len(self.headings)), dtype=object
        )
        return Chunk(frame=frame, misfits=misfits)


def open_table(path: Path) -> Table:
    """Read a list's heading and digest; raises SetupError when it is no list."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise SetupError(f"the list {path} cannot be read: {problem.strerror}") from problem
    with _records(path) as records:
        headings = tuple(next(records, ()))
    if not any(headings):
        raise SetupError(f"the list {path} has no heading line")
    return Table(path=path, digest=digest, headings=headings)


@contextmanager
def _records(path: Path) -> Iterator[Iterator[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            yield reader
        except csv.Error as problem:
            raise SetupError(f"the list {path} is no CSV near line {reader.line_num}: {problem}") from problem
        except UnicodeDecodeError as problem:
            raise SetupError(f"the list {path} is not UTF-8 text: save it as CSV UTF-8") from problem

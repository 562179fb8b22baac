"""Consecutive rows of a list as a table: what the rules of a list look at, a column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some rows of a list, one after the other; everything is told by a row's position here, from 0.

    `cells` has the list's columns under its own headings, which may come twice, so that columns are taken by place. It
    is indexed by the `rows` a spreadsheet shows. Cells are the file's own text, verbatim. A table has no room for a row
    that is wider than its headings, and no place for the cells of one that is narrower: `misfits` has those rows' own
    cells by position, and in the table they are cut off or filled up. `hidden` are the positions of rows that the
    sheet does not show, and `cut` that of a row which the file does not end. `bytes_read` tells how much of the file
    had been read with the last row.
    """

    cells: pd.DataFrame
    rows: Sequence[int]
    misfits: Mapping[int, Sequence[str]]
    bytes_read: int = 0
    hidden: Sequence[int] = ()
    cut: int | None = None

    @cached_property
    def columns(self) -> Sequence[list[str]]:
        """The cells of every column, for rules that read one after the other."""
        return self.cells.to_numpy().T.tolist()

    @cached_property
    def texts(self) -> Sequence[str]:
        """Every column as one text, a cell a line: one look tells that something is in none of its cells."""
        return list(map("\n".join, self.columns))

    def own(self, position: int) -> Sequence[str]:
        """Give the cells of one row, as many as it has."""
        if position in self.misfits:
            return self.misfits[position]
        return [column[position] for column in self.columns]


def make_chunk(
    headings: Sequence[str],
    rows: Sequence[int],
    cells: Sequence[list[str]],
    *,
    bytes_read: int = 0,
    hidden: Sequence[int] = (),
    cut: int | None = None,
) -> Chunk:
    """Make a table of rows; those of another width than the headings are kept beside it."""
    import pandas as pd  # noqa: PLC0415 - a third of the program's start, and only who reads a list waits for it

    width = len(headings)
    misfits = {}
    if set(map(len, cells)) - {width}:
        misfits = {at: own for at, own in enumerate(cells) if len(own) != width}
        cells = [own if len(own) == width else [*own[:width], *[""] * (width - len(own))] for own in cells]
    frame = pd.DataFrame(
        np.fromiter(chain.from_iterable(cells), object, len(cells) * width).reshape(len(cells), width),
        index=pd.Index(rows),
        columns=list(headings),
        dtype=object,  # text as it is: pandas' own type for text would make other objects of the cells
        copy=False,
    )
    return Chunk(cells=frame, rows=rows, misfits=misfits, bytes_read=bytes_read, hidden=hidden, cut=cut)

"""Consecutive rows of a list as a table: what the rules of a list look at, a column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


class Columns(NamedTuple):
    """The cells of rows that are all as wide as their list, a column after the other."""

    columns: list[list[str]]

    def below(self, rows: int) -> Columns:
        """Give them without the first `rows`."""
        return Columns([column[rows:] for column in self.columns])


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some rows of a list, one after the other; everything is told by a row's position here, from 0.

    `columns` are the cells of every column, the file's own text, verbatim; `headings` may come twice, so that columns
    are taken by place. `rows` are those a spreadsheet shows. A table has no room for a row
    that is wider than its headings, and no place for the cells of one that is narrower: `misfits` has those rows' own
    cells by position, and in the table they are cut off or filled up. `hidden` are the positions of rows that the
    sheet does not show, and `cut` that of a row which the file does not end. `bytes_read` tells how much of the file
    had been read with the last row.
    """

    headings: Sequence[str]
    rows: Sequence[int]
    columns: Sequence[list[str]]
    misfits: Mapping[int, Sequence[str]]
    bytes_read: int = 0
    hidden: Sequence[int] = ()
    cut: int | None = None

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The columns under the list's own headings, indexed by the rows a spreadsheet shows."""
        import pandas as pd  # noqa: PLC0415 - a third of the program's start, and only who reads a list waits for it

        return pd.DataFrame(
            np.array(self.columns, object).T,
            index=pd.Index(self.rows),
            columns=list(self.headings),
            dtype=object,  # text as it is: pandas' own type for text would make other objects of the cells
            copy=False,
        )

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
    cells: Sequence[list[str]] | Columns,
    *,
    bytes_read: int = 0,
    hidden: Sequence[int] = (),
    cut: int | None = None,
) -> Chunk:
    """Make a table of rows, or of their columns; rows of another width than the headings are kept beside it."""
    width = len(headings)
    misfits = {}
    if not isinstance(cells, Columns):
        if set(map(len, cells)) - {width}:
            misfits = {at: own for at, own in enumerate(cells) if len(own) != width}
            cells = [own if len(own) == width else [*own[:width], *[""] * (width - len(own))] for own in cells]
        cells = Columns(list(map(list, zip(*cells, strict=True))) or [[] for _ in headings])
    return Chunk(
        headings=headings,
        rows=rows,
        columns=cells.columns,
        misfits=misfits,
        bytes_read=bytes_read,
        hidden=hidden,
        cut=cut,
    )

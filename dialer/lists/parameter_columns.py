"""Which rows of a list may break its parameter contract: found a column at a time, so that only those are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from dialer.domain.parameters import Violation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from dialer.domain.parameters import Parameter
    from dialer.domain.row_parameters import Contract
    from dialer.lists.chunk import Chunk

    Doubts = NDArray[np.bool_]

_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,3})?")
"""Decimals that nearly every list writes. With at most 15 digits a float holds each of them exactly."""


def doubtful(contract: Contract, chunk: Chunk) -> Sequence[int]:
    """Return the positions of rows that may break the contract; every other row keeps it.

    It errs on the side of doubt: `contract.read` decides about the rows that are named. Rows of another width than the
    list are never named: they have no cell that surely belongs to a column.
    """
    doubts = _too_long(chunk, contract.safe_length)
    if contract.mark is not None:
        doubts |= chunk.cells.iloc[:, contract.mark].ne("").to_numpy()
    for place, rule in contract.columns:
        cells = chunk.cells.iloc[:, place]
        doubts |= _text(rule, cells) if rule.type == "text" else _typed(rule, cells)
    doubts[list(chunk.misfits)] = False
    return np.flatnonzero(doubts).tolist()


def _too_long(chunk: Chunk, safe: int) -> Doubts:
    """Doubt rows with more characters than surely are not too large."""
    columns = chunk.columns
    if sum(max(map(len, cells)) for cells in columns) <= safe:
        return np.zeros(len(chunk.rows), np.bool_)
    lengths = sum(np.fromiter(map(len, cells), np.int64, len(cells)) for cells in columns)
    return np.asarray(lengths > safe)


def _text(rule: Parameter, cells: pd.Series[str]) -> Doubts:
    lengths = cells.map(len).to_numpy()
    doubts = lengths < (rule.min_length or 0)
    if rule.max_length is not None:
        doubts |= lengths > rule.max_length
    if rule.required:
        doubts |= (cells.eq("") | cells.map(str.isspace)).to_numpy(np.bool_)
    return doubts


def _typed(rule: Parameter, cells: pd.Series[str]) -> Doubts:
    if rule.type == "decimal":
        within = _plain_and_within(rule, cells)
        return ~(within if rule.required else within | cells.eq("").to_numpy())
    # Dates, choices and the like repeat: each different cell is read once.
    places, different = cells.factorize()
    breaks = np.fromiter((_breaks(rule, cell) for cell in different), np.bool_, len(different))
    doubts: Doubts = breaks[places]
    return doubts


def _plain_and_within(rule: Parameter, cells: pd.Series[str]) -> Doubts:
    values = cells.where(cells.map(_PLAIN.fullmatch).notna(), "nan").to_numpy(np.float64)
    # A limit may have more digits than a float: what is next to one is left to the exact reading.
    least = -np.inf if rule.minimum is None else np.nextafter(float(rule.minimum), np.inf)  # type: ignore[arg-type]
    most = np.inf if rule.maximum is None else np.nextafter(float(rule.maximum), -np.inf)  # type: ignore[arg-type]
    within: Doubts = (values >= least) & (values <= most)
    return within


def _breaks(rule: Parameter, cell: str) -> bool:
    try:
        rule.read(cell)
    except Violation:
        return True
    return False

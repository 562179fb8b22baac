"""What has changed from one list of a campaign to the next, person by person; two nights are compared in pandas."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from dialer.domain.wording import counted
from dialer.reports.results import harmless, writing_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  #: 2 ** 64 by the golden ratio: sets hashes that are the same far apart
_BETWEEN = "\x1f"  #: between cells that are hashed as one text: what ASCII has for it
NEW, CHANGED, OTHER_NUMBER, AS_BEFORE, VANISHED = "new", "changed", "other number", "as before", "vanished"
HEADINGS = ("change", "key", "number", "row", "previous_number", "previous_row")


class Page(NamedTuple):
    """Some rows of a list as a spreadsheet shows them: keys and numbers, '' for none, and their own cells."""

    rows: Sequence[int]
    keys: Sequence[str]
    numbers: Sequence[str]
    cells: Sequence[Sequence[str]]


class Night(NamedTuple):
    """A list that can be walked again and again, and its headings."""

    headings: Sequence[str]
    pages: Callable[[], Iterable[Page]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """How many rows of a list are new, and so on, beside that of the run before; they add up to its rows.

    `vanished` are rows of the run before whose people are not on the list any more.
    """

    run: int
    began: datetime
    new: int
    changed: int
    other_number: int
    as_before: int
    vanished: int

    @property
    def sentence(self) -> str:
        """Say it in a line."""
        rows = self.new + self.changed + self.other_number + self.as_before
        return (
            f"{counted(rows, 'row')}: {self.new:,} new, {self.changed:,} changed, {self.other_number:,} other number, "
            f"{self.as_before:,} as before; {self.vanished:,} vanished since run {self.run} of {self.began:%Y-%m-%d}"
        )

    def as_json(self) -> dict[str, int]:
        """Tell it as plain values."""
        return {name: value for name, value in asdict(self).items() if name != "began"}


class Compared(NamedTuple):
    """Each row of a list, and of the list before it, as `row`, `who` (a hash) and `change`; '' for who is on both."""

    now: pd.DataFrame
    before: pd.DataFrame

    def count(self, change: str) -> int:
        """Count the rows of a change."""
        return int((self.now["change"] == change).sum() + (self.before["change"] == change).sum())


def compare(now: Iterable[Page], before: Iterable[Page]) -> Compared:
    """Say of each row what has changed: by its key, where both lists have keys, else by its number, else by its cells.

    What is held of a row are hashes, some 30 bytes.
    """
    new, old = _frame(now), _frame(before)
    by_key = bool(new["key"].any() and old["key"].any())
    for frame in (new, old):
        known = frame["number"].where(frame["number"] != 0, frame["cells"])
        frame["who"] = frame["key"].where(frame["key"] != 0, known) if by_key else known
    is_known = new["who"].isin(old["who"])
    is_same = pd.Series(_pairs(new, "cells")).isin(_pairs(old, "cells"))
    has_number = pd.Series(_pairs(new, "number")).isin(_pairs(old, "number"))
    new["change"] = np.select([~is_known, is_same, ~has_number], [NEW, AS_BEFORE, OTHER_NUMBER], CHANGED)
    old["change"] = np.where(old["who"].isin(new["who"]), "", VANISHED)
    kept = ["row", "who", "change"]
    return Compared(new[kept], old[kept])


def delta_of(found: Compared, *, run: int, began: datetime) -> Delta:
    """Count what was found beside a run."""
    return Delta(
        run=run,
        began=began,
        new=found.count(NEW),
        changed=found.count(CHANGED),
        other_number=found.count(OTHER_NUMBER),
        as_before=found.count(AS_BEFORE),
        vanished=found.count(VANISHED),
    )


def write_delta(path: Path, found: Compared, now: Night, before: Night) -> None:
    """Write a line for each row that is not as before, then for each that vanished; raises as `writing_rows`."""
    changed = found.now[~found.now["change"].isin([AS_BEFORE])]
    first = found.before.drop_duplicates("who").set_index("who")["row"]
    earlier: dict[int, float] = dict(zip(changed["row"], changed["who"].map(first), strict=True))
    gone = found.before[found.before["change"] == VANISHED]["row"]
    changes = dict(zip(changed["row"], changed["change"], strict=True))
    wanted = {int(row) for row in chain(earlier.values(), gone) if not pd.isna(row)}
    known = {row: (key, number) for row, key, number in _people(before) if row in wanted}
    with writing_rows(path, HEADINGS) as (_, take):
        for row, key, number in _people(now):
            if row in changes:
                previous = earlier[row]
                was = known.get(int(previous)) if previous == previous else None  # noqa: PLR0124 - nan: it is new
                take([changes[row], harmless(key), number, row, *([was[1], int(previous)] if was else ["", ""])])
        for row in gone:
            key, number = known[int(row)]
            take([VANISHED, harmless(key), "", "", number, int(row)])


def pages_alike(night: Night, other: Night) -> Iterable[Page]:
    """Walk a night's pages with the cells that both lists have, in one order: a column more changes nobody."""
    if list(night.headings) == list(other.headings):
        return night.pages()
    places = [
        night.headings.index(name)
        for name in sorted(set(night.headings) & set(other.headings))
        if night.headings.count(name) == other.headings.count(name) == 1
    ]
    return (
        page._replace(cells=[[own[at] if at < len(own) else "" for at in places] for own in page.cells])
        for page in night.pages()
    )


def _people(night: Night) -> Iterator[tuple[int, str, str]]:
    for page in night.pages():
        yield from zip(page.rows, page.keys, page.numbers, strict=True)


def _frame(pages: Iterable[Page]) -> pd.DataFrame:
    parts: dict[str, list[NDArray[np.uint64]]] = {"row": [], "key": [], "number": [], "cells": []}
    for page in pages:
        parts["row"].append(np.fromiter(page.rows, np.uint64, len(page.rows)))
        joined = list(map(_BETWEEN.join, page.cells))
        for name, texts in (("key", page.keys), ("number", page.numbers), ("cells", joined)):
            parts[name].append(_hashes(texts))
    none = [np.empty(0, np.uint64)]
    return pd.DataFrame({name: np.concatenate(columns or none) for name, columns in parts.items()})


def _hashes(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Hash texts; an empty one is 0."""
    given = np.array(texts, object)
    hashes: NDArray[np.uint64] = pd.util.hash_array(given, categorize=False)
    hashes[given == ""] = 0
    return hashes


def _pairs(frame: pd.DataFrame, column: str) -> NDArray[np.uint64]:
    """Join who a row is and one of its columns to one hash."""
    who: NDArray[np.uint64] = frame["who"].to_numpy()
    other: NDArray[np.uint64] = frame[column].to_numpy()
    return who * _SPREAD + other

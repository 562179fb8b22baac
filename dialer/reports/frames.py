"""What is known of lists and runs as pandas frames, for the Python API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from dialer.domain.call import Outcome
from dialer.lists.screened import PROBLEM, VERDICT, own_columns
from dialer.reports.results import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dialer.domain.run import Result, Run
    from dialer.lists.screened import ScreenedChunk

_TEXT = "str"  #: pandas' own type for text where it has one, else objects
_OUTCOMES = pd.CategoricalDtype([outcome.value for outcome in Outcome])
_TYPES: Mapping[str, Any] = {"row": "int64", "outcome": _OUTCOMES, "attempts": "int64", "tries": "int64"}
_KEPT = tuple(outcome.value for outcome in Outcome if outcome is not Outcome.READY)
"""The outcomes that a ledger has; that a contact is ready is only said by a check."""


def checked_frame(headings: Sequence[str], chunks: Sequence[ScreenedChunk]) -> pd.DataFrame:
    """Join a checked list into one frame, as `ScreenedChunk.frame` tells of its chunks, all of it text but the row."""
    own = own_columns(headings, VERDICT)
    nobody = pd.DataFrame(columns=[*own, *VERDICT], index=pd.RangeIndex(0))
    frame = pd.concat([chunk.frame() for chunk in chunks]) if chunks else nobody
    names = list(frame.columns)
    types: list[Any] = [_TEXT] * len(own) + ["int64", _TEXT, _OUTCOMES, _TEXT, _TEXT]
    typed = frame.set_axis(range(len(names)), axis="columns").astype(dict(enumerate(types)))  # a heading may come twice
    return typed.set_axis(names, axis="columns")


def problems_frame(chunks: Sequence[ScreenedChunk]) -> pd.DataFrame:
    """Make a frame of what is wrong with a checked list, as `ScreenedChunk.found` tells of its chunks."""
    frame = pd.DataFrame([each for chunk in chunks for each in chunk.found()], columns=list(PROBLEM))
    return frame.astype({name: "int64" if name == "row" else _TEXT for name in PROBLEM})


def results_frame(headings: Sequence[str], results: Iterable[Result], *, again: bool = False) -> pd.DataFrame:
    """Make a frame of a run's results: the columns of the results file, `called_at` as moments in UTC.

    Where rows are called `again` by a rule, their calls are told.
    """
    columns = columns_of(again=again)
    names = tuple(column.heading for column in columns)
    width, known = len(headings), list(results)
    cells = [[*each.cells[:width], *[""] * (width - len(each.cells))] for each in known]
    left = pd.DataFrame(cells, columns=own_columns(headings, names), dtype=_TEXT)
    said = {column.heading: [getattr(each, column.field) for each in known] for column in columns}
    right = pd.DataFrame(said, dtype=object)
    right["called_at"] = pd.to_datetime(right["called_at"], utc=True)
    types = {name: _TYPES.get(name, _TEXT) for name in names if name != "called_at"}
    return pd.concat([left, right.astype(types)], axis="columns")


def runs_frame(runs: Iterable[tuple[Run, Mapping[Outcome, int]]]) -> pd.DataFrame:
    """Make a frame of runs and their counts: one row a run, in their order, and a column for each outcome."""
    rows = [
        {
            "run": run.number,
            "campaign": run.campaign,
            "provider": run.provider,
            "state": run.state,
            "started_at": run.started_at,
            "ended_at": run.ended_at or run.abandoned_at,
            "list": str(run.list_path or "-"),
            "results": str(run.results or "-"),
            "rows": run.rows,
            **{word: counts.get(Outcome(word), 0) for word in _KEPT},
        }
        for run, counts in runs
    ]
    columns = ("run", "campaign", "provider", "state", "started_at", "ended_at", "list", "results", "rows", *_KEPT)
    frame = pd.DataFrame(rows, columns=list(columns))
    for name in ("started_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    texts = dict.fromkeys(("campaign", "provider", "state", "list", "results"), _TEXT)
    return frame.astype({**texts, **dict.fromkeys(("run", "rows", *_KEPT), "int64")})

"""What somebody is told who was not watching: how a command ended, in counts, without anything of a person."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.alert_rules import ENDS
from dialer.domain.redaction import one_line, without_numbers
from dialer.domain.wording import counted
from dialer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dialer.reports.summary import Summary

_MEANS: Mapping[Exit, str] = MappingProxyType(
    {
        Exit.DONE: "all was dialled",
        Exit.PROBLEMS: "all was dialled, and there are rows to look at",
        Exit.SETUP: "nobody was dialled: a setting, the campaign, the list or the ledger is wrong",
        Exit.LEFT: "it was stopped with work left",
        Exit.BUSY: "another process has the campaign in hand",
        Exit.NOTHING: "there was nothing to do",
        Exit.REFUSED: "nobody was dialled: it was refused",
        Exit.PLANNED: "it ended as planned, with work left for later",
        Exit.FAULT: "a fault of dialer itself ended it; the log says where",
    }
)

_IN_OUR_WORDS = frozenset({Exit.BUSY, Exit.NOTHING, Exit.REFUSED, Exit.PLANNED})
"""Ends whose complaints hold nothing that was read in a list or heard from a provider."""


class Left(NamedTuple):
    """What all runs of a campaign have left: rows to dial, and rows that may have rung."""

    to_dial: int
    unknown: int


class AlertMessage(NamedTuple):
    """A title of one line, and a text."""

    title: str
    text: str


def alert_message(
    campaign: str,
    exit_code: Exit,
    *,
    complaints: Sequence[str],
    summaries: Sequence[Summary],
    left: Left | None,
) -> AlertMessage:
    """Tell how a command ended; notes are left out, in which a provider is quoted and files are named."""
    title = f"dialer {one_line(campaign)}: {ENDS[exit_code]} ({int(exit_code)})"
    lines = [_MEANS[exit_code]]
    if complaints:
        shown = complaints if exit_code in _IN_OUR_WORDS else [f"{counted(len(complaints), 'complaint')} in the log"]
        lines += map(one_line, shown)
    for summary in summaries:
        lines += _of_run(summary)
    if left and left.to_dial:
        lines.append(f"left in all runs: {counted(left.to_dial, 'row')} to dial")
    if left and left.unknown:
        lines.append(f"unknown in all runs: {counted(left.unknown, 'row')} that may have rung")
    return AlertMessage(without_numbers(title), "\n".join(map(without_numbers, lines)))


def _of_run(summary: Summary) -> Iterator[str]:
    ended = summary.extra.get("ended")
    yield f"run {summary.run}: {counted(summary.rows, 'row')}" + (f", ended: {ended}" if ended else "")
    yield from (f"{outcome:>12}  {count:>9,}" for outcome, count in summary.outcomes.items() if count)
    if summary.statuses:
        words = ", ".join(f"{status or 'no word'} {count:,}" for status, count in summary.statuses.items())
        yield f"statuses: {one_line(words)}"

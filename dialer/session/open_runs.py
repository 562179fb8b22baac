"""What runs of earlier days have left, said wherever a run of their campaign is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.wording import counted
from dialer.providers.sandbox import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.domain.run import Leftover, Run
    from dialer.ledger.port import Ledger
    from dialer.session.choices import Choices

_SHOWN = 3  #: runs named one by one: more would push the counts out of sight


def earlier_work(ledger: Ledger, current: Run, choices: Choices) -> Sequence[str]:
    """Name what the other runs of a run's campaign have left, a sentence each, with the command to go on with."""
    found = ledger.leftovers(current.campaign, sandbox=current.provider == SANDBOX)
    return told_of_work([other for other in found if other.run != current.number], choices)


def told_of_work(others: Sequence[Leftover], choices: Choices) -> Sequence[str]:
    """Name what runs have left, a sentence each, with the command to go on with."""
    still_open, unsettled = [other for other in others if other.rows], [other for other in others if other.unknown]
    more = max(len(still_open), len(unsettled)) - _SHOWN
    return [
        *(f"{left_open(other)}: {choices.typed('resume', other.run)}" for other in still_open[:_SHOWN]),
        *([f"all of them: {choices.typed('resume')}"] if len(still_open) > 1 else []),
        *(
            f"run {other.run} of {other.started_at:%Y-%m-%d} has {counted(other.unknown, 'unknown row')} that may have "
            f"rung: {choices.typed('settle', other.run)}"
            for other in unsettled[-_SHOWN:]
        ),
        *([f"{more:,} more runs have something left: {choices.typed('runs')}"] if more > 0 else []),
    ]


def left_open(other: Leftover) -> str:
    """Say what a run has left to dial."""
    rows = ", ".join(f"{count:,} {outcome}" for outcome, count in other.rows.items())
    left = counted(sum(other.rows.values()), "row")
    return f"run {other.run} of {other.started_at:%Y-%m-%d} has {left} left ({rows})"

"""Several runs of one command, dialled one after the other and told of as one."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dialer.errors import DialerError, Exit, StoppedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from dialer.reports.summary import Summary
    from dialer.session.choices import Choices

_BY_HARM = (Exit.DONE, Exit.NOTHING, Exit.PLANNED, Exit.PROBLEMS, Exit.REFUSED, Exit.BUSY, Exit.SETUP, Exit.LEFT)
"""What counts of the ends of several runs is the last of these."""

ENDS_ALL = frozenset({"interrupted", "refused", "outage", "ledger", "deadline", "settings"})
"""What ended one run would end the next one, too."""


def worst(codes: Iterable[Exit], *, is_dialled: bool) -> Exit:
    """Tell which of several ends counts; that nothing was dialled is only said where nothing was."""
    found = max(codes, key=_BY_HARM.index)
    return Exit.LEFT if found in {Exit.SETUP, Exit.REFUSED, Exit.BUSY} and is_dialled else found


@dataclass(slots=True)
class SeveralRuns:
    """What came of several runs that were dialled one after the other."""

    summaries: list[Summary] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    codes: list[Exit] = field(default_factory=list)

    @property
    def exit_code(self) -> Exit:
        """The worst end of all; that nothing was dialled is only said where nothing was."""
        return worst(self.codes, is_dialled=any(summary.exit_code is not Exit.SETUP for summary in self.summaries))

    def as_json(self) -> dict[str, Any]:
        """All of them as one: what is counted is added up, and `runs` has each as it is told by itself."""
        runs: list[dict[str, Any]] = [json.loads(summary.as_json()) for summary in self.summaries]
        outcomes: Counter[str] = Counter()
        for run in runs:
            outcomes.update(run["outcomes"])
        return {
            **(runs[-1] if runs else {}),
            "rows": sum(run["rows"] for run in runs),
            "outcomes": dict(outcomes),
            "seconds": round(sum(run["seconds"] for run in runs), 3),
            "notes": [note for run in runs for note in run["notes"]],
            "errors": self.complaints,
            "exit_code": int(self.exit_code),
            "runs": runs,
        }


async def one_after_another(
    runs: Mapping[str, Callable[[], Awaitable[Summary]]], choices: Choices, *, complain: Callable[[str], object]
) -> SeveralRuns:
    """Dial runs in turn, each under its name, until something ends one that would end the others.

    What ends one of several early is complained of, and the next one begins; of a single one it is raised.
    """
    found = SeveralRuns()
    for name, dialled in runs.items():
        try:
            summary = await dialled()
        except DialerError as problem:
            if len(runs) == 1:
                raise
            said = f"{name}: {choices.told(problem)}"
            complain(said)
            found.complaints.append(said)
            found.codes.append(problem.exit)
            if isinstance(problem, StoppedError):
                break
        else:
            found.summaries.append(summary)
            found.codes.append(summary.exit_code)
            if summary.extra.get("ended") in ENDS_ALL:
                break
    return found

"""`dialer resume`: the run that is named, or all runs of a campaign that have work left."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dialer.actions.run import resume
from dialer.campaign_file import read_campaign
from dialer.errors import DialerError, Exit, NothingToDoError
from dialer.ledger.port import open_ledger
from dialer.settings import ledger_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dialer.actions.run import How
    from dialer.reports.summary import Summary
    from dialer.session.plan import Choices

_BY_HARM = (Exit.DONE, Exit.PLANNED, Exit.PROBLEMS, Exit.REFUSED, Exit.BUSY, Exit.SETUP, Exit.LEFT)
"""What counts of the ends of several runs is the last of these."""

_ENDS_ALL = frozenset({"interrupted", "refused", "outage", "ledger", "deadline", "settings"})
"""What ended one run would end the next one, too."""


def runs_to_resume(number: int | None, choices: Choices, env: Mapping[str, str], how: How) -> Sequence[int | None]:
    """Tell which runs are gone on with: the one named, else all of a campaign that have work left, oldest first.

    The campaign is that of the file, or of the latest run that has work left. With a limit it is its oldest run alone,
    and to dial again what may have rung the latest of all. Raises NothingToDoError where no run has work left.
    """
    if number is not None or how.redial_unknown:
        return [number]
    with open_ledger(ledger_path(env, given=choices.ledger, sandbox=choices.sandbox), create=False) as ledger:
        found = ledger.open_runs(read_campaign(choices.campaign).name if choices.campaign else None)
        if not found:
            latest = ledger.run()
            raise NothingToDoError(
                f"nothing to do: no run has work left; the latest is run {latest.number} of {latest.campaign}"
            )
    numbers = [run.number for run in found if run.campaign == found[-1].campaign]
    return numbers[:1] if how.limit else numbers


@dataclass(slots=True)
class Resumed:
    """What came of going on with several runs."""

    summaries: list[Summary] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    codes: list[Exit] = field(default_factory=list)

    @property
    def exit_code(self) -> Exit:
        """The worst end of all; that nothing was dialled is only said where nothing was."""
        worst = max(self.codes, key=_BY_HARM.index)
        is_dialled = any(summary.exit_code is not Exit.SETUP for summary in self.summaries)
        return Exit.LEFT if worst in {Exit.SETUP, Exit.REFUSED, Exit.BUSY} and is_dialled else worst

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


def resume_all(
    numbers: Sequence[int | None],
    choices: Choices,
    env: Mapping[str, str],
    how: How,
    *,
    tell: Callable[[Summary], None],
    complain: Callable[[str], None],
) -> Resumed:
    """Go on with runs, one after the other, until something ends one that would end the others; tell of each."""
    found = Resumed()
    for number in numbers:
        try:
            with resume(number, choices, env, how) as summary:
                tell(summary)
        except DialerError as problem:
            if len(numbers) == 1:
                raise
            said = f"run {number}: {choices.told(problem)}"
            complain(said)
            found.complaints.append(said)
            found.codes.append(problem.exit)
        else:
            found.summaries.append(summary)
            found.codes.append(summary.exit_code)
            if summary.extra.get("ended") in _ENDS_ALL:
                break
    return found

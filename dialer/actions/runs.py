"""`dialer runs`: the runs that the ledger has, and whether those of the last hours leave nothing to be done."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from dialer.campaign_file import read_campaign
from dialer.domain.times import told
from dialer.errors import Exit
from dialer.session.environment import utc_now
from dialer.session.open_runs import told_of_work
from dialer.session.past_run import ledger_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.session.choices import Choices


_NO_FILE = "-"  #: what is told in place of the files of a single call


NEWEST = 20
"""Runs told of where not every one is asked for: three weeks of nights, and a screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRuns:
    """Runs as plain values, newest first, and whether there are older ones.

    `wrong` says of a time that was asked about what somebody should look at, with the command to do so.
    """

    runs: Sequence[Mapping[str, Any]]
    are_more: bool = False
    wrong: Sequence[str] = ()

    @property
    def exit_code(self) -> Exit:
        """1 where there is something to look at."""
        return Exit.PROBLEMS if self.wrong else Exit.DONE


def list_runs(choices: Choices, env: Mapping[str, str], *, every: bool) -> FoundRuns:
    """Tell of the newest runs or of every one; of the campaign of the choices alone, where they name one."""
    campaign = _name(choices)
    with ledger_of(choices, env) as ledger:
        newest = None if every or campaign else NEWEST + 1
        wanted = (run for run in ledger.runs(newest=newest) if campaign in {None, run.campaign})
        found = list(islice(wanted, None if every else NEWEST + 1))
        shown = found if every else found[:NEWEST]
        return FoundRuns(runs=[_told(run, ledger) for run in shown], are_more=len(found) > len(shown))


def runs_since(choices: Choices, env: Mapping[str, str], span: timedelta, *, now: datetime | None = None) -> FoundRuns:
    """Tell of the runs that began or ended within a time until now, and what is wrong with it.

    That no list was dialled is wrong, and that anything is open or unknown, in whichever run.
    """
    campaign, since = _name(choices), (now or utc_now()) - span
    with ledger_of(choices, env) as ledger:
        of_campaign = [run for run in ledger.runs() if campaign in {None, run.campaign}]
        found = [run for run in of_campaign if max(run.started_at, run.ended_at or run.started_at) >= since]
        wrong: list[str] = []
        if all(run.is_single for run in found):
            named = ("-c", choices.campaign) if choices.campaign else ()
            wrong.append(f"nothing was dialled since {told(since, None)}: {choices.typed('run', *named)}")
        for name in dict.fromkeys(run.campaign for run in of_campaign):
            wrong += told_of_work(ledger.leftovers(name, sandbox=choices.sandbox), choices)
        return FoundRuns(runs=[_told(run, ledger) for run in found], wrong=wrong)


def _name(choices: Choices) -> str | None:
    return read_campaign(choices.campaign).name if choices.campaign else None


def _told(run: Run, ledger: Ledger) -> dict[str, Any]:
    ended = run.ended_at or run.abandoned_at
    return {
        "run": run.number,
        "campaign": run.campaign,
        "provider": run.provider,
        "state": run.state,
        "rows": run.rows,
        "outcomes": {str(outcome): count for outcome, count in ledger.counts(run.number).items()},
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "ended_at": ended.isoformat(timespec="seconds") if ended else None,
        "list": str(run.list_path or _NO_FILE),
        "results": str(run.results or _NO_FILE),
    }

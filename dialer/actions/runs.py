"""`dialer runs`: every run that the ledger has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dialer.session.past_run import ledger_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.run import Run
    from dialer.ledger.port import Ledger
    from dialer.session.choices import Choices


_NO_FILE = "-"  #: what is told in place of the files of a single call


NEWEST = 20
"""Runs told of where not every one is asked for: three weeks of nights, and a screen."""


def list_runs(choices: Choices, env: Mapping[str, str], *, every: bool) -> tuple[list[dict[str, Any]], bool]:
    """Tell of the newest runs or of every one, newest first, as plain values; and whether there are older ones."""
    with ledger_of(choices, env) as ledger:
        found = list(ledger.runs(newest=None if every else NEWEST + 1))
        told = found if every else found[:NEWEST]
        return [_told(run, ledger) for run in told], len(found) > len(told)


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

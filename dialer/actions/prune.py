"""`dialer prune`: what closed runs have left is taken away once it is kept for long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dialer.campaign_file import read_campaign
from dialer.domain.campaign import KeepRules
from dialer.errors import SetupError
from dialer.session.choices import Choices
from dialer.session.environment import utc_now
from dialer.session.past_run import ledger_of
from dialer.session.plan import plan_again
from dialer.session.retention import Pruning, prune

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta
    from pathlib import Path

    from dialer.ledger.port import Ledger


def prune_ledger(
    choices: Choices,
    env: Mapping[str, str],
    *,
    older_than: timedelta | None = None,
    rows: bool = False,
    dry_run: bool = False,
    compact: bool = False,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Prune by the `[keep]` of the campaign that is chosen, or of every campaign on record by its file.

    With `older_than` the cells of every run that was closed before that go, whatever `[keep]` says, with `rows` the
    rows as well. Raises SetupError where a campaign file that is named is wrong, and LedgerError.
    """
    now = now or utc_now()
    pruning = Pruning()
    with ledger_of(choices, env) as ledger:
        for campaign, keep in _to_keep(ledger, choices, older_than, pruning, rows=rows):
            pruning.add(prune(ledger, campaign, keep, now=now, dry_run=dry_run))
        if compact and not dry_run:
            ledger.retention().compact()
            ledger.retention().wipe()
        size = ledger.address.stat().st_size
    told = pruning.told or "nothing"
    return {
        "runs": {str(what): count for what, count in pruning.runs.items()},
        "rows": {str(what): count for what, count in pruning.rows.items()},
        "files": [str(path) for path in pruning.files],
        "notes": pruning.notes,
        "bytes": size,
        "says": f"{'would be taken' if dry_run else 'taken'}: {told}",
        "exit_code": 0,
    }


def _to_keep(
    ledger: Ledger, choices: Choices, older_than: timedelta | None, pruning: Pruning, *, rows: bool
) -> Iterator[tuple[str | None, KeepRules]]:
    named = read_campaign(choices.campaign) if choices.campaign else None
    if older_than is not None:
        yield named.name if named else None, KeepRules(cells=older_than, rows=older_than if rows else None)
    elif named:
        yield named.name, named.keep
    else:
        for campaign, path in _files_on_record(ledger).items():
            try:
                yield campaign, read_campaign(path).keep
            except SetupError as problem:
                pruning.notes.append(f"nothing of the campaign {campaign} was looked at: {problem.complaints[0]}")


def _files_on_record(ledger: Ledger) -> dict[str, Path]:
    """Find the file of each campaign that has one, as its latest run was started with it."""
    found: dict[str, Path] = {}
    for run in ledger.runs():
        path = plan_again(run.settings, Choices()).campaign if run.campaign not in found else None
        if path:
            found[run.campaign] = path
    return found

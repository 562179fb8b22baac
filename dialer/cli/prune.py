"""`dialer prune`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dialer.actions import prune as prune_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, CampaignFile, InSandbox, LedgerFile
from dialer.cli.output import ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.campaign_values import read_span
from dialer.session.choices import Choices

if TYPE_CHECKING:
    from datetime import timedelta


@app.command()
def prune(
    *,
    campaign: CampaignFile = None,
    older_than: Annotated[
        str | None,
        typer.Option(help="Empty the cells of every run closed so long ago, whatever [keep] says.", metavar="AGE"),
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="With --older-than: take the rows as well, where no cap needs them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken.")] = False,
    compact: Annotated[
        bool, typer.Option("--compact", help="Give the freed room back to the disk; takes as much room meanwhile.")
    ] = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Take people out of old runs, as the campaigns' [keep] says. Counts stay, and who took what.

    Example: dialer prune --older-than 90d --dry-run
    """
    if rows and older_than is None:
        raise typer.BadParameter("--rows is of --older-than; else [keep] rows says it")
    choices = Choices(campaign=campaign, ledger=ledger, sandbox=sandbox)
    age = _age(older_than)
    with ending(choices, as_json=as_json):
        found = prune_action.prune_ledger(
            choices, environment(), older_than=age, rows=rows, dry_run=dry_run, compact=compact
        )
        if as_json:
            print_json(found)
            return
        show(str(found["says"]))
        for line in (*found["notes"], *(f"file: {path}" for path in found["files"])):
            show(line)


def _age(text: str | None) -> timedelta | None:
    try:
        return read_span(text) if text is not None else None
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--older-than") from None

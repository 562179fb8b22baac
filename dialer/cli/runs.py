"""`dialer runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dialer.actions import runs as runs_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, CampaignFile, InSandbox, LedgerFile
from dialer.cli.output import ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.campaign_values import read_span
from dialer.domain.redaction import visible
from dialer.domain.wording import counted
from dialer.session.choices import Choices

if TYPE_CHECKING:
    from datetime import timedelta


@app.command()
def runs(
    *,
    every: Annotated[bool, typer.Option("--all", help="Every run, and not only the newest 20.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="The runs of the last hours, such as 24h; ends with 1 if none, or work is left.", metavar="TIME"
        ),
    ] = None,
    campaign: CampaignFile = None,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """List the newest runs of the ledger, newest first.

    Example: dialer runs --since 24h
    """
    span = _span(since)
    choices = Choices(campaign=campaign, ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        asked = choices, environment()
        found = runs_action.runs_since(*asked, span) if span is not None else runs_action.list_runs(*asked, every=every)
        if as_json:
            print_json({"runs": found.runs, "wrong": found.wrong, "exit_code": int(found.exit_code)})
            raise typer.Exit(found.exit_code)
        for run_ in found.runs:
            counts = ", ".join(f"{outcome} {count}" for outcome, count in run_["outcomes"].items())
            show(
                f"{run_['run']:>5}  {run_['started_at'][:16].replace('T', ' ')}  {run_['state']:<10}  "
                f"{run_['campaign']}  {counted(run_['rows'], 'row')}: {counts}"
            )
        for sentence in found.wrong:
            show(visible(sentence))
        if found.are_more:
            show(f"the older ones: {choices.typed('runs', '--all', *(('-c', campaign) if campaign else ()))}", err=True)
        raise typer.Exit(found.exit_code)


def _span(since: str | None) -> timedelta | None:
    try:
        return read_span(since) if since is not None else None
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--since") from None

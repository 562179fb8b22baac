"""`dialer runs`."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.actions import runs as runs_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile
from dialer.cli.output import ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.wording import counted
from dialer.session.choices import Choices


@app.command()
def runs(
    *,
    every: Annotated[bool, typer.Option("--all", help="Every run, and not only the newest 20.")] = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """List the newest runs of the ledger, newest first.

    Example: dialer runs
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        found, are_more = runs_action.list_runs(choices, environment(), every=every)
        if as_json:
            print_json({"runs": found, "exit_code": 0})
            return
        for run_ in found:
            counts = ", ".join(f"{outcome} {count}" for outcome, count in run_["outcomes"].items())
            show(
                f"{run_['run']:>5}  {run_['started_at'][:16].replace('T', ' ')}  {run_['state']:<10}  "
                f"{run_['campaign']}  {counted(run_['rows'], 'row')}: {counts}"
            )
        if are_more:
            show(f"the older ones: {choices.typed('runs', '--all')}", err=True)

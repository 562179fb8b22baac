"""`dialer runs`."""

from __future__ import annotations

from dialer.actions import runs as runs_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile
from dialer.cli.output import ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.wording import counted
from dialer.session.choices import Choices


@app.command()
def runs(*, ledger: LedgerFile = None, sandbox: InSandbox = False, as_json: AsJson = False) -> None:
    """List the runs of the ledger, newest first.

    Example: dialer runs
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        found = runs_action.list_runs(choices, environment())
        if as_json:
            print_json({"runs": found, "exit_code": 0})
            return
        for run_ in found:
            counts = ", ".join(f"{outcome} {count}" for outcome, count in run_["outcomes"].items())
            show(
                f"{run_['run']:>5}  {run_['started_at'][:16].replace('T', ' ')}  {run_['state']:<10}  "
                f"{run_['campaign']}  {counted(run_['rows'], 'row')}: {counts}"
            )

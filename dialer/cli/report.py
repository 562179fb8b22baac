"""`dialer report`."""

from __future__ import annotations

from dialer.actions import report as report_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, CallsFile, InSandbox, LedgerFile, Number, Output
from dialer.cli.output import ending, environment, tell
from dialer.session.choices import Choices


@app.command()
def report(
    number: Number = None,
    *,
    output: Output = None,
    calls: CallsFile = None,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Write a run's results CSV again, from the ledger.

    Example: dialer report 3 -o spring.csv
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        tell(report_action.report(number, choices, environment(), output=output, calls=calls), as_json=as_json)

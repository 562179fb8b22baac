"""`dialer verify`."""

from __future__ import annotations

from dialer.actions.verify import run as verify_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile, Number
from dialer.cli.output import ending, environment, tell
from dialer.session.choices import Choices


@app.command()
def verify(
    number: Number = None,
    *,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Prove a run's promises from its ledger, list and results: nobody rung twice, nobody lost, never too fast.

    Example: dialer verify 3
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        tell(verify_action.verify(number, choices, environment()), as_json=as_json)

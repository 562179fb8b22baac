"""`dialer reconcile`."""

from __future__ import annotations

import asyncio

from dialer.actions import reconcile as reconcile_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile, Number, Quiet
from dialer.cli.output import ending, environment, progress, tell
from dialer.cli.signals import Signals
from dialer.session.choices import Choices


@app.command()
def reconcile(
    number: Number = None,
    *,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask the provider what came of unknown rows, where it can tell, and write what is proved with its evidence.

    Example: dialer reconcile 3
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        with progress(quiet=quiet, as_json=as_json) as shown:
            asking = reconcile_action.reconcile(number, choices, environment(), observers=[shown], stop=Signals())
            found = asyncio.run(asking)
        tell(found, as_json=as_json, quiet=quiet)

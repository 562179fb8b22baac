"""`dialer status`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from dialer.actions import status as status_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile, Number, Quiet
from dialer.cli.output import ending, environment, progress, tell
from dialer.cli.signals import Signals
from dialer.session.choices import Choices


@app.command()
def status(
    number: Number = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Ask until every call is final.")] = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask the provider where placed calls stand, and update the results.

    Example: dialer status 3 --wait
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        with progress(quiet=quiet, as_json=as_json) as shown:
            asking = status_action.status(number, choices, environment(), wait=wait, observers=[shown], stop=Signals())
            found = asyncio.run(asking)
        tell(found, as_json=as_json, quiet=quiet)

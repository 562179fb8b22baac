"""`dialer forget`."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.actions import forget as forget_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile, Region
from dialer.cli.output import country, ending, environment, print_json
from dialer.cli.terminal import show
from dialer.session.choices import Choices


@app.command()
def forget(
    number: Annotated[str, typer.Argument(help="The person's telephone number.", metavar="NUMBER")],
    *,
    region: Region = None,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Take one person out of every run; a do-not-call entry stays, and files that have the number are named.

    Example: dialer forget +12025550123
    """
    choices = Choices(region=country(region), ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        found = forget_action.forget(number, choices, environment())
        if as_json:
            print_json(found)
            return
        for note in found["notes"]:
            show(note)

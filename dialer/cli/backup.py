"""`dialer backup`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotation when the program runs
from typing import Annotated

import typer

from dialer.actions import backup as backup_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile
from dialer.cli.output import ending, environment, print_json
from dialer.cli.terminal import show
from dialer.session.choices import Choices


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Where the copy goes: a folder on another disk.", metavar="FOLDER")],
    *,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Keep the newest N copies of this ledger in the folder.", metavar="N"),
    ] = None,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Copy the ledger whole, also while calls go on, and look the copy over.

    Example: dialer backup /mnt/backups --keep 14
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        found = backup_action.backup(folder, choices, environment(), keep=keep)
        if as_json:
            print_json(found)
        else:
            show(str(found["says"]))

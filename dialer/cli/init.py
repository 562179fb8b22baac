"""`dialer init`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads annotations when the program runs
from typing import Annotated

import typer

from dialer.actions import init as init_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, HeaderRow, Phone, Region, SheetName
from dialer.cli.output import country, ending, environment, print_json
from dialer.cli.terminal import show
from dialer.session.choices import Choices


@app.command()
def init(
    contacts: Annotated[Path, typer.Argument(help="The contact list.", metavar="CONTACTS")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write. Default: LIST.toml beside the list.", metavar="FILE"),
    ] = None,
    phone: Phone = None,
    region: Region = None,
    sheet: SheetName = None,
    header_row: HeaderRow = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a campaign file for a list, from its headings and first rows. Offline; it loads and checks as it stands.

    Example: dialer init contacts.csv --region US
    """
    with ending(Choices(), as_json=as_json):
        draft = init_action.draft_campaign(
            contacts,
            env=environment(),
            output=output,
            phone=phone,
            region=country(region),
            sheet=sheet,
            header_row=header_row,
            force=force,
        )
        if as_json:
            print_json(draft.as_json())
        else:
            show(draft.as_text())

"""`dialer preview`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialer.actions import preview as preview_action
from dialer.cli.app import app
from dialer.cli.options import (
    Again,
    AsJson,
    At,
    CallerNumber,
    CampaignFile,
    EnforceHours,
    FlowId,
    InSandbox,
    LedgerFile,
    Provider,
    Region,
)
from dialer.cli.output import country, ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.redaction import one_line
from dialer.reports.preview_report import as_lines
from dialer.session.choices import Choices


@app.command()
def preview(
    words: Annotated[
        list[str],
        typer.Argument(
            help="The contact list, left out: the campaign's own; and the row, as a spreadsheet shows it.",
            metavar="[CONTACTS] ROW",
        ),
    ],
    *,
    campaign: CampaignFile = None,
    at: At = None,
    provider: Provider = None,
    flow_id: FlowId = None,
    caller_number: CallerNumber = None,
    region: Region = None,
    again: Again = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    enforce_hours: EnforceHours = False,
    as_json: AsJson = False,
) -> None:
    """Show what exactly would be sent for one row, to whom, where that person is, and whether it may be. Offline.

    Example: dialer preview contacts.csv 17 -c campaigns/spring.toml
    """
    *lists, row = words
    if len(lists) > 1:
        raise typer.BadParameter("one list and one row are looked at", param_hint="[CONTACTS] ROW")
    choices = Choices(
        campaign=campaign,
        provider=provider,
        flow_id=flow_id,
        caller_number=caller_number,
        region=country(region),
        ledger=ledger,
        sandbox=sandbox,
        enforce_hours=enforce_hours,
    )
    if not (row.isascii() and row.isdecimal() and int(row) > 0):
        raise typer.BadParameter(f"{row!r} is no row: give its number, as a spreadsheet shows it", param_hint="ROW")
    with ending(choices, as_json=as_json):
        found = preview_action.preview(
            int(row), choices, environment(), contacts=Path(lists[0]) if lists else None, at=at, again=again
        )
        if as_json:
            print_json(found)
        else:
            show("\n".join(map(one_line, as_lines(found))))

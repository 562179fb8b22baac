"""`dialer check`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads annotations when the program runs
from typing import Annotated

import typer

from dialer.actions import check as check_action
from dialer.cli.app import app
from dialer.cli.options import (
    Again,
    AsJson,
    At,
    CallerNumber,
    CampaignFile,
    Contacts,
    DeltaFile,
    EnforceHours,
    FlowId,
    HeaderRow,
    InFlight,
    InSandbox,
    LedgerFile,
    Limit,
    Output,
    Phone,
    Provider,
    Quiet,
    Rate,
    Region,
    SheetName,
)
from dialer.cli.output import country, ending, environment, progress, tell
from dialer.session.choices import Choices


@app.command()
def check(
    contacts: Contacts = None,
    *,
    campaign: CampaignFile = None,
    output: Output = None,
    problems: Annotated[
        Path | None,
        typer.Option(
            "--problems", help="Write the rows that can be mended there, to be mended and fed back.", metavar="FILE"
        ),
    ] = None,
    delta: DeltaFile = None,
    provider: Provider = None,
    flow_id: FlowId = None,
    caller_number: CallerNumber = None,
    region: Region = None,
    phone: Phone = None,
    sheet: SheetName = None,
    header_row: HeaderRow = None,
    rate: Rate = None,
    in_flight: InFlight = None,
    limit: Limit = None,
    at: At = None,
    again: Again = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    enforce_hours: EnforceHours = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Read and screen a list as a run would, and say what is wrong with it. Offline; nothing is dialled.

    Example: dialer check contacts.csv -c campaigns/spring.toml --problems bad.csv
    """
    choices = Choices(
        campaign=campaign,
        provider=provider,
        flow_id=flow_id,
        caller_number=caller_number,
        region=country(region),
        phone=phone,
        sheet=sheet,
        header_row=header_row,
        rate=rate,
        in_flight=in_flight,
        ledger=ledger,
        sandbox=sandbox,
        enforce_hours=enforce_hours,
    )
    with ending(choices, as_json=as_json):
        with progress(quiet=quiet, as_json=as_json) as shown:
            report = check_action.check(
                choices,
                environment(),
                contacts=contacts,
                output=output,
                limit=limit,
                problems=problems,
                delta=delta,
                at=at,
                again=again,
                observers=[shown],
            )
        tell(report, as_json=as_json, quiet=quiet)

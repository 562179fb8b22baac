"""Commands for whoever makes a contact list."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - Typer reads annotations when the program runs
from typing import Annotated

import typer

from dialer.actions import check as check_action
from dialer.actions import init as init_action
from dialer.cli.app import app
from dialer.cli.options import (
    Again,
    AsJson,
    CallerNumber,
    CampaignFile,
    Contacts,
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
from dialer.cli.output import country, ending, environment, print_json, progress, tell
from dialer.cli.window import show
from dialer.reports.problems import rules_as_text
from dialer.session.plan import Choices


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
    at: Annotated[
        str | None,
        typer.Option(help="As if it were then, such as 2026-11-24T18:30, in UTC.", metavar="TIME"),
    ] = None,
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
                at=at,
                again=again,
                observers=[shown],
            )
        tell(report, as_json=as_json, quiet=quiet)


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
        draft = init_action.start(
            contacts,
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


@app.command()
def rules(*, as_json: AsJson = False) -> None:
    """List everything a row can be found to break: its code, what it means and what to do. Offline.

    Example: dialer rules --json
    """
    known = check_action.RULES.values()
    if as_json:
        print_json({"rules": [asdict(rule) for rule in known], "exit_code": 0})
    else:
        show(rules_as_text(known))

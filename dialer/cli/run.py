"""`dialer run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dialer.actions import check as check_action
from dialer.actions import run as run_action
from dialer.cli.app import app
from dialer.cli.options import (
    Again,
    AsJson,
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
    ListAgain,
    LogFile,
    New,
    Output,
    Phone,
    Provider,
    Quiet,
    Rate,
    Region,
    SheetName,
    Track,
    Yes,
)
from dialer.cli.output import (
    asker,
    country,
    ending_of_dialling,
    environment,
    tell,
)
from dialer.cli.several import dial_several
from dialer.session.choices import Choices
from dialer.session.environment import utc_now
from dialer.session.night_log import night_log
from dialer.session.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.reports.check_report import CheckReport


@app.command()
def run(
    contacts: Contacts = None,
    *,
    campaign: CampaignFile = None,
    output: Output = None,
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
    ledger: LedgerFile = None,
    log: LogFile = None,
    delta: DeltaFile = None,
    sandbox: InSandbox = False,
    track: Track = False,
    new: New = False,
    list_again: ListAgain = False,
    again: Again = False,
    enforce_hours: EnforceHours = False,
    yes: Yes = False,
    quiet: Quiet = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the list; nothing is dialled.")] = False,
    as_json: AsJson = False,
) -> None:
    """Place the calls of a list and write the results CSV. An unfinished run of the list is continued.

    Example: dialer run contacts.csv -c campaigns/spring.toml
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
    log = log if dry_run else night_log(choices, given=log, now=utc_now())
    request = Request(
        choices=choices,
        contacts=contacts,
        output=output,
        limit=limit,
        track=track,
        new=new,
        list_again=list_again,
        again=again,
        log=log,
        delta=delta,
        agreed=asker(yes=yes),
    )
    with ending_of_dialling(choices, as_json=as_json, log=log, quiet=quiet, dry_run=dry_run) as summaries:
        env = environment()
        if dry_run:
            tell(_checked(request, env), as_json=as_json, quiet=quiet)
        lists = run_action.lists_to_run(request, env)
        dial_several(run_action.run_all, lists, request, env, summaries, as_json=as_json, quiet=quiet)


def _checked(request: Request, env: Mapping[str, str]) -> CheckReport:
    return check_action.check(
        request.choices,
        env,
        contacts=request.contacts,
        output=request.output,
        limit=request.limit,
        delta=request.delta,
        again=request.again,
    )

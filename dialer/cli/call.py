"""`dialer call`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from dialer.actions import call as call_action
from dialer.cli.app import app
from dialer.cli.options import (
    AsJson,
    CallerNumber,
    CampaignFile,
    EnforceHours,
    FlowId,
    InSandbox,
    LedgerFile,
    LogFile,
    Provider,
    Quiet,
    Region,
    Yes,
)
from dialer.cli.output import asker, country, ending, environment, print_json, progress
from dialer.cli.signals import Signals
from dialer.cli.terminal import show
from dialer.domain.redaction import one_line
from dialer.session.choices import Choices
from dialer.session.request import Request


@app.command()
def call(
    number: Annotated[
        str | None, typer.Argument(help="Whom to call. Else DIALER_DESTINATION_NUMBER.", metavar="NUMBER")
    ] = None,
    *,
    param: Annotated[
        list[str] | None, typer.Option(help="A flow parameter; may be repeated.", metavar="NAME=VALUE")
    ] = None,
    campaign: CampaignFile = None,
    provider: Provider = None,
    flow_id: FlowId = None,
    caller_number: CallerNumber = None,
    region: Region = None,
    ledger: LedgerFile = None,
    log: LogFile = None,
    sandbox: InSandbox = False,
    enforce_hours: EnforceHours = False,
    yes: Yes = False,
    quiet: Quiet = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Ring against calling hours and caps, never against do-not-call. Is recorded."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Place one call and print its id and status.

    Example: dialer call +12025550123 --param name=Ann
    """
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
    with ending(choices, as_json=as_json, log=log):
        request = Request(choices=choices, log=log, force=force, agreed=asker(yes=yes))
        prepared = call_action.prepare(request, environment(), number=number, params=param or [])
        with progress(quiet=True) as warns:
            found = asyncio.run(call_action.dial(prepared, observers=[warns], stop=Signals()))
        if as_json:
            print_json(found)
        elif not quiet:
            shown = ("outcome", "callId", "status", "error")
            show("\n".join(f"{name}: {one_line(str(found[name]))}" for name in shown if found[name]))
            for note in found["notes"]:
                show(one_line(note), err=True)
        raise typer.Exit(int(str(found["exit_code"])))

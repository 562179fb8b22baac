"""`dialer resume`."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.actions import resume as resume_action
from dialer.cli.app import app
from dialer.cli.options import (
    Again,
    AsJson,
    CallerNumber,
    CampaignFile,
    EnforceHours,
    FlowId,
    InFlight,
    InSandbox,
    LedgerFile,
    Limit,
    LogFile,
    OpenRun,
    Provider,
    Quiet,
    Rate,
    Track,
    Yes,
)
from dialer.cli.output import asker, ending_of_dialling, environment
from dialer.cli.several import dial_several
from dialer.session.choices import Choices
from dialer.session.environment import utc_now
from dialer.session.night_log import night_log
from dialer.session.request import Request


@app.command()
def resume(
    number: OpenRun = None,
    *,
    campaign: CampaignFile = None,
    provider: Provider = None,
    flow_id: FlowId = None,
    caller_number: CallerNumber = None,
    rate: Rate = None,
    in_flight: InFlight = None,
    limit: Limit = None,
    ledger: LedgerFile = None,
    log: LogFile = None,
    sandbox: InSandbox = False,
    track: Track = False,
    again: Again = False,
    enforce_hours: EnforceHours = False,
    yes: Yes = False,
    quiet: Quiet = False,
    redial_unknown: Annotated[
        bool, typer.Option("--redial-unknown", help="Dial again what may have rung. Somebody may be rung twice.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that has work left, or with all of them. What may have rung is not dialled again.

    Example: dialer resume 3
    """
    choices = Choices(
        campaign=campaign,
        provider=provider,
        flow_id=flow_id,
        caller_number=caller_number,
        rate=rate,
        in_flight=in_flight,
        ledger=ledger,
        sandbox=sandbox,
        enforce_hours=enforce_hours,
    )
    log = night_log(choices, given=log, now=utc_now())
    request = Request(
        choices=choices,
        limit=limit,
        track=track,
        redial_unknown=redial_unknown,
        again=again,
        log=log,
        agreed=asker(yes=yes),
    )
    with ending_of_dialling(choices, as_json=as_json, log=log, quiet=quiet) as summaries:
        env = environment()
        numbers = resume_action.runs_to_resume(number, request, env)
        dial_several(resume_action.resume_all, numbers, request, env, summaries, as_json=as_json, quiet=quiet)

"""`dialer schedule`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from dialer.actions import schedule as schedule_action
from dialer.actions.schedule import KINDS, Asked
from dialer.cli.app import app
from dialer.cli.options import AsJson, CampaignFile, LedgerFile
from dialer.cli.output import ending, environment, print_json, print_to_copy
from dialer.session.choices import Choices

Kind = Enum("Kind", {kind: kind for kind in KINDS}, type=str)  # type: ignore[misc]  # made of the kinds there are


@app.command()
def schedule(
    kind: Annotated[Kind, typer.Argument(help="Which scheduler it is for.", metavar="KIND")],
    *,
    at: Annotated[str, typer.Option(help="The time of day to start at, such as 18:00.", metavar="TIME")],
    campaign: CampaignFile = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="Whose clocks that is. Else [hours] timezone, else the machine's.", metavar="ZONE"),
    ] = None,
    days: Annotated[
        str | None, typer.Option(help="The days to start on, such as mon-fri. Else every day.", metavar="DAYS")
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(help="The image of the container, for kubernetes. Else dialer:VERSION.", metavar="IMAGE"),
    ] = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Print what a scheduler needs to start a campaign every night: cron, systemd, kubernetes or windows.

    Nothing is put in place, and nothing secret is printed.

    Example: dialer schedule systemd -c campaigns/survey.toml --at 18:00 --days mon-fri
    """
    choices = Choices(campaign=campaign, ledger=ledger)
    with ending(choices, as_json=as_json):
        asked = Asked(at, timezone=timezone, days=days, image=image)
        made = schedule_action.schedule(kind.value, choices, environment(), asked)
        if as_json:
            print_json({"kind": kind.value, "files": dict(made.files), "exit_code": 0})
        else:
            print_to_copy(made.text)

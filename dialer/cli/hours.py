"""`dialer hours`."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.actions import hours as hours_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, CampaignFile, LedgerFile, Region
from dialer.cli.output import country, ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.redaction import one_line
from dialer.reports.hours_report import as_lines
from dialer.session.choices import Choices


@app.command()
def hours(
    number: Annotated[str, typer.Argument(help="The number to look at.", metavar="NUMBER")],
    *,
    at: Annotated[str | None, typer.Option(help="The moment to ask about. Else now.", metavar="TIME")] = None,
    timezone: Annotated[str, typer.Option(help="What a list's timezone column would say.", metavar="ZONE")] = "",
    zip_code: Annotated[str, typer.Option("--zip", help="What a list's zip column would say.", metavar="ZIP")] = "",
    state: Annotated[str, typer.Option(help="What a list's state column would say.", metavar="STATE")] = "",
    home: Annotated[
        str, typer.Option("--country", help="What a list's country column would say.", metavar="COUNTRY")
    ] = "",
    campaign: CampaignFile = None,
    region: Region = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Show where and when a number may be rung, by which rules, and when next. Offline.

    Example: dialer hours +18505550123
    """
    choices = Choices(campaign=campaign, region=country(region), ledger=ledger)
    address = {"timezone": timezone, "zip_code": zip_code, "state": state, "country": home}
    with ending(choices, as_json=as_json):
        found = hours_action.explain(number, choices, environment(), at=at, address=address)
        if as_json:
            print_json(found)
        else:
            show("\n".join(map(one_line, as_lines(found))))

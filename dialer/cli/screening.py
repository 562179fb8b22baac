"""Commands about who may be rung, and when."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotation when the program runs
from typing import Annotated, Any

import typer

from dialer.actions import hours as hours_action
from dialer.actions import suppress as suppress_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, CampaignFile, LedgerFile, Region
from dialer.cli.output import country, ending, environment, one_line, print_json
from dialer.cli.window import show
from dialer.reports.hours_report import as_lines
from dialer.session.plan import Choices

suppress = typer.Typer(
    no_args_is_help=True,
    help="""Keep the ledger's own do-not-call list.

    Example: dialer suppress add +12025550123
    """,
)
app.add_typer(suppress, name="suppress")

Numbers = Annotated[list[str], typer.Argument(help="Telephone numbers.", metavar="NUMBER...")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.", metavar="TEXT")]


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


@suppress.command()
def add(
    numbers: Numbers, *, reason: Reason = "", region: Region = None, ledger: LedgerFile = None, as_json: AsJson = False
) -> None:
    """Never ring these numbers again: it binds the next call of every run.

    Example: dialer suppress add +12025550123 --reason "asked on the phone"
    """
    choices = Choices(region=country(region), ledger=ledger)
    with ending(choices, as_json=as_json):
        _done(suppress_action.add(numbers, choices, environment(), reason=reason), as_json=as_json)


@suppress.command()
def remove(numbers: Numbers, *, region: Region = None, ledger: LedgerFile = None, as_json: AsJson = False) -> None:
    """Take numbers off the list; that they were on it is kept.

    Example: dialer suppress remove +12025550123
    """
    choices = Choices(region=country(region), ledger=ledger)
    with ending(choices, as_json=as_json):
        _done(suppress_action.remove(numbers, choices, environment()), as_json=as_json)


@suppress.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="Numbers, one a line, or a CSV of them.", metavar="FILE")],
    *,
    reason: Reason = "",
    region: Region = None,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Put a file of numbers on the list; its own reasons and dates are kept.

    Example: dialer suppress import unsubscribed.csv
    """
    choices = Choices(region=country(region), ledger=ledger)
    with ending(choices, as_json=as_json):
        _done(suppress_action.import_file(file, choices, environment(), reason=reason), as_json=as_json)


@suppress.command(name="list")
def list_(*, ledger: LedgerFile = None, as_json: AsJson = False) -> None:
    """List the numbers, with reason, time and who put them there.

    Example: dialer suppress list
    """
    choices = Choices(ledger=ledger)
    with ending(choices, as_json=as_json):
        found = suppress_action.listed(choices, environment())
        if as_json:
            print_json({"suppressed": list(found), "exit_code": 0})
            return
        for entry in found:
            show(one_line(f"{entry['number']}  {entry['since']}  {entry['who']}  {entry['reason']}".rstrip()))


def _done(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for warning in found["warnings"]:
        show(f"warning: {one_line(warning)}", err=True)
    show(one_line(str(found["says"])))

"""`dialer suppress` and its commands."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotation when the program runs
from typing import Annotated, Any

import typer

from dialer.actions import suppress as suppress_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, LedgerFile, Region
from dialer.cli.output import country, ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.redaction import one_line
from dialer.session.choices import Choices

suppress = typer.Typer(
    no_args_is_help=True,
    help="""Keep the ledger's own do-not-call list.

    Example: dialer suppress add +12025550123
    """,
)
app.add_typer(suppress, name="suppress")

Numbers = Annotated[list[str], typer.Argument(help="Telephone numbers.", metavar="NUMBER...")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.", metavar="TEXT")]


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

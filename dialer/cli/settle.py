"""`dialer settle`."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.actions import settle as settle_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile
from dialer.cli.output import agreed, ending, environment, print_json
from dialer.cli.terminal import show
from dialer.domain.wording import counted
from dialer.session.choices import Choices


@app.command()
def settle(
    number: Annotated[int | None, typer.Argument(help="The run's number.", metavar="RUN")] = None,
    row: Annotated[int | None, typer.Argument(help="The row, as the results show it.", metavar="ROW")] = None,
    outcome: Annotated[
        str | None, typer.Argument(help="placed, rejected, or pending to dial it again.", metavar="OUTCOME")
    ] = None,
    *,
    call_id: Annotated[str, typer.Option(help="The provider's id of a call that was placed.", metavar="ID")] = "",
    all_unknown: Annotated[
        str | None, typer.Option(help="Settle every unknown row of the run; asks first.", metavar="OUTCOME")
    ] = None,
    unproved: Annotated[
        bool,
        typer.Option("--unproved", help="Calls are missing from the ledger: whoever may have been rung is unknown."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Decide what became of a row that is unknown. It is recorded who did, and when.

    Example: dialer settle 3 17 placed --call-id 4711
    """
    choices, asked = Choices(ledger=ledger, sandbox=sandbox), lambda question: yes or agreed(question)
    if unproved:
        if number is not None or all_unknown is not None:
            raise typer.BadParameter("--unproved is about the whole ledger: name no RUN")
        with ending(choices, as_json=as_json):
            found = settle_action.settle_unproved(choices, environment(), agreed=asked)
            _tell_settled(
                found,
                f"{counted(int(str(found['settled'])), 'row')} now unknown, of runs {found['runs']}",
                as_json=as_json,
            )
        return
    decided = outcome if all_unknown is None else all_unknown
    if number is None or decided is None or (all_unknown is None) != (row is not None):
        raise typer.BadParameter("name a ROW of a RUN and its OUTCOME, or a RUN and --all-unknown OUTCOME")
    with ending(choices, as_json=as_json):
        found = settle_action.settle(
            number,
            row,
            decided,
            choices,
            environment(),
            call_id=call_id,
            agreed=asked,
        )
        _tell_settled(
            found, f"settled {counted(int(str(found['settled'])), 'row')} of run {number} as {decided}", as_json=as_json
        )


def _tell_settled(found: dict[str, object], says: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        show(says)

"""Commands that look at what became of a run, and settle it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from dialer.actions import runs as runs_action
from dialer.actions import settle as settle_action
from dialer.actions.verify import run as verify_action
from dialer.cli.app import app
from dialer.cli.options import AsJson, InSandbox, LedgerFile, Number, Output, Quiet
from dialer.cli.output import agreed, ending, environment, print_json, progress, tell
from dialer.cli.signals import Signals
from dialer.cli.window import show
from dialer.domain.wording import counted
from dialer.session.plan import Choices


@app.command()
def runs(*, ledger: LedgerFile = None, sandbox: InSandbox = False, as_json: AsJson = False) -> None:
    """List the runs of the ledger, newest first.

    Example: dialer runs
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        found = runs_action.list_runs(choices, environment())
        if as_json:
            print_json({"runs": found, "exit_code": 0})
            return
        for run_ in found:
            counts = ", ".join(f"{outcome} {count}" for outcome, count in run_["outcomes"].items())
            show(
                f"{run_['run']:>5}  {run_['started_at'][:16].replace('T', ' ')}  {run_['state']:<10}  "
                f"{run_['campaign']}  {counted(run_['rows'], 'row')}: {counts}"
            )


@app.command()
def status(
    number: Number = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Ask until every call is final.")] = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask the provider where placed calls stand, and update the results.

    Example: dialer status 3 --wait
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        with progress(quiet=quiet, as_json=as_json) as shown:
            asking = runs_action.status(number, choices, environment(), wait=wait, observers=[shown], stop=Signals())
            found = asyncio.run(asking)
        tell(found, as_json=as_json, quiet=quiet)


@app.command()
def report(
    number: Number = None,
    *,
    output: Output = None,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Write a run's results CSV again, from the ledger.

    Example: dialer report 3 -o spring.csv
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        tell(runs_action.report(number, choices, environment(), output=output), as_json=as_json)


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


@app.command()
def verify(
    number: Number = None,
    *,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Prove a run's promises from its ledger, list and results: nobody rung twice, nobody lost, never too fast.

    Example: dialer verify 3
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with ending(choices, as_json=as_json):
        tell(verify_action.verify(number, choices, environment()), as_json=as_json)

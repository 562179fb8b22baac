"""The commands: words in, words out, an exit code."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.errors import DialerError, Exit, SetupError
from dialer.settings import read_environment
from dialer.wiring import checking, dialling, looking, settling, single, verifying
from dialer.wiring.dialling import How
from dialer.wiring.plan import Choices
from dialer.wiring.stand_in import serve_sandbox, welcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.reports.summary import Summary
    from dialer.wiring.verifying import Proof

app = typer.Typer(
    name="dialer",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ring a contact list through a contact-centre API: one call a row, never too fast, never twice.",
)

Contacts = Annotated[
    Path | None,
    typer.Argument(help="The contact list, a CSV file. Left out: the campaign's own.", metavar="CONTACTS"),
]
Number = Annotated[int | None, typer.Argument(help="A run's number. Left out: the latest.", metavar="RUN")]
CampaignFile = Annotated[
    Path | None,
    typer.Option("--campaign", "-c", help="The campaign file.", metavar="FILE", show_default=False),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where to write. Default: LIST.results.csv beside the list.", metavar="FILE"),
]
FlowId = Annotated[str | None, typer.Option(help="The flow to run. Else CXONE_FLOW_ID, else the campaign's.")]
CallerNumber = Annotated[
    str | None,
    typer.Option(help="The number shown to the called. Else CXONE_CALLER_NUMBER, else the campaign's."),
]
Region = Annotated[str | None, typer.Option(help="How to read numbers without a plus, such as US or GB.")]
Rate = Annotated[float | None, typer.Option(help="Calls per second, at the most.")]
InFlight = Annotated[int | None, typer.Option(help="Calls waiting for an answer at the same time, at the most.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first N ready contacts of the list.", metavar="N")]
LedgerFile = Annotated[
    Path | None,
    typer.Option("--ledger", help="The ledger. Else DIALER_LEDGER, else your data folder.", metavar="PATH"),
]
LogFile = Annotated[
    Path | None,
    typer.Option("--log", help="Where to log events, one JSON object a line. Else LEDGER.log.", metavar="FILE"),
]
InSandbox = Annotated[
    bool,
    typer.Option("--sandbox", help="A stand-in for the provider, with a ledger of its own. Rings nobody."),
]
Track = Annotated[bool, typer.Option("--track", help="Follow placed calls to their final status.")]
New = Annotated[bool, typer.Option("--new", help="Begin again; an unfinished run of this list is abandoned.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def check(
    contacts: Contacts = None,
    *,
    campaign: CampaignFile = None,
    output: Output = None,
    region: Region = None,
    rate: Rate = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Read and screen a list as a run would. Offline; nothing is dialled.

    Example: dialer check contacts.csv -c campaigns/spring.toml -o checked.csv
    """
    choices = Choices(campaign=campaign, region=_country(region), rate=rate)
    with _ending(as_json=as_json):
        _tell(
            checking.check(choices, _environment(), contacts=contacts, output=output, limit=limit),
            as_json=as_json,
        )


@app.command()
def run(
    contacts: Contacts = None,
    *,
    campaign: CampaignFile = None,
    output: Output = None,
    flow_id: FlowId = None,
    caller_number: CallerNumber = None,
    region: Region = None,
    rate: Rate = None,
    in_flight: InFlight = None,
    limit: Limit = None,
    ledger: LedgerFile = None,
    log: LogFile = None,
    sandbox: InSandbox = False,
    track: Track = False,
    new: New = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the list; nothing is dialled.")] = False,
    as_json: AsJson = False,
) -> None:
    """Place the calls of a list and write the results CSV. An unfinished run of the list is continued.

    Example: dialer run contacts.csv -c campaigns/spring.toml
    """
    choices = Choices(
        campaign=campaign,
        flow_id=flow_id,
        caller_number=caller_number,
        region=_country(region),
        rate=rate,
        in_flight=in_flight,
        ledger=ledger,
        sandbox=sandbox,
    )
    how = How(limit=limit, track=track, new=new, log=log, quiet=as_json)
    with _ending(as_json=as_json):
        if dry_run:
            summary = checking.check(choices, _environment(), contacts=contacts, output=output, limit=limit)
        else:
            summary = dialling.run(choices, _environment(), how, contacts=contacts, output=output)
        _tell(summary, as_json=as_json)


@app.command()
def resume(
    number: Number = None,
    *,
    campaign: CampaignFile = None,
    flow_id: FlowId = None,
    caller_number: CallerNumber = None,
    rate: Rate = None,
    in_flight: InFlight = None,
    limit: Limit = None,
    ledger: LedgerFile = None,
    log: LogFile = None,
    sandbox: InSandbox = False,
    track: Track = False,
    redial_unknown: Annotated[
        bool, typer.Option("--redial-unknown", help="Dial again what may have rung. Somebody may be rung twice.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that has work left. What may have rung is not dialled again.

    Example: dialer resume 3
    """
    choices = Choices(
        campaign=campaign,
        flow_id=flow_id,
        caller_number=caller_number,
        rate=rate,
        in_flight=in_flight,
        ledger=ledger,
        sandbox=sandbox,
    )
    how = How(limit=limit, track=track, redial_unknown=redial_unknown, log=log, quiet=as_json)
    with _ending(as_json=as_json):
        _tell(dialling.resume(number, choices, _environment(), how), as_json=as_json)


@app.command()
def runs(*, ledger: LedgerFile = None, sandbox: InSandbox = False, as_json: AsJson = False) -> None:
    """List the runs of the ledger, newest first.

    Example: dialer runs
    """
    with _ending(as_json=as_json):
        found = looking.list_runs(Choices(ledger=ledger, sandbox=sandbox), _environment())
        if as_json:
            _print_json({"runs": found, "exit_code": 0})
            return
        for run_ in found:
            counts = ", ".join(f"{outcome} {count}" for outcome, count in run_["outcomes"].items())
            typer.echo(
                f"{run_['run']:>5}  {run_['started_at'][:16].replace('T', ' ')}  {run_['state']:<10}  "
                f"{run_['campaign']}  {run_['rows']} rows: {counts}"
            )


@app.command()
def status(
    number: Number = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Ask until every call is final.")] = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Ask the provider where placed calls stand, and update the results.

    Example: dialer status 3 --wait
    """
    choices = Choices(ledger=ledger, sandbox=sandbox)
    with _ending(as_json=as_json):
        _tell(looking.status(number, choices, _environment(), wait=wait), as_json=as_json)


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
    with _ending(as_json=as_json):
        _tell(looking.report(number, choices, _environment(), output=output), as_json=as_json)


@app.command()
def settle(
    number: Annotated[int, typer.Argument(help="The run's number.", metavar="RUN")],
    row: Annotated[int | None, typer.Argument(help="The row, as the results show it.", metavar="ROW")] = None,
    outcome: Annotated[
        str | None, typer.Argument(help="placed, rejected, or pending to dial it again.", metavar="OUTCOME")
    ] = None,
    *,
    call_id: Annotated[str, typer.Option(help="The provider's id of a call that was placed.")] = "",
    all_unknown: Annotated[
        str | None, typer.Option(help="Settle every unknown row of the run; asks first.", metavar="OUTCOME")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ledger: LedgerFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Decide what became of a row that is unknown. It is recorded who did, and when.

    Example: dialer settle 3 17 placed --call-id 4711
    """
    decided = outcome if all_unknown is None else all_unknown
    if decided is None or (all_unknown is None) != (row is not None):
        raise typer.BadParameter("name a ROW and its OUTCOME, or --all-unknown OUTCOME")
    with _ending(as_json=as_json):
        found = settling.settle(
            number,
            row,
            decided,
            Choices(ledger=ledger, sandbox=sandbox),
            _environment(),
            call_id=call_id,
            agreed=lambda question: yes or typer.confirm(question, err=True),
        )
        if as_json:
            _print_json(found)
        else:
            typer.echo(f"settled {found['settled']} rows of run {number} as {decided}")


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
    with _ending(as_json=as_json):
        _tell(verifying.verify(number, choices, _environment()), as_json=as_json)


@app.command()
def call(
    number: Annotated[str | None, typer.Argument(help="Whom to call. Else CXONE_DESTINATION_NUMBER.")] = None,
    *,
    param: Annotated[list[str] | None, typer.Option(help="A flow parameter, name=value; may be repeated.")] = None,
    campaign: CampaignFile = None,
    flow_id: FlowId = None,
    caller_number: CallerNumber = None,
    region: Region = None,
    ledger: LedgerFile = None,
    log: LogFile = None,
    sandbox: InSandbox = False,
    as_json: AsJson = False,
) -> None:
    """Place one call and print its id and status.

    Example: dialer call +12025550123 --param name=Ann
    """
    choices = Choices(
        campaign=campaign,
        flow_id=flow_id,
        caller_number=caller_number,
        region=_country(region),
        ledger=ledger,
        sandbox=sandbox,
    )
    with _ending(as_json=as_json):
        found = single.call(number, choices, _environment(), params=param or [], log=log)
        if as_json:
            _print_json(found)
        else:
            shown = ("outcome", "callId", "status", "error")
            typer.echo("\n".join(f"{name}: {_one_line(str(found[name]))}" for name in shown if found[name]))
        raise typer.Exit(int(str(found["exit_code"])))


@app.command()
def sandbox(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen on loopback; 0 picks one.")] = 8080,
    rate: Annotated[float | None, typer.Option(min=0.1, help="Throttle above so many calls per second.")] = None,
    token_seconds: Annotated[float, typer.Option(min=0.1, help="How long a token lasts.")] = 3600,
    speed: Annotated[float, typer.Option(min=0.01, help="How much faster than life calls go on.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Serve a local stand-in for the provider until Ctrl-C. Rings nobody.

    Example: dialer sandbox --port 8080 --rate 10
    """
    with _ending(as_json=as_json):
        serve_sandbox(
            port=port,
            rate=rate,
            token_seconds=token_seconds,
            speed=speed,
            say=lambda url: _print_json({"url": url}) if as_json else typer.echo(welcome(url)),
        )


def main() -> None:
    """Run the program; every command ends with one of the exit codes of `dialer.errors`."""
    app()


def _environment() -> dict[str, str]:
    return read_environment(os.environ, directory=Path.cwd())


def _country(region: str | None) -> str | None:
    if region is None:
        return None
    code = region.strip().upper()
    if len(code) != 2 or not code.isalpha():  # noqa: PLR2004 - ISO 3166's two letters
        raise typer.BadParameter("a region is a country's two letters, such as US or GB", param_hint="--region")
    return code


@contextmanager
def _ending(*, as_json: bool) -> Iterator[None]:
    """Turn what ends a command early into words and an exit code."""
    try:
        yield
    except DialerError as problem:
        complaints = problem.complaints if isinstance(problem, SetupError) else (str(problem),)
        if as_json:
            _print_json({"errors": list(complaints), "exit_code": int(problem.exit)})
        for complaint in () if as_json else complaints:
            typer.echo(f"error: {_one_line(complaint)}", err=True)
        raise typer.Exit(problem.exit) from None
    except KeyboardInterrupt:
        if as_json:
            _print_json({"errors": ["interrupted"], "exit_code": int(Exit.LEFT)})
        else:
            typer.echo("interrupted", err=True)
        raise typer.Exit(Exit.LEFT) from None


def _one_line(text: str) -> str:
    """Keep foreign text from steering the terminal; what can be printed stays as it is, an id can be copied."""
    return "".join(character if character.isprintable() else " " for character in text)


def _tell(summary: Summary | Proof, *, as_json: bool) -> None:
    typer.echo(summary.as_json() if as_json else summary.as_text())
    raise typer.Exit(summary.exit_code)


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False))

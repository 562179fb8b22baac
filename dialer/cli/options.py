"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _providers(begun: str) -> list[str]:
    """Name the providers whose names begin so, for the shell to complete."""
    from dialer.providers.port import provider_names  # noqa: PLC0415 - imports them all

    return [name for name in provider_names() if name.startswith(begun)]


Contacts = Annotated[
    Path | None,
    typer.Argument(help="The contact list: a CSV or a workbook. Left out: the campaign's own.", metavar="CONTACTS"),
]
Number = Annotated[int | None, typer.Argument(help="A run's number. Left out: the latest.", metavar="RUN")]
OpenRun = Annotated[
    int | None,
    typer.Argument(help="A run's number. Left out: every run of the campaign that has work left.", metavar="RUN"),
]
CampaignFile = Annotated[
    Path | None,
    typer.Option("--campaign", "-c", help="The campaign file.", metavar="FILE", show_default=False),
]
CallsFile = Annotated[
    Path | None,
    typer.Option("--calls", metavar="FILE", help="Write a line a call there, in the order of the list."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Where to write. Else LIST.results.csv beside the list; check then writes nothing.",
        metavar="FILE",
    ),
]
Provider = Annotated[
    str | None,
    typer.Option(
        help="Who places the calls. Else DIALER_PROVIDER, else the campaign's, else cxone.",
        metavar="NAME",
        autocompletion=_providers,
    ),
]
FlowId = Annotated[
    str | None, typer.Option(help="The flow to run. Else DIALER_FLOW_ID, else the campaign's.", metavar="FLOW")
]
CallerNumber = Annotated[
    str | None,
    typer.Option(
        help="The number shown to the called. Else DIALER_CALLER_NUMBER, else the campaign's.", metavar="NUMBER"
    ),
]
Region = Annotated[
    str | None, typer.Option(help="The country of numbers without a plus, such as US.", metavar="COUNTRY")
]
Phone = Annotated[str | None, typer.Option(help="The heading of the phone column.", metavar="HEADING")]
SheetName = Annotated[str | None, typer.Option("--sheet", help="The sheet of a workbook.", metavar="NAME")]
HeaderRow = Annotated[
    int | None, typer.Option(min=1, help="The row the headings are in, as a spreadsheet counts.", metavar="ROW")
]
Rate = Annotated[float | None, typer.Option(help="Calls per second, at the most.", metavar="N")]
InFlight = Annotated[
    int | None, typer.Option(help="Calls waiting for an answer at the same time, at the most.", metavar="N")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first N ready contacts of the list.", metavar="N")]
LedgerFile = Annotated[
    Path | None,
    typer.Option("--ledger", help="The ledger. Else DIALER_LEDGER, else your data folder.", metavar="PATH"),
]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log", help="Where to log events, one JSON object a line; - is stderr. Else LEDGER.log.", metavar="FILE"
    ),
]
InSandbox = Annotated[
    bool,
    typer.Option("--sandbox", help="A stand-in for the provider, with a ledger of its own. Rings nobody."),
]
Track = Annotated[bool, typer.Option("--track", help="Follow placed calls to their final status.")]
New = Annotated[bool, typer.Option("--new", help="Begin again; an unfinished run of this list is abandoned.")]
ListAgain = Annotated[bool, typer.Option("--list-again", help="Dial a list once more that was dialled to its end.")]
DeltaFile = Annotated[
    Path | None,
    typer.Option(
        "--delta",
        help="Write there who is new, changed or gone since the campaign's list before.",
        metavar="FILE",
    ),
]
EnforceHours = Annotated[
    bool,
    typer.Option("--enforce-hours", help="Let hours, redial gap and caps hold the sandbox back as they would a run."),
]
Again = Annotated[bool, typer.Option("--again", help="Ignore the campaign's redial gap. Caps still hold.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing. On a terminal it is asked before anybody is rung.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but errors, and no progress.")]
At = Annotated[str | None, typer.Option(help="As if it were then, such as 2026-11-24T18:30, in UTC.", metavar="TIME")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]

"""`dialer doctor`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads annotations when the program runs
from typing import Annotated

import typer

from dialer.actions.doctor import surroundings
from dialer.cli.app import app
from dialer.cli.options import AsJson, CampaignFile, LedgerFile
from dialer.cli.output import ending, environment, tell
from dialer.session.choices import Choices


@app.command()
def doctor(
    *,
    campaign: CampaignFile = None,
    env_file: Annotated[
        Path | None,
        typer.Option(help="Settings that the scheduler hands over, such as its EnvironmentFile.", metavar="FILE"),
    ] = None,
    here: Annotated[bool, typer.Option("--here", help="Look with the environment as it is, in a container.")] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Ask the provider what is asked before a call. None is placed.")
    ] = False,
    ledger: LedgerFile = None,
    as_json: AsJson = False,
) -> None:
    """Start as a scheduler would, with nothing in the environment, and say what the night will miss.

    Example: dialer doctor -c campaigns/survey.toml
    """
    choices = Choices(campaign=campaign, ledger=ledger)
    with ending(choices, as_json=as_json):
        tell(surroundings.examine(choices, environment(), here=here, online=online, env_file=env_file), as_json=as_json)

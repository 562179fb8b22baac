"""`dialer sandbox`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from dialer.cli.app import app
from dialer.cli.options import AsJson, Quiet
from dialer.cli.output import ending, print_json
from dialer.cli.signals import Signals
from dialer.cli.terminal import show
from dialer.session.choices import Choices
from dialer.session.plan import DEFAULT_PROVIDER


@app.command()
def sandbox(
    *,
    provider: Annotated[
        str, typer.Option(help="What to stand in for, by the provider's name.", metavar="NAME")
    ] = DEFAULT_PROVIDER,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen on loopback; 0 picks one.", metavar="PORT")
    ] = 8080,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Throttle above so many calls per second.", metavar="N")
    ] = None,
    token_seconds: Annotated[
        float | None, typer.Option(min=0.1, help="How long a token lasts. Else an hour.", metavar="SECONDS")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.01, help="How much faster than life calls go on.", metavar="FACTOR")
    ] = 1,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Serve a local stand-in for a provider until Ctrl-C. Rings nobody.

    Example: dialer sandbox --provider twilio --port 8080 --rate 10
    """
    from dialer.actions.sandbox import serve_sandbox  # noqa: PLC0415 - no other command serves HTTP
    from dialer.reports.sandbox_welcome import welcome  # noqa: PLC0415

    with ending(Choices(), as_json=as_json):
        serving = serve_sandbox(
            provider,
            port=port,
            rate=rate,
            token_seconds=token_seconds,
            speed=speed,
            say=lambda url: print_json({"url": url}) if as_json else None if quiet else show(welcome(provider, url)),
            stop=Signals(),
            heard=None if quiet else lambda line: show(line, err=True),
        )
        asyncio.run(serving)

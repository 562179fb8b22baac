"""`dialer sandbox`: serves the stand-in provider until it is told to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.errors import SetupError
from dialer.providers.sandbox.server import Sandbox, SandboxOptions, serve
from dialer.session.environment import steady_unix_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.session.stop import Stop


async def serve_sandbox(
    *,
    port: int,
    rate: float | None,
    token_seconds: float,
    speed: float,
    say: Callable[[str], None],
    stop: Stop,
    heard: Callable[[str], None] | None = None,
) -> None:
    """Serve until it is told to stop; `say` is given the address, `heard` a line for each request, numbers masked.

    Raises SetupError where the port is taken.
    """
    options = SandboxOptions(calls_per_second=rate, token_seconds=token_seconds, speed=speed)
    stopped = asyncio.Event()
    try:
        async with serve(Sandbox(options, clock=steady_unix_time(), heard=heard), port=port) as url:
            say(url)
            with stop.heard(first=stopped.set, second=stopped.set):
                await stopped.wait()
    except OSError as problem:
        raise SetupError(f"--port {port}: {problem.strerror}") from problem

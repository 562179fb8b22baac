"""`dialer sandbox`: serves what stands in for a provider until it is told to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.errors import SetupError
from dialer.providers.sandbox import stand_in_for
from dialer.providers.sandbox.server import DEFAULTS, SandboxOptions, serve
from dialer.session.environment import steady_unix_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.session.stop import Stop


async def serve_sandbox(
    provider: str,
    *,
    port: int,
    rate: float | None,
    token_seconds: float | None,
    speed: float,
    say: Callable[[str], None],
    stop: Stop,
    heard: Callable[[str], None] | None = None,
) -> None:
    """Serve until it is told to stop; `say` is given the address, `heard` a line for each request, numbers masked.

    Raises SetupError where nothing stands in for the provider, where it has no tokens that could end, and where the
    port is taken.
    """
    try:
        stand_in = stand_in_for(provider)
    except SetupError as problem:
        raise SetupError(f"--provider: {problem}") from None
    if token_seconds is not None and not stand_in.has_tokens:
        raise SetupError(f"--token-seconds: {provider} grants no tokens")
    seconds = DEFAULTS.token_seconds if token_seconds is None else token_seconds
    options = SandboxOptions(calls_per_second=rate, token_seconds=seconds, speed=speed)
    stopped = asyncio.Event()
    try:
        async with serve(stand_in.make()(options, clock=steady_unix_time(), heard=heard), port=port) as url:
            say(url)
            with stop.heard(first=stopped.set, second=stopped.set):
                await stopped.wait()
    except OSError as problem:
        raise SetupError(f"--port {port}: {problem.strerror}") from problem

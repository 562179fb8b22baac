"""Asking a provider for one call or one look-up, while the server behind it answers or fails as it is told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.domain.call import CallRequest
from dialer.providers.contract.dialect import CALLED, CALLER, PLENTY, TRY
from dialer.providers.contract.fault_server import PAGE, http, reset, serving, torn
from dialer.providers.contract.promise import BrokenPromiseError, expect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from dialer.domain.call import Answer, Found, HeldBack, Leave
    from dialer.providers.contract.dialect import Dialect
    from dialer.providers.contract.fault_server import FaultServer, Step
    from dialer.providers.port import Provider

MOMENT = timedelta(seconds=0.1)  #: for an answer that does not come in time

THROTTLED = http(429, b"slow down", Retry_After="7")
LOST: Mapping[str, Step] = {
    "closed": None,
    "reset": reset,
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "a head that breaks off": torn(http(200, b"{}"), at=12),
}
"""What a connection comes to after a request was sent on it, without an answer."""


def foreign(status: int) -> Mapping[str, bytes]:
    """Give answers with this status that are none of any provider's, each by what it is."""
    return {
        "a page": http(status, PAGE, Content_Type="text/html"),
        "nothing": http(status),
        "null": http(status, b"null"),
        "a list": http(status, b'["callId"]'),
        "an empty object": http(status, b"{}"),
        "JSON that breaks off": http(status, b'{"callId": "c'),
        "JSON without an end to its depth": http(status, b"[" * 50_000),
        "no UTF-8": http(status, b"\xff\xfe\xfd\x00\x80"),
    }


async def let_out() -> bool:
    """Let a request leave."""
    return True


async def kept_in() -> bool:
    """Let no request leave."""
    return False


def a_call(dialect: Dialect, /, token: str = TRY, **parameters: object) -> CallRequest:
    """Make a call to be asked for."""
    return CallRequest(CALLER, CALLED, dialect.flow_id, parameters, token)


async def be_ready(provider: Provider) -> None:
    """See to it that a call can leave at once."""
    expect(await provider.ready(), None, of="ready()")


@asynccontextmanager
async def opened(
    dialect: Dialect, *steps: Step, timeout: timedelta = PLENTY, repeats: bool = False
) -> AsyncIterator[tuple[Provider, FaultServer]]:
    """Open the provider against a server that answers so, and have it ready."""
    async with (
        serving(*steps, aside=dialect.aside, repeats=repeats) as server,
        dialect.connect(server.url, timeout=timeout) as provider,
    ):
        await be_ready(provider)
        yield provider, server


async def placed(
    dialect: Dialect, step: Step, *, of: str, timeout: timedelta = PLENTY, leave: Leave = let_out
) -> Answer | HeldBack:
    """Tell what comes of asking for one call; whatever it is, it is asked for once, or not at all where it is kept."""
    async with opened(dialect, step, timeout=timeout) as (provider, server):
        answer = await provider.place(a_call(dialect), leave)
    expect(len(server.requests), 0 if leave is kept_in else 1, of=f"requests for one call, of which came {of}")
    return answer


async def seen(dialect: Dialect, step: Step, *, leave: Leave = let_out) -> Found | HeldBack:
    """Tell what a look-up finds where this comes of each of its requests."""
    async with opened(dialect, step, repeats=True) as (provider, _):
        return await provider.look_up(dialect.call_id, leave)


@asynccontextmanager
async def nobody_listening(dialect: Dialect) -> AsyncIterator[Provider]:
    """Open the provider where the connections of calls are refused, though it was ready before."""

    def aside(head: str) -> bytes | None:
        answer = dialect.aside(head)
        if not answer or answer.startswith(b"HTTP/1.1 101 "):  # what goes on as something else is asked for no call
            return answer
        return answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    async with serving(aside=aside) as server, dialect.connect(server.url) as provider:
        await be_ready(provider)
        server.stop()
        yield provider


def success_of(dialect: Dialect) -> int:
    """Read with which status a call is placed."""
    return int(dialect.placed.split(b" ", 2)[1])


def renamed(dialect: Dialect, call_id: str) -> bytes:
    """Give the answer of a call that was placed under another id of the same length."""
    if len(call_id) != len(dialect.call_id):
        raise BrokenPromiseError(f"{call_id} is not as long as {dialect.call_id}")
    return dialect.placed.replace(dialect.call_id.encode(), call_id.encode())

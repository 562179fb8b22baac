"""How the sandbox opens and closes: loopback only, one port, and a prompt end."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import aiohttp
import pytest

from dialer.providers.sandbox.server import Sandbox, SandboxOptions, serve

CALLS = "/v2/personal-connection/calls"
FORM = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "shh"}
SLOW_ORDER = {"callerNumber": "+13125550100", "calledNumber": "+12125550193", "flowId": "spring"}
LONG = 30.0


class SlowAnswers:
    """Waits as long as it is let; tells when so many waits have begun and when one has ended."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self.all_begun = asyncio.Event()
        self.one_ended = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self._expected -= 1
        if not self._expected:
            self.all_begun.set()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.one_ended.set()


def a_sandbox(options: SandboxOptions | None = None) -> Sandbox:
    return Sandbox(options or SandboxOptions(), clock=lambda: 0.0)


async def place_slowly(session: aiohttp.ClientSession, base: str) -> int:
    async with session.post(f"{base}/v2/oauth/token", data=FORM) as answer:
        headers = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
    async with session.post(base + CALLS, json=SLOW_ORDER, headers=headers) as answer:
        return answer.status


@pytest.mark.asyncio
async def test_the_sandbox_binds_loopback_only():
    async with serve(a_sandbox()) as base:
        assert base.startswith("http://127.0.0.1:")
        with socket.socket() as elsewhere, pytest.raises(ConnectionRefusedError):
            elsewhere.connect(("127.0.0.2", urlsplit(base).port))


@pytest.mark.asyncio
async def test_a_port_that_is_taken_is_an_os_error_and_one_given_up_is_free():
    async with serve(a_sandbox()) as base:
        port = urlsplit(base).port
        with pytest.raises(OSError, match=str(port)):
            async with serve(a_sandbox(SandboxOptions(port=port))):
                pass
    async with serve(a_sandbox(), port=port) as again:
        assert again == base


@pytest.mark.asyncio
async def test_closing_is_prompt_while_slow_calls_are_open():
    slow = SlowAnswers(20)
    sandbox = Sandbox(clock=lambda: 0.0, wait=slow)
    clock = asyncio.get_running_loop().time
    async with aiohttp.ClientSession() as session:
        async with serve(sandbox) as base:
            calls = [asyncio.create_task(place_slowly(session, base)) for _ in range(20)]
            await asyncio.wait_for(slow.all_begun.wait(), LONG)
            began = clock()
        seconds = clock() - began
        ends = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), LONG)
    assert {type(end) for end in ends} == {aiohttp.ServerDisconnectedError}
    assert seconds < 2
    assert sandbox.placed == 20


@pytest.mark.asyncio
async def test_a_slow_answer_nobody_waits_for_any_more_is_given_up():
    slow = SlowAnswers(1)
    sandbox = Sandbox(clock=lambda: 0.0, wait=slow)
    async with serve(sandbox) as base, aiohttp.ClientSession() as session:
        call = asyncio.create_task(place_slowly(session, base))
        await asyncio.wait_for(slow.all_begun.wait(), LONG)
        call.cancel()
        await asyncio.wait_for(slow.one_ended.wait(), LONG)
    assert sandbox.placed == 1


@pytest.mark.parametrize("wrong", [{"calls_per_second": 0}, {"token_seconds": -1}, {"speed": float("inf")}])
def test_options_that_make_no_sense_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SandboxOptions(**wrong)


def test_configured_credentials_are_in_no_repr():
    assert "hidden" not in repr(SandboxOptions(credentials=("me", "hidden")))

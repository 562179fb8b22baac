"""What stands between a program and a stand-in: it loses the answers to some calls, and knows who was rung."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import aiohttp
from aiohttp import web

from dialer.providers.sandbox.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from dialer.providers.sandbox import StandIn


@dataclass(frozen=True, slots=True)
class Loss:
    """What becomes of the first request to call a number: whether it `rings`, and what is answered instead."""

    rings: bool
    status: int | None = None  #: None: nothing; 0: the connection is closed
    kills: bool = False  #: the program, while it waits for the answer


LOSSES: Mapping[str, Loss] = {
    "no answer, rang": Loss(rings=True),
    "no answer, did not ring": Loss(rings=False),
    "reset after reading": Loss(rings=True, status=0),
    "reset before ringing": Loss(rings=False, status=0),
    "500 that rang": Loss(rings=True, status=500),
    "500 that did not": Loss(rings=False, status=500),
    "success without an id": Loss(rings=True, status=200),
    "killed, rang": Loss(rings=True, kills=True),
    "killed, did not ring": Loss(rings=False, kills=True),
}


class LostAnswers:
    """Passes requests on to a stand-in, and loses the answers that `losses` name by number, each once."""

    def __init__(self, upstream: str, losses: Mapping[str, Loss], *, kill: Callable[[], None] = lambda: None) -> None:
        """Lose nothing yet."""
        self.losses = dict(losses)
        self.rung: list[tuple[str, str]] = []  #: whom a request rang, with what the stand-in said of it
        self.kill = kill
        self._upstream = upstream
        self._numbers: list[str] = []
        self._left = dict(losses)

    def app(self, numbers: list[str]) -> web.Application:
        """Return what passes everything on; `numbers` are those that may be called."""
        self._numbers = numbers
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        return app

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        number = self._called(request, body)
        loss = self._left.pop(number, None)
        if loss and loss.kills:
            return await self._killed(request, body, number, loss)
        reply = await self._ask(request, body, number) if loss is None or loss.rings else None
        if loss is None and reply:
            return reply
        if loss and loss.status is None:
            await asyncio.sleep(3600)
        if loss and not loss.status and request.transport:
            request.transport.close()
        return web.json_response({}, status=(loss and loss.status) or 500)

    async def _killed(self, request: web.Request, body: bytes, number: str, loss: Loss) -> web.StreamResponse:
        if loss.rings:
            await self._ask(request, body, number)
        if not any(each.kills for each in self._left.values()):  # all that are to be open then are
            self.kill()
        await asyncio.sleep(3600)
        return web.Response()

    async def _ask(self, request: web.Request, body: bytes, number: str) -> web.Response:
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in {"host", "content-length"}
        }
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method, f"{self._upstream}{request.raw_path}", data=body or None, headers=headers
            ) as found,
        ):
            text = await found.text()
            if number and found.status < 300:
                self.rung.append((number, text))
            return web.Response(status=found.status, text=text, content_type=found.content_type)

    def _called(self, request: web.Request, body: bytes) -> str:
        """Tell which number a request asks to be called, '' where it asks for something else."""
        if request.method not in {"POST", "PUT"}:
            return ""
        asked = f"{unquote_plus(request.raw_path)} {unquote_plus(body.decode('utf-8', 'replace'))}"
        return next((number for number in self._numbers if number[1:] in asked), "")


@asynccontextmanager
async def losing(
    stand_in: StandIn, losses: Mapping[str, Loss], numbers: list[str], *, kill: Callable[[], None] = lambda: None
) -> AsyncIterator[tuple[str, LostAnswers]]:
    """Serve a stand-in with what loses its answers before it; give the address to ask."""
    async with serve(stand_in.make()(clock=time)) as upstream:
        lost = LostAnswers(upstream, losses, kill=kill)
        runner = web.AppRunner(lost.app(numbers), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}", lost
        finally:
            await runner.cleanup()


@contextmanager
def losing_in_a_thread(
    stand_in: StandIn, losses: Mapping[str, Loss], numbers: list[str], *, kill: Callable[[], None]
) -> Iterator[tuple[str, LostAnswers]]:
    """Do the same in a thread, for programs that are processes of their own."""
    found: list[tuple[str, LostAnswers]] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def stay() -> None:
        async with losing(stand_in, losses, numbers, kill=kill) as served:
            found.append(served)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(stay()))
    thread.start()
    ready.wait(30)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def untruths(lines: list[dict[str, str]], lost: LostAnswers) -> list[str]:
    """Compare results with whom the stand-in rang: nobody twice, and placed only who was, with the id of that call."""
    rung: dict[str, list[str]] = {}
    for number, said in lost.rung:
        rung.setdefault(number, []).append(said)
    found = [f"{number} was rung {len(said)} times" for number, said in rung.items() if len(said) > 1]
    for line in lines:
        number, outcome, call_id = line["number"], line["outcome"], line["callId"].rpartition("/")[2]
        if outcome == "placed" and not any(call_id in said for said in rung.get(number, ())):
            found.append(f"{number} is placed as {line['callId']}, which is no call of it")
        elif outcome in {"failed", "rejected", "pending"} and number in rung:
            found.append(f"{number} is {outcome}, and was rung")
    return found

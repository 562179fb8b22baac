"""A raw server on loopback that answers step by step, and CXone's adapter connected to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta

from dialer.domain.call import CallRequest
from dialer.providers.cxone import connect
from dialer.providers.cxone.calls import TOKEN

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
REQUEST = CallRequest(
    caller_number="+12025550100",
    called_number="+12125550142",
    flow_id="flow-1",
    parameters={"first_name": "Zoë 李", "account": "0042"},
)
PLENTY, MOMENT = timedelta(seconds=5), timedelta(seconds=0.1)


def http(status=200, body=b"", **headers):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


PLACED = http(body=b'{"callId": "c-1", "status": "queued"}')
GRANTED = http(body=b'{"access_token": "token-1", "expires_in": 3600}')


def tokens(head):
    """Grant CXone's tokens."""
    return GRANTED if TOKEN in head.splitlines()[0] else None


class Server:
    """A raw server: what comes of the n-th request is the n-th step, but for those that are answered `aside`.

    A step is what is answered; None closes the connection, `hang` leaves it open, `reset` breaks it.
    """

    def __init__(self, *steps, aside=tokens):
        self._steps = list(steps)
        self._aside = aside
        self.requests = []
        self.over = []  # the connection that each of them came over
        self.connections = []
        self.url = ""
        self.listening = None

    def stop(self):
        """Refuse every connection from now on."""
        self.listening.close()

    def hang_up(self):
        for writer in self.connections:
            writer.close()

    async def serve(self, reader, writer):
        self.connections.append(writer)
        number = len(self.connections)
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                sizes = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(sizes[0].split(b":")[1]) if sizes else 0)
                if not self._aside(head.decode()):
                    self.over.append(number)
                if not await self._answer(head.decode(), body, writer):
                    break

    async def _answer(self, head, body, writer):
        step = self._aside(head)
        if not step:
            self.requests.append((head, body))
            step = self._steps.pop(0)
        if callable(step):
            await step(writer)
        elif step:
            writer.write(step)
            await writer.drain()
        return step is not None


@asynccontextmanager
async def serving(*steps, aside=tokens):
    server = Server(*steps, aside=aside)
    tasks = set()

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        await server.serve(reader, writer)

    listening = server.listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.001)  # closing a connection takes the loop a turn or two


@asynccontextmanager
async def connected(server, *, timeout=PLENTY):
    env = {"CXONE_BASE_URL": f"{server.url}/", "CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "s3cret"}
    async with connect(env, timeout=timeout, clock=lambda: 0.0, now=lambda: NOW) as provider:
        assert await provider.ready() is None
        yield provider


def placed(call_id, **headers):
    """Answer that a call was placed."""
    return http(body=f'{{"callId": "{call_id}", "status": "queued"}}'.encode(), **headers)


def after(seconds, *, left=True, meanwhile=None):
    """Let a request leave, or not, after so long."""

    async def leave():
        if meanwhile:
            meanwhile()
        await asyncio.sleep(seconds)
        return left

    return leave

"""A raw server on loopback that answers step by step, or fails to as gateways, proxies and servers do."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, closing, suppress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from dialer.providers.contract.dialect import Aside

Step: TypeAlias = "bytes | Callable[[asyncio.StreamWriter], Awaitable[None]] | None"
"""What comes of a request: what is answered, or what is done instead; None closes the connection."""

PAGE = b"<html><head><title>502</title></head><body><h1>Bad gateway</h1><p>try again later</p></body></html>"
"""What a gateway says for the server behind it."""


def http(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Write an answer as raw HTTP; an underscore in a header's name stands for its hyphen."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def hang(_: asyncio.StreamWriter) -> None:
    """Answer nothing, and keep the connection."""
    await asyncio.Event().wait()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection off."""
    at_once = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()


def torn(answer: bytes, *, at: int = -3) -> Step:
    """Begin an answer, and close `at` one of its bytes."""

    async def begin(writer: asyncio.StreamWriter) -> None:
        writer.write(answer[:at])
        writer.close()

    return begin


def dripping(answer: bytes, *, seconds: float) -> Step:
    """Answer byte by byte, with so long between two."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        for byte in answer:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(seconds)

    return drip


def late(answer: bytes, *, seconds: float) -> Step:
    """Answer after so long, whether or not somebody still listens."""

    async def wait(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(answer)

    return wait


class Asked(NamedTuple):
    """A request as it came: the lines of its head, and its body."""

    head: str
    body: bytes


class FaultServer:
    """What comes of the n-th request is the n-th step, but for requests that are answered `aside`.

    With `repeats` the last step is what comes of all that follow; without, what follows gets no answer.
    """

    def __init__(self, *steps: Step, aside: Aside, repeats: bool = False) -> None:
        """Answer nobody yet."""
        self._steps = list(steps)
        self._aside = aside
        self._repeats = repeats
        self.requests: list[Asked] = []  #: those that steps came of
        self.over: list[int] = []  #: the connection that each of them came over, by number
        self.connections: list[asyncio.StreamWriter] = []
        self.url = ""
        self.listening: asyncio.Server | None = None

    def stop(self) -> None:
        """Refuse every connection from now on."""
        if self.listening:
            self.listening.close()

    def hang_up(self) -> None:
        """Close every connection."""
        for writer in self.connections:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over a connection until it ends."""
        self.connections.append(writer)
        number = len(self.connections)
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                sizes = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(sizes[0].split(b":")[1]) if sizes else 0)
                if not await self._answer(Asked(head.decode("latin-1"), body), number, writer):
                    break

    async def _answer(self, asked: Asked, number: int, writer: asyncio.StreamWriter) -> bool:
        step: Step = self._aside(asked.head)
        if step is None:
            self.requests.append(asked)
            self.over.append(number)
            step = self._next()
        if callable(step):
            await step(writer)
        elif step:
            writer.write(step)
            await writer.drain()
        return step is not None

    def _next(self) -> Step:
        if len(self._steps) == 1 and self._repeats:
            return self._steps[0]
        return self._steps.pop(0) if self._steps else None


@asynccontextmanager
async def serving(*steps: Step, aside: Aside, repeats: bool = False) -> AsyncIterator[FaultServer]:
    """Serve while the block runs."""
    server = FaultServer(*steps, aside=aside, repeats=repeats)
    tasks = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with suppress(asyncio.CancelledError):  # by the end of the block; the loop would complain of it
            await server.serve(reader, writer)

    listening = server.listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        for task in filter(None, tasks):
            task.cancel()
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)
        await asyncio.sleep(0.001)  # closing a connection takes the loop a turn or two

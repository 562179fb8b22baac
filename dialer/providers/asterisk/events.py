"""The connection over which Asterisk tells what becomes of calls: opened once, and again whenever it is lost."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from dialer.domain.call import NotSent, RunMustStop
from dialer.domain.redaction import basic_credentials
from dialer.providers.asterisk.answers import ADDRESS, TIP_TRUNK, tip_of
from dialer.providers.http import trouble, words
from dialer.providers.proxies import never_heals
from dialer.providers.request import CONNECT_SECONDS, NO_ANSWER, Reply, ask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from dialer.providers.asterisk.heard import Heard
    from dialer.providers.asterisk.requests import Trunk

_FIRST_WAIT = 0.5  #: seconds until it is tried again, doubled each time: a module that was loaded anew is soon back
_LONGEST_WAIT = 10.0  #: seconds: a server that started again is found in that time
_HEARTBEAT = 15.0  #: seconds: a connection that died silently is noticed in one and a half of these
_CLOSING = 1.0  #: seconds for the other side to take leave: nothing depends on it
_STILL_STOPPING = frozenset({401, 403})
"""Refusals that mean the same after a connection was there; any other may be a server that is still starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An Asterisk server: ARI's address, who asks, and the application and trunk whose events are asked for."""

    url: str
    user: str
    password: str
    app: str
    trunk: Trunk

    @property
    def headers(self) -> Mapping[str, str]:
        """What lets each request in."""
        return {"Authorization": aiohttp.encode_basic_auth(self.user, self.password)}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear in no text."""
        return (self.password, *basic_credentials(self.user, self.password))

    def at(self, *path: str, **query: str) -> URL:
        """Give an address below ARI's; every sign of a name or a value that means something there is escaped."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        place = "/".join(quote(part, safe="") for part in path)
        return URL(f"{self.url}/{place}{'?' if asked else ''}{asked}", encoded=True)


def following_nowhere() -> aiohttp.TraceConfig:
    """Make a session take a redirect for a refusal: whoever it leads to would tell what becomes of our calls."""

    async def refuse(_session: object, _context: object, redirect: aiohttp.TraceRequestRedirectParams) -> None:
        answer = redirect.response
        answer.close()
        raise aiohttp.WSServerHandshakeError(answer.request_info, answer.history, status=answer.status)

    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(refuse)
    return config


class Events:
    """Hears events from when it is first asked for, in a task of its own."""

    def __init__(
        self,
        server: Server,
        heard: Heard,
        *,
        requests: aiohttp.ClientSession,
        stream: aiohttp.ClientSession,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ask nothing yet. `requests` are sent over one session, and the connection is of the other's."""
        self._server = server
        self._heard = heard
        self._requests = requests
        self._stream = stream
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._trouble: NotSent | RunMustStop | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._was_there = False
        self._replaced = 0

    async def ensure(self) -> NotSent | RunMustStop | None:
        """Tell why nothing is heard; None where events are."""
        if self._task is None:
            self._task = asyncio.create_task(self._go_on())
            self._task.add_done_callback(lambda _: self._tried.set())
        await self._tried.wait()
        if self._task.done():
            self._task.result()
        return self._trouble

    async def stop(self) -> None:
        """Hear nothing any more."""
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._socket:
            with suppress(TimeoutError):  # nobody is waited for who may be gone
                async with asyncio.timeout(0):
                    await self._socket.close()

    async def _go_on(self) -> None:
        failures = 0
        while True:
            opened = await self._open()
            if isinstance(opened, aiohttp.ClientWebSocketResponse):
                self._socket = opened
                self._was_there, failures = True, 0
                self._tell(None)
                await self._listen(opened)
                self._heard.lost()
                opened = NotSent("the connection for events was lost")
            self._tell(opened)
            await self._sleep(min(_FIRST_WAIT * 2.0 ** min(failures, 10), _LONGEST_WAIT))
            failures += 1

    def _tell(self, what: NotSent | RunMustStop | None) -> None:
        self._trouble = what
        self._tried.set()

    async def _open(self) -> aiohttp.ClientWebSocketResponse | NotSent | RunMustStop:
        """Connect, and ask for the trunk's events; the first time, see whether there is such a trunk."""
        trunk = self._server.trunk
        socket = None
        try:
            if not self._was_there and (refused := await self._ask("GET", "endpoints", *trunk[:2])):
                return refused
            app = self._server.app + (f"-{self._replaced + 1}" if self._replaced else "")
            async with asyncio.timeout(CONNECT_SECONDS):
                socket = await self._stream.ws_connect(
                    self._server.at("events", app=app),
                    headers=self._server.headers,
                    heartbeat=_HEARTBEAT,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING),
                )
            source = f"endpoint:{trunk.technology}/{trunk.resource}"
            refused = await self._ask("POST", "applications", app, "subscription", eventSource=source)
        except aiohttp.WSServerHandshakeError as problem:
            return self._refusal(Reply(problem.status, None, None))
        except NO_ANSWER as problem:
            if socket:
                await socket.close()
            said, tip = f"no events: {trouble(problem)}", "" if self._was_there else never_heals(problem)
            return RunMustStop(said, ADDRESS.in_tip(tip), is_setting=True) if tip else NotSent(said)
        if refused:
            await socket.close()
        return refused or socket

    async def _ask(self, method: str, *path: str, **query: str) -> NotSent | RunMustStop | None:
        at = self._server.at(*path, **query)
        reply = await ask(self._requests, method, at, headers=self._server.headers)
        return None if 200 <= reply.status < 300 else self._refusal(reply)

    def _refusal(self, reply: Reply) -> NotSent | RunMustStop:
        status = reply.status
        said = words(status, reply.body, secrets=self._server.secrets, content_type=reply.content_type)
        is_trunk = status in {404, 422} and ("Endpoint not found" in said or "Event source does not exist" in said)
        tip = TIP_TRUNK if is_trunk else tip_of(reply)
        if tip and (status in _STILL_STOPPING or not self._was_there):
            return RunMustStop(f"no events: {said}", tip)
        return NotSent(f"no events: {said}")

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Hear what is told until the connection ends, or another session takes the application over.

        That one hears under its name from now on; this one takes the next, or both would take it from each other.
        """
        async for message in socket:
            event = _event(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
            if event.get("type") == "ApplicationReplaced":
                self._replaced += 1
                await socket.close()
                return
            self._heard.hear(event)


def _event(text: str) -> Mapping[str, Any]:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}

"""A stand-in for an Asterisk server: calls by ARI and what becomes of them by events, with the sandbox's numbers."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import deque
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiohttp
from aiohttp import web

from dialer.domain.phone import mask
from dialer.providers.sandbox.asked import tell
from dialer.providers.sandbox.limits import RollingLimit
from dialer.providers.sandbox.numbers import ORDINARY, Behaviour, Behaviours, Course, Reply, json_reply, throttled
from dialer.providers.sandbox.server import DEFAULTS, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

MISSING: Final = "missing"  #: a label that no dialplan has, and a trunk that is not there

_LONGEST_ID: Final = 149
_NUMBER: Final = re.compile(r"\+?([1-9][0-9]{6,14})")
_RINGS: Final = 30.0  #: seconds that a phone rings at the most, at speed 1


class Stage(NamedTuple):
    """What happens to a channel so many seconds after it was made; one with a `cause` ends it."""

    at: float
    state: str
    dialled: str = ""
    cause: int | None = None
    tech_cause: int = 0


_BUSY: Final = (Stage(1.0, "Down", "BUSY", 17, 486),)
_STAGES: Final[Mapping[Course, Sequence[Stage]]] = MappingProxyType(
    {
        Course.ORDINARY: (Stage(1.0, "Ringing", "RINGING"), Stage(2.5, "Up", "ANSWER"), Stage(5.0, "Up", "", 16)),
        Course.FAILING: (Stage(1.0, "Ringing", "RINGING"), Stage(4.0, "Ringing", "", 21, 603)),
        Course.LATE: (Stage(1.0, "Ringing", "RINGING"), Stage(_RINGS, "Ringing", "", 19, 480)),
    }
)


@dataclass(slots=True, kw_only=True)
class AsteriskCall:
    """A channel that was made; `state` is '' once it is gone."""

    id: str
    at: float
    number: str
    trunk: str
    asked: Mapping[str, Any]
    stages: Sequence[Stage]
    state: str = "Down"

    def channel(self) -> Mapping[str, object]:
        """Tell of the channel as ARI does."""
        return {"id": self.id, "name": f"{self.trunk}-{self.id[:8]}", "state": self.state}


class AsteriskSandbox:
    """The state of the stand-in. `clock` gives Unix seconds; `wait` passes the time of calls and of a slow answer.

    `heard` is told of each request in a line, numbers masked. While it `is_going_down`, it makes no call.
    """

    def __init__(
        self,
        options: SandboxOptions = DEFAULTS,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        self.options = options
        self.is_going_down = False
        self.calls: deque[AsteriskCall] = deque(maxlen=options.remember)  #: those that were made, oldest first
        self.requests: deque[tuple[float, str]] = deque(maxlen=options.remember)  #: when a call was asked for, of whom
        self._clock = clock
        self._wait = wait
        self._heard = heard
        self._limit = RollingLimit(options.calls_per_second) if options.calls_per_second else None
        self._behaviours = Behaviours()
        self._channels: dict[str, AsteriskCall] = {}
        self._listeners: dict[str, web.WebSocketResponse] = {}
        self._subscribed: set[tuple[str, str]] = set()
        self._going: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        """Return the endpoints as an aiohttp application."""
        app = web.Application()
        app.router.add_get("/ari/events", self._listen)
        app.router.add_post("/ari/applications/{app}/subscription", self._subscribe)
        app.router.add_get("/ari/endpoints/{tech}/{resource}", self._endpoint, allow_head=False)
        app.router.add_post("/ari/channels/{id}", self._originate)
        app.router.add_get("/ari/channels/{id}", self._look_up, allow_head=False)
        app.on_shutdown.append(self._close)
        return app

    async def hang_up_on_listeners(self) -> None:
        """Close every connection for events, as a network does."""
        for socket in list(self._listeners.values()):
            await socket.close()

    async def _close(self, _: web.Application) -> None:
        """End as a server does: its channels are gone, and nobody is told."""
        for task in list(self._going):
            task.cancel()
        for call in self._channels.values():
            call.state = ""
        self._channels.clear()
        self._subscribed.clear()
        await self.hang_up_on_listeners()

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        app = request.query.get("app", "")
        if refusal := self._refusal(request) or (None if app else _error(400, "Missing parameter app")):
            return self._told("events", refusal).response()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        before, self._listeners[app] = self._listeners.get(app), socket
        self._told("events", Reply(status=101, text=""))
        if before:
            await _send(before, {"type": "ApplicationReplaced", "application": app})
        async for message in socket:
            if message.type is aiohttp.WSMsgType.ERROR:
                break
        if self._listeners.get(app) is socket:
            del self._listeners[app]
        return socket

    async def _subscribe(self, request: web.Request) -> web.Response:
        app, source = request.match_info["app"], request.query.get("eventSource", "")
        reply = self._refusal(request)
        if reply is None and app not in self._listeners:
            reply = _error(404, "Application not found")
        elif reply is None and (source == f"endpoint:PJSIP/{MISSING}" or not source.startswith("endpoint:")):
            reply = _error(422, "Event source does not exist")
        elif reply is None:
            self._subscribed.add((app, source.removeprefix("endpoint:")))
        return self._told("subscription", reply or json_reply(200, {"name": app, "endpoint_ids": [source]})).response()

    async def _endpoint(self, request: web.Request) -> web.Response:
        tech, resource = request.match_info["tech"], request.match_info["resource"]
        reply = self._refusal(request) or (_error(404, "Endpoint not found") if resource == MISSING else None)
        document = {"technology": tech, "resource": resource, "state": "online", "channel_ids": []}
        return self._told("endpoint", reply or json_reply(200, document)).response()

    async def _look_up(self, request: web.Request) -> web.Response:
        call = self._channels.get(request.match_info["id"])
        found = json_reply(200, call.channel()) if call else _error(404, "Channel not found")
        return self._told(f"status of {request.match_info['id']}", self._refusal(request) or found).response()

    async def _originate(self, request: web.Request) -> web.Response:
        raw = await request.read()
        asked = _asked(raw)
        endpoint = str((asked or {}).get("endpoint") or request.query.get("endpoint", ""))
        found = _NUMBER.search(endpoint)
        number = f"+{found[1]}" if found else ""
        at = self._clock()
        self.requests.append((at, number))
        reply = (
            self._refusal(request) or self._throttled(at=at) or _complaint(request.match_info["id"], asked, endpoint)
        )
        if reply is None and self.is_going_down:
            reply = Reply(status=503, text="<h1>Shutdown in progress</h1>", content_type="text/html")
        if reply is None and request.match_info["id"] in self._channels:
            reply = _error(409, "Channel with given unique ID already exists")
        if reply is None:
            behaviour, stages = _spelt(self._behaviours.of(number))
            call = AsteriskCall(
                id=request.match_info["id"],
                at=at,
                number=number,
                trunk=_trunk(endpoint),
                asked=asked or {},
                stages=stages,
            )
            reply = behaviour.instead or self._make(call, behaviour)
        return await self._told(f"call {mask(number) if number else 'of nobody'}", reply).sent(request, self._wait)

    def _make(self, call: AsteriskCall, behaviour: Behaviour) -> Reply:
        self._channels[call.id] = call
        self.calls.append(call)
        task = asyncio.create_task(self._go_on(call))
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        told = {name: value for name, value in call.channel().items() if name != "id" or behaviour.names_call}
        after = behaviour.after / self.options.speed
        return Reply(status=200, text=json.dumps(told), after=after, cut=behaviour.cut)

    async def _go_on(self, call: AsteriskCall) -> None:
        """Take a call through its stages, and tell of each."""
        since = 0.0
        for stage in call.stages:
            await self._wait((stage.at - since) / self.options.speed)
            since = stage.at
            changes = stage.state != call.state
            call.state = stage.state
            if changes:
                await self._tell(call, {"type": "ChannelStateChange", "channel": call.channel()})
            if stage.dialled:
                await self._tell(call, {"type": "Dial", "dialstatus": stage.dialled, "peer": call.channel()})
            if stage.cause is not None:
                del self._channels[call.id]
                ended = {"cause": stage.cause, "tech_cause": stage.tech_cause, "channel": call.channel()}
                await self._tell(call, {"type": "ChannelDestroyed", **ended})
        call.state = ""

    async def _tell(self, call: AsteriskCall, event: Mapping[str, object]) -> None:
        for app, trunk in tuple(self._subscribed):
            if trunk == call.trunk and (socket := self._listeners.get(app)):
                await _send(socket, event)

    def _refusal(self, request: web.Request) -> Reply | None:
        try:
            given = aiohttp.BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            return _error(401, "Authentication required")
        known = self.options.credentials or (given.login, "wrong" if not given.password else given.password)
        is_known = (given.login, given.password) == known and "wrong" not in given.password
        return None if is_known else _error(401, "Authentication required")

    def _throttled(self, *, at: float) -> Reply | None:
        seconds = self._limit.wait(at=at) if self._limit else 0.0
        return throttled(math.ceil(seconds)) if seconds else None

    def _told(self, asked: str, reply: Reply) -> Reply:
        tell(self._heard, self._clock(), asked, reply)
        return reply


async def _send(socket: web.WebSocketResponse, event: Mapping[str, object]) -> None:
    if not socket.closed:
        try:
            await socket.send_str(json.dumps(event))
        except ConnectionError:
            return  # whoever listened is gone


def _asked(raw: bytes) -> Mapping[str, Any] | None:
    try:
        asked = json.loads(raw or b"{}")
    except ValueError:
        return None
    return asked if isinstance(asked, dict) else None


def _complaint(call_id: str, asked: Mapping[str, Any] | None, endpoint: str) -> Reply | None:
    """Refuse what asks for no call, in ARI's words."""
    variables = (asked or {}).get("variables", {})
    wrong = ""
    if asked is None:
        wrong = "Request body is not valid JSON"
    elif len(call_id) > _LONGEST_ID:
        wrong = f"Uniqueid length exceeds maximum of {_LONGEST_ID}"
    elif not endpoint:
        wrong = "Endpoint must be specified"
    elif not asked.get("extension"):
        wrong = "Application or extension must be specified"
    elif not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        wrong = "Only string values in the 'variables' object allowed"
    if wrong or asked is None:
        return _error(400, wrong)
    if asked.get("label", MISSING) == MISSING:
        return _error(404, "Requested label can not be found")
    return _NOBODY_CALLED if _trunk(endpoint).endswith(f"/{MISSING}") else None


def _trunk(endpoint: str) -> str:
    technology, _, device = endpoint.partition("/")
    first, slash, _ = device.partition("/")
    return f"{technology}/{first if slash else device.rpartition('@')[2]}"


def _spelt(behaviour: Behaviour) -> tuple[Behaviour, Sequence[Stage]]:
    """Give what a number does as a trunk and a server do it: a refused one is busy, and a throttled one not called."""
    instead = behaviour.instead.status if behaviour.instead else 0
    if instead == 400:
        return ORDINARY, _BUSY
    if instead == 429:
        behaviour = replace(behaviour, instead=_NOBODY_CALLED)
    return behaviour, _STAGES[behaviour.course]


def _error(status: int, message: str) -> Reply:
    return json_reply(status, {"message": message})


_NOBODY_CALLED: Final = json_reply(500, {"error": "Allocation failed"})

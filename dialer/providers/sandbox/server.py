"""Serve a stand-in for the provider on loopback, for rehearsals and tests; it rings nobody."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from aiohttp import web

from dialer.domain.phone import mask
from dialer.providers.sandbox.asked import tell
from dialer.providers.sandbox.calls import CallBook, CallRequest, Order, SandboxCall, read_order, refusal_of
from dialer.providers.sandbox.limits import RollingLimit, Tokens
from dialer.providers.sandbox.numbers import (
    Behaviour,
    Behaviours,
    Reply,
    json_reply,
    stage_after,
    throttled,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

LOOPBACK: Final = "127.0.0.1"

_CALLS: Final = "/v2/personal-connection/calls"
_CLOSING_SECONDS: Final = 0.1  #: for open requests to end; a slow one would hold the command up for 45 s
_OUTCOMES: Final = {200: "placed", 400: "refused", 401: "denied", 403: "denied", 429: "throttled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How the sandbox is set up; ValueError when a number that must be above zero is not.

    `port` 0 takes a free one. `speed` divides every wait of a call (its statuses, the slow answer), nothing
    else. `credentials` is the one client id and secret to accept; without it any will do. `remember` bounds
    how many of the latest calls and requests are kept to be looked at; statuses are known for all.
    """

    port: int = 0
    calls_per_second: float | None = None
    token_seconds: float = 3600
    speed: float = 1.0
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    remember: int = 10_000

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        for name in ("calls_per_second", "token_seconds", "speed"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                message = f"{name} must be a number above 0, not {value}"
                raise ValueError(message)


DEFAULTS: Final = SandboxOptions()


class Sandbox:
    """The state of the stand-in and its three endpoints.

    `clock` gives Unix time in seconds and should not go backwards; tokens, statuses and the rate limit go by
    it. `wait` passes the time of a slow answer, `ids` supplies what makes tokens and call ids unique. `heard` is told
    of each request in a line, numbers masked.
    """

    def __init__(
        self,
        options: SandboxOptions = DEFAULTS,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ids: Callable[[], UUID] = uuid4,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        self.options = options
        self._clock = clock
        self._wait = wait
        self._heard = heard
        self._tokens = Tokens(seconds=options.token_seconds, credentials=options.credentials, ids=ids)
        self._limit = RollingLimit(options.calls_per_second) if options.calls_per_second else None
        self._book = CallBook(str(ids()))
        self._calls: deque[SandboxCall] = deque(maxlen=options.remember)
        self._requests: deque[CallRequest] = deque(maxlen=options.remember)
        self._behaviours = Behaviours()

    @property
    def calls(self) -> tuple[SandboxCall, ...]:
        """The calls placed, oldest first; the latest `remember`."""
        return tuple(self._calls)

    @property
    def requests(self) -> tuple[CallRequest, ...]:
        """The requests to place a call, whatever came of them, oldest first; the latest `remember`."""
        return tuple(self._requests)

    @property
    def placed(self) -> int:
        """How many calls were placed in all."""
        return len(self._book)

    @property
    def tokens_granted(self) -> int:
        """How many tokens were granted in all."""
        return self._tokens.granted

    def revoke_tokens(self) -> None:
        """End every token now, as a provider may at any time; the next request with one is answered 401."""
        self._tokens.revoke()

    def app(self) -> web.Application:
        """Return the endpoints as an aiohttp application."""
        app = web.Application()
        app.router.add_post("/v2/oauth/token", self._grant)
        app.router.add_post(_CALLS, self._place)
        app.router.add_get(_CALLS + "/{callId}", self._look_up, allow_head=False)
        return app

    async def _grant(self, request: web.Request) -> web.Response:
        raw = await request.read()
        is_form = request.content_type == "application/x-www-form-urlencoded"
        form = dict(parse_qsl(raw.decode("utf-8", "replace"))) if is_form else {}
        at = self._clock()
        reply = self._tokens.grant(form, at=at)
        tell(self._heard, at, "token", reply)
        return reply.response()

    async def _place(self, request: web.Request) -> web.Response:
        order = read_order(await request.read())
        # The clock is read after the last await, so that decisions and their times stand in the same order.
        at = self._clock()
        reply = self._turned_away(request, at=at) or self._decide(order, at=at)
        number = order.number if isinstance(order, Order) else ""
        outcome = _OUTCOMES.get(reply.status, "fault")
        self._requests.append(CallRequest(at=at, number=number, outcome=outcome))
        tell(self._heard, at, f"call {mask(number) if number else 'of nobody'}", reply, outcome)
        return await reply.sent(request, self._wait)

    def _turned_away(self, request: web.Request, *, at: float) -> Reply | None:
        refusal = self._tokens.refusal(request.headers.get("Authorization", ""), at=at, placing=True)
        if refusal or self._limit is None:
            return refusal
        seconds = self._limit.wait(at=at)
        return throttled(math.ceil(seconds)) if seconds else None

    def _decide(self, order: Order | Reply, *, at: float) -> Reply:
        if isinstance(order, Reply):
            return order
        refusal = refusal_of(order)
        if refusal:
            return refusal
        behaviour = self._behaviours.of(order.number)
        return behaviour.instead or self._enter(order, behaviour, at=at)

    def _enter(self, order: Order, behaviour: Behaviour, *, at: float) -> Reply:
        call_id = self._book.add(behaviour.course, at=at)
        self._calls.append(
            SandboxCall(
                at=at,
                call_id=call_id,
                number=order.number,
                caller=order.caller,
                flow_id=order.flow_id,
                parameters=order.parameters,
            )
        )
        text = _call_text(call_id if behaviour.names_call else None, status="queued", at=at)
        return Reply(status=200, text=text, after=behaviour.after / self.options.speed, cut=behaviour.cut)

    async def _look_up(self, request: web.Request) -> web.Response:
        at = self._clock()
        refusal = self._tokens.refusal(request.headers.get("Authorization", ""), at=at, placing=False)
        reply = refusal or self._status(request.match_info["callId"], at=at)
        tell(self._heard, at, f"status of {request.match_info['callId']}", reply)
        return reply.response()

    def _status(self, call_id: str, *, at: float) -> Reply:
        found = self._book.find(call_id)
        if found is None:
            return json_reply(404, {"error": "Not Found", "message": "No call with this callId"})
        placed_at, course = found
        began, status = stage_after(course, (at - placed_at) * self.options.speed)
        text = _call_text(call_id, status=status, at=placed_at + began / self.options.speed)
        return Reply(status=200, text=text)


def _call_text(call_id: str | None, *, status: str, at: float) -> str:
    # Written out, not dumped: nothing in it needs escaping, and every call of an in-process run pays for it.
    timestamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6]
    named = "" if call_id is None else f'"callId": "{call_id}", '
    return f'{{{named}"status": "{status}", "timestamp": "{timestamp}Z"}}'


class Served(Protocol):
    """A stand-in of any provider, as it is served."""

    options: SandboxOptions

    def app(self) -> web.Application:
        """Return the endpoints as an aiohttp application."""


@asynccontextmanager
async def serve(sandbox: Served, *, port: int | None = None) -> AsyncIterator[str]:
    """Serve a sandbox on loopback while the block runs; yields its base address, http://127.0.0.1:PORT.

    `port` replaces the one of the options. OSError when the port is taken. On the way out open requests get a
    moment to end and are then cut off, slow ones too.
    """
    runner = web.AppRunner(sandbox.app(), access_log=None, handler_cancellation=True, shutdown_timeout=_CLOSING_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, sandbox.options.port if port is None else port).start()
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()

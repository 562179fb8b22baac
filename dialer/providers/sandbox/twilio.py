"""A stand-in for Twilio: plain calls and executions of Studio flows, with the sandbox's numbers that misbehave."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from aiohttp import web

from dialer.domain.phone import mask
from dialer.providers.sandbox.calls import BLOCKED_CALLER_ENDING
from dialer.providers.sandbox.limits import RollingLimit
from dialer.providers.sandbox.numbers import Behaviour, Behaviours, Reply, json_reply, stage_after
from dialer.providers.sandbox.server import DEFAULTS, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

NO_FLOW: Final = f"FW{'f' * 32}"  #: a flow that is not there

_WORDS: Final = {"initiated": "queued", "answered": "in-progress"}  #: the others are spelt as the sandbox's are
_EXECUTION_SECONDS: Final = 0.5  #: from the beginning of an execution to its call, at speed 1
_CALLS: Final = "/2010-04-01/Accounts/{account}/Calls"
_EXECUTIONS: Final = "/v2/Flows/{flow}/Executions"


@dataclass(slots=True, kw_only=True)
class TwilioCall:
    """A call that was made, or is made after its execution began; `at` is when its phone is dialled."""

    sid: str
    at: float
    number: str
    form: Mapping[str, str]
    behaviour: Behaviour
    canceled: bool = False


class TwilioSandbox:
    """The state of the stand-in. `clock` gives Unix seconds, `wait` passes the time of a slow answer.

    `heard` is told of each request in a line, numbers masked. Of calls it makes `makes` a second, if that is given,
    and queues the others, as Twilio does.
    """

    def __init__(
        self,
        options: SandboxOptions = DEFAULTS,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        makes: float | None = None,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        self.options = options
        self.requests: list[tuple[float, str]] = []  #: when a call was asked for, and of whom, whatever came of it
        self._by_sid: dict[str, TwilioCall] = {}
        self._clock = clock
        self._wait = wait
        self._makes = makes
        self._heard = heard
        self._free_at = 0.0  #: when the queue is empty
        self._limit = RollingLimit(options.calls_per_second) if options.calls_per_second else None
        self._behaviours = Behaviours()

    @property
    def calls(self) -> list[TwilioCall]:
        """Those that were placed, oldest first."""
        return list(self._by_sid.values())

    def app(self) -> web.Application:
        """Return the endpoints as an aiohttp application."""
        app = web.Application()
        app.router.add_post(f"{_CALLS}.json", self._call)
        app.router.add_post(_CALLS + "/{sid}.json", self._change)
        app.router.add_get(_CALLS + "/{sid}.json", self._look_up, allow_head=False)
        app.router.add_post(_EXECUTIONS, self._execute)
        app.router.add_get(_EXECUTIONS + "/{sid}", self._execution, allow_head=False)
        app.router.add_get(_EXECUTIONS + "/{sid}/Context", self._context, allow_head=False)
        return app

    async def _call(self, request: web.Request) -> web.Response:
        return await self._place(request, "CA", ("Url", "ApplicationSid", "Twiml"))

    async def _execute(self, request: web.Request) -> web.Response:
        return await self._place(request, "FN", ())

    async def _place(self, request: web.Request, prefix: str, saying: tuple[str, ...]) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True))
        at, number = self._clock(), form.get("To", "")
        self.requests.append((at, number))
        reply = self._refusal(request, form, saying, at=at)
        if reply is None:
            behaviour = self._behaviours.of(number)
            reply = _instead(behaviour) or self._accept(prefix, form, behaviour, at=at)
        what = "execution" if prefix == "FN" else "call"
        self._tell(at, f"{what} {mask(number) if number else 'of nobody'}", reply)
        return await reply.sent(request, self._wait)

    def _refusal(
        self, request: web.Request, form: Mapping[str, str], saying: tuple[str, ...], *, at: float
    ) -> Reply | None:
        if not _is_let_in(request):
            return _error(401, 20003, "Authenticate")
        if self._limit and self._limit.wait(at=at):
            return _error(429, 20429, "Too Many Requests")
        if not saying and request.match_info["flow"] == NO_FLOW:
            return _error(404, 20404, "The requested resource was not found")
        return _complaint(form, saying)

    def _accept(self, prefix: str, form: Mapping[str, str], behaviour: Behaviour, *, at: float) -> Reply:
        is_plain = prefix == "CA"
        queued = max(0.0, self._free_at - at) if self._makes and is_plain else 0.0
        if self._makes and is_plain:
            self._free_at = max(self._free_at, at) + 1 / self._makes
        sid = f"{len(self._by_sid) + 1:032x}"
        began = at + (queued if is_plain else _EXECUTION_SECONDS / self.options.speed)
        self._by_sid[sid] = TwilioCall(sid=sid, at=began, number=form["To"], form=form, behaviour=behaviour)
        told: dict[str, object] = {"sid": f"{prefix}{sid}"} if behaviour.names_call else {}
        told |= {"status": "queued", "queue_time": str(round(queued * 1000))} if is_plain else {"status": "active"}
        after = behaviour.after / self.options.speed
        return Reply(status=201, text=json.dumps(told), after=after, cut=behaviour.cut)

    async def _look_up(self, request: web.Request) -> web.Response:
        call = self._found(request)
        reply = call if isinstance(call, Reply) else self._told(call)
        self._tell(self._clock(), f"status of CA{request.match_info['sid'][2:]}", reply)
        return reply.response()

    async def _change(self, request: web.Request) -> web.Response:
        """Cancel a call that has not begun; one that has goes on."""
        form = dict(parse_qsl((await request.read()).decode()))
        call = self._found(request)
        if isinstance(call, Reply):
            return call.response()
        if form.get("Status") == "canceled" and self._clock() < call.at:
            call.canceled = True
        return self._told(call).response()

    async def _execution(self, request: web.Request) -> web.Response:
        call = self._found(request)
        if isinstance(call, Reply):
            return call.response()
        is_over = self._word(call) in {"completed", "failed", "busy", "no-answer"}
        reply = json_reply(200, {"sid": f"FN{call.sid}", "status": "ended" if is_over else "active"})
        self._tell(self._clock(), f"status of FN{call.sid}", reply)
        return reply.response()

    async def _context(self, request: web.Request) -> web.Response:
        call = self._found(request)
        if isinstance(call, Reply):
            return call.response()
        widgets = {} if self._clock() < call.at else {"call_1": {"CallSid": f"CA{call.sid}", "To": call.number}}
        return json_reply(200, {"context": {"flow": {}, "widgets": widgets}}).response()

    def _found(self, request: web.Request) -> TwilioCall | Reply:
        if not _is_let_in(request):
            return _error(401, 20003, "Authenticate")
        if found := self._by_sid.get(request.match_info["sid"][2:]):
            return found
        return _error(404, 20404, "The requested resource was not found")

    def _tell(self, at: float, asked: str, reply: Reply) -> None:
        if self._heard:
            self._heard(f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}  {asked}  {reply.status}")

    def _told(self, call: TwilioCall) -> Reply:
        return json_reply(200, {"sid": f"CA{call.sid}", "status": self._word(call), "to": call.number})

    def _word(self, call: TwilioCall) -> str:
        if call.canceled:
            return "canceled"
        _, word = stage_after(call.behaviour.course, max(0.0, self._clock() - call.at) * self.options.speed)
        return _WORDS.get(word, word)


def _instead(behaviour: Behaviour) -> Reply | None:
    """Give what is answered where nothing is placed, in Twilio's spelling."""
    if behaviour.instead is None:
        return None
    if behaviour.instead.status == 400:
        return _error(400, 21216, "Account not allowed to call this number")
    if behaviour.instead.status == 429:
        return _error(429, 20429, "Too Many Requests", behaviour.instead.headers)
    return behaviour.instead


def _complaint(form: Mapping[str, str], saying: tuple[str, ...]) -> Reply | None:
    """Refuse a form that asks for no call; a plain one has something to say, by one of the fields `saying`."""
    if not form.get("From") or form["From"].endswith(BLOCKED_CALLER_ENDING):
        return _error(400, 21212, f"The 'From' number {form.get('From', '')} is not a valid phone number")
    if not form.get("To"):
        return _error(400, 21201, "No 'To' number is specified")
    if saying and not any(form.get(name) for name in saying):
        return _error(400, 21205, "Url parameter is required")
    return None


def _is_let_in(request: web.Request) -> bool:
    kind, _, told = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return kind == "Basic" and user[:2] in {"AC", "SK"} and bool(secret) and "wrong" not in secret


def _error(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json_reply(status, {"code": code, "message": message, "more_info": more, "status": status}, headers)

"""A stand-in for Twilio: plain calls and executions of Studio flows, with the sandbox's numbers that misbehave."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from math import inf
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import web

from dialer.domain.phone import mask
from dialer.providers.sandbox.asked import tell
from dialer.providers.sandbox.limits import RollingLimit
from dialer.providers.sandbox.numbers import Behaviour, Behaviours, Reply, json_reply, stage_after
from dialer.providers.sandbox.server import DEFAULTS, SandboxOptions
from dialer.providers.sandbox.twilio_answers import complaint, error, instead, is_let_in, iso, page_of, seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from uuid import UUID

NO_FLOW: Final = f"FW{'f' * 32}"  #: a flow that is not there

_WORDS: Final = {"initiated": "queued", "answered": "in-progress"}  #: the others are spelt as the sandbox's are
_EXECUTION_SECONDS: Final = 0.5  #: from the beginning of an execution to its call, at speed 1
_SERIES: Final = 20  #: characters of an id that this stand-in has to itself; the others count its calls
_CALLS: Final = "/2010-04-01/Accounts/{account}/Calls"
_EXECUTIONS: Final = "/v2/Flows/{flow}/Executions"


@dataclass(slots=True, kw_only=True)
class TwilioCall:
    """A call that was asked for at a moment, itself or by an execution; `at` is when its phone is dialled."""

    sid: str
    asked_at: float
    at: float
    number: str
    flow: str  #: the one that was executed for it; a plain call has none
    form: Mapping[str, str]
    behaviour: Behaviour
    canceled: bool = False


class TwilioSandbox:
    """The state of the stand-in.

    `clock` gives Unix seconds, `wait` passes the time of a slow answer, `ids` supplies what makes its ids unique.
    `heard` is told of each request in a line, numbers masked. Of calls it makes `makes` a second, if that is given, and
    queues the others, as Twilio does.
    """

    def __init__(
        self,
        options: SandboxOptions = DEFAULTS,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        makes: float | None = None,
        ids: Callable[[], UUID] = uuid4,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        self.options = options
        self.requests: list[tuple[float, str]] = []  #: when a call was asked for, and of whom, whatever came of it
        self._by_sid: dict[str, TwilioCall] = {}
        self._clock = clock
        self._wait = wait
        self._makes = makes
        self._series = ids().hex[:_SERIES]
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
        app.router.add_get(f"{_CALLS}.json", self._list_calls, allow_head=False)
        app.router.add_get(_EXECUTIONS, self._list_executions, allow_head=False)
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
            flow = request.match_info.get("flow", "")
            reply = (
                instead(behaviour)
                or self._conflict(flow, form)
                or self._accept(prefix, form, behaviour, at=at, flow=flow)
            )
        what = "execution" if prefix == "FN" else "call"
        tell(self._heard, at, f"{what} {mask(number) if number else 'of nobody'}", reply)
        return await reply.sent(request, self._wait)

    def _refusal(
        self, request: web.Request, form: Mapping[str, str], saying: tuple[str, ...], *, at: float
    ) -> Reply | None:
        if not is_let_in(request):
            return error(401, 20003, "Authenticate")
        if self._limit and self._limit.wait(at=at):
            return error(429, 20429, "Too Many Requests")
        if not saying and request.match_info["flow"] == NO_FLOW:
            return error(404, 20404, "The requested resource was not found")
        return complaint(form, saying)

    def _conflict(self, flow: str, form: Mapping[str, str]) -> Reply | None:
        """Refuse to execute a flow for two numbers for which it still goes on."""
        pair = form.get("To"), form.get("From")
        for call in self.calls if flow else ():
            if (call.flow, call.form.get("To"), call.form.get("From")) == (flow, *pair) and not self._is_over(call):
                details = {"conflicting_execution_sid": f"FN{call.sid}"}
                return error(409, 20409, "Execution already active for this contact", details=details)
        return None

    def _accept(self, prefix: str, form: Mapping[str, str], behaviour: Behaviour, *, at: float, flow: str) -> Reply:
        is_plain = prefix == "CA"
        queued = max(0.0, self._free_at - at) if self._makes and is_plain else 0.0
        if self._makes and is_plain:
            self._free_at = max(self._free_at, at) + 1 / self._makes
        sid = f"{self._series}{len(self._by_sid) + 1:0{32 - _SERIES}x}"
        began = at + (queued if is_plain else _EXECUTION_SECONDS / self.options.speed)
        self._by_sid[sid] = TwilioCall(
            sid=sid, asked_at=at, at=began, number=form["To"], flow=flow, form=form, behaviour=behaviour
        )
        told: dict[str, object] = {"sid": f"{prefix}{sid}"} if behaviour.names_call else {}
        told |= {"status": "queued", "queue_time": str(round(queued * 1000))} if is_plain else {"status": "active"}
        after = behaviour.after / self.options.speed
        return Reply(status=201, text=json.dumps(told), after=after, cut=behaviour.cut)

    async def _look_up(self, request: web.Request) -> web.Response:
        call = self._found(request)
        reply = call if isinstance(call, Reply) else json_reply(200, self._told(call))
        tell(self._heard, self._clock(), f"status of CA{request.match_info['sid'][2:]}", reply)
        return reply.response()

    async def _change(self, request: web.Request) -> web.Response:
        """Cancel a call that has not begun; one that has goes on."""
        form = dict(parse_qsl((await request.read()).decode()))
        call = self._found(request)
        if isinstance(call, Reply):
            return call.response()
        if form.get("Status") == "canceled" and self._clock() < call.at:
            call.canceled = True
        return json_reply(200, self._told(call)).response()

    async def _execution(self, request: web.Request) -> web.Response:
        call = self._found(request)
        if isinstance(call, Reply):
            return call.response()
        reply = json_reply(200, self._execution_told(call))
        tell(self._heard, self._clock(), f"status of FN{call.sid}", reply)
        return reply.response()

    async def _context(self, request: web.Request) -> web.Response:
        call = self._found(request)
        if isinstance(call, Reply):
            return call.response()
        widgets = {} if self._clock() < call.at else {"call_1": {"CallSid": f"CA{call.sid}", "To": call.number}}
        return json_reply(200, {"context": {"flow": {}, "widgets": widgets}}).response()

    async def _list_calls(self, request: web.Request) -> web.Response:
        asked = request.query
        found = [call for call in self.calls if not call.flow or self._clock() >= call.at]
        found = [call for call in found if asked.get("To", call.number) == call.number]
        found = [call for call in found if asked.get("From", call.form["From"]) == call.form["From"]]
        page, following = page_of(request, [self._told(call) for call in found])
        return self._listed(request, {"calls": page, "next_page_uri": following and f"{request.path}?{following}"})

    async def _list_executions(self, request: web.Request) -> web.Response:
        flow, asked = request.match_info["flow"], request.query
        if flow == NO_FLOW:
            return error(404, 20404, "The requested resource was not found").response()
        since, until = (
            seconds(asked.get(name), other) for name, other in (("DateCreatedFrom", 0), ("DateCreatedTo", inf))
        )
        found = [call for call in self.calls if call.flow == flow and since <= call.asked_at <= until]
        page, following = page_of(request, [self._execution_told(call) for call in found])
        at = f"https://studio.twilio.com{request.path}?{following}"
        return self._listed(
            request, {"executions": page, "meta": {"key": "executions", "next_page_url": following and at}}
        )

    def _listed(self, request: web.Request, document: Mapping[str, object]) -> web.Response:
        told_at = {"Date": format_datetime(datetime.fromtimestamp(self._clock(), UTC), usegmt=True)}
        reply = json_reply(200, document, told_at) if is_let_in(request) else error(401, 20003, "Authenticate")
        tell(self._heard, self._clock(), f"list of {'executions' if 'flow' in request.match_info else 'calls'}", reply)
        return reply.response()

    def _found(self, request: web.Request) -> TwilioCall | Reply:
        if not is_let_in(request):
            return error(401, 20003, "Authenticate")
        if found := self._by_sid.get(request.match_info["sid"][2:]):
            return found
        return error(404, 20404, "The requested resource was not found")

    def _told(self, call: TwilioCall) -> dict[str, object]:
        made = call.at if call.flow else call.asked_at
        return {
            "sid": f"CA{call.sid}",
            "status": self._word(call),
            "to": call.number,
            "from": call.form["From"],
            "direction": "outbound-api",
            "date_created": format_datetime(datetime.fromtimestamp(made, UTC)),
        }

    def _execution_told(self, call: TwilioCall) -> dict[str, object]:
        return {
            "sid": f"FN{call.sid}",
            "flow_sid": call.flow,
            "status": "ended" if self._is_over(call) else "active",
            "contact_channel_address": call.number,
            "date_created": iso(call.asked_at),
            "date_updated": iso(self._clock()),
        }

    def _is_over(self, call: TwilioCall) -> bool:
        return self._word(call) in {"completed", "failed", "busy", "no-answer"}

    def _word(self, call: TwilioCall) -> str:
        if call.canceled:
            return "canceled"
        _, word = stage_after(call.behaviour.course, max(0.0, self._clock() - call.at) * self.options.speed)
        return _WORDS.get(word, word)

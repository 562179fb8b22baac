"""Twilio's requests, and what its answers prove."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp

from dialer.domain.call import (
    Accepted,
    HeldBack,
    NotSeen,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    StillUnknown,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.domain.redaction import basic_credentials
from dialer.providers.http import (
    as_json,
    attempt,
    is_id,
    is_loopback,
    is_of_another,
    look,
    retry_after,
    status_in,
    words,
)
from dialer.providers.proxies import authorities
from dialer.providers.request import Reply, leave_at_once, open_session
from dialer.providers.status_codes import GAVE_UP, is_of_number
from dialer.providers.twilio import codes
from dialer.providers.twilio.answers import call_in, code_of, conflicting, queued_for, tip_of
from dialer.providers.twilio.lists import FRESH, Lists, lasted_of
from dialer.providers.twilio.requests import form_of, is_studio
from dialer.providers.twilio.resolving import BESIDE, CLOCKS, LISTED, left_by, resolved

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from dialer.domain.call import Answer, CallRequest, Found, Leave, Resolved, UnknownTry
    from dialer.providers.twilio.lists import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an account of Twilio is asked: its calls below `api`, its flows below `studio`."""

    api: str
    studio: str
    account: str

    @property
    def calls(self) -> str:
        """Where calls are made."""
        return f"{self.api}/2010-04-01/Accounts/{self.account}/Calls"

    def executions(self, flow: str) -> str:
        """Where a flow is executed."""
        return f"{self.studio}/v2/Flows/{quote(flow, safe='')}/Executions"


@asynccontextmanager
async def connect(
    places: Places,
    credentials: tuple[str, str],
    env: Mapping[str, str],
    *,
    timeout: timedelta,
    now: Callable[[], datetime],
) -> AsyncIterator[Twilio]:
    """Open Twilio with a user and a secret; `env` says what stands between."""
    proxies = not is_loopback(places.api)
    async with open_session(timeout=timeout, proxies=proxies, authorities=authorities(env)) as session:
        secrets = (*filter(None, (env.get("TWILIO_AUTH_TOKEN"), env.get("TWILIO_API_SECRET"))),)
        secrets = (*secrets, *basic_credentials(*credentials))
        yield Twilio(session, places=places, credentials=credentials, secrets=secrets, now=now)


class Twilio:
    """Places and looks up calls; a provider in the sense of `dialer.engine.ports`.

    The id of an execution is told as FLOW/EXECUTION, since it can be asked for only below its flow.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        places: Places,
        credentials: tuple[str, str],
        secrets: tuple[str, ...],
        now: Callable[[], datetime],
    ) -> None:
        """Use an open session; nothing is asked yet. None of the `secrets` is repeated in what is said."""
        self._session = session
        self._places = places
        self._now = now
        self._secrets = secrets
        self._headers = {"Authorization": aiohttp.encode_basic_auth(*credentials)}
        self._posting = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        self._calls_of: dict[str, str] = {}  # the call of an execution that is not over, once it is known
        self._lists = Lists(self._get, now=now)
        self._one_list = asyncio.Lock()

    async def ready(self) -> None:
        """Be ready: every request carries what lets it in."""

    async def place(self, request: CallRequest, leave: Leave = leave_at_once) -> Answer | HeldBack:
        """Ask for one call; one that would ring after the called person's hours is taken back."""
        at = f"{self._places.calls}.json"
        if is_studio(request.flow_id):
            at = self._places.executions(request.flow_id)
        form = form_of(request)
        reply = await attempt(self._session, "POST", at, leave=leave, data=form, headers=self._posting)
        if not isinstance(reply, Reply):
            return reply
        answer = self._read(reply, request)
        if isinstance(answer, Accepted) and self._is_too_late(answer, request):
            return await self._take_back(answer)
        return answer

    async def look_up(self, call_id: str, leave: Leave = leave_at_once) -> Found | HeldBack:
        """Ask where a call stands; an execution's call has its last word, if it has made one."""
        flow, _, execution = call_id.rpartition("/")
        if not flow:
            return await self._call(call_id, leave)
        at = f"{self._places.executions(flow)}/{quote(execution, safe='')}"
        if call_id not in self._calls_of:
            # Asked in this order, the context of an execution that has ended is whole.
            told = await self._get(at, leave)
            seen = self._seen(told, execution)
            if not isinstance(told, Reply) or not isinstance(seen, Seen):
                return seen
            found = await self._get(f"{at}/Context", leave)
            if not isinstance(found, Reply):
                return found
            call: str | Found | HeldBack | None
            call = call_in(as_json(found.body, found.content_type))
            if call is None and seen.status == "ended":
                call = await self._call_of(as_json(told.body, told.content_type), leave)
            if not isinstance(call, str):
                return call or seen
            self._calls_of[call_id] = call
        return await self._call(self._calls_of[call_id], leave)

    async def _call_of(self, execution: Any, leave: Leave) -> str | Found | HeldBack | None:
        """Find the call of an execution whose context has none: the only one to its number while it lasted."""
        lasted = lasted_of(execution)
        if lasted is None:
            return None
        listed = await self._lists.calls(f"{self._places.calls}.json", leave, To=lasted.number)
        if isinstance(listed, NotSent):
            return NotSeen(listed.reason)
        if not isinstance(listed, list):
            return listed
        mine = [each.sid for each in listed if lasted.since - CLOCKS <= each.at <= lasted.until + CLOCKS]
        return mine[0] if len(mine) == 1 else None

    async def resolve(self, unknown: UnknownTry, leave: Leave = leave_at_once) -> Resolved | HeldBack:
        """Look for the call of a try in the list of a flow's executions, or in that of the account's calls."""
        request, now = unknown.request, self._now()
        listed: list[Listed] | Found | HeldBack | NotSent
        if is_studio(request.flow_id):
            prefix, at = f"{request.flow_id}/", self._places.executions(request.flow_id)
            since, until = unknown.claimed_at - BESIDE, left_by(unknown) + BESIDE
            async with self._one_list:  # which many rows are looked for in
                certain = left_by(unknown) + LISTED
                as_of = certain if now >= certain else now - FRESH
                listed = await self._lists.executions(at, since, until, leave, as_of=as_of)
        else:
            prefix, at = "", f"{self._places.calls}.json"
            listed = await self._lists.calls(at, leave, To=request.called_number, From=request.caller_number)
        match listed:
            case NotSeen(reason, gone):
                return StillUnknown(f"where it would be listed is nothing: {reason}") if gone else NotSent(reason)
            case HeldBack() | NotSent() | Throttled() | TokenEnded() | RunMustStop():
                return listed
            case Seen():
                raise AssertionError("unreachable: a list is no call")
        return resolved(unknown, listed, now=now, prefix=prefix)

    def _is_too_late(self, answer: Accepted, request: CallRequest) -> bool:
        return bool(request.closes and self._now() + timedelta(seconds=answer.delay) > request.closes)

    async def _take_back(self, answer: Accepted) -> Answer:
        """Cancel a call that is queued; it stays accepted unless Twilio says that it is canceled."""
        at = f"{self._places.calls}/{quote(answer.call_id, safe='')}.json"
        form = b"Status=canceled"
        reply = await attempt(self._session, "POST", at, leave=leave_at_once, data=form, headers=self._posting)
        if isinstance(reply, Reply) and self._is_canceled(reply, answer.call_id):
            late = f"it would have rung in {answer.delay:.0f} s, after its hours, and was canceled in time"
            return Throttled(late, answer.delay)
        return answer

    def _is_canceled(self, reply: Reply, call_id: str) -> bool:
        told = as_json(reply.body, reply.content_type)
        return 200 <= reply.status < 300 and self._word(reply) == "canceled" and not is_of_another(told, "sid", call_id)

    async def _get(self, at: str, leave: Leave) -> Reply | Found | HeldBack:
        """Ask for what is in a place; what is no success says nothing of a call."""
        reply = await look(self._session, at, leave=leave, headers=self._headers)
        if not isinstance(reply, Reply) or 200 <= reply.status < 300:
            return reply
        said, code = self._said(reply), code_of(reply)
        if reply.status == 429 or code in codes.SLOWER:
            return Throttled(said, retry_after(reply.retry_after, now=self._now()))
        if reply.status in {401, 403}:
            return RunMustStop(said, codes.STOPPING.get(code, codes.TIP_CREDENTIALS))
        return NotSeen(said, gone=reply.status in {404, 410})

    async def _call(self, sid: str, leave: Leave) -> Found | HeldBack:
        return self._seen(await self._get(f"{self._places.calls}/{quote(sid, safe='')}.json", leave), sid)

    def _seen(self, reply: Reply | Found | HeldBack, sid: str) -> Found | HeldBack:
        if not isinstance(reply, Reply):
            return reply
        if is_of_another(as_json(reply.body, reply.content_type), "sid", sid):
            return NotSeen(f"HTTP {reply.status} about another call")
        word = self._word(reply)
        return Seen(word) if word else NotSeen(f"HTTP {reply.status} without a status")

    def _read(self, reply: Reply, request: CallRequest) -> Answer:
        if 200 <= reply.status < 300:
            return self._read_placed(reply, request)
        said, code = self._said(reply), code_of(reply)
        if not 400 <= reply.status < 500 or reply.status in GAVE_UP:
            return Unclear(said)
        if reply.status == 429 or code in codes.SLOWER:
            return Throttled(said, retry_after(reply.retry_after, now=self._now()))
        if code == codes.ALREADY:
            return Refused(f"{said}: the number is still in a call of this flow{conflicting(reply)}")
        is_of_row = code in codes.OF_NUMBER or code in codes.OF_ROW
        if not is_of_row and (tip := codes.STOPPING.get(code) or tip_of(reply.status)):
            return RunMustStop(said, tip)
        return Refused(said, of_number=code in codes.OF_NUMBER if is_of_row else is_of_number(said))

    def _read_placed(self, reply: Reply, request: CallRequest) -> Answer:
        answer = as_json(reply.body, reply.content_type)
        sid = answer.get("sid") if isinstance(answer, dict) else None
        if not is_id(sid):
            return Unclear(f"HTTP {reply.status} without a sid")
        of_flow = is_studio(request.flow_id)
        if is_of_another(answer, "contact_channel_address" if of_flow else "to", request.called_number):
            return Unclear(f"HTTP {reply.status} about a call to somebody else")
        call_id = f"{request.flow_id}/{sid}" if of_flow else sid
        return Accepted(call_id, self._word(reply), queued_for(answer.get("queue_time")))

    def _word(self, reply: Reply) -> str:
        return status_in(as_json(reply.body, reply.content_type), secrets=self._secrets)

    def _said(self, reply: Reply) -> str:
        return words(reply.status, reply.body, secrets=self._secrets, content_type=reply.content_type)

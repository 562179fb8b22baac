"""CXone's requests, and what its answers prove."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from yarl import URL

from dialer.domain.call import (
    Accepted,
    HeldBack,
    NotSeen,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    Throttled,
    TokenEnded,
    Unclear,
)
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
from dialer.providers.proxies import authorities, proxy_variable
from dialer.providers.request import Reply, leave_at_once, open_session
from dialer.providers.status_codes import GAVE_UP, STOPPING, is_of_number
from dialer.providers.token import TokenKeeper, client_credentials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime, timedelta

    import aiohttp

    from dialer.domain.call import Answer, CallRequest, Found, Leave
    from dialer.providers.status_codes import AddressNames
    from dialer.providers.token import Token

CALLS = "/v2/personal-connection/calls"
TOKEN = "/v2/oauth/token"  # noqa: S105 - an address
TIP_SCOPE = "check that the client was granted the scope personal-connection:write"
TIP_READ_SCOPE = "check that the client was granted the scope personal-connection:read"
TIP_FLOW = "check that the flow id is right, and that the flow is published and accessible to this client"
TIP_CALLER = "check that the caller number is provisioned, written in E.164 and not blocked"
TIP_CREDENTIALS = "check the client id and secret: a new token was refused as well"

_USUAL_STATUSES = frozenset({"queued", "initiated", "ringing", "answered", "completed", "failed"})
_AS_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_WRONG_FLOW = re.compile(rb"invalid[\s_-]*flow[\s_-]*id", re.IGNORECASE)
_WRONG_CALLER = re.compile(rb"invalid[\s_-]*caller[\s_-]*number", re.IGNORECASE)


@asynccontextmanager
async def connect(
    base: str,
    credentials: tuple[str, str],
    env: Mapping[str, str],
    *,
    address: AddressNames,
    timeout: timedelta,
    clock: Callable[[], float],
    now: Callable[[], datetime],
) -> AsyncIterator[CXone]:
    """Open CXone at an address with a client's id and secret.

    `env` says what stands between, and `address` which settings of it the address is made of.
    """
    client_id, client_secret = credentials
    async with open_session(timeout=timeout, proxies=not is_loopback(base), authorities=authorities(env)) as session:
        keeper = TokenKeeper(
            session,
            grant=client_credentials(base.rstrip("/") + TOKEN, client_id, client_secret),
            address=address,
            clock=clock,
            is_direct=not proxy_variable(env, base),
        )
        yield CXone(session, base_url=base, keeper=keeper, address=address, now=now)


class CXone:
    """Places and looks up calls; a provider in the sense of `dialer.engine.ports`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        keeper: TokenKeeper,
        address: AddressNames,
        now: Callable[[], datetime],
    ) -> None:
        """Use an open session; nothing is asked yet."""
        self._session = session
        self._calls = base_url.rstrip("/") + CALLS
        self._place_at = URL(self._calls)
        self._keeper = keeper
        self._address = address
        self._now = now
        self._sent_with: Token | None = None
        self._headers: Mapping[str, str] = {}

    async def ready(self) -> NotSent | RunMustStop | None:
        """Have a token at hand."""
        return await self._keeper.ensure()

    async def place(self, request: CallRequest, leave: Leave = leave_at_once) -> Answer | HeldBack:
        """Send one POST; never sends it again by itself."""
        token = self._keeper.token
        if token is None:
            return HeldBack("the token was replaced before this call left")
        try:
            body_sent = body(request)
        except ValueError:
            return Refused("never sent: a parameter holds something that JSON cannot carry")
        reply = await attempt(
            self._session,
            "POST",
            self._place_at,
            leave=leave,
            data=body_sent,
            headers=self._headers_with(token),
        )
        if not isinstance(reply, Reply):
            return reply
        return self._unauthorized(token, reply.status) or self._read(reply, token)

    async def look_up(self, call_id: str, leave: Leave = leave_at_once) -> Found | HeldBack:
        """Send one GET for a call's status."""
        token = self._keeper.token
        if token is None:
            return HeldBack("the token was replaced before this look-up left")
        url = f"{self._calls}/{quote(call_id, safe='')}"
        reply = await look(self._session, url, leave=leave, headers={"Authorization": f"Bearer {token.value}"})
        if not isinstance(reply, Reply):
            return reply
        return self._unauthorized(token, reply.status) or self._read_look_up(reply, token, call_id)

    def _unauthorized(self, token: Token, status: int) -> TokenEnded | RunMustStop | None:
        """Tell the keeper what an answer says of the token it was asked with; only a 401 is an answer by itself."""
        if status == 401:
            refused_once = self._keeper.refused(token)
            return TokenEnded("HTTP 401") if refused_once else RunMustStop("HTTP 401", TIP_CREDENTIALS)
        if status < 500 and status != 429:  # those may come from a gateway that looked at no token
            self._keeper.accepted(token)
        return None

    def _secrets(self, token: Token) -> tuple[str, ...]:
        # A token that was replaced while its call was open may be good for a while yet.
        return (*self._keeper.secrets, token.value)

    def _headers_with(self, token: Token) -> Mapping[str, str]:
        """Give what is sent along with a call: made once a token."""
        if token is not self._sent_with:
            self._sent_with = token
            self._headers = {"Authorization": f"Bearer {token.value}", "Content-Type": "application/json"}
        return self._headers

    def _read(self, reply: Reply, token: Token) -> Answer:  # noqa: PLR0911 - one line a case
        status, body = reply.status, reply.body
        if 200 <= status < 300:
            return self._read_placed(reply, token)
        secrets = self._secrets(token)
        said = words(status, body, secrets=secrets, content_type=reply.content_type)
        if status == 429:
            return Throttled(said, retry_after(reply.retry_after, now=self._now()))
        if status == 403:
            return RunMustStop(said, TIP_SCOPE)
        if status == 400 and _WRONG_FLOW.search(body or b""):
            return RunMustStop(said, TIP_FLOW)
        if status == 400 and _WRONG_CALLER.search(body or b""):
            return RunMustStop(said, TIP_CALLER)
        if status in STOPPING:
            return RunMustStop(said, self._address.in_tip(STOPPING[status]))
        if 400 <= status < 500 and status not in GAVE_UP:
            return Refused(said, of_number=is_of_number(said))
        return Unclear(said)

    def _read_look_up(self, reply: Reply, token: Token, call_id: str) -> Found:
        status, secrets = reply.status, self._secrets(token)
        if status == 429:
            return Throttled("HTTP 429", retry_after(reply.retry_after, now=self._now()))
        said = words(status, reply.body, secrets=secrets, content_type=reply.content_type)
        if status == 403:
            return RunMustStop(said, TIP_READ_SCOPE)
        if not 200 <= status < 300:
            return NotSeen(said, gone=status in {404, 410})
        answer = as_json(reply.body, reply.content_type)
        if is_of_another(answer, "callId", call_id):
            return NotSeen(f"HTTP {status} about another call")
        found = self._status(answer, token)
        return Seen(found) if found else NotSeen(f"HTTP {status} without a status")

    def _read_placed(self, reply: Reply, token: Token) -> Answer:
        answer = as_json(reply.body, reply.content_type)
        call_id = answer.get("callId") if isinstance(answer, dict) else None
        if isinstance(call_id, int) and not isinstance(call_id, bool):
            call_id = str(call_id)
        if not is_id(call_id):
            return Unclear(f"HTTP {reply.status} without a call id")
        return Accepted(call_id, self._status(answer, token))

    def _status(self, answer: object, token: Token) -> str:
        return status_in(answer, secrets=self._secrets(token), usual=_USUAL_STATUSES)


def body(request: CallRequest) -> bytes:
    """Return what is posted for a call, byte for byte; ValueError where a parameter cannot be JSON."""
    document: dict[str, object] = {
        "callerNumber": request.caller_number,
        "calledNumber": request.called_number,
        "flowId": request.flow_id,
    }
    if request.parameters:
        document["parameters"] = request.parameters
    return _AS_JSON(document).encode()

"""The requests that start a script and look its contact up, and what CXone's answers prove."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
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
from dialer.providers.cxone_scripts import contacts
from dialer.providers.cxone_scripts.hosts import ADDRESS, VERSION, Discovery, grant_of, issuer, token_url
from dialer.providers.cxone_scripts.requests import query_of
from dialer.providers.cxone_scripts.search import LAG, Search
from dialer.providers.http import as_json, attempt, is_loopback, retry_after, status_in, words
from dialer.providers.proxies import authorities, proxy_variable
from dialer.providers.request import Reply, leave_at_once, open_session
from dialer.providers.status_codes import GAVE_UP, STOPPING
from dialer.providers.token import TokenKeeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime, timedelta

    import aiohttp

    from dialer.domain.call import Answer, CallRequest, Found, Leave, Resolved, UnknownTry
    from dialer.providers.token import Token

TIP_SCRIPT = "check CXONE_SCRIPT_PATH, CXONE_SKILL_ID and CXONE_API_VERSION: one of them is not there, or does not fit"
TIP_ROLE = "check that the role of the access key's user may start scripts and see contacts"
TIP_CREDENTIALS = "check CXONE_ACCESS_KEY_ID and its secret: a new token was refused as well"

_SCRIPT_OR_SKILL = re.compile(r"\b(script|skill)", re.IGNORECASE)


@asynccontextmanager
async def connect(
    env: Mapping[str, str], *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
) -> AsyncIterator[CXoneScripts]:
    """Open CXone by its settings; `env` says what stands between, too."""
    base = issuer(env)
    async with open_session(timeout=timeout, proxies=not is_loopback(base), authorities=authorities(env)) as session:
        discovery = Discovery(session, env)
        keeper = TokenKeeper(
            session,
            grant=grant_of(env),
            address=ADDRESS,
            clock=clock,
            is_direct=not proxy_variable(env, token_url(env)),
            learn=discovery.learn,
        )
        yield CXoneScripts(session, env, discovery=discovery, keeper=keeper, clock=clock, now=now)


class CXoneScripts:
    """Starts scripts and looks their contacts up; a provider and a resolver in the sense of `dialer.engine.ports`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        env: Mapping[str, str],
        *,
        discovery: Discovery,
        keeper: TokenKeeper,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        """Use an open session; nothing is asked yet."""
        self._session = session
        self._skill = env["CXONE_SKILL_ID"]
        self._services = f"/inContactAPI/services/{env.get('CXONE_API_VERSION') or VERSION}"
        self._discovery = discovery
        self._keeper = keeper
        self._clock = clock
        self._now = now
        self._latest: OrderedDict[str, float] = OrderedDict()  # when contacts began that may not be told of yet
        self._states: Mapping[str, str] | None = None  # the tenant's words for its states, once they were asked for
        self._asking_for_states = asyncio.Lock()

    async def ready(self) -> NotSent | RunMustStop | None:
        """Have a token at hand, and know where the tenant's API is."""
        return await self._keeper.ensure()

    async def place(self, request: CallRequest, leave: Leave = leave_at_once) -> Answer | HeldBack:
        """Start the script once, with one POST."""
        try:
            query = query_of(request).decode()
        except ValueError as problem:
            return Refused(f"never sent: {problem}")
        reply = await self._asked("POST", f"/scripts/start?skillId={self._skill}&{query}", leave)
        return self._read(*reply) if isinstance(reply, tuple) else reply

    async def look_up(self, call_id: str, leave: Leave = leave_at_once) -> Found | HeldBack:
        """Ask where a contact stands, with two requests the first time that a state has no word of its own."""
        found = await self._get(f"/contacts/{quote(call_id, safe='')}", leave)
        if isinstance(found, NotSeen) and found.gone and self._is_new(call_id):
            return NotSeen(f"{found.reason}: CXone may not tell of it yet")
        if not isinstance(found, Reply):
            return found
        contact = contacts.contact_in(as_json(found.body, found.content_type))
        if contacts.id_in(contact) not in {"", call_id}:
            return NotSeen(f"HTTP {found.status} about another contact")
        word, is_over = contacts.word_of(contact), contacts.is_over(contact)
        if not word and (state := contacts.state_of(contact)):
            states = await self._state_words(leave)
            if isinstance(states, Throttled | TokenEnded | HeldBack):
                return states
            word = states.get(state) or f"state {state}"
        seen = status_in({"status": word or ("completed" if is_over else "")}, secrets=self._keeper.secrets)
        return Seen(seen, final=is_over) if seen else NotSeen(f"HTTP {found.status} without a state")

    async def resolve(self, unknown: UnknownTry, leave: Leave) -> Resolved | HeldBack:
        """Look for the contact of a try by number, skill and time, among the active ones and the completed."""
        search = Search(unknown, skill=self._skill, now=self._now())
        for path in search.paths:
            found = await self._asked("GET", path, leave)
            if isinstance(found, Unclear):
                return NotSent(found.reason, left=True)
            if not isinstance(found, tuple):
                return found
            reply, token = found
            if refused := self._refused(reply, token):
                return refused
            said = self._said(reply, token)
            if reply.status >= 500 or reply.status in GAVE_UP:
                return NotSent(said, left=True)
            search.take(reply.status, as_json(reply.body, reply.content_type), said=said)
        return search.result()

    async def _state_words(self, leave: Leave) -> Mapping[str, str] | Throttled | TokenEnded | HeldBack:
        """Give the tenant's words for its states, which are asked for once; none where it does not tell them."""
        async with self._asking_for_states:
            if self._states is None:
                found = await self._get("/contact-state-descriptions", leave)
                if isinstance(found, Throttled | TokenEnded | HeldBack):
                    return found
                told = as_json(found.body, found.content_type) if isinstance(found, Reply) else None
                self._states = contacts.state_words(told)
            return self._states

    async def _get(self, path: str, leave: Leave) -> Reply | Found | HeldBack:
        """Ask for what is in a place; what is no success says nothing of a contact."""
        found = await self._asked("GET", path, leave)
        if isinstance(found, NotSent | Unclear):
            return NotSeen(found.reason)
        if not isinstance(found, tuple):
            return found
        reply, token = found
        if 200 <= reply.status < 300:
            return reply
        return self._refused(reply, token) or NotSeen(self._said(reply, token), gone=reply.status in {404, 410})

    async def _asked(
        self, method: str, path: str, leave: Leave
    ) -> tuple[Reply, Token] | HeldBack | NotSent | Unclear | RunMustStop | TokenEnded:
        """Send one request with the token at hand; a 401 is an answer by itself."""
        token, api = self._keeper.token, self._discovery.api
        if token is None:
            return HeldBack("the token was replaced before this request left")
        at = URL(f"{api}{self._services}{path}", encoded=True)
        headers = {"Authorization": f"Bearer {token.value}"}
        reply = await attempt(self._session, method, at, leave=leave, headers=headers)
        if not isinstance(reply, Reply):
            return reply
        if reply.status == 401:
            refused_once = self._keeper.refused(token)
            return TokenEnded("HTTP 401") if refused_once else RunMustStop("HTTP 401", TIP_CREDENTIALS)
        if reply.status < 500 and reply.status != 429:  # those may come from a gateway that looked at no token
            self._keeper.accepted(token)
        return reply, token

    def _said(self, reply: Reply, token: Token) -> str:
        # A token that was replaced while its request was open may be good for a while yet.
        secrets = (*self._keeper.secrets, token.value)
        return words(reply.status, reply.body, secrets=secrets, content_type=reply.content_type)

    def _refused(self, reply: Reply, token: Token) -> Throttled | RunMustStop | None:
        """Tell of an answer that is about everybody who asks."""
        if reply.status == 429:
            return Throttled(self._said(reply, token), retry_after(reply.retry_after, now=self._now()))
        if reply.status == 403:
            return RunMustStop(self._said(reply, token), TIP_ROLE)
        return None

    def _read(self, reply: Reply, token: Token) -> Answer:
        status = reply.status
        if 200 <= status < 300:
            return self._read_started(reply)
        if refused := self._refused(reply, token):
            return refused
        said = self._said(reply, token)
        if status == 404 or (status == 400 and _SCRIPT_OR_SKILL.search(said)):
            return RunMustStop(said, TIP_SCRIPT)
        if status in STOPPING:
            return RunMustStop(said, ADDRESS.in_tip(STOPPING[status]))
        if 400 <= status < 500 and status not in GAVE_UP and status != 409:
            return Refused(said)
        return Unclear(said)

    def _read_started(self, reply: Reply) -> Answer:
        answer = as_json(reply.body, reply.content_type)
        contact = contacts.id_in(contacts.lowered(answer))
        if not contact:
            return Unclear(f"HTTP {reply.status} without a contact id")
        self._latest[contact] = self._clock()
        self._is_new(contact)
        return Accepted(contact)

    def _is_new(self, contact: str) -> bool:
        """Tell whether a contact began so lately that it may not be told of; older ones are forgotten."""
        while self._latest and self._clock() - next(iter(self._latest.values())) >= LAG:
            self._latest.popitem(last=False)
        return contact in self._latest

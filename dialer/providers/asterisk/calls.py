"""Placing and looking up calls by ARI; each call's channel has the token of its try for its id."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from dialer.domain.call import Accepted, NotSeen, NotSent, RunMustStop, Seen, StillUnknown, Throttled, Unclear
from dialer.providers.asterisk import answers
from dialer.providers.asterisk.events import Events, Server, following_nowhere
from dialer.providers.asterisk.heard import Heard
from dialer.providers.asterisk.requests import body_of
from dialer.providers.http import attempt, is_loopback, is_of_another, look, retry_after, words
from dialer.providers.proxies import authorities
from dialer.providers.request import CONNECT_SECONDS, Reply, leave_at_once, open_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime, timedelta

    from dialer.domain.call import Answer, CallRequest, Found, HeldBack, Leave, Resolved, UnknownTry

__all__ = ["Asterisk", "Server", "connect"]

_ON_ITS_WAY = 2.0  #: seconds for the event of an end to come behind the answer that says that the channel is gone
_AGAIN = 5.0  #: seconds after which a question that got no answer may be asked again


@asynccontextmanager
async def connect(
    server: Server,
    env: Mapping[str, str],
    *,
    timeout: timedelta,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    on_its_way: float = _ON_ITS_WAY,
) -> AsyncIterator[Asterisk]:
    """Open a server; `env` says what stands between. Events are heard from the first `ready` on."""
    proxies, trusted = not is_loopback(server.url), authorities(env)
    async with (
        open_session(timeout=timeout, proxies=proxies, authorities=trusted) as session,
        # Of its own: the other's connections are for one answer each.
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trusted),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "dialer"},
            trust_env=proxies,
            trace_configs=[following_nowhere()],
        ) as stream,
    ):
        heard = Heard()
        events = Events(server, heard, requests=session, stream=stream, sleep=sleep)
        try:
            yield Asterisk(server, session=session, events=events, heard=heard, now=now, on_its_way=on_its_way)
        finally:
            await events.stop()


class Asterisk:
    """Places and looks up calls, and finds those of unknown tries; a provider and a resolver of the engine's ports."""

    def __init__(
        self,
        server: Server,
        *,
        session: aiohttp.ClientSession,
        events: Events,
        heard: Heard,
        now: Callable[[], datetime],
        on_its_way: float = _ON_ITS_WAY,
    ) -> None:
        """Use an open session; nothing is asked yet."""
        self._server = server
        self._session = session
        self._events = events
        self._heard = heard
        self._now = now
        self._on_its_way = on_its_way
        self._secrets = server.secrets
        self._posting = {**server.headers, "Content-Type": "application/json"}

    async def ready(self) -> NotSent | RunMustStop | None:
        """Make sure that the server lets us in, has the trunk, and tells what becomes of calls."""
        return await self._events.ensure()

    async def place(self, request: CallRequest, leave: Leave = leave_at_once) -> Answer | HeldBack:
        """Ask for one call."""
        token = request.token
        at = self._server.at("channels", token, endpoint=self._server.trunk.device(request.called_number))
        self._heard.expect(token)  # its first event may come before the answer
        reply = await attempt(self._session, "POST", at, leave=leave, data=body_of(request), headers=self._posting)
        answer: Answer | HeldBack = reply if not isinstance(reply, Reply) else self._read(reply, token)
        if isinstance(answer, Accepted):
            self._heard.expect(answer.call_id)
        elif not isinstance(answer, Unclear):
            self._heard.forget(token)
        return answer

    async def look_up(self, call_id: str, leave: Leave = leave_at_once) -> Found | HeldBack:
        """Tell the last word that was heard of a call, without asking; else ask where it stands."""
        if word := self._heard.take_last(call_id):
            return Seen(word, final=True)
        reply = await look(
            self._session, self._server.at("channels", call_id), leave=leave, headers=self._server.headers
        )
        if not isinstance(reply, Reply):
            return reply
        if answers.is_over(reply):
            return Seen(await self._heard.last_of(call_id, within=self._on_its_way), final=True)
        if 200 <= reply.status < 300:
            if is_of_another(answers.document(reply), "id", call_id):
                return NotSeen(f"HTTP {reply.status} about another channel")
            word = self._stands(reply, call_id)
            return Seen(word) if word else NotSeen(f"HTTP {reply.status} without a state")
        return self._about_all(reply) or NotSeen(self._said(reply), gone=reply.status in {404, 410})

    async def resolve(self, unknown: UnknownTry, leave: Leave = leave_at_once) -> Resolved | HeldBack:
        """Find the call of a try by its token; that there is none now never proves that there was none."""
        token = unknown.request.token
        if word := self._heard.word(token):
            return Accepted(token, word)
        reply = await attempt(
            self._session, "GET", self._server.at("channels", token), leave=leave, headers=self._server.headers
        )
        if isinstance(reply, Unclear):
            return StillUnknown(reply.reason, again=_AGAIN)
        if not isinstance(reply, Reply):
            return reply
        if 200 <= reply.status < 300 and answers.document(reply).get("id") == token:
            return Accepted(token, self._stands(reply, token))
        if answers.is_over(reply):
            return StillUnknown("Asterisk has no such channel: the call is over, or was never made")
        return self._about_all(reply) or StillUnknown(self._said(reply), again=_AGAIN)

    def _read(self, reply: Reply, token: str) -> Answer:
        return answers.read(reply, token, secrets=self._secrets, now=self._now)

    def _stands(self, reply: Reply, call_id: str) -> str:
        """Read where a channel stands, and listen for what becomes of it."""
        word = answers.without(answers.word_of(answers.document(reply).get("state")), self._secrets)
        if word:
            self._heard.expect(call_id, word)
        return word

    def _about_all(self, reply: Reply) -> Throttled | RunMustStop | None:
        """Read what is about every look-up."""
        if reply.status == 429:
            return Throttled(self._said(reply), retry_after(reply.retry_after, now=self._now()))
        tip = answers.tip_of(reply) if reply.status in {401, 403} else None
        return RunMustStop(self._said(reply), tip) if tip else None

    def _said(self, reply: Reply) -> str:
        return words(reply.status, reply.body, secrets=self._secrets, content_type=reply.content_type)

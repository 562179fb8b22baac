"""A provider in one file, as somebody would add it: a key in a header, forms there, plain words back, no token.

The tests put this folder where `dialer` looks for its providers.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from dialer.domain.call import Accepted, NotSeen, NotSent, Refused, RunMustStop, Seen, Throttled, Unclear
from dialer.providers.http import attempt, base_url_complaint, is_loopback, look, retry_after, words
from dialer.providers.port import FLOW_ID, Adapter, Ceiling, Setting
from dialer.providers.request import Reply, leave_at_once, open_session
from dialer.providers.status_codes import GAVE_UP

_CALL = re.compile(rb"(c-[0-9]+) ([a-z-]+)")
_STANDS = re.compile(rb"([a-z][a-z -]*)(!?)")
_LONGEST = 500  #: characters of a form
_ABOUT_ALL = {"no such script": "check TINY_SCRIPT", "no such caller": "check DIALER_CALLER_NUMBER"}


def complain(env, *, flow_id, caller_number):
    wrong = base_url_complaint("TINY_URL", env["TINY_URL"]) if "TINY_URL" in env else None
    shape = "" if re.fullmatch("(script-[0-9]+)?", flow_id) else "the flow must look like script-12"
    return [*filter(None, [wrong, shape])]


@asynccontextmanager
async def connect(env, *, timeout, clock, now):
    async with open_session(timeout=timeout, proxies=not is_loopback(env["TINY_URL"])) as session:
        yield Tiny(session, env["TINY_URL"], env["TINY_KEY"], now)


def body(request):
    told = {"from": request.caller_number, "tag": request.token}
    sent = {"to": request.called_number, "script": request.flow_id, **{name: told[name] for name in told if told[name]}}
    return urlencode(sent | request.parameters).encode()


def misfit(request):
    size = len(body(request))
    return f"a call takes {_LONGEST} characters, and this one has {size}" if size > _LONGEST else None


def ceiling(env):
    rate = float(env.get("TINY_RATE") or 20)
    lines = int(env["TINY_LINES"]) if "TINY_LINES" in env else None
    return Ceiling(calls=rate, look_ups=5 * rate, at_a_time=lines, why="TINY_RATE says how much was paid for")


class Tiny:
    def __init__(self, session, url, key, now):
        self._session, self._url, self._key, self._now = session, url, key, now

    async def ready(self):
        return None

    async def place(self, request, leave=leave_at_once):
        reply = await attempt(
            self._session,
            "POST",
            f"{self._url}/dial",
            leave=leave,
            data=body(request),
            headers={"X-Key": self._key, "Content-Type": "application/x-www-form-urlencoded"},
        )
        return self._answer(reply) if isinstance(reply, Reply) else reply

    async def look_up(self, call_id, leave=leave_at_once):
        reply = await look(self._session, f"{self._url}/dial/{call_id}", leave=leave, headers={"X-Key": self._key})
        if not isinstance(reply, Reply):
            return reply
        said = words(reply.status, reply.body, secrets=[self._key])
        if reply.status == 200 and (stands := _STANDS.fullmatch(reply.body or b"")):
            return Seen(stands[1].decode(), final=bool(stands[2]))  # its words of one exchange or another
        return self._about_all(reply, said) or NotSeen(said, gone=reply.status == 404)

    def _answer(self, reply):
        said = words(reply.status, reply.body, secrets=[self._key])
        if reply.status == 201:
            call = _CALL.fullmatch(reply.body or b"")
            return Accepted(call[1].decode(), call[2].decode()) if call else Unclear("HTTP 201 without a call")
        if stopped := self._about_all(reply, said):
            return stopped
        if reply.status == 503 and "nobody was dialled" in said:
            return NotSent(said, left=True)
        return Refused(said) if 400 <= reply.status < 500 and reply.status not in GAVE_UP else Unclear(said)

    def _about_all(self, reply, said):
        if reply.status == 429:
            return Throttled(said, retry_after(reply.retry_after, now=self._now()))
        if reply.status == 401:
            return RunMustStop(said, "check TINY_KEY")
        tips = (tip for saying, tip in _ABOUT_ALL.items() if saying in said)
        return next((RunMustStop(said, tip) for tip in tips), None)


ADAPTER = Adapter(
    name="tiny",
    settings=(
        Setting("TINY_URL", "where it listens"),
        Setting("TINY_KEY", "what lets this program in", secret=True),
    ),
    own_names={FLOW_ID: "TINY_SCRIPT"},
    needs_caller=False,
    final_statuses=frozenset({"talked", "busy", "no-answer", "canceled"}),
    reached_statuses=frozenset({"talking", "talked"}),
    complain=complain,
    connect=connect,
    body=body,
    misfit=misfit,
    ceiling=ceiling,
    stand_in=lambda url: {"TINY_URL": url, "TINY_KEY": "only-for-the-sandbox"},
)

"""A stand-in for CXone's documented way: it starts scripts, and has the sandbox's numbers that misbehave."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import web

from dialer.domain.phone import mask
from dialer.providers.sandbox.asked import basic_credentials_of, tell
from dialer.providers.sandbox.limits import RollingLimit, Tokens
from dialer.providers.sandbox.numbers import Behaviour, Behaviours, Reply, json_reply, stage_after
from dialer.providers.sandbox.server import DEFAULTS, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

NO_SCRIPT: Final = "No\\Such"  #: a script that is not there

STATES: Final[Mapping[str, int]] = MappingProxyType(
    {"queued": 1, "initiated": 2, "ringing": 3, "answered": 4, "completed": 5, "failed": 6}
)
"""The numbers of a contact's states; their words are told where they are asked for."""

_REASONS: Final = {"completed": "Contact Hung Up", "failed": "No Answer"}  #: why a contact is over
_TENANT: Final = "rehearsal"
_FIRST: Final = 100_000_000  #: a contact's id, which is a number as CXone's are
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_MOST_VALUES: Final = 20
_SERVICES: Final = "/inContactAPI/services/{version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact whose script was started; `at` is when, and `values` are what the script was told."""

    number: int
    at: float
    skill: str
    script: str
    values: tuple[str, ...]
    behaviour: Behaviour


class CXoneScriptsSandbox:
    """The state of the stand-in. `clock` gives Unix seconds, `wait` passes the time of a slow answer.

    `heard` is told of each request in a line, numbers masked. A contact's `toAddress` is the number that its script was
    told first.
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
        self.requests: list[tuple[float, str]] = []  #: when a script was to be started, and for whom, whatever came
        self.contacts: list[Contact] = []  #: those that were started, oldest first
        self._clock = clock
        self._wait = wait
        self._heard = heard
        self._tokens = Tokens(seconds=options.token_seconds, credentials=options.credentials, ids=uuid4)
        self._limit = RollingLimit(options.calls_per_second) if options.calls_per_second else None
        self._behaviours = Behaviours()

    def revoke_tokens(self) -> None:
        """End every token now; the next request with one is answered 401."""
        self._tokens.revoke()

    def app(self) -> web.Application:
        """Return the endpoints as an aiohttp application."""
        app = web.Application()
        app.router.add_post("/authentication/v1/token/access-key", self._grant_to_key)
        app.router.add_post("/auth/token", self._grant_to_application)
        app.router.add_get("/.well-known/cxone-configuration", self._discover, allow_head=False)
        app.router.add_post(f"{_SERVICES}/scripts/start", self._start)
        for path, told in (
            ("/contacts/active", self._active),
            ("/contacts/completed", self._completed),
            ("/contacts/{contact}", self._contact),
            ("/contact-state-descriptions", self._states),
        ):
            app.router.add_get(_SERVICES + path, self._telling(told), allow_head=False)
        return app

    async def _grant_to_key(self, request: web.Request) -> web.Response:
        told = _json_in(await request.read())
        return self._grant(str(told.get("accessKeyId", "")), str(told.get("accessKeySecret", "")))

    async def _grant_to_application(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode("utf-8", "replace")))
        if not all(basic_credentials_of(request)) or form.get("grant_type") != "password":
            return _error(401, "invalid_client", "The application or the grant type is missing or wrong").response()
        return self._grant(form.get("username", ""), form.get("password", ""))

    def _grant(self, key: str, secret: str) -> web.Response:
        at = self._clock()
        form = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
        reply = self._tokens.grant(form, at=at)
        if reply.status == 200:
            claims = base64.urlsafe_b64encode(json.dumps({"tenantId": _TENANT}).encode()).decode().rstrip("=")
            more = {"id_token": f"e30.{claims}.e30", "refresh_token": uuid4().hex}
            reply = json_reply(200, json.loads(reply.text) | more)
        tell(self._heard, at, "token", reply)
        return reply.response()

    async def _discover(self, request: web.Request) -> web.Response:
        reply = json_reply(200, {"tenantId": _TENANT, "api_endpoint": f"http://{request.host}"})
        if request.query.get("tenantId") != _TENANT:
            reply = _error(404, "NotFound", "No tenant has this tenantId")
        tell(self._heard, self._clock(), "discovery", reply)
        return reply.response()

    async def _start(self, request: web.Request) -> web.Response:
        values = tuple(request.query.get("Parameters", "").split("|"))
        at = self._clock()
        reply = self._turned_away(request, at=at, placing=True) or _complaint(request.query, values)
        if reply is None:
            behaviour = self._behaviours.of(values[0])
            reply = _instead(behaviour) or self._enter(request.query, values, behaviour, at=at)
        self.requests.append((at, values[0]))
        whom = mask(values[0]) if _E164.fullmatch(values[0]) else "nobody"
        tell(self._heard, at, f"script for {whom}", reply)
        return await reply.sent(request, self._wait)

    def _turned_away(self, request: web.Request, *, at: float, placing: bool) -> Reply | None:
        refusal = self._tokens.refusal(request.headers.get("Authorization", ""), at=at, placing=placing)
        if refusal:
            return refusal if refusal.status == 401 else _error(403, "Forbidden", "The role may not start scripts")
        if placing and self._limit and (seconds := self._limit.wait(at=at)):
            return _error(429, "TooManyRequests", "Slow down", {"Retry-After": str(int(seconds) + 1)})
        return None

    def _enter(self, query: Mapping[str, str], values: tuple[str, ...], behaviour: Behaviour, *, at: float) -> Reply:
        contact = Contact(
            number=_FIRST + len(self.contacts),
            at=at,
            skill=query["skillId"],
            script=query.get("scriptPath") or query["scriptId"],
            values=values,
            behaviour=behaviour,
        )
        self.contacts.append(contact)
        told = {"contactId": contact.number} if behaviour.names_call else {}
        after = behaviour.after / self.options.speed
        return Reply(status=202, text=json.dumps(told), after=after, cut=behaviour.cut)

    def _telling(
        self, answer: Callable[[web.Request, float], Reply]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Let in who may see contacts, and tell what is asked for."""

        async def told(request: web.Request) -> web.Response:
            at = self._clock()
            reply = self._turned_away(request, at=at, placing=False) or answer(request, at)
            number = request.query.get("toAddress", "")
            tell(self._heard, at, request.path.split("/", 4)[4] + (f" {mask(number)}" if number else ""), reply)
            return reply.response()

        return told

    def _contact(self, request: web.Request, at: float) -> Reply:
        asked = request.match_info["contact"]
        place = int(asked) - _FIRST if asked.isdecimal() else -1
        if not 0 <= place < len(self.contacts):
            return _error(404, "NotFound", "No contact has this contactId")
        return json_reply(200, {"contactId": self._fields(self.contacts[place], at)})

    def _active(self, request: web.Request, at: float) -> Reply:
        return _listed("activeContacts", [each for each in self._asked_for(request, at) if each["isActive"]])

    def _completed(self, request: web.Request, at: float) -> Reply:
        since, until = request.query.get("startDate", ""), request.query.get("endDate", "9")
        over = (each for each in self._asked_for(request, at) if not each["isActive"])
        return _listed("completedContacts", [each for each in over if since <= each["contactStartDate"] <= until])

    def _states(self, _: web.Request, __: float) -> Reply:
        described = [
            {"ContactStateId": number, "ContactStateDescription": word, "ContactStateCategory": "Active"}
            for word, number in STATES.items()
        ]
        return json_reply(200, {"contactStateDescriptions": described})

    def _asked_for(self, request: web.Request, at: float) -> list[dict[str, Any]]:
        number, skill = request.query.get("toAddress"), request.query.get("skillId")
        mine = (each for each in self.contacts if number in {None, each.values[0]} and skill in {None, each.skill})
        return [self._fields(each, at) for each in mine]

    def _fields(self, contact: Contact, at: float) -> dict[str, Any]:
        _, word = stage_after(contact.behaviour.course, max(0.0, at - contact.at) * self.options.speed)
        reason = _REASONS.get(word)
        began = datetime.fromtimestamp(contact.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        over = {"endReason": reason, "totalDurationSeconds": int(at - contact.at)} if reason else {}
        return {
            "contactId": contact.number,
            "masterContactId": contact.number,
            "contactStartDate": began,
            "isActive": not reason,
            "isOutbound": True,
            "skillId": int(contact.skill),
            "stateId": STATES[word],
            "toAddress": contact.values[0],
            **over,
        }


def _json_in(raw: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _complaint(query: Mapping[str, str], values: tuple[str, ...]) -> Reply | None:
    """Refuse what starts no script, or one that would call nobody."""
    script = query.get("scriptPath") or query.get("scriptId")
    if not query.get("skillId", "").isdecimal() or not script:
        return _error(400, "BadRequest", "skillId and one of scriptPath and scriptId are needed")
    if script == NO_SCRIPT:
        return _error(404, "NotFound", "No script has this path")
    if len(values) > _MOST_VALUES or not _E164.fullmatch(values[0]):
        return _error(400, "BadRequest", "Parameters must be at most 20 values, the first a number in E.164")
    return None


def _instead(behaviour: Behaviour) -> Reply | None:
    """Give what is answered where no script is started, in CXone's spelling."""
    if behaviour.instead is None:
        return None
    if behaviour.instead.status == 400:
        return _error(400, "BadRequest", "This number may not be called")
    if behaviour.instead.status == 429:
        return _error(429, "TooManyRequests", "Slow down", behaviour.instead.headers)
    return behaviour.instead


def _listed(name: str, contacts: list[dict[str, Any]]) -> Reply:
    if not contacts:
        return Reply(status=204, text="")
    return json_reply(200, {"totalRecords": len(contacts), name: contacts})


def _error(status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> Reply:
    return json_reply(status, {"error": error, "errorDescription": description}, headers)

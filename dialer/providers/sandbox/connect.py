"""A stand-in for Amazon Connect: contacts that are started once a token, described and searched, as it does them."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from aiohttp import web

from dialer.domain.phone import mask
from dialer.providers.connect import ADAPTER, need_botocore
from dialer.providers.sandbox.asked import tell
from dialer.providers.sandbox.calls import BLOCKED_CALLER_ENDING
from dialer.providers.sandbox.limits import RollingLimit
from dialer.providers.sandbox.numbers import Behaviour, Behaviours, Course, Reply, json_reply, stage_after
from dialer.providers.sandbox.server import DEFAULTS, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from uuid import UUID

NO_FLOW: Final = "ffffffff-ffff-4fff-bfff-ffffffffffff"  #: a flow that is not there

_KNOWN: Final = ADAPTER.stand_in("")
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_NEEDED: Final = ("InstanceId", "ContactFlowId", "DestinationPhoneNumber")
_SIGNED: Final = re.compile(
    "AWS4-HMAC-SHA256 Credential=([^/]+)/[^,]+, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]+"
)
_OUTCOMES: Final = {200: "placed", 400: "refused", 403: "refused", 404: "refused", 429: "throttled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact that was started, when on the stand-in's clock, and by what."""

    id: str
    at: float
    document: Mapping[str, Any]
    behaviour: Behaviour

    @property
    def number(self) -> str:
        """Whom it called."""
        return str(self.document["DestinationPhoneNumber"])


class ConnectSandbox:
    """The state of the stand-in. `clock` gives Unix time in seconds, `wait` passes the time of a slow answer.

    It carries `carries` calls at once, if that is given, and refuses the others. `reasons` says by number why a contact
    ends. A token starts no second contact while its first is not over; after that it does, which AWS leaves open.
    `heard` is told of each request in a line, numbers masked. SetupError where botocore is missing.
    """

    def __init__(
        self,
        options: SandboxOptions = DEFAULTS,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ids: Callable[[], UUID] = uuid4,
        carries: int | None = None,
        reasons: Mapping[str, str] | None = None,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        need_botocore()
        self.options = options
        self.requests: list[tuple[float, str]] = []  #: when a call was asked for, and of whom, whatever came of it
        self._by_id: dict[str, Contact] = {}
        self._by_token: dict[str, Contact] = {}
        self._clock = clock
        self._wait = wait
        self._ids = ids
        self._carries = carries
        self._reasons = reasons or {}
        self._heard = heard
        self._limit = RollingLimit(options.calls_per_second) if options.calls_per_second else None
        self._behaviours = Behaviours()

    @property
    def calls(self) -> list[Contact]:
        """Those that were placed, oldest first."""
        return list(self._by_id.values())

    def app(self) -> web.Application:
        """Return the endpoints as an aiohttp application."""
        app = web.Application()
        app.router.add_put("/contact/outbound-voice", self._start)
        app.router.add_get("/contacts/{instance}/{contact}", self._describe, allow_head=False)
        app.router.add_post("/search-contacts", self._search)
        return app

    async def _start(self, request: web.Request) -> web.Response:
        raw = await request.read()
        # The clock is read after the last await, so that decisions and their times stand in the same order.
        at, document = self._clock(), _read(raw)
        number = str(document.get("DestinationPhoneNumber", ""))
        self.requests.append((at, number))
        reply = self._turned_away(request, raw, at=at) or _complaint(document) or self._decide(document, number, at=at)
        outcome = _OUTCOMES.get(reply.status, "fault")
        tell(self._heard, at, f"call {mask(number) if number else 'of nobody'}", reply, outcome)
        return await reply.sent(request, self._wait)

    def _turned_away(self, request: web.Request, raw: bytes, *, at: float) -> Reply | None:
        if refusal := _stranger(request, raw):
            return refusal
        is_too_fast = self._limit and self._limit.wait(at=at)
        return _error(429, "TooManyRequests", "Too Many Requests") if is_too_fast else None

    def _decide(self, document: Mapping[str, Any], number: str, *, at: float) -> Reply:
        before = self._by_token.get(document.get("ClientToken", ""))
        if before and not self._is_over(before, at=at):
            return json_reply(200, {"ContactId": before.id})
        behaviour = self._behaviours.of(number)
        if behaviour.instead:
            return _instead(behaviour.instead)
        alive = sum(not self._is_over(each, at=at) for each in self._by_id.values()) if self._carries else 0
        if self._carries and alive >= self._carries:
            return _error(429, "LimitExceeded", "The allowed limit for the resource has been exceeded")
        contact = Contact(id=str(self._ids()), at=at, document=document, behaviour=behaviour)
        self._by_id[contact.id] = contact
        self._by_token[document.get("ClientToken", contact.id)] = contact
        told = {"ContactId": contact.id} if behaviour.names_call else {}
        after = behaviour.after / self.options.speed
        return Reply(status=200, text=json.dumps(told), after=after, cut=behaviour.cut)

    async def _describe(self, request: web.Request) -> web.Response:
        at, contact = self._clock(), self._by_id.get(request.match_info["contact"])
        reply = _stranger(request, b"")
        if reply is None and contact:
            reply = json_reply(200, {"Contact": self._described(contact, at=at)})
        reply = reply or _error(404, "ResourceNotFound", "Contact not found")
        tell(self._heard, at, f"status of {request.match_info['contact']}", reply)
        return reply.response()

    async def _search(self, request: web.Request) -> web.Response:
        raw = await request.read()
        at, document = self._clock(), _read(raw)
        reply = _stranger(request, raw)
        if reply is None:
            texts = set(document["SearchCriteria"]["Name"]["SearchText"])
            begins, ends = document["TimeRange"]["StartTime"], document["TimeRange"]["EndTime"]
            found = [
                {"Id": each.id, "Channel": "VOICE", "InitiationMethod": "API", "Name": each.document["Name"]}
                for each in self._by_id.values()
                if each.document.get("Name") in texts and begins <= each.at <= ends and self._is_over(each, at=at)
            ]
            reply = json_reply(200, {"Contacts": found, "TotalCount": len(found)})
        tell(self._heard, at, "search", reply)
        return reply.response()

    def _described(self, contact: Contact, *, at: float) -> dict[str, object]:
        began, word = self._stage(contact, at=at)
        told: dict[str, object] = {
            "Id": contact.id,
            "InitiationMethod": "API",
            "Channel": "VOICE",
            "Name": contact.document.get("Name"),
            "InitiationTimestamp": contact.at,
            "CustomerEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": contact.number},
        }
        is_over = word in {"completed", "failed"}
        if word == "answered" or (is_over and contact.behaviour.course is not Course.FAILING):
            told["ConnectedToSystemTimestamp"] = began
        if is_over:
            usual = "TELECOM_UNANSWERED" if contact.behaviour.course is Course.FAILING else "CUSTOMER_DISCONNECT"
            told |= {"DisconnectTimestamp": began, "DisconnectReason": self._reasons.get(contact.number, usual)}
        return told

    def _is_over(self, contact: Contact, *, at: float) -> bool:
        return self._stage(contact, at=at)[1] in {"completed", "failed"}

    def _stage(self, contact: Contact, *, at: float) -> tuple[float, str]:
        began, word = stage_after(contact.behaviour.course, (at - contact.at) * self.options.speed)
        return contact.at + began / self.options.speed, word


def _read(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _stranger(request: web.Request, raw: bytes) -> Reply | None:
    """Refuse whom the signature does not let in, which is made once more and compared."""
    from dialer.providers.connect.signing import Keys, authorization  # noqa: PLC0415 - botocore may be missing

    told = request.headers.get("Authorization", "")
    parts = _SIGNED.fullmatch(told)
    if parts is None:
        return _error(403, "MissingAuthenticationToken", "Missing Authentication Token")
    keys = Keys(_KNOWN["AWS_ACCESS_KEY_ID"], _KNOWN["AWS_SECRET_ACCESS_KEY"])
    if parts[1] != keys.access_key:
        return _error(403, "UnrecognizedClient", "The security token of the request is invalid")
    headers = {name: request.headers.get(name, "") for name in parts[2].split(";") if name != "host"}
    url = f"http://{request.host}{request.raw_path}"
    if told != authorization(keys, request.method, url, raw, headers, region=_KNOWN["AWS_REGION"]):
        return _error(403, "InvalidSignature", "The signature does not match the one calculated")
    return None


def _instead(reply: Reply) -> Reply:
    """Give what is answered where nothing is placed, in AWS's spelling."""
    if reply.status == 400:
        return _error(403, "DestinationNotAllowed", "Outbound calls to the destination number are not allowed")
    if reply.status == 429:
        return _error(429, "TooManyRequests", "Too Many Requests", reply.headers)
    return reply


def _complaint(document: Mapping[str, Any]) -> Reply | None:
    """Refuse a document that asks for no call, or for what is not there."""
    missing = [name for name in _NEEDED if not isinstance(document.get(name), str)]
    if missing:
        return _error(400, "InvalidRequest", f"{', '.join(missing)} must be text")
    caller = document.get("SourcePhoneNumber", "")
    if document["ContactFlowId"] == NO_FLOW or caller.endswith(BLOCKED_CALLER_ENDING):
        return _error(404, "ResourceNotFound", "The specified resource was not found")
    if not caller and not document.get("QueueId"):
        return _error(400, "InvalidRequest", "SourcePhoneNumber or QueueId is needed")
    if not _E164.fullmatch(document["DestinationPhoneNumber"]):
        return _error(400, "InvalidParameter", "DestinationPhoneNumber must be in E.164")
    attributes = document.get("Attributes", {})
    if not isinstance(attributes, dict) or not all(isinstance(each, str) for each in attributes.values()):
        return _error(400, "InvalidParameter", "Attributes must be text")
    return None


def _error(status: int, name: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    return json_reply(status, {"Message": message}, {"x-amzn-ErrorType": f"{name}Exception:", **(headers or {})})

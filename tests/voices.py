"""How each provider is asked for a call and how it answers, for a server that keeps the truth; it knows no program.

A voice says what a request is about, and spells an answer. `VOICES` has them by name; one that has two ways of calling
has two voices.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

SECRET = "s3cret-of-the-client"
CALLER = "+12025550100"
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Refusal:
    """An answer that is about one row: what becomes of the row, and what it costs."""

    status: int
    body: object
    outcome: str = "rejected"
    headers: tuple[tuple[str, str], ...] = ()
    requests: int = 1
    once: bool = False  # it is well the next time


class Voice:
    """CXone's personal-connection calls, and what the others have alike."""

    name = "cxone"
    provider = "cxone"
    has_tokens = True
    place = "/v2/personal-connection/calls"
    token = "/v2/oauth/token"
    success = 200
    no_id: ClassVar[object] = {"status": "queued"}
    empty_id: ClassVar[object] = {"callId": "", "status": "queued"}
    words = ("completed", "failed")
    refusals: ClassVar[dict[str, Refusal]] = {
        "400": Refusal(400, {"error": {"code": "X1", "message": "no"}}),
        "404": Refusal(404, {"error": "No Such Number"}),
        "409": Refusal(409, {"message": "busy"}),
        "422": Refusal(422, "=HYPERLINK(1)"),
    }

    def settings(self, url):
        """Everything that a run needs to dial at an address."""
        return {
            "CXONE_BASE_URL": url,
            "CXONE_CLIENT_ID": "client",
            "CXONE_CLIENT_SECRET": SECRET,
            "CXONE_CALLER_NUMBER": CALLER,
            "CXONE_FLOW_ID": "11111111-2222-3333-4444-555555555555",
        }

    def kind(self, method, path):
        """What a request is about: token, call, look or aside."""
        if (method, path) == ("POST", self.token):
            return "token"
        if (method, path) == ("POST", self.place):
            return "call"
        return "look" if method == "GET" and path.startswith(self.place + "/") else "aside"

    def number(self, _path, body):
        """Whom a request for a call is to ring."""
        return str(body.get("calledNumber", "")) if isinstance(body, dict) else ""

    def call_id(self, count, number, _path):
        """Name a call; here with a slash, since an id is opaque and looking it up must not change it."""
        return f"{count:05d}/{number[1:]}"

    def looked_up(self, path):
        """Name the call that a look-up is about."""
        return unquote(path.removeprefix(self.place + "/"))

    def granted(self, token, expires_in):
        return {"access_token": token, "expires_in": expires_in, "token_type": "Bearer"}

    def placed(self, call_id):
        return {"callId": call_id, "status": "queued", "timestamp": "2026-01-01T00:00:00Z"}

    def seen(self, call_id, word):
        return {"callId": call_id, "status": word, "timestamp": "2026-01-01T00:00:00Z"}

    def failure(self, status):
        return {"error": f"told to answer {status}"}

    def gone(self):
        return {"error": "Not Found"}

    def aside(self, _path, _host):
        """Answer what is neither a call nor a look-up; None where there is no such thing."""
        return

    def opening(self, _path, _headers):
        """Answer a request after which no HTTP is spoken any more; None for all others."""
        return


class Twilio(Voice):
    """Plain calls."""

    name = "twilio"
    provider = "twilio"
    has_tokens = False
    account = f"AC{7:032x}"
    flow = "https://example.com/say"
    place = f"/2010-04-01/Accounts/{account}/Calls.json"
    success = 201
    empty_id: ClassVar[object] = {"sid": "", "status": "queued"}
    words = ("completed", "busy", "failed", "no-answer", "canceled")
    refusals: ClassVar[dict[str, Refusal]] = {
        "21217": Refusal(400, {"code": 21217, "message": "no number", "status": 400}),
        "21211": Refusal(400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}),
        "21215": Refusal(403, {"code": 21215, "message": "no permission for this country", "status": 403}),
        "20409": Refusal(409, {"code": 20409, "message": "already executing", "status": 409}),
        "no code": Refusal(422, "=HYPERLINK(1)"),
        "10004 once": Refusal(400, {"code": 10004, "message": "too many"}, "placed", requests=2, once=True),
        "20500": Refusal(500, {"code": 20500, "message": "Internal Server Error", "status": 500}, "unknown"),
    }

    def settings(self, url):
        return {
            "TWILIO_BASE_URL": url,
            "TWILIO_ACCOUNT_SID": self.account,
            "TWILIO_AUTH_TOKEN": SECRET,
            "TWILIO_CALLS_PER_SECOND": "1000",
            "TWILIO_FLOW_SID": self.flow,
            "TWILIO_FROM_NUMBER": CALLER,
            "DIALER_PROVIDER": "twilio",
        }

    def kind(self, method, path):
        if (method, path) == ("POST", self.place):
            return "call"
        return "look" if method == "GET" and "/Calls/" in path else "aside"

    def number(self, _path, body):
        return str(body.get("To", "")) if isinstance(body, dict) else ""

    def call_id(self, count, _number, _path):
        return f"CA{count:032x}"

    def looked_up(self, path):
        return path.rpartition("/")[2].removesuffix(".json")

    def placed(self, call_id):
        return {"sid": call_id, "status": "queued", "queue_time": "0"}

    def seen(self, call_id, word):
        return {"sid": call_id, "status": word}

    def failure(self, status):
        return {"code": 0, "message": f"told to answer {status}", "status": status}

    def gone(self):
        return {"code": 20404, "message": "The requested resource was not found", "status": 404}


class Studio(Twilio):
    """Executions of a flow: the call of one is found in its context, and asked for by its own id."""

    name = "twilio_studio"
    flow = f"FW{9:032x}"
    place = f"/v2/Flows/{flow}/Executions"
    no_id: ClassVar[object] = {"status": "active"}
    empty_id: ClassVar[object] = {"sid": "", "status": "active"}

    def kind(self, method, path):
        if (method, path) == ("POST", self.place):
            return "call"
        return "look" if method == "GET" and "/Calls/" in path else "aside"

    def call_id(self, count, _number, _path):
        return f"{self.flow}/FN{count:032x}"

    def looked_up(self, path):
        return f"{self.flow}/FN{path.rpartition('/')[2].removesuffix('.json')[2:]}"

    def placed(self, call_id):
        return {"sid": call_id.rpartition("/")[2], "status": "active"}

    def seen(self, call_id, word):
        return {"sid": f"CA{call_id.rpartition('/FN')[2]}", "status": word}

    def aside(self, path, _host):
        found = re.fullmatch(f"{self.place}/FN([0-9a-f]{{32}})(/Context)?", path)
        if found and found[2]:
            return {"context": {"widgets": {"call_1": {"CallSid": f"CA{found[1]}"}}}}
        return {"sid": f"FN{found[1]}", "status": "active"} if found else None


class CXoneScripts(Voice):
    """Scripts that are started, by CXone's documented way."""

    name = "cxone_scripts"
    provider = "cxone_scripts"
    token = "/auth/token"
    success = 202
    place = "/inContactAPI/services/v33.0/scripts/start"
    contacts = "/inContactAPI/services/v33.0/contacts/"
    no_id: ClassVar[object] = {}
    empty_id: ClassVar[object] = {"contactId": ""}
    words = ("contact hung up", "no answer")
    refusals: ClassVar[dict[str, Refusal]] = {
        "400": Refusal(400, {"error": "BadRequest", "errorDescription": "no"}),
        "422": Refusal(422, "=HYPERLINK(1)"),
        "409": Refusal(409, {"error": "Conflict"}, "unknown"),
    }

    def settings(self, url):
        return {
            "CXONE_SCRIPTS_BASE_URL": url,
            "CXONE_ACCESS_KEY_ID": "key",
            "CXONE_ACCESS_KEY_SECRET": SECRET,
            "CXONE_CLIENT_ID": "client",
            "CXONE_CLIENT_SECRET": SECRET,
            "CXONE_SKILL_ID": "1",
            "DIALER_FLOW_ID": "Campaigns\\Spring",
            "DIALER_PROVIDER": "cxone_scripts",
        }

    def kind(self, method, path):
        bare = urlsplit(path).path
        if method == "POST":
            return {self.token: "token", self.place: "call"}.get(bare, "aside")
        return "look" if re.fullmatch(f"{self.contacts}[0-9]+", bare) else "aside"

    def number(self, path, _body):
        return parse_qs(urlsplit(path).query).get("Parameters", [""])[0].partition("|")[0]

    def call_id(self, count, _number, _path):
        return str(100_000 + count)

    def looked_up(self, path):
        return urlsplit(path).path.removeprefix(self.contacts)

    def granted(self, token, expires_in):
        parts = (b"{}", b'{"tenantId": "t-1"}', b"{}")
        named = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        return super().granted(token, expires_in) | {"id_token": named, "refresh_token": "r"}

    def placed(self, call_id):
        return {"contactId": int(call_id)}

    def seen(self, call_id, word):
        over = {"endReason": word, "isActive": False} if word != "queued" else {"isActive": True}
        return {"contactId": {"contactId": int(call_id), "stateName": word, **over}}

    def aside(self, path, host):
        return {"api_endpoint": f"http://{host}"} if "/.well-known/" in path else None


class Connect(Voice):
    """Amazon Connect."""

    name = "connect"
    provider = "connect"
    has_tokens = False
    place = "/contact/outbound-voice"
    no_id: ClassVar[object] = {}
    empty_id: ClassVar[object] = {"ContactId": ""}
    words = ("customer_disconnect", "agent_disconnect", "telecom_problem")
    refusals: ClassVar[dict[str, Refusal]] = {
        "DestinationNotAllowed": Refusal(
            403, {"Message": "no"}, headers=(("x-amzn-ErrorType", "DestinationNotAllowedException:"),)
        ),
        "OutboundContactNotPermitted": Refusal(
            403, {"Message": "no"}, headers=(("x-amzn-ErrorType", "OutboundContactNotPermittedException"),)
        ),
        "InvalidParameter": Refusal(
            400, {"Message": "no"}, headers=(("x-amzn-ErrorType", "InvalidParameterException"),)
        ),
        "Throttling once": Refusal(
            400,
            {"Message": "Rate exceeded"},
            "placed",
            headers=(("x-amzn-ErrorType", "ThrottlingException"),),
            requests=2,
            once=True,
        ),
        "InternalService": Refusal(
            500, {"Message": "no"}, "unknown", headers=(("x-amzn-ErrorType", "InternalServiceException"),)
        ),
    }

    def settings(self, url):
        return {
            "CONNECT_BASE_URL": url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIAFORTHETRUTH0",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "CONNECT_INSTANCE_ID": "00000000-0000-4000-8000-000000000001",
            "CONNECT_CONTACT_FLOW_ID": "00000000-0000-4000-8000-000000000002",
            "CONNECT_SOURCE_NUMBER": CALLER,
            "CONNECT_CALLS_PER_SECOND": "1000",
            "CONNECT_CALLS_AT_A_TIME": "10000",
            "DIALER_PROVIDER": "connect",
        }

    def kind(self, method, path):
        if (method, path) == ("PUT", self.place):
            return "call"
        return "look" if method == "GET" and path.startswith("/contacts/") else "aside"

    def number(self, _path, body):
        return str(body.get("DestinationPhoneNumber", "")) if isinstance(body, dict) else ""

    def call_id(self, count, _number, _path):
        return f"00000000-0000-4000-8000-{count:012x}"

    def looked_up(self, path):
        return path.rpartition("/")[2]

    def placed(self, call_id):
        return {"ContactId": call_id}

    def seen(self, call_id, word):
        over = {"DisconnectTimestamp": 3.5, "DisconnectReason": word.upper()} if word != "queued" else {}
        return {"Contact": {"Id": call_id, **over}}

    def failure(self, status):
        return {"Message": f"told to answer {status}"}

    def gone(self):
        return {"Message": "Contact not found"}


class Asterisk(Voice):
    """An Asterisk server; of its events, it tells none."""

    name = "asterisk"
    provider = "asterisk"
    has_tokens = False
    place = "/ari/channels/"
    no_id: ClassVar[object] = {"name": "PJSIP/trunk-00000000", "state": "Down"}
    empty_id: ClassVar[object] = {"id": "", "state": "Down"}
    words = ()
    refusals: ClassVar[dict[str, Refusal]] = {
        "422": Refusal(422, {"message": "no"}),
        "Allocation failed": Refusal(500, {"error": "Allocation failed"}, "failed", requests=3),
        "going down once": Refusal(503, "Shutdown in progress", "placed", requests=2, once=True),
    }

    def settings(self, url):
        return {
            "ASTERISK_URL": url,
            "ASTERISK_USER": "dialer",
            "ASTERISK_PASSWORD": SECRET,
            "ASTERISK_ENDPOINT": "PJSIP/{number}@trunk",
            "DIALER_FLOW_ID": "flows,reminder,start",
            "DIALER_CALLER_NUMBER": CALLER,
            "DIALER_PROVIDER": "asterisk",
        }

    def kind(self, method, path):
        if not path.startswith(self.place):
            return "aside"
        return {"POST": "call", "GET": "look"}.get(method, "aside")

    def number(self, path, _body):
        found = NUMBER.search(unquote(urlsplit(path).query))
        return found[0] if found else ""

    def call_id(self, _count, _number, path):
        return self.looked_up(path)

    def looked_up(self, path):
        return unquote(urlsplit(path).path.removeprefix(self.place))

    def placed(self, call_id):
        return {"id": call_id, "name": "PJSIP/trunk-00000000", "state": "Down"}

    def seen(self, call_id, word):
        return {"id": call_id, "name": "PJSIP/trunk-00000000", "state": word}

    def failure(self, status):
        return {"message": f"told to answer {status}"}

    def gone(self):
        return {"message": "Channel not found"}

    def aside(self, path, _host):
        return {"name": "dialer", "state": "online"} if not path.startswith(self.place) else None

    def opening(self, path, headers):
        key = headers.get("sec-websocket-key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # of RFC 6455
        if not path.startswith("/ari/events"):
            return None
        accepted = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        lines = ("HTTP/1.1 101 X", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accepted}")
        return "\r\n".join([*lines, "", ""]).encode()


CXONE = Voice()
VOICES = {each.name: each for each in (Asterisk(), Connect(), CXONE, CXoneScripts(), Twilio(), Studio())}

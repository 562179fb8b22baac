"""What the providers here are tried by: how each of them spells the answers that every provider has.

`test_provider_contract` runs each dialect through the whole; one that is added here is held by all of it.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from importlib.util import find_spec

import ari
from adapters import tiny
from raw_server import tokens

from dialer.providers import asterisk, connect, cxone, cxone_scripts, twilio
from dialer.providers.contract import TRY, Dialect, http
from dialer.providers.cxone_scripts.hosts import BY_CLIENT, DISCOVERY


def _json(code=200, /, **document):
    return http(code, json.dumps(document).encode())


CXONE = Dialect(
    adapter=cxone.ADAPTER,
    flow_id="flow-1",
    placed=_json(callId="c-1", status="queued"),
    no_id=_json(status="queued"),
    refused=lambda said: _json(400, error=said),
    flow_refused=_json(400, error="Invalid Flow ID"),
    caller_refused=_json(400, error="Invalid Caller Number"),
    seen=lambda word: _json(callId="c-1", status=word),
    gone=_json(404, error="Not Found"),
    unknown_client=http(403),
    words=frozenset({"queued", "initiated", "ringing", "answered", "completed", "failed"}),
    aside=tokens,
    secrets=frozenset({"token-1"}),
)

TINY = Dialect(
    adapter=tiny.ADAPTER,
    flow_id="script-1",
    placed=http(201, b"c-1 queued"),
    no_id=http(201, b""),
    refused=lambda said: http(422, said.encode()),
    flow_refused=http(400, b"no such script"),
    caller_refused=http(400, b"no such caller"),
    seen=lambda word: http(200, word.encode()),
    gone=http(404, b"never heard of it"),
    unknown_client=http(401),
    words=frozenset({"queued", "ringing", "talking", "talked", "busy", "no-answer", "canceled"}),
    too_much={"name": "x" * 500},
    not_made=http(503, b"closing down: nobody was dialled"),
    last_word=(http(200, b"moved abroad!"), "moved abroad"),
    tells_token=True,
)

TWILIO = Dialect(
    adapter=twilio.ADAPTER,
    flow_id="https://example.com/say",
    placed=_json(201, sid="c-1", status="queued", queue_time="0"),
    no_id=_json(201, status="queued"),
    refused=lambda said: _json(400, code=21217, message=said, status=400),
    flow_refused=_json(404, code=20404, message="The requested resource was not found", status=404),
    caller_refused=_json(400, code=21210, message="not a verified caller", status=400),
    seen=lambda word: _json(sid="c-1", status=word),
    gone=_json(404, code=20404, message="The requested resource was not found", status=404),
    unknown_client=_json(401, code=20003, message="Authenticate", status=401),
    words=frozenset(
        {"queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled", "active", "ended"}
    ),
    too_much={"odd": float("nan")},
)

ID_TOKEN = ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in (b"{}", b'{"tenantId": "t-1"}', b"{}"))
"""An identity token that names a tenant."""


def discovered(head):
    """Grant the tokens of CXone's documented way, and say that its API is where it was asked."""
    if BY_CLIENT in head.splitlines()[0]:
        return _json(access_token="token-1", expires_in=3600, id_token=ID_TOKEN)
    if DISCOVERY in head.splitlines()[0]:
        (host,) = re.findall(r"^Host: (\S+)", head, re.MULTILINE)
        return _json(api_endpoint=f"http://{host}")
    return None


CXONE_SCRIPTS = Dialect(
    adapter=cxone_scripts.ADAPTER,
    flow_id="Campaigns\\Spring call",
    caller_number="",
    placed=_json(202, contactId="c-1"),
    status="",
    no_id=_json(202),
    refused=lambda said: _json(400, error="BadRequest", errorDescription=said),
    flow_refused=_json(404, error="NotFound", errorDescription="no such script"),
    seen=lambda word: _json(contactId={"contactId": "c-1", "stateName": word, "isActive": True}),
    gone=_json(404, error="NotFound"),
    unknown_client=http(403),
    words=frozenset({"active", "in queue", "routing", "the tenant's own"}),
    aside=discovered,
    too_much={"name": "either|or"},
    last_word=(
        _json(contactId={"contactId": "c-1", "endReason": "Contact Hung Up", "isActive": False}),
        "contact hung up",
    ),
    shown=lambda head, _body: head.split()[1].partition("skillId=1&")[2].encode(),
    secrets=frozenset({"token-1"}),
)

ASTERISK = Dialect(
    adapter=asterisk.ADAPTER,
    flow_id="flows,reminder,start",
    placed=_json(id=TRY, name="PJSIP/trunk-00000000", state="Down"),
    call_id=TRY,
    status="dialing",
    no_id=_json(name="PJSIP/trunk-00000000", state="Down"),
    refused=lambda said: _json(422, message=said),
    flow_refused=_json(404, message="Requested label can not be found"),
    seen=lambda word: _json(id=TRY, state=word),
    gone=_json(404, message="Channel not found"),
    unknown_client=_json(401, message="Authentication required"),
    words=frozenset({"dialing", "ringing", "answered", "completed", "busy", "no-answer", "failed", "ended"}),
    aside=ari.set_up,
    not_made=_json(500, error="Allocation failed"),
    last_word=(_json(404, message="Channel not found"), "ended"),
    too_much={"CALLERID(name)": "somebody else"},
    tells_token=True,
)


def _aws(code, name, said):
    return http(code, json.dumps({"Message": said}).encode(), x_amzn_ErrorType=f"{name}Exception:http://amazon.com/")


def _described(word):
    times = {"dialling": {}, "ringing": {"RingStartTimestamp": 1.5}, "answered": {"ConnectedToSystemTimestamp": 2.5}}
    over = {"DisconnectTimestamp": 3.5, "DisconnectReason": word.upper() if word != "disconnected" else None}
    return _json(Contact={"Id": "c-1", **times.get(word, over)})


CONNECT = Dialect(
    adapter=connect.ADAPTER,
    flow_id="00000000-0000-4000-8000-000000000002",
    placed=_json(ContactId="c-1"),
    status="",
    no_id=_json(),
    refused=lambda said: _aws(403, "DestinationNotAllowed", said),
    flow_refused=_aws(404, "ResourceNotFound", "Contact flow not found"),
    caller_refused=_aws(404, "ResourceNotFound", "Phone number not found"),
    seen=_described,
    gone=_aws(404, "ResourceNotFound", "Contact not found"),
    unknown_client=_aws(403, "UnrecognizedClient", "The security token included in the request is invalid."),
    words=frozenset({"dialling", "ringing", *connect.ADAPTER.final_statuses, *connect.ADAPTER.reached_statuses}),
    too_much={"name": "x" * 32_768},
    last_word=(_described("moved_abroad"), "moved_abroad"),
    shown=lambda _head, body: body.replace(b'"InstanceId": "00000000-0000-4000-8000-000000000001", ', b""),
    tells_token=True,
)

DIALECTS = {dialect.adapter.name: dialect for dialect in (ASTERISK, CXONE, CXONE_SCRIPTS, TINY, TWILIO)}
if find_spec("botocore"):  # which signs its requests, and is an extra
    DIALECTS["connect"] = CONNECT

"""What CXone's answers prove, with the network stood in for; test_cxone_sockets has the real one."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aioresponses_compat import Answers, reply
from yarl import URL

from dialer.domain.call import (
    Accepted,
    CallRequest,
    HeldBack,
    NotSeen,
    Refused,
    RunMustStop,
    Seen,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.providers.cxone import ADAPTER, ADDRESS, connect
from dialer.providers.cxone.calls import (
    TIP_CALLER,
    TIP_CREDENTIALS,
    TIP_FLOW,
    TIP_READ_SCOPE,
    TIP_SCOPE,
)
from dialer.providers.request import NO_ANSWER, NOT_SENT
from dialer.providers.status_codes import STOPPING, TIP_PROXY, is_of_number

BASE = "https://na1.api.niceincontact.com"
CALLS = f"{BASE}/v2/personal-connection/calls"
TOKEN = f"{BASE}/v2/oauth/token"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECRET = "s3cret-of-the-client"
ENV = {"CXONE_REALM": "na1", "CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": SECRET}
REQUEST = CallRequest(
    caller_number="+12025550100",
    called_number="+12125550142",
    flow_id="flow-1",
    parameters={"first_name": "Zoë 李", "account": "0042", "balance": 18.5, "vip": True, "note": 'a "b"\n<c>'},
)


@pytest.fixture
def answers():
    with Answers() as network:
        yield network


@pytest.fixture
async def cxone(answers):
    """Yield the provider with a token at hand; it fetches token-2, token-3 … later."""
    for number in range(1, 5):
        answers.post(TOKEN, payload={"access_token": f"token-{number}", "expires_in": 3600})
    async with connect(ENV, timeout=timedelta(seconds=5), clock=lambda: 0.0, now=lambda: NOW) as provider:
        assert await provider.ready() is None
        yield provider


def asked(answers, method, address):
    return [call.kwargs for call in answers.requests.get((method, URL(address)), [])]


async def test_a_call_is_one_post_with_the_body_of_the_tutorial(cxone, answers):
    answers.post(CALLS, payload={"callId": "c-1", "status": "queued"})
    await cxone.place(REQUEST)
    (sent,) = asked(answers, "POST", CALLS)
    assert json.loads(sent.pop("data")) == {
        "callerNumber": "+12025550100",
        "calledNumber": "+12125550142",
        "flowId": "flow-1",
        "parameters": {"first_name": "Zoë 李", "account": "0042", "balance": 18.5, "vip": True, "note": 'a "b"\n<c>'},
    }
    assert sent == {
        "headers": {
            "Accept": "application/json",
            "User-Agent": "dialer",
            "Authorization": "Bearer token-1",
            "Content-Type": "application/json",
        },
        "allow_redirects": False,
    }


async def test_parameters_are_left_out_when_there_are_none(cxone, answers):
    answers.post(CALLS, payload={"callId": "c-1"})
    await cxone.place(CallRequest(caller_number="+12025550100", called_number="+12125550142", flow_id="f"))
    (sent,) = asked(answers, "POST", CALLS)
    assert json.loads(sent["data"]) == {"callerNumber": "+12025550100", "calledNumber": "+12125550142", "flowId": "f"}


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), "\udce9"])
async def test_what_json_cannot_carry_is_refused_unsent(cxone, answers, odd):
    request = CallRequest(caller_number="+1", called_number="+2", flow_id="f", parameters={"x": odd})
    assert await cxone.place(request) == Refused("never sent: a parameter holds something that JSON cannot carry")
    assert asked(answers, "POST", CALLS) == []


def said(**document):
    return {"payload": document}


PROOFS = [
    # 2xx with an id: placed
    (200, said(callId="c-1", status="queued", timestamp="2026-03-02T15:00:00Z"), Accepted("c-1", "queued")),
    (200, said(callId="c-1", status="Initiated"), Accepted("c-1", "initiated")),
    (200, said(callId="c-1", status="odd\nword " * 9), Accepted("c-1", "odd word odd word odd word odd word odd ")),
    (200, said(callId="c-1"), Accepted("c-1")),
    (200, said(callId="c-1", status=7), Accepted("c-1")),
    (201, said(callId="call_12345-not/a UUID"), Accepted("call_12345-not/a UUID")),
    (202, said(callId="c-1", status="queued"), Accepted("c-1", "queued")),
    (200, said(callId=17), Accepted("17")),
    (200, {"body": '{"callId": "c-1"}', "content_type": "text/plain"}, Accepted("c-1")),
    (200, {"body": b'\xef\xbb\xbf{"callId": "c-1"}'}, Accepted("c-1")),
    (200, {"body": b'{"callId": "caf\xe9"}', "content_type": "application/json; charset=iso-8859-1"}, Accepted("café")),
    (200, {"body": b'{"callId": "c-1", "by": "caf\xe9"}'}, Accepted("c-1")),
    # 2xx without an id, or unreadable: unknown
    (200, said(status="queued"), Unclear("HTTP 200 without a call id")),
    (200, said(callId=""), Unclear("HTTP 200 without a call id")),
    (200, said(callId="  "), Unclear("HTTP 200 without a call id")),
    (200, said(callId=None), Unclear("HTTP 200 without a call id")),
    (200, said(callId=True), Unclear("HTTP 200 without a call id")),
    (200, said(callId=["c-1"]), Unclear("HTTP 200 without a call id")),
    (200, said(callId="x" * 257), Unclear("HTTP 200 without a call id")),
    (200, said(callId="a\nb"), Unclear("HTTP 200 without a call id")),
    (200, {"body": b'{"callId": "caf\xe9"}'}, Unclear("HTTP 200 without a call id")),
    (200, said(callId="\ud800"), Unclear("HTTP 200 without a call id")),
    (200, {"body": "[]"}, Unclear("HTTP 200 without a call id")),
    (200, {"body": "null"}, Unclear("HTTP 200 without a call id")),
    (200, {"body": "OK"}, Unclear("HTTP 200 without a call id")),
    (200, {"body": b"\xff\xfe\x00"}, Unclear("HTTP 200 without a call id")),
    (200, {"body": "<html>fine</html>"}, Unclear("HTTP 200 without a call id")),
    (204, {"body": ""}, Unclear("HTTP 204 without a call id")),
    # the run stops
    (403, said(error="Forbidden"), RunMustStop("HTTP 403: Forbidden", TIP_SCOPE)),
    (403, {"body": ""}, RunMustStop("HTTP 403", TIP_SCOPE)),
    (400, said(error="Invalid Flow ID"), RunMustStop("HTTP 400: Invalid Flow ID", TIP_FLOW)),
    (400, said(error={"message": "invalid flow id: x"}), RunMustStop("HTTP 400: invalid flow id: x", TIP_FLOW)),
    (400, said(code="INVALID_FLOW_ID"), RunMustStop("HTTP 400: INVALID_FLOW_ID", TIP_FLOW)),
    (400, {"body": "<p>Invalid\nFlow ID</p>"}, RunMustStop("HTTP 400: Invalid Flow ID", TIP_FLOW)),
    (400, said(error="Bad", details=[{"is": "InvalidFlowId"}]), RunMustStop("HTTP 400: Bad", TIP_FLOW)),
    (400, said(error="x" * 400 + "Invalid Flow ID"), RunMustStop("HTTP 400: " + "x" * 299 + "…", TIP_FLOW)),
    (400, said(error="Invalid Caller Number"), RunMustStop("HTTP 400: Invalid Caller Number", TIP_CALLER)),
    (
        400,
        said(error="Bad Request", message="Invalid caller number"),
        RunMustStop("HTTP 400: Bad Request: Invalid caller number", TIP_CALLER),
    ),
    # a refusal of this row
    (400, said(error="Bad Request"), Refused("HTTP 400: Bad Request")),
    (400, said(error="Invalid", flowId="f"), Refused("HTTP 400: Invalid")),
    (400, said(error={"code": 7, "message": "No such number"}), Refused("HTTP 400: No such number: 7", of_number=True)),
    (400, said(message="No", error_description="Never"), Refused("HTTP 400: No: Never")),
    (400, {"body": "<html><body><h1>Bad Request</h1></body></html>"}, Refused("HTTP 400: Bad Request")),
    (400, {"body": b"\x00\xff"}, Refused("HTTP 400: \ufffd")),
    (404, said(error="Invalid Flow ID"), Refused("HTTP 404: Invalid Flow ID")),
    (404, {"body": ""}, Refused("HTTP 404")),
    (409, said(error="Already ringing"), Refused("HTTP 409: Already ringing")),
    (422, said(errors=["one", "two"]), Refused("HTTP 422: one; two")),
    # a refusal that is about no row
    *[(status, {"body": ""}, RunMustStop(f"HTTP {status}", ADDRESS.in_tip(tip))) for status, tip in STOPPING.items()],
    (407, said(error="Who?"), RunMustStop("HTTP 407: Who?", TIP_PROXY)),
    # may have been acted on
    (499, said(error="Gone"), Unclear("HTTP 499: Gone")),
    (408, said(error="Request Timeout"), Unclear("HTTP 408: Request Timeout")),
    (500, said(error="Oops"), Unclear("HTTP 500: Oops")),
    (502, {"body": "<h1>502 Bad Gateway</h1>"}, Unclear("HTTP 502: 502 Bad Gateway")),
    (503, {"body": "", "headers": {"Retry-After": "5"}}, Unclear("HTTP 503")),
    (301, {"headers": {"Location": CALLS}}, Unclear("HTTP 301")),
    (307, {"headers": {"Location": CALLS}}, Unclear("HTTP 307")),
]


@pytest.mark.parametrize(("status", "answer", "proof"), PROOFS)
async def test_an_answer_proves_what_the_table_says(cxone, answers, status, answer, proof):
    answers.post(CALLS, status=status, **answer)
    assert await cxone.place(REQUEST) == proof
    assert len(asked(answers, "POST", CALLS)) == 1


@pytest.mark.parametrize(
    ("said_of_it", "of_number"),
    [
        ("Number Not Allowed", True),
        ("calledNumber must be in E.164", True),
        ("invalid_phone_number", True),
        ("Destination is on the Do-Not-Call list", True),
        ("the recipient cannot be reached", True),
        ("", False),
        ("Not Found", False),
        ("first_name is too long", False),
        ("callerNumber is not provisioned", False),
        ("the calling number is blocked", False),
        ("Unsupported 'from' number", False),
    ],
)
def test_a_refusal_may_speak_of_who_was_to_be_called(said_of_it, of_number):
    assert is_of_number(f"HTTP 400: {said_of_it}") is of_number


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("7", 7.0),
        ("Mon, 02 Mar 2026 15:01:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 14:00:00 GMT", None),
        ("1e12", 1e12),
        ("whenever", None),
    ],
)
async def test_a_throttling_carries_the_wish_of_the_provider(cxone, answers, header, wait):
    headers = {"Retry-After": header} if header else {}
    answers.post(CALLS, status=429, payload={"error": "Too Many Requests"}, headers=headers)
    assert await cxone.place(REQUEST) == Throttled("HTTP 429: Too Many Requests", wait)


def _errors_of_aiohttp():
    found = [kind for kind in vars(aiohttp).values() if isinstance(kind, type) and issubclass(kind, BaseException)]
    return {kind.__name__: kind for kind in found}


def test_only_these_errors_prove_that_nothing_was_sent():
    proving = {name for name, kind in _errors_of_aiohttp().items() if issubclass(kind, NOT_SENT)}
    assert proving == {
        "ClientConnectorCertificateError",
        "ClientConnectorDNSError",
        "ClientConnectorError",
        "ClientConnectorSSLError",
        "ClientHttpProxyError",
        "ClientProxyConnectionError",
        "ClientSSLError",
        "ConnectionTimeoutError",
    }


def test_every_other_error_of_a_request_is_known():
    strange = {name for name, kind in _errors_of_aiohttp().items() if not issubclass(kind, (*NO_ANSWER, Warning))}
    assert strange == {"EofStream", "WSMessageTypeError", "WebSocketError"}


@pytest.mark.parametrize(
    "problem",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "reset"),
        aiohttp.SocketTimeoutError(),
        aiohttp.ServerTimeoutError(),
        aiohttp.ClientPayloadError(),
        aiohttp.InvalidURL("x"),
        TimeoutError(),
        BrokenPipeError(),
    ],
)
async def test_any_other_failure_is_unclear_and_not_repeated(cxone, answers, problem):
    answers.post(CALLS, exception=problem)
    assert isinstance(await cxone.place(REQUEST), Unclear)
    assert len(asked(answers, "POST", CALLS)) == 1


async def test_one_new_token_serves_many_refused_calls(cxone, answers):
    def by_token(_url, *, headers, **_):
        fine = headers["Authorization"] == "Bearer token-2"
        return reply(status=200 if fine else 401, payload={"callId": "c-1"} if fine else None)

    answers.post(CALLS, callback=by_token, repeat=True)
    refused = await asyncio.gather(*(cxone.place(REQUEST) for _ in range(20)))
    assert refused[0] == TokenEnded("HTTP 401")
    assert {type(answer) for answer in refused} <= {TokenEnded, HeldBack}
    assert await asyncio.gather(*(cxone.ready() for _ in range(20))) == [None] * 20
    assert await asyncio.gather(*(cxone.place(REQUEST) for _ in range(20))) == [Accepted("c-1")] * 20
    assert len(asked(answers, "POST", TOKEN)) == 2


async def test_no_call_leaves_without_a_token(cxone, answers):
    answers.post(CALLS, status=401)
    await cxone.place(REQUEST)
    assert await cxone.place(REQUEST) == HeldBack("the token was replaced before this call left")
    assert await cxone.look_up("c-1") == HeldBack("the token was replaced before this look-up left")
    assert len(asked(answers, "POST", CALLS)) == 1


@pytest.mark.parametrize("between", [None, 429, 500])
async def test_a_new_token_refused_as_well_stops_the_run(cxone, answers, between):
    answers.post(CALLS, status=401)
    assert await cxone.place(REQUEST) == TokenEnded("HTTP 401")
    await cxone.ready()
    if between:  # what a gateway says is no proof that the token is good
        answers.post(CALLS, status=between)
        await cxone.place(REQUEST)
    answers.post(CALLS, status=401)
    assert await cxone.place(REQUEST) == RunMustStop("HTTP 401", TIP_CREDENTIALS)


async def test_a_token_that_worked_in_between_may_end_again(cxone, answers):
    for _ in range(3):
        answers.post(CALLS, status=401)
        answers.post(CALLS, payload={"callId": "c-1"})
        assert await cxone.place(REQUEST) == TokenEnded("HTTP 401")
        await cxone.ready()
        assert await cxone.place(REQUEST) == Accepted("c-1")


@pytest.mark.parametrize(
    ("status", "answer", "found"),
    [
        (200, said(callId="c-1", status="Ringing"), Seen("ringing")),
        (200, said(callId="c-1", status="a word of its own"), Seen("a word of its own")),
        (200, said(callId="c-1"), NotSeen("HTTP 200 without a status")),
        (200, said(status="   "), NotSeen("HTTP 200 without a status")),
        (200, {"body": "<html>"}, NotSeen("HTTP 200 without a status")),
        (404, said(error="Not Found"), NotSeen("HTTP 404: Not Found", gone=True)),
        (410, {"body": ""}, NotSeen("HTTP 410", gone=True)),
        (400, said(error="Odd"), NotSeen("HTTP 400: Odd")),
        (500, {"body": ""}, NotSeen("HTTP 500")),
        (302, {"headers": {"Location": CALLS}}, NotSeen("HTTP 302")),
        (403, said(error="Forbidden"), RunMustStop("HTTP 403: Forbidden", TIP_READ_SCOPE)),
        (401, {"body": ""}, TokenEnded("HTTP 401")),
        (429, {"headers": {"Retry-After": "9"}}, Throttled("HTTP 429", 9.0)),
    ],
)
async def test_a_look_up_finds_what_the_answer_says(cxone, answers, status, answer, found):
    answers.get(f"{CALLS}/c-1", status=status, **answer)
    assert await cxone.look_up("c-1") == found


@pytest.mark.parametrize("problem", [TimeoutError(), aiohttp.ServerDisconnectedError(), OSError("no route")])
async def test_a_look_up_without_an_answer_finds_nothing(cxone, answers, problem):
    answers.get(f"{CALLS}/c-1", exception=problem)
    assert isinstance(await cxone.look_up("c-1"), NotSeen)


@pytest.mark.parametrize("status", [200, 400, 403, 429, 500])
async def test_no_echoed_secret_is_told(cxone, answers, status):
    echo = {"status": f"{SECRET} token-1", "callId": "c-1", "error": f"{SECRET} Bearer token-1"}
    answers.post(CALLS, status=status, payload=echo)
    answers.get(f"{CALLS}/c-1", status=status, payload=echo)
    told = f"{await cxone.place(REQUEST)} {await cxone.look_up('c-1')}"
    assert [secret for secret in (SECRET, "token-1") if secret in told] == []


async def test_a_replaced_token_is_still_a_secret(cxone, answers):
    """A call that was open when its token was replaced may be answered with an echo of it."""
    replaced, statuses = asyncio.Event(), iter([400, 401])

    async def first_one_late(_url, **_):
        status = next(statuses)
        if status == 400:
            await replaced.wait()
        return reply(status=status, payload={"error": "bad token-1"})

    answers.post(CALLS, callback=first_one_late, repeat=True)
    open_call = asyncio.ensure_future(cxone.place(REQUEST))
    await asyncio.sleep(0)
    await cxone.place(REQUEST)
    await cxone.ready()
    replaced.set()
    assert await open_call == Refused("HTTP 400: bad [secret]")


@pytest.mark.parametrize(
    ("env", "found"),
    [
        (ENV, []),
        (ENV | {"CXONE_REALM": "na1.staging"}, []),
        ({**ENV, "CXONE_REALM": "", "CXONE_BASE_URL": "http://127.0.0.1:8080"}, []),
        (
            {},
            [
                "CXONE_CLIENT_ID is not set (the OAuth client's id)",
                "CXONE_CLIENT_SECRET is not set (the OAuth client's secret)",
                "CXONE_REALM is not set (the first part of https://REALM.api.niceincontact.com)",
            ],
        ),
        *(
            (ENV | {"CXONE_REALM": realm}, ["CXONE_REALM must be letters, digits and hyphens"])
            for realm in ("evil.example/", "a b", "a..b", ".", "é", "user@host", "x" * 64, "na1\n")
        ),
        (
            ENV | {"CXONE_BASE_URL": "http://proxy.example"},
            ["CXONE_BASE_URL: plain http would send secrets in the clear; use https (http is for loopback only)"],
        ),
        (ENV | {"CXONE_CLIENT_SECRET": "a\udcff"}, ["CXONE_CLIENT_SECRET is not UTF-8 text"]),
    ],
)
def test_every_missing_or_wrong_setting_is_named(env, found):
    assert ADAPTER.complaints(env, flow_id="flow-1", caller_number="+12025550100") == found

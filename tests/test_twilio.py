"""Twilio's two ways of calling: what is sent, what its answers prove by their code, and where a call is looked for."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from raw_server import NOW, PLENTY, http, serving

from dialer.domain.call import Accepted, CallRequest, HeldBack, NotSeen, Refused, RunMustStop, Seen, Throttled, Unclear
from dialer.providers.twilio import ADAPTER, address

pytest_plugins = ("commands",)

CALLER, CALLED = "+12025550100", "+12125550142"
FLOW, APPLICATION, ADDRESS = f"FW{7:032x}", f"AP{7:032x}", "https://example.com/say?team=1"
ACCOUNT = f"AC{0:032x}"
FINAL = ("completed", "busy", "failed", "no-answer", "canceled")


def a_call(flow=ADDRESS, number=CALLED, closes=None, **parameters):
    return CallRequest(CALLER, number, flow, parameters, "t1", closes)


@asynccontextmanager
async def connected(url, **env):
    given = {**ADAPTER.stand_in(url), **env}
    async with ADAPTER.connect(given, timeout=PLENTY, clock=lambda: 0.0, now=lambda: NOW) as provider:
        assert await provider.ready() is None
        yield provider


@asynccontextmanager
async def asked(*steps, **env):
    """Open Twilio against a server that answers so, once each."""
    async with serving(*steps, aside=lambda _: None) as server, connected(server.url, **env) as provider:
        yield provider, server


def answer(status=200, /, **document):
    return http(status, json.dumps(document).encode())


def fault(code, status=400):
    return answer(status, code=code, message="No", more_info=f"https://example.com/{code}", status=status)


async def placed(step, request=None):
    async with asked(step) as (provider, _):
        return await provider.place(request or a_call())


# What is sent


@pytest.mark.parametrize(
    ("request_", "path", "fields"),
    [
        (
            a_call(FLOW, name="Zoë", n=4, yes=True),
            f"/v2/Flows/{FLOW}/Executions",
            {"Parameters": ['{"name": "Zoë", "n": 4, "yes": true}']},
        ),
        (a_call(FLOW), f"/v2/Flows/{FLOW}/Executions", {}),
        (
            a_call(ADDRESS, name="Zoë & Co", n=4),
            f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
            {"Url": ["https://example.com/say?team=1&name=Zo%C3%AB+%26+Co&n=4"]},
        ),
        (a_call(APPLICATION), f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", {"ApplicationSid": [APPLICATION]}),
    ],
    ids=["studio", "studio without parameters", "address", "application"],
)
async def test_the_shape_of_the_flow_tells_what_is_asked_for(request_, path, fields):
    async with asked(answer(201, sid="CA1", status="queued")) as (provider, server):
        await provider.place(request_)
    ((head, body),) = server.requests
    assert urlsplit(head.split()[1]).path == path
    assert parse_qs(body.decode()) == {"To": [CALLED], "From": [CALLER], **fields}
    assert b"To=%2B" in body
    assert "Content-Type: application/x-www-form-urlencoded\r\n" in head


@pytest.mark.parametrize(
    ("env", "user"),
    [({}, f"{ACCOUNT}:only-for-the-sandbox"), ({"TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "s3"}, "SK1:s3")],
)
async def test_an_api_key_lets_in_before_the_accounts_own_token(env, user):
    async with asked(answer(201, sid="CA1", status="queued"), **env) as (provider, server):
        await provider.place(a_call())
    ((head, _),) = server.requests
    assert f"Authorization: Basic {b64encode(user.encode()).decode()}\r\n" in head


# What an answer proves


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ((20003, 70051, 20005, 10001, 90010, 10002, 20006, 20008, 20010, 20403, 20404), RunMustStop),
        ((21212, 21210, 21213, 21205, 21218, 21200), RunMustStop),
        ((21211, 21217, 21201, 21214, 21203, 21215, 21216, 21202, 21219, 81023, 84004), Refused),
        ((20429, 10004, 22005), Throttled),
    ],
)
async def test_a_code_decides_whatever_the_status(status, codes, kind):
    found = [await placed(fault(code, status)) for code in codes]
    assert {type(each) for each in found} == {kind}
    assert all(each.reason == f"HTTP {status}: No: {code}" for each, code in zip(found, codes, strict=True))


@pytest.mark.parametrize("code", [20500, 20503, 21211, 0])
async def test_a_fault_of_the_server_leaves_it_open_whatever_the_code(code):
    assert isinstance(await placed(fault(code, 500)), Unclear)


async def test_only_what_is_about_the_number_may_come_many_times_in_a_row():
    assert (await placed(fault(21217))).of_number
    assert not (await placed(fault(21219))).of_number


async def test_a_number_that_is_still_in_a_call_of_the_flow_is_refused():
    said = await placed(fault(20409, 409), a_call(FLOW))
    assert said == Refused("HTTP 409: No: 20409: the number is still in a call of this flow")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, RunMustStop), (403, RunMustStop), (404, RunMustStop), (422, Refused), (408, Unclear)]
)
async def test_what_has_no_code_is_taken_by_its_status(status, kind):
    assert isinstance(await placed(http(status, b"<h1>No</h1>")), kind)


@pytest.mark.parametrize(
    ("queue_time", "delay"),
    [
        ("0", 0.0),
        ("1500", 1.5),
        (None, 0.0),
        ("soon", 0.0),
        (900, 0.9),
        ("86400000", 86_400.0),
        # Nobody waits for longer than a day: these are no times.
        ("9" * 9, 0.0),
        ("9" * 5_000, 0.0),
        (10**400, 0.0),
        (-900, 0.0),
    ],
    ids=lambda each: str(each)[:12],
)
async def test_a_queued_call_says_when_it_rings(queue_time, delay):
    step = answer(201, sid="CA1", status="queued", queue_time=queue_time)
    assert await placed(step) == Accepted("CA1", "queued", delay)


async def test_a_code_that_is_none_is_taken_for_none():
    said = await placed(answer(400, code="9" * 5_000, message="No"))
    assert isinstance(said, Refused)


@pytest.mark.parametrize(
    ("request_", "told"),
    [(a_call(), {"sid": "CA1", "to": "+12125550199"}), (a_call(FLOW), {"sid": "FN1", "contact_channel_address": "x"})],
)
async def test_an_answer_about_a_call_to_somebody_else_leaves_it_open(request_, told):
    assert await placed(answer(201, status="queued", **told), request_) == Unclear(
        "HTTP 201 about a call to somebody else"
    )


@pytest.mark.parametrize(
    ("request_", "told", "call_id"),
    [
        (a_call(), {"sid": "CA1", "to": CALLED}, "CA1"),
        (a_call(FLOW), {"sid": "FN1", "contact_channel_address": CALLED}, f"{FLOW}/FN1"),
    ],
)
async def test_an_answer_that_names_who_was_called_is_taken(request_, told, call_id):
    assert await placed(answer(201, status="queued", **told), request_) == Accepted(call_id, "queued")


async def test_a_flows_execution_is_known_by_flow_and_execution():
    assert await placed(answer(201, sid="FN1", status="active"), a_call(FLOW)) == Accepted(f"{FLOW}/FN1", "active")


# Hours


QUEUED = answer(201, sid="CA1", status="queued", queue_time="60000")


async def test_a_call_that_would_ring_after_its_hours_is_taken_back():
    request = a_call(closes=NOW + timedelta(seconds=59))
    async with asked(QUEUED, answer(sid="CA1", status="canceled")) as (provider, server):
        found = await provider.place(request)
    assert found == Throttled("it would have rung in 60 s, after its hours, and was canceled in time", 60.0)
    assert [(head.split()[1].rpartition("/")[2], body) for head, body in server.requests[1:]] == [
        ("CA1.json", b"Status=canceled")
    ]


@pytest.mark.parametrize(
    "step",
    [
        answer(sid="CA1", status="in-progress"),
        answer(sid="CA2", status="canceled"),
        fault(21220),
        None,
        http(500),
    ],
)
async def test_a_call_that_cannot_be_taken_back_counts_as_placed(step):
    async with asked(QUEUED, step) as (provider, _):
        found = await provider.place(a_call(closes=NOW + timedelta(seconds=59)))
    assert found == Accepted("CA1", "queued", 60.0)


async def test_a_call_that_rings_within_its_hours_is_left_alone():
    async with asked(QUEUED) as (provider, server):
        assert await provider.place(a_call(closes=NOW + timedelta(seconds=61))) == Accepted("CA1", "queued", 60.0)
    assert len(server.requests) == 1


# Where a call stands


def context(**widgets):
    return answer(context={"flow": {"data": {}}, "widgets": widgets})


@pytest.mark.parametrize("word", FINAL)
async def test_an_execution_leads_to_its_call_whose_word_counts(word):
    steps = [
        answer(sid="FN1", status="ended"),
        context(
            greet={"CallSid": "\ud800"},
            odd={"CallSid": "../CA1"},
            ring={"outbound": {"CallSid": "CA9", "CallStatus": "queued"}},
        ),
        answer(sid="CA9", status=word),
    ]
    async with asked(*steps) as (provider, server):
        assert await provider.look_up(f"{FLOW}/FN1") == Seen(word)
    assert [head.split()[1] for head, _ in server.requests] == [
        f"/v2/Flows/{FLOW}/Executions/FN1",
        f"/v2/Flows/{FLOW}/Executions/FN1/Context",
        f"/2010-04-01/Accounts/{ACCOUNT}/Calls/CA9.json",
    ]


async def test_an_executions_call_is_looked_for_once():
    steps = [answer(status="active"), context(ring={"CallSid": "CA9"}), *[answer(status="ringing")] * 2]
    async with asked(*steps) as (provider, server):
        assert [await provider.look_up(f"{FLOW}/FN1") for _ in range(2)] == [Seen("ringing")] * 2
    assert len(server.requests) == 4


@pytest.mark.parametrize("word", ["active", "ended"])
async def test_an_execution_without_a_call_has_its_own_word(word):
    async with asked(answer(status=word), context()) as (provider, _):
        assert await provider.look_up(f"{FLOW}/FN1") == Seen(word)


@pytest.mark.parametrize("answered", [0, 1, 2])
async def test_each_request_of_a_look_up_is_let_out_by_itself(answered):
    steps = [answer(status="active"), context(ring={"CallSid": "CA9"})][:answered]
    let = iter([*[True] * answered, False])

    async def leave():
        return next(let)

    async with asked(*steps) as (provider, _):
        assert isinstance(await provider.look_up(f"{FLOW}/FN1", leave), HeldBack)


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (fault(20404, 404), NotSeen("HTTP 404: No: 20404", gone=True)),
        (fault(20429, 429), Throttled("HTTP 429: No: 20429")),
        (http(200, b"{}"), NotSeen("HTTP 200 without a status")),
    ],
)
async def test_an_execution_that_cannot_be_looked_up_says_nothing_of_its_call(step, found):
    async with asked(step) as (provider, _):
        assert await provider.look_up(f"{FLOW}/FN1") == found


# Settings


NO_SHAPE = (
    "the flow must be a Studio flow (FW and 32 hexadecimal digits), a TwiML application (AP …) or an https address"
)
GOOD = {**ADAPTER.stand_in("https://example.com"), "TWILIO_BASE_URL": ""}


@pytest.mark.parametrize(
    ("env", "api", "studio"),
    [
        ({}, "https://api.twilio.com", "https://studio.twilio.com"),
        ({"TWILIO_REGION": "ie1"}, "https://api.ie1.twilio.com", "https://studio.ie1.twilio.com"),
        ({"TWILIO_EDGE": "dublin"}, "https://api.dublin.us1.twilio.com", "https://studio.dublin.us1.twilio.com"),
        (
            {"TWILIO_EDGE": "dublin", "TWILIO_REGION": "ie1"},
            "https://api.dublin.ie1.twilio.com",
            "https://studio.dublin.ie1.twilio.com",
        ),
        ({"TWILIO_BASE_URL": "https://example.com/"}, "https://example.com", "https://example.com"),
    ],
)
def test_region_and_edge_are_part_of_the_address(env, api, studio):
    assert (address(env, "api"), address(env, "studio")) == (api, studio)


@pytest.mark.parametrize(
    ("env", "flow", "said"),
    [
        ({}, FLOW, []),
        ({}, APPLICATION, []),
        ({}, "https://example.com/say", []),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, FLOW, ["TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits"]),
        ({"TWILIO_CALLS_PER_SECOND": "0"}, FLOW, ["TWILIO_CALLS_PER_SECOND must be a number above 0"]),
        ({"TWILIO_REGION": "ie1.evil"}, FLOW, ["TWILIO_REGION must be a region such as ie1"]),
        (
            {"TWILIO_AUTH_TOKEN": "", "TWILIO_API_KEY": f"SK{0:032x}"},
            FLOW,
            ["neither TWILIO_AUTH_TOKEN nor TWILIO_API_KEY with TWILIO_API_SECRET is set"],
        ),
        *(
            (
                {},
                flow,
                [NO_SHAPE],
            )
            for flow in ("spring", "FW1", "http://example.com/say", "https://example.com/say#part")
        ),
    ],
)
def test_what_cannot_be_used_is_named(env, flow, said):
    assert ADAPTER.complaints(GOOD | env, flow_id=flow, caller_number=CALLER) == said


@pytest.mark.parametrize(("env", "calls"), [({}, 1.0), ({"TWILIO_CALLS_PER_SECOND": "12.5"}, 12.5)])
def test_the_account_says_how_many_calls_a_second_are_made(env, calls):
    assert ADAPTER.ceiling(env).calls == calls

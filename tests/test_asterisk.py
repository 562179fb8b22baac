"""Asterisk by ARI: what is sent, what its answers prove, and what becomes of calls by the events that were recorded."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import ari
import pytest
from ari import answer
from raw_server import http, serving

from dialer.domain.call import (
    Accepted,
    CallRequest,
    HeldBack,
    NotSeen,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    StillUnknown,
    Throttled,
    Unclear,
    UnknownTry,
)
from dialer.engine.ports import Resolver
from dialer.providers.asterisk import ADAPTER, answers
from dialer.providers.asterisk.heard import Heard
from dialer.providers.asterisk.requests import trunk_of
from dialer.providers.contract.dialect import NOW, PLENTY

CALLER, CALLED, FLOW = "+12025550100", "+12125550142", "flows,reminder,start"
TOKEN = "5f0c2a9e4b7d41c8a6e3f1d20b9c8e77"
GONE = answer(404, message="Channel not found")


def a_call(number=CALLED, flow=FLOW, caller=CALLER, **parameters):
    return CallRequest(caller, number, flow, parameters, TOKEN)


def unknown(token=TOKEN):
    return UnknownTry(CallRequest(CALLER, CALLED, FLOW, {}, token), NOW, None)


@asynccontextmanager
async def asked(*steps, aside=lambda _: None, **env):
    """Open Asterisk against a server that answers so, once each."""
    async with serving(*steps, aside=aside) as server:
        given = {**ADAPTER.stand_in(server.url), **env}
        async with ADAPTER.connect(given, timeout=PLENTY, clock=lambda: 0.0, now=lambda: NOW) as provider:
            yield provider, server


async def placed(step, request=None):
    async with asked(step) as (provider, _):
        return await provider.place(request or a_call())


async def looked_up(step):
    async with asked(step) as (provider, _):
        return await provider.look_up("c-1")


async def resolved(step):
    async with asked(step) as (provider, _):
        return await provider.resolve(unknown())


async def kept_in():
    return False


# What is sent


async def test_a_call_is_asked_for_by_its_token_its_label_and_its_variables():
    request = a_call(name="Zoë & Co", balance=12.5, yes=True)
    async with asked(answer(id=TOKEN, state="Down")) as (provider, server):
        await provider.place(request)
    ((head, sent),) = server.requests
    method, address, _ = head.splitlines()[0].split()
    parts = urlsplit(address)
    assert (method, parts.path) == ("POST", f"/ari/channels/{TOKEN}")
    assert parse_qs(parts.query) == {"endpoint": [f"PJSIP/{CALLED}@trunk"]}
    assert "endpoint=PJSIP%2F%2B12125550142%40trunk" in parts.query
    assert json.loads(sent) == {
        "callerId": CALLER,
        "context": "flows",
        "extension": "reminder",
        "label": "start",
        "variables": {"name": "Zoë & Co", "balance": "12.5", "yes": "true"},
    }
    assert f"Authorization: Basic {b64encode(b'dialer:only-for-the-sandbox').decode()}\r\n" in head
    assert "Content-Type: application/json\r\n" in head


async def test_a_call_without_caller_and_parameters_says_nothing_of_them():
    async with asked(answer(id=TOKEN, state="Down")) as (provider, server):
        await provider.place(a_call(caller=""))
    ((_, sent),) = server.requests
    assert json.loads(sent) == {"context": "flows", "extension": "reminder", "label": "start"}


@pytest.mark.parametrize(
    ("endpoint", "technology", "resource", "device"),
    [
        ("PJSIP/{number}@trunk", "PJSIP", "trunk", f"PJSIP/{CALLED}@trunk"),
        ("PJSIP/00{digits}@my-trunk.1", "PJSIP", "my-trunk.1", "PJSIP/0012125550142@my-trunk.1"),
        (
            "PJSIP/trunk/sip:{number}@sip.example.com:5060",
            "PJSIP",
            "trunk",
            f"PJSIP/trunk/sip:{CALLED}@sip.example.com:5060",
        ),
        ("SIP/trunk/{digits}", "SIP", "trunk", "SIP/trunk/12125550142"),
    ],
)
def test_an_endpoint_says_by_which_trunk_a_number_is_rung(endpoint, technology, resource, device):
    trunk = trunk_of(endpoint)
    assert (trunk.technology, trunk.resource, trunk.device(CALLED)) == (technology, resource, device)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", 'O\'Brien, "Bob" & 100 % $5 {x}', None),
        ("name_2", "Zoë 李", None),
        ("Name", "", None),
        ("CALLERID(name)", "Eve", "cannot be a channel variable"),
        ("first name", "Ann", "cannot be a channel variable"),
        ("_name", "Ann", "cannot be a channel variable"),
        ("2nd", "Ann", "cannot be a channel variable"),
        ("TRANSFER_CONTEXT", "elsewhere", "cannot be a channel variable"),
        ("naïve", "Ann", "cannot be a channel variable"),
        ("x" * 81, "Ann", "cannot be a channel variable"),
        ("name", "Ann\r\nX-Evil: 1", "name holds a line break or another control character"),
        ("name", "a\x00b", "name holds a line break or another control character"),
        ("name", "${SHELL(id)}", "name holds ${ or $[, which a dialplan may evaluate"),
        ("name", "$[1+1]", "name holds ${ or $[, which a dialplan may evaluate"),
        ("name", ["${SHELL(id)}"], "name holds ${ or $[, which a dialplan may evaluate"),
        ("name", "\ud800", "a parameter holds what JSON cannot carry"),
        ("odd", float("nan"), "a parameter holds what JSON cannot carry"),
    ],
)
def test_what_is_no_channel_variable_is_a_misfit(name, value, said):
    found = ADAPTER.misfit(a_call(**{name: value}))
    assert (found is None) if said is None else (said in found)


def test_a_call_is_no_larger_than_every_version_takes():
    assert ADAPTER.misfit(a_call(text="x" * 3900)) is None
    assert ADAPTER.misfit(a_call(text="x" * 4096)).startswith("Asterisk takes 4096 bytes for a call, and this one has ")


# What an answer proves, as it was recorded


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (answer(id=TOKEN, name="PJSIP/trunk-00000000", state="Down"), Accepted(TOKEN, "dialing")),
        (answer(409, message="Channel with given unique ID already exists"), Accepted(TOKEN)),
        (answer(500, error="Allocation failed"), NotSent("HTTP 500: Allocation failed", left=True)),
        (http(503, b"<h1>Shutdown in progress</h1>"), NotSent("HTTP 503: Shutdown in progress", left=True)),
        (
            answer(404, message="Requested label can not be found"),
            RunMustStop("HTTP 404: Requested label can not be found", answers.TIP_FLOW),
        ),
        (
            answer(400, message="Endpoint must be specified"),
            RunMustStop("HTTP 400: Endpoint must be specified", answers.TIP_REQUEST),
        ),
        (
            answer(401, message="Authentication required"),
            RunMustStop("HTTP 401: Authentication required", answers.TIP_USER),
        ),
        (
            answer(403, message="Write access denied"),
            RunMustStop("HTTP 403: Write access denied", answers.TIP_READ_ONLY),
        ),
        (http(404, b"<h1>Not Found</h1>"), RunMustStop("HTTP 404: Not Found", answers.TIP_ADDRESS)),
        (answer(500, error="Something else"), Unclear("HTTP 500: Something else")),
        (answer(500, error="Allocation failed", code=1), Unclear("HTTP 500: Allocation failed: 1")),
        (http(503, b"<h1>Busy</h1>"), Unclear("HTTP 503: Busy")),
        (answer(200, id="another", state="Down"), Unclear("HTTP 200 without the id of this call")),
        (answer(200, id=[TOKEN], state="Down"), Unclear("HTTP 200 without the id of this call")),
        (answer(409, message="Another conflict"), Refused("HTTP 409: Another conflict")),
        (answer(413, message="Too large"), Refused("HTTP 413: Too large")),
    ],
)
async def test_an_answer_proves_what_it_was_seen_to_mean(step, found):
    assert await placed(step) == found


# What becomes of a call


async def test_a_redirect_of_events_is_followed_nowhere():
    async with serving(aside=ari.set_up) as elsewhere:

        def aside(head):
            if "/ari/events" in head:
                return http(302, b"", Location=f"{elsewhere.url}/ari/events?app=dialer")
            return ari.set_up(head)

        async with asked(aside=aside) as (provider, _):
            found = await provider.ready()
    assert (found, elsewhere.connections) == (NotSent("no events: HTTP 302"), [])


def channel(state, call_id=TOKEN):
    return {"id": call_id, "name": "PJSIP/trunk-00000000", "state": state}


def changed(state):
    return {"type": "ChannelStateChange", "channel": channel(state)}


def dial(status, state="Ringing"):
    return {"type": "Dial", "dialstatus": status, "peer": channel(state)}


def destroyed(cause, state="Down", **more):
    return {"type": "ChannelDestroyed", "cause": cause, "channel": channel(state), **more}


ANSWERED = (dial(""), changed("Ringing"), dial("RINGING"), changed("Up"), dial("ANSWER", "Up"))


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ((*ANSWERED, destroyed(16, "Up")), "completed"),
        ((dial("BUSY", "Down"), destroyed(17, tech_cause=486)), "busy"),
        ((changed("Ringing"), destroyed(19, "Ringing", tech_cause=480)), "no-answer"),
        ((changed("Ringing"), destroyed(0, "Ringing")), "no-answer"),
        ((destroyed(18, tech_cause=408),), "no-answer"),
        ((destroyed(1, tech_cause=404),), "failed"),
        ((destroyed(21, tech_cause=603),), "failed"),
        ((*ANSWERED, destroyed(0, "Up")), "failed"),
        ((destroyed(16, "Up"),), "completed"),
        ((dial("ANSWER", "Ringing"), destroyed(16)), "completed"),
        ((changed("Up"), destroyed(None)), "completed"),
        ((destroyed([17]),), "failed"),
        (({"type": [], "channel": channel({})}, destroyed("17")), "failed"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_the_last_word_is_by_cause_and_by_whether_it_was_picked_up(events, word):
    heard = Heard()
    heard.expect(TOKEN)
    for event in events:
        heard.hear(event)
    assert (heard.word(TOKEN), heard.take_last(TOKEN), heard.take_last(TOKEN)) == (word, word, "")


def test_who_hears_of_calls_of_others_keeps_nothing():
    heard = Heard()
    for event in (*ANSWERED, destroyed(16), {"type": "ChannelVarset"}, {"channel": 7}, {"channel": {"id": None}}):
        heard.hear(event)
    assert heard.word(TOKEN) == ""


def test_what_is_over_before_its_answer_came_is_not_expected_again():
    heard = Heard()
    heard.expect(TOKEN)
    heard.hear(destroyed(17))
    heard.expect(TOKEN)
    heard.expect(TOKEN, "ringing")
    assert heard.word(TOKEN) == "busy"


async def test_the_oldest_last_words_go_where_there_are_too_many():
    heard = Heard(most=200)
    ids = [f"{number:032x}" for number in range(201)]
    for call_id in ids:
        heard.expect(call_id)
        heard.hear({"type": "ChannelDestroyed", "cause": 17, "channel": {"id": call_id}})
    assert [heard.word(call_id) for call_id in ids] == [""] * 3 + ["busy"] * 198
    assert await heard.last_of(ids[0], within=0.0) == "ended"


@pytest.mark.parametrize(("events", "word"), [((), "ended"), ((changed("Ringing"),), "ended"), (ANSWERED, "completed")])
async def test_a_call_whose_end_was_not_heard_has_ended_or_was_picked_up(events, word):
    heard = Heard()
    heard.expect(TOKEN)
    for event in events:
        heard.hear(event)
    heard.lost()
    assert await heard.last_of(TOKEN, within=60.0) == word


# Where a call stands


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("Down", "dialing"),
        ("Rsrvd", "dialing"),
        ("OffHook", "dialing"),
        ("Dialing", "dialing"),
        ("Ring", "ringing"),
        ("Ringing", "ringing"),
        ("Up", "answered"),
        ("Busy", "busy"),
        ("Mute", "mute"),
    ],
)
async def test_a_channels_state_is_told_in_the_words_of_calls(state, word):
    assert await looked_up(answer(id="c-1", state=state)) == Seen(word)


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (GONE, Seen("ended", final=True)),
        (http(404, b"<h1>Not Found</h1>"), NotSeen("HTTP 404: Not Found", gone=True)),
        (
            answer(401, message="Authentication required"),
            RunMustStop("HTTP 401: Authentication required", answers.TIP_USER),
        ),
        (http(429, b"", Retry_After="3"), Throttled("HTTP 429", 3.0)),
        (answer(200), NotSeen("HTTP 200 without a state")),
    ],
)
async def test_a_look_up_finds_what_it_is_told(step, found):
    assert await looked_up(step) == found


# What came of a try whose answer nobody knows


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (answer(id=TOKEN, state="Up"), Accepted(TOKEN, "answered")),
        (GONE, StillUnknown("Asterisk has no such channel: the call is over, or was never made")),
        (answer(500, error="Something"), StillUnknown("HTTP 500: Something", again=5.0)),
        (
            answer(200, id="another", state="Up"),
            StillUnknown("HTTP 200: " + '{"id": "another", "state": "Up"}', again=5.0),
        ),
        (None, StillUnknown("ServerDisconnectedError: Server disconnected", again=5.0)),
        (answer(401, message="No"), RunMustStop("HTTP 401: No", answers.TIP_USER)),
        (http(429), Throttled("HTTP 429")),
    ],
)
async def test_only_a_channel_that_lives_proves_that_a_call_was_made(step, found):
    assert await resolved(step) == found


async def test_a_try_that_is_not_asked_about_is_held_back():
    async with asked() as (provider, _):
        assert isinstance(provider, Resolver)
        assert await provider.resolve(unknown(), kept_in) == HeldBack("it was not let out")


# Settings


GOOD = {**ADAPTER.stand_in("https://pbx.example.com:8089/"), "ASTERISK_PASSWORD": "s"}
NO_FLOW = "the flow must be CONTEXT,EXTENSION,LABEL of the dialplan, and the label begin with a letter"
NO_ENDPOINT = "ASTERISK_ENDPOINT must look like PJSIP/{number}@trunk"


@pytest.mark.parametrize(
    ("env", "flow", "said"),
    [
        ({}, FLOW, []),
        ({}, "flows,_X.,start", []),
        ({}, "from-internal,+12025550142,go-1", []),
        *(({}, flow, [NO_FLOW]) for flow in ("spring", "flows,s", "flows,s,1", "flows,s,1st", "flows,s,-1", "a,b,c,d")),
        ({}, f"{'x' * 80},s,start", [NO_FLOW]),
        ({"ASTERISK_USER": "a:b"}, FLOW, ["ASTERISK_USER must be letters and digits, without a colon"]),
        ({"ASTERISK_APP": "a b"}, FLOW, ["ASTERISK_APP must be letters, digits, hyphens and underscores"]),
        ({"ASTERISK_CALLS_AT_A_TIME": "0"}, FLOW, ["ASTERISK_CALLS_AT_A_TIME must be a whole number above 0"]),
        ({"ASTERISK_ENDPOINT": "PJSIP/trunk"}, FLOW, [NO_ENDPOINT]),
        ({"ASTERISK_ENDPOINT": "PJSIP/{number}@a&SIP/b"}, FLOW, [NO_ENDPOINT]),
        (
            {"ASTERISK_ENDPOINT": "PJSIP/{number}@" + "x" * 63},
            FLOW,
            ["ASTERISK_ENDPOINT is too long: Asterisk cuts off what is above 79 characters"],
        ),
        (
            {"ASTERISK_URL": "http://pbx.example.com:8088"},
            FLOW,
            ["ASTERISK_URL: plain http would send secrets in the clear; use https (http is for loopback only)"],
        ),
    ],
)
def test_what_cannot_be_used_is_named(env, flow, said):
    assert ADAPTER.complaints(GOOD | env, flow_id=flow, caller_number="") == said


@pytest.mark.parametrize(("lines", "at_a_time"), [("", None), ("30", 30)])
def test_the_trunk_says_how_many_calls_it_carries(lines, at_a_time):
    found = ADAPTER.ceiling({"ASTERISK_CALLS_AT_A_TIME": lines})
    assert (found.calls, found.look_ups, found.at_a_time) == (None, 200.0, at_a_time)


@pytest.mark.parametrize("path", ["", "/", "/ari", "/ari/"])
async def test_an_address_may_name_ari_or_not(path):
    async with serving(GONE, aside=ari.set_up) as server:
        env = {**ADAPTER.stand_in(server.url + path)}
        async with ADAPTER.connect(env, timeout=PLENTY, clock=lambda: 0.0, now=lambda: NOW) as provider:
            assert await provider.ready() is None
            await provider.look_up("c-1")
    assert [head.split()[1] for head, _ in server.requests] == ["/ari/channels/c-1"]

"""Asking Twilio what came of a try: its lists, read to their end, and what they prove."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from builders import HandClock
from raw_server import NOW, PLENTY, http, serving

from dialer.domain.call import (
    Accepted,
    CallRequest,
    HeldBack,
    NotMade,
    NotSent,
    Refused,
    RunMustStop,
    StillUnknown,
    Throttled,
    UnknownTry,
)
from dialer.engine.ports import Resolver
from dialer.providers.sandbox.server import serve
from dialer.providers.sandbox.twilio import NO_FLOW, TwilioSandbox
from dialer.providers.twilio import ADAPTER

FLOW, ADDRESS, CALLER, CALLED = f"FW{7:032x}", "https://example.com/say", "+12025550100", "+12125550142"
BOTH = pytest.mark.parametrize("flow", [FLOW, ADDRESS], ids=["studio", "calls"])


def a_call(flow=ADDRESS, number=CALLED):
    return CallRequest(CALLER, number, flow, {}, "t1")


def a_try(flow=ADDRESS, *, at=NOW, took=5.0, others=(), number=CALLED):
    ended = None if took is None else at + timedelta(seconds=took)
    return UnknownTry(a_call(flow, number), at, ended, frozenset(others))


@asynccontextmanager
async def connected(url, clock=None):
    clock = clock or HandClock()
    given = ADAPTER.stand_in(url)
    now = lambda: NOW + timedelta(seconds=clock.seconds)  # noqa: E731
    async with ADAPTER.connect(given, timeout=PLENTY, clock=clock.ticks, now=now) as provider:
        yield provider


@asynccontextmanager
async def standing(clock):
    """Give a stand-in whose clock is the provider's, and the adapter that asks it."""
    sandbox = TwilioSandbox(clock=lambda: NOW.timestamp() + clock.seconds)
    async with serve(sandbox) as url, connected(url, clock) as provider:
        yield provider, sandbox


def listed(*calls, following=None):
    entries = [
        {"sid": sid, "to": number, "from": CALLER, "status": "completed", "date_created": format_datetime(at)}
        for sid, number, at in calls
    ]
    return http(200, json.dumps({"calls": entries, "next_page_uri": following}).encode())


@asynccontextmanager
async def asked(*steps, clock=None):
    async with serving(*steps, aside=lambda _: None) as server, connected(server.url, clock) as provider:
        yield provider, server


# Against the stand-in


@BOTH
async def test_a_call_whose_answer_was_lost_is_found(flow):
    clock = HandClock()
    async with standing(clock) as (provider, sandbox):
        assert isinstance(provider, Resolver)
        answer = await provider.place(a_call(flow, "+12125550194"))
        clock.forward(1)
        found = await provider.resolve(a_try(flow, number="+12125550194"))
        [call] = sandbox.calls
    told = f"{FLOW}/FN{call.sid}" if flow == FLOW else f"CA{call.sid}"
    assert (type(answer).__name__, found.call_id) == ("Unclear", told)
    assert found.status in {"active", "ringing"}


@BOTH
async def test_that_no_call_is_listed_proves_something_only_after_a_while(flow):
    clock = HandClock()
    clock.forward(5)
    async with standing(clock) as (provider, _):
        early = await provider.resolve(a_try(flow))
        clock.forward(89)
        late = await provider.resolve(a_try(flow))
        clock.forward(2)
        proved = await provider.resolve(a_try(flow))
    assert early == StillUnknown("Twilio lists no such call yet", again=90.0)
    assert late == StillUnknown("Twilio lists no such call yet", again=1.0)
    assert proved == NotMade("Twilio lists no such call")


@BOTH
async def test_after_a_crash_the_request_may_have_left_for_half_a_minute(flow):
    clock = HandClock()
    clock.forward(100)
    async with standing(clock) as (provider, _):
        assert (await provider.resolve(a_try(flow, took=None))).again == 20.0
        clock.forward(20)
        assert isinstance(await provider.resolve(a_try(flow, took=None)), NotMade)


@BOTH
async def test_the_call_of_another_try_is_not_taken_for_this_one(flow):
    clock = HandClock()
    async with standing(clock) as (provider, _):
        other = await provider.place(a_call(flow))
        clock.forward(200)
        assert isinstance(await provider.resolve(a_try(flow)), Accepted)
        assert isinstance(await provider.resolve(a_try(flow, others=[other.call_id])), NotMade)


async def test_two_calls_of_the_time_leave_it_open():
    clock = HandClock()
    async with standing(clock) as (provider, sandbox):
        for _ in range(2):
            await provider.place(a_call())
        clock.forward(200)
        found = await provider.resolve(a_try())
        ids = [f"CA{call.sid}" for call in sandbox.calls]
    assert isinstance(found, StillUnknown)
    assert found.again is None
    assert all(each in found.reason for each in ids)


@pytest.mark.parametrize(
    ("minutes", "kind"), [(-20, NotMade), (-10, StillUnknown), (-0.5, Accepted), (0.5, Accepted), (10, StillUnknown)]
)
@BOTH
async def test_a_call_of_another_time_is_not_it_and_keeps_one_from_being_called_again_if_it_is_near(
    flow, minutes, kind
):
    clock = HandClock()
    async with standing(clock) as (provider, _):
        await provider.place(a_call(flow))
        clock.forward(3600)
        assert isinstance(await provider.resolve(a_try(flow, at=NOW - timedelta(minutes=minutes))), kind)


async def test_a_flows_list_is_fetched_once_for_all_who_were_called_at_that_time():
    clock = HandClock()
    heard = []
    sandbox = TwilioSandbox(clock=lambda: NOW.timestamp() + clock.seconds, heard=heard.append)
    numbers = [f"+1212556{row:04d}" for row in range(250)]
    async with serve(sandbox) as url, connected(url, clock) as provider:
        for number in numbers:
            await provider.place(a_call(FLOW, number))
        clock.forward(3600)
        heard.clear()
        found = {number: await provider.resolve(a_try(FLOW, number=number)) for number in [*numbers, "+12125559999"]}
    assert {type(each).__name__ for number, each in found.items() if number in numbers} == {"Accepted"}
    assert len({each.call_id for each in found.values() if isinstance(each, Accepted)}) == len(numbers)
    assert isinstance(found["+12125559999"], NotMade)
    assert len(heard) <= 8


async def test_an_execution_that_still_goes_on_is_named_where_it_keeps_another_from_being_begun():
    clock = HandClock()
    async with standing(clock) as (provider, sandbox):
        await provider.place(a_call(FLOW))
        again = await provider.place(a_call(FLOW))
        clock.forward(60)
        later = await provider.place(a_call(FLOW))
    assert isinstance(again, Refused)
    assert again.reason.endswith(f"the number is still in a call of this flow, FN{sandbox.calls[0].sid}")
    assert isinstance(later, Accepted)


async def test_a_flow_that_is_not_there_any_more_tells_nothing():
    clock = HandClock()
    clock.forward(3600)
    async with standing(clock) as (provider, _):
        found = await provider.resolve(a_try(NO_FLOW))
    assert isinstance(found, StillUnknown)
    assert "HTTP 404" in found.reason


# By raw answers


async def test_a_list_is_read_to_its_end_and_at_no_other_address():
    where = "https://elsewhere.example/2010-04-01/Accounts/x/Calls.json?PageSize=100&Page=1&PageToken=PA1"
    first = listed(("CA1", CALLED, NOW - timedelta(days=2)), following=where)
    async with asked(first, listed(("CA2", CALLED, NOW))) as (provider, server):
        found = await provider.resolve(a_try())
    assert found == Accepted("CA2", "completed")
    paths = [urlsplit(head.split()[1]) for head, _ in server.requests]
    assert {each.path for each in paths} == {f"/2010-04-01/Accounts/AC{0:032x}/Calls.json"}
    assert [parse_qs(each.query) for each in paths] == [
        {"To": [CALLED], "From": [CALLER], "PageSize": ["100"]},
        {"PageSize": ["100"], "Page": ["1"], "PageToken": ["PA1"]},
    ]


@pytest.mark.parametrize(
    ("minutes", "proves"), [(-60, False), (-11, False), (-9, True), (9, True), (11, False), (60, False)]
)
async def test_silence_proves_nothing_where_the_clocks_differ(minutes, proves):
    clock = HandClock()
    clock.forward(3600)
    told = format_datetime(NOW + timedelta(hours=1, minutes=minutes), usegmt=True)
    body = json.dumps({"calls": [], "next_page_uri": None}).encode()
    async with asked(http(200, body, Date=told), clock=clock) as (provider, _):
        found = await provider.resolve(a_try())
    assert isinstance(found, NotMade if proves else NotSent)


async def test_a_list_that_leads_back_to_itself_proves_nothing():
    again = listed(following="/2010-04-01/Accounts/x/Calls.json?Page=1")
    clock = HandClock()
    clock.forward(3600)
    async with asked(again, again, clock=clock) as (provider, server):
        found = await provider.resolve(a_try())
    assert found == NotSent("its pages lead in a circle, or have no end", left=True)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "page",
    [
        {"calls": []},  # whether it is the last one is not said
        {"calls": [], "next_page_uri": 1},
        {"calls": [], "next_page_uri": ["/x?Page=1"]},
        {"calls": [], "next_page_uri": {}},
        {"calls": [], "next_page_uri": "/x"},
        {"calls": [], "meta": {}},
        {"calls": [{"sid": "CA1", "date_created": format_datetime(NOW)}], "next_page_uri": None},
        {"calls": [{"sid": "CA1", "to": None, "date_created": format_datetime(NOW)}], "next_page_uri": None},
    ],
)
async def test_a_list_that_may_not_be_whole_proves_nothing(page):
    clock = HandClock()
    clock.forward(3600)
    async with asked(http(200, json.dumps(page).encode()), clock=clock) as (provider, _):
        assert await provider.resolve(a_try()) == NotSent("HTTP 200: what it lists cannot be read", left=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"calls": 1}',
        b'{"calls": [1]}',
        b'{"calls": [{"sid": ""}]}',
        b'{"calls": [{"sid": "CA1"}]}',
        b'{"calls": [{"sid": "CA1", "date_created": 5}]}',
        b'{"calls": [{"sid": "CA1", "date_created": "soon"}]}',
        b'{"calls": [{"sid": "CA1", "date_created": "9"}]}',
    ],
)
async def test_a_list_that_cannot_be_read_proves_nothing(body):
    clock = HandClock()
    clock.forward(3600)
    async with asked(http(200, body), clock=clock) as (provider, _):
        assert isinstance(await provider.resolve(a_try()), NotSent)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (http(429, b'{"code": 20429}'), Throttled),
        (http(401, b'{"code": 20003}'), RunMustStop),
        (http(403, b'{"code": 70051}'), RunMustStop),
        (http(500, b"{}"), NotSent),
        (http(404, b'{"code": 20404}'), StillUnknown),
        (None, NotSent),
    ],
)
async def test_what_is_no_list_is_about_the_question(step, kind):
    async with asked(*([step] if step else [])) as (provider, _):
        assert isinstance(await provider.resolve(a_try()), kind)


async def test_a_question_that_is_held_back_asks_nothing():
    async def held():
        return False

    async with asked() as (provider, server):
        assert isinstance(await provider.resolve(a_try(), held), HeldBack)
    assert server.requests == []

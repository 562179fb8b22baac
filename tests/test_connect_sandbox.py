"""The stand-in for Amazon Connect, asked by the very adapter: signatures, tokens, lines, searches, and words."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from builders import HandClock
from raw_server import NOW, serving

from dialer.domain.call import (
    Accepted,
    CallRequest,
    HeldBack,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    StillUnknown,
    Throttled,
    Unclear,
    UnknownTry,
)
from dialer.providers.connect import ADAPTER
from dialer.providers.contract.dialect import PLENTY
from dialer.providers.contract.fault_server import http
from dialer.providers.sandbox.server import SandboxOptions, serve

pytest.importorskip("botocore")

from dialer.providers.connect.words import FINAL
from dialer.providers.sandbox.connect import NO_FLOW, ConnectSandbox

pytest_plugins = ("commands",)

FLOW = "00000000-0000-4000-8000-000000000002"
CALLED, CUT_OFF = "+12125550142", "+12125550194"
BEGAN = NOW.timestamp()


def a_call(number=CALLED, token="t1", flow=FLOW, caller="+12025550100"):
    return CallRequest(caller, number, flow, {"name": "Zoë"}, token)


def a_sandbox(clock, **options):
    return ConnectSandbox(clock=lambda: BEGAN + clock.ticks(), **options)


@asynccontextmanager
async def connected(url, clock=None, **env):
    given = {**ADAPTER.stand_in(url), **env}
    ticks = clock.ticks if clock else lambda: 0.0

    def now():
        return NOW + timedelta(seconds=ticks())

    async with ADAPTER.connect(given, timeout=PLENTY, clock=ticks, now=now) as provider:
        yield provider


async def test_a_contact_is_called_answered_and_over():
    clock = HandClock()
    async with serve(a_sandbox(clock)) as url, connected(url, clock) as provider:
        call = await provider.place(a_call())
        found = []
        for seconds in (0.0, 2.0, 1.0, 4.0):
            clock.forward(seconds)
            found.append(await provider.look_up(call.call_id))
    assert found == [Seen("dialling"), Seen("dialling"), Seen("answered"), Seen("customer_disconnect")]


@pytest.mark.parametrize("word", sorted(FINAL - {"disconnected"}))
async def test_every_reason_to_end_is_the_last_word(word):
    clock = HandClock()
    sandbox = a_sandbox(clock, reasons={CALLED: word.upper()})
    async with serve(sandbox) as url, connected(url, clock) as provider:
        call = await provider.place(a_call())
        clock.forward(10.0)
        assert await provider.look_up(call.call_id) == Seen(word)


async def test_a_token_starts_one_contact_while_that_is_not_over():
    clock = HandClock()
    sandbox = a_sandbox(clock)
    async with serve(sandbox) as url, connected(url, clock) as provider:
        first, again = await provider.place(a_call()), await provider.place(a_call())
        clock.forward(10.0)
        later = await provider.place(a_call())
    assert (first, len(sandbox.calls)) == (again, 2)
    assert later != first


async def test_the_stand_in_carries_as_many_calls_as_it_has_lines():
    clock = HandClock()
    async with serve(a_sandbox(clock, carries=1)) as url, connected(url, clock) as provider:
        found = [await provider.place(a_call(token=token)) for token in ("t1", "t2")]
        clock.forward(10.0)
        found.append(await provider.place(a_call(token="t3")))
    assert [type(each) for each in found] == [Accepted, Throttled, Accepted]
    assert found[1].wait == 30.0


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("0190", Refused),
        ("0191", Throttled),
        ("0194", Unclear),
        ("0195", Unclear),
        ("0196", Unclear),
        ("0197", Unclear),
        ("0198", Accepted),
    ],
)
async def test_the_stand_ins_numbers_misbehave_as_the_sandboxs_do(ending, kind):
    async with serve(a_sandbox(HandClock())) as url, connected(url) as provider:
        assert isinstance(await provider.place(a_call(f"+1212555{ending}")), kind)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "InvalidSignature: The signature does not match the one calculated"),
        ({"AWS_REGION": "eu-west-2"}, "InvalidSignature: The signature does not match the one calculated"),
        ({"AWS_ACCESS_KEY_ID": "SOMEBODYELSE"}, "UnrecognizedClient: The security token of the request is invalid"),
    ],
)
async def test_the_stand_in_lets_in_whose_signature_is_right(env, said):
    async with serve(a_sandbox(HandClock())) as url, connected(url, **env) as provider:
        answers = [await provider.place(a_call()), await provider.look_up("a b/c")]
    assert [(type(each), each.reason) for each in answers] == [(RunMustStop, f"HTTP 403: {said}")] * 2


async def test_the_stand_in_has_the_flows_and_callers_it_has_and_a_pace():
    sandbox = a_sandbox(HandClock(), options=SandboxOptions(calls_per_second=1))
    async with serve(sandbox) as url, connected(url) as provider:
        assert isinstance(await provider.place(a_call(flow=NO_FLOW)), Throttled | RunMustStop)
        assert isinstance(await provider.place(a_call()), Throttled)
    async with serve(a_sandbox(HandClock())) as url, connected(url) as provider:
        assert isinstance(await provider.place(a_call(flow=NO_FLOW)), RunMustStop)
        assert isinstance(await provider.place(a_call(caller="+12025550000")), RunMustStop)
        assert isinstance(await provider.place(a_call(number="+0")), Refused)
        assert isinstance(await provider.place(a_call(caller="")), Refused)


async def test_who_asks_and_what_comes_of_it_is_heard_with_numbers_masked():
    heard = []
    clock = HandClock()
    async with serve(a_sandbox(clock, heard=heard.append)) as url, connected(url, clock) as provider:
        await provider.place(a_call())
        await provider.look_up("c1")
        await provider.resolve(an_unknown())
    assert [line.split("  ", 1)[1] for line in heard] == [
        "call +12…42  200 placed",
        "status of c1  404",
        "search  200",
    ]


# What came of a try whose answer nobody knows


def an_unknown(request=None, seconds=1.0, other_calls=frozenset()):
    return UnknownTry(request or a_call(), NOW, NOW + timedelta(seconds=seconds), other_calls)


async def asked_about(*placed, unknown, after=10.0, **options):
    """Place calls, wait, and ask about a try; return what is found, the ids of the calls, and how many were started."""
    clock = HandClock()
    sandbox = a_sandbox(clock, **options)
    async with serve(sandbox) as url, connected(url, clock) as provider:
        for each in placed:
            await provider.place(each)
        clock.forward(after)
        started = len(sandbox.calls)
        found = await provider.resolve(unknown)
        assert len(sandbox.calls) == started, "nobody is rung by a question"
    return found, [each.id for each in sandbox.calls]


@pytest.mark.parametrize("number", [CUT_OFF, "+12125550196"])
async def test_the_contact_of_a_call_without_an_answer_is_found_by_its_token(number):
    lost = a_call(number)
    found, (first, second, _) = await asked_about(
        a_call(token="t0"), lost, a_call(number, token="t2"), unknown=an_unknown(lost)
    )
    assert first != second
    assert found == Accepted(second, "customer_disconnect")


async def test_a_call_that_was_never_made_stays_unknown():
    found, _ = await asked_about(a_call(token="t0"), unknown=an_unknown())
    assert found == StillUnknown("no contact that bears its token has been found", again=120.0)


async def test_a_call_that_goes_on_is_not_found_yet():
    found, _ = await asked_about(a_call(CUT_OFF), unknown=an_unknown(a_call(CUT_OFF)), after=1.0)
    assert found == StillUnknown("no contact that bears its token has been found", again=120.0)


@pytest.mark.parametrize(("after", "again"), [(119.0, 120.0), (600.0, 600.0), (86_399.0, 86_399.0), (86_400.0, None)])
async def test_a_call_that_is_not_found_is_asked_about_for_a_day(after, again):
    found, _ = await asked_about(unknown=an_unknown(), after=after)
    assert found.again == again


@pytest.mark.parametrize("number", ["+12125550143"])
async def test_a_contact_of_somebody_else_is_not_the_call(number):
    found, _ = await asked_about(a_call(number), unknown=an_unknown())
    assert isinstance(found, StillUnknown)


async def test_a_contact_that_belongs_to_another_try_is_not_the_call():
    clock = HandClock()
    sandbox = a_sandbox(clock)
    async with serve(sandbox) as url, connected(url, clock) as provider:
        call = await provider.place(a_call())
        clock.forward(10.0)
        found = await provider.resolve(an_unknown(other_calls=frozenset({call.call_id})))
    assert isinstance(found, StillUnknown)


async def test_of_several_contacts_none_is_the_call():
    clock = HandClock()
    async with serve(a_sandbox(clock)) as url, connected(url, clock) as provider:
        for _ in range(2):
            await provider.place(a_call())
            clock.forward(10.0)
        assert (await provider.resolve(an_unknown())).reason == "2 contacts bear its token"


@pytest.mark.parametrize("lets", [0, 1])
async def test_each_request_of_a_question_is_let_out_by_itself(lets):
    clock = HandClock()
    let = iter([*[True] * lets, False])

    async def leave():
        return next(let)

    async with serve(a_sandbox(clock)) as url, connected(url, clock) as provider:
        await provider.place(a_call())
        clock.forward(10.0)
        assert isinstance(await provider.resolve(an_unknown(), leave), HeldBack)


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([http(500, b"Down")], NotSent("HTTP 500: Down", left=True)),
        ([http(200, b"[]")], NotSent("HTTP 200", left=True)),
        ([http(400, b"Odd")], StillUnknown("HTTP 400: Odd")),
        ([http(200, b'{"Contacts": [{"Id": "c1"}]}'), http(500)], NotSent("HTTP 500", left=True)),
        ([http(429, b"", Retry_After="3")], Throttled("HTTP 429", 3.0)),
    ],
)
async def test_a_question_without_an_answer_may_be_asked_again(steps, found):
    async with serving(*steps, aside=lambda _: None) as server, connected(server.url) as provider:
        assert await provider.resolve(an_unknown()) == found


async def test_two_searches_are_two_seconds_apart():
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        clock.forward(seconds)

    clock = HandClock()
    async with serve(a_sandbox(clock)) as url, connected(url, clock) as provider:
        provider._sleep = sleep
        await asyncio.gather(*(provider.resolve(an_unknown()) for _ in range(3)))
        clock.forward(5.0)
        await provider.resolve(an_unknown())
    assert slept == [0.0, 2.0, 2.0, 0.0]


# The whole program


def test_a_list_is_rehearsed_by_the_very_adapter(dialer):
    contacts = dialer.write_list([["+12125550101"], ["+12125550190"], ["+12125550195"]])
    told = dialer.here("run", contacts, "--sandbox", "--provider", "connect", "--json", code=1).json
    assert told["outcomes"] == {"placed": 1, "rejected": 1, "unknown": 1}
    assert dialer.results()[1]["error"] == (
        "HTTP 403: DestinationNotAllowed: Outbound calls to the destination number are not allowed"
    )
    dialer.here("verify", "--sandbox")

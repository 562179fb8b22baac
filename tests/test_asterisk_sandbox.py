"""The stand-in for Asterisk, asked by the very adapter: numbers that misbehave, events, connections that are lost."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import ari
import pytest
from raw_server import http, serving

from dialer.domain.call import (
    Accepted,
    CallRequest,
    NotSent,
    RunMustStop,
    Seen,
    StillUnknown,
    Throttled,
    Unclear,
    UnknownTry,
)
from dialer.providers.asterisk import ADAPTER, answers, calls, requests
from dialer.providers.contract.dialect import NOW, PLENTY
from dialer.providers.sandbox import standing_in_for
from dialer.providers.sandbox.asterisk import MISSING, AsteriskSandbox
from dialer.providers.sandbox.server import SandboxOptions, serve

pytest_plugins = ("commands",)

ANN = "+12125550101"
FLOW = "flows,reminder,start"
TOKENS = [f"{number:032x}" for number in range(1, 9)]


def a_call(number=ANN, flow=FLOW, token=TOKENS[0]):
    return CallRequest("+12025550100", number, flow, {"name": "Zoë"}, token)


async def at_once(_seconds):
    await asyncio.sleep(0)


class Steps:
    """Time that passes a step whenever the test says so."""

    def __init__(self):
        self._waiting = asyncio.Semaphore(0)

    async def wait(self, _seconds):
        await self._waiting.acquire()

    def on(self):
        self._waiting.release()


@asynccontextmanager
async def connected(url, *, sleep=asyncio.sleep, on_its_way=5.0, **env):
    given = {**ADAPTER.stand_in(url), **env}
    server = calls.Server(
        url=f"{url}/ari",
        user="dialer",
        password=given["ASTERISK_PASSWORD"],
        app=given.get("ASTERISK_APP", "dialer"),
        trunk=requests.trunk_of(given["ASTERISK_ENDPOINT"]),
    )
    opened = calls.connect(server, given, timeout=PLENTY, now=lambda: NOW, sleep=sleep, on_its_way=on_its_way)
    async with opened as provider:
        yield provider


@asynccontextmanager
async def served(sandbox, **more):
    async with serve(sandbox) as url, connected(url, **more) as provider:
        assert await provider.ready() is None
        yield provider


def a_sandbox(*, wait=at_once, **options):
    return AsteriskSandbox(SandboxOptions(**options), clock=lambda: 0.0, wait=wait)


async def last_of(provider, call_id):
    while not (seen := await provider.look_up(call_id)).final:
        pass
    return seen.status


async def until(provider, ready):
    """Ask whether it is ready until the answer is this one."""
    while type(await provider.ready()) is not ready:
        await asyncio.sleep(0)


async def until_is(sandbox, state):
    """Wait until the first call stands so at the server."""
    while sandbox.calls[0].state != state:
        await asyncio.sleep(0)


# Numbers


@pytest.mark.parametrize(
    ("number", "word"),
    [(ANN, "completed"), ("+12125550190", "busy"), ("+12125550198", "failed"), ("+12125550199", "no-answer")],
)
async def test_a_call_has_its_last_word_by_what_was_heard(number, word):
    async with served(a_sandbox()) as provider:
        call = await provider.place(a_call(number))
        assert call == Accepted(TOKENS[0], "dialing")
        assert await last_of(provider, call.call_id) == word


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("0191", NotSent), ("0192", NotSent), ("0194", Unclear), ("0195", Unclear), ("0196", Unclear), ("0197", Unclear)],
)
async def test_the_stand_ins_numbers_misbehave(ending, kind):
    async with served(a_sandbox()) as provider:
        assert isinstance(await provider.place(a_call(f"+1212555{ending}")), kind)
        second = await provider.place(a_call(f"+1212555{ending}", token=TOKENS[1]))
        assert isinstance(second, Accepted if ending == "0192" else kind)


async def test_a_call_goes_from_word_to_word():
    steps = Steps()
    sandbox = a_sandbox(wait=steps.wait)
    async with served(sandbox) as provider:
        call_id = (await provider.place(a_call())).call_id
        words = [await provider.look_up(call_id)]
        for state in ("Ringing", "Up"):
            steps.on()
            await until_is(sandbox, state)
            words.append(await provider.look_up(call_id))
        steps.on()
        words.append(Seen(await last_of(provider, call_id), final=True))
    assert words == [Seen("dialing"), Seen("ringing"), Seen("answered"), Seen("completed", final=True)]


async def test_what_asks_for_no_call_is_refused_in_aris_words():
    async with served(a_sandbox(calls_per_second=1)) as provider:
        assert await provider.place(a_call(flow="flows,reminder,missing")) == RunMustStop(
            "HTTP 404: Requested label can not be found", answers.TIP_FLOW
        )
        assert isinstance(await provider.place(a_call()), Throttled)
    async with served(a_sandbox()) as provider:
        assert (await provider.place(a_call(flow=""))).reason == "HTTP 400: Application or extension must be specified"
        assert await provider.place(a_call(token="x" * 150)) == RunMustStop(
            "HTTP 400: Uniqueid length exceeds maximum of 149", answers.TIP_REQUEST
        )


async def test_a_token_makes_one_call_while_it_lives():
    sandbox = a_sandbox(wait=Steps().wait)
    async with served(sandbox) as provider:
        assert await provider.place(a_call()) == Accepted(TOKENS[0], "dialing")
        assert await provider.place(a_call()) == Accepted(TOKENS[0])
    assert [call.number for call in sandbox.calls] == [ANN]


async def test_each_request_is_told_without_its_number():
    told = []
    sandbox = AsteriskSandbox(clock=lambda: 0.0, wait=at_once, heard=told.append)
    async with served(sandbox) as provider:
        await provider.place(a_call())
    assert [line.partition("  ")[2] for line in told] == [
        "endpoint  200",
        "events  101",
        "subscription  200",
        "call +12…01  200",
    ]


# Before the first call


@pytest.mark.parametrize(
    ("env", "tip"),
    [
        ({"ASTERISK_PASSWORD": "wrong"}, answers.TIP_USER),
        ({"ASTERISK_ENDPOINT": "PJSIP/{number}@missing"}, answers.TIP_TRUNK),
    ],
)
async def test_what_every_call_would_meet_stops_before_the_first(env, tip):
    async with serve(a_sandbox()) as url, connected(url, **env) as provider:
        stopped = await provider.ready()
    assert (type(stopped), stopped.tip) == (RunMustStop, tip)


async def test_what_is_no_asterisk_is_told_as_that():
    def nothing_there(_head):
        return http(404, b"<h1>Not Found</h1>")

    async with serving(aside=nothing_there) as server, connected(server.url) as provider:
        assert await provider.ready() == RunMustStop("no events: HTTP 404: Not Found", answers.TIP_ADDRESS)


async def test_a_server_that_is_away_is_waited_for():
    async with serving() as server:
        url = server.url
    async with connected(url) as provider:
        assert isinstance(await provider.ready(), NotSent)


async def test_what_passes_no_websocket_on_stops_before_the_first_call():
    def without_events(head):
        return http(426, b"upgrade") if "/ari/events" in head else ari.set_up(head)

    async with serving(aside=without_events) as server, connected(server.url) as provider:
        assert isinstance(await provider.ready(), RunMustStop)


# Connections that are lost


async def test_a_lost_connection_lets_no_call_leave_and_comes_back():
    sandbox, back = a_sandbox(), Steps()
    async with served(sandbox, sleep=back.wait) as provider:
        await sandbox.hang_up_on_listeners()
        await until(provider, NotSent)
        assert await provider.ready() == NotSent("the connection for events was lost")
        back.on()
        await until(provider, type(None))
        call = await provider.place(a_call())
        assert await last_of(provider, call.call_id) == "completed"


async def test_a_call_that_went_on_meanwhile_is_heard_of_again():
    steps, back = Steps(), Steps()
    sandbox = a_sandbox(wait=steps.wait)
    async with served(sandbox, sleep=back.wait) as provider:
        call_id = (await provider.place(a_call())).call_id
        await sandbox.hang_up_on_listeners()
        await until(provider, NotSent)
        steps.on(), steps.on()  # it rings and is picked up, which nobody hears
        await until_is(sandbox, "Up")
        back.on()
        await until(provider, type(None))
        steps.on()
        assert await last_of(provider, call_id) == "completed"


async def test_a_call_that_ended_meanwhile_has_ended():
    steps = Steps()
    sandbox = a_sandbox(wait=steps.wait)
    async with served(sandbox, sleep=Steps().wait) as provider:
        call_id = (await provider.place(a_call("+12125550190"))).call_id
        await sandbox.hang_up_on_listeners()
        await until(provider, NotSent)
        steps.on()
        assert await last_of(provider, call_id) == "ended"


async def test_another_session_takes_the_application_over_and_both_hear():
    steps = Steps()
    sandbox = a_sandbox(wait=steps.wait)
    async with serve(sandbox) as url, connected(url, sleep=at_once) as first, connected(url, sleep=at_once) as second:
        assert await first.ready() is None
        assert await second.ready() is None
        await until(first, NotSent)
        await until(first, type(None))
        placed = [
            (provider, await provider.place(a_call("+12125550190", token=token)))
            for provider, token in ((first, TOKENS[0]), (second, TOKENS[1]))
        ]
        steps.on(), steps.on()
        assert [await last_of(provider, call.call_id) for provider, call in placed] == ["busy", "busy"]


async def test_a_server_that_goes_down_has_called_nobody():
    sandbox = a_sandbox()
    async with served(sandbox) as provider:
        sandbox.is_going_down = True
        assert await provider.place(a_call()) == NotSent("HTTP 503: Shutdown in progress", left=True)


# Tries whose answer nobody knows


@pytest.mark.parametrize("ending", ["0194", "0196"])
async def test_a_try_without_an_answer_is_found_while_its_channel_lives(ending):
    async with served(a_sandbox(wait=Steps().wait)) as provider:
        request = a_call(f"+1212555{ending}")
        assert isinstance(await provider.place(request), Unclear)
        assert await provider.resolve(UnknownTry(request, NOW, NOW)) == Accepted(TOKENS[0], "dialing")


async def test_a_try_without_an_answer_is_found_by_what_was_heard():
    async with served(a_sandbox()) as provider:
        request = a_call("+12125550194")
        assert isinstance(await provider.place(request), Unclear)
        while not isinstance(found := await provider.resolve(UnknownTry(request, NOW, NOW)), Accepted):
            pass
        while (found := await provider.resolve(UnknownTry(request, NOW, NOW))).status != "completed":
            pass
    assert found == Accepted(TOKENS[0], "completed")


async def test_a_try_of_another_session_that_is_over_stays_unknown():
    async with served(a_sandbox()) as provider:
        assert await provider.resolve(UnknownTry(a_call("+12125550195"), NOW, NOW)) == StillUnknown(
            "Asterisk has no such channel: the call is over, or was never made"
        )


def test_a_list_is_rehearsed_by_the_very_adapter(dialer):
    contacts = dialer.write_list([[ANN], ["+12125550195"], ["+12125550196"]])
    told = dialer.here("run", contacts, "--sandbox", "--provider", "asterisk", "--json", code=1).json
    assert told["outcomes"] == {"placed": 2, "unknown": 1}  # the channel of one is found when it is asked about
    dialer.here("verify", "--sandbox")


def test_asterisk_has_a_stand_in_of_its_own():
    assert standing_in_for("asterisk").own_names == ADAPTER.own_names
    assert MISSING not in standing_in_for("asterisk").defaults.values()

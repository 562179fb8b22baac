"""The stand-in for Twilio, asked by the very adapter: its queue, its flows, and the numbers that misbehave."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from builders import HandClock
from raw_server import NOW, PLENTY

from dialer.domain.call import Accepted, CallRequest, Refused, RunMustStop, Seen, Throttled, Unclear
from dialer.providers.sandbox import standing_in_for
from dialer.providers.sandbox.server import SandboxOptions, serve
from dialer.providers.sandbox.twilio import NO_FLOW, TwilioSandbox
from dialer.providers.twilio import ADAPTER

pytest_plugins = ("commands",)

FLOW, ADDRESS = f"FW{7:032x}", "https://example.com/say"


def a_call(flow=ADDRESS, number="+12125550142", closes=None):
    return CallRequest("+12025550100", number, flow, {"name": "Zoë"}, "t1", closes)


@asynccontextmanager
async def connected(url, **env):
    given = {**ADAPTER.stand_in(url), **env}
    async with ADAPTER.connect(given, timeout=PLENTY, clock=lambda: 0.0, now=lambda: NOW) as provider:
        yield provider


async def test_the_stand_in_queues_what_is_above_its_pace_and_cancels_what_waits():
    clock = HandClock()
    sandbox = TwilioSandbox(clock=clock.ticks, makes=0.5)
    async with serve(sandbox) as url, connected(url) as provider:
        first, second = await provider.place(a_call()), await provider.place(a_call())
        third = await provider.place(a_call(closes=NOW + timedelta(seconds=3)))
        clock.forward(2.0)
        seen = [await provider.look_up(call.call_id) for call in (first, second)]
    assert (first.delay, second.delay, type(third)) == (0.0, 2.0, Throttled)
    assert seen == [Seen("ringing"), Seen("queued")]
    assert [call.canceled for call in sandbox.calls] == [False, False, True]


async def test_the_stand_ins_flow_calls_and_ends():
    clock = HandClock()
    async with serve(TwilioSandbox(clock=clock.ticks)) as url, connected(url) as provider:
        call = await provider.place(a_call(FLOW))
        words = []
        for seconds in (0.0, 2.0, 2.0, 4.0):
            clock.forward(seconds)
            words.append((await provider.look_up(call.call_id)).status)
    assert words == ["active", "ringing", "in-progress", "completed"]


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
@pytest.mark.parametrize("flow", [FLOW, ADDRESS])
async def test_the_stand_ins_numbers_misbehave_as_the_sandboxs_do(flow, ending, kind):
    async with serve(TwilioSandbox(clock=lambda: 0.0)) as url, connected(url) as provider:
        assert isinstance(await provider.place(a_call(flow, f"+1212555{ending}")), kind)


async def test_the_stand_in_lets_in_whom_it_knows_and_has_the_flows_it_has():
    async with serve(TwilioSandbox(SandboxOptions(calls_per_second=1), clock=lambda: 0.0)) as url:
        async with connected(url, TWILIO_AUTH_TOKEN="wrong") as provider:
            assert (await provider.place(a_call())).reason == "HTTP 401: Authenticate: 20003"
        async with connected(url) as provider:
            assert isinstance(await provider.place(a_call(NO_FLOW)), RunMustStop)
            assert isinstance(await provider.place(a_call()), Throttled)


def test_a_list_is_rehearsed_by_the_very_adapter(dialer):
    contacts = dialer.write_list([["+12125550101"], ["+12125550190"], ["+12125550195"]])
    told = dialer.here("run", contacts, "--sandbox", "--provider", "twilio", "--json", code=1).json
    assert told["outcomes"] == {"placed": 1, "rejected": 1, "unknown": 1}
    rows = dialer.results()
    assert rows[0]["callId"].startswith("FW")
    assert rows[1]["error"] == "HTTP 400: Account not allowed to call this number: 21216"
    dialer.here("verify", "--sandbox")


def test_a_rehearsal_is_gone_on_with_and_proved_as_it_was_begun(dialer):
    contacts = dialer.write_list([["+12125550101", ""], ["+12125550102", "Bob"]], headings=("phone", "name"))
    dialer.env["DIALER_PROVIDER"] = "twilio"
    rules = '[parameters]\nname = { column = "name" }\n'
    campaign = dialer.write_campaign(f'name = "spring"\nflow_id = "AP{7:032x}"\n{rules}')
    told = dialer.here("run", contacts, "-c", campaign, "--sandbox", "--json").json
    assert told["outcomes"] == {"placed": 1, "invalid": 1}

    dialer.env["DIALER_PROVIDER"] = ""
    dialer.here("verify", "--sandbox")


def test_a_provider_without_a_stand_in_is_rehearsed_with_that_of_cxone():
    assert standing_in_for("twilio").own_names == ADAPTER.own_names
    assert standing_in_for("tiny") is standing_in_for("cxone")

"""The stand-in for CXone's documented way, asked by the very adapter: both ways in, its numbers, and its contacts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from builders import START, HandClock

from dialer.domain.call import (
    Accepted,
    CallRequest,
    Refused,
    RunMustStop,
    Seen,
    StillUnknown,
    Throttled,
    TokenEnded,
    Unclear,
    UnknownTry,
)
from dialer.providers.contract.asking import let_out
from dialer.providers.contract.dialect import PLENTY
from dialer.providers.cxone_scripts import ADAPTER
from dialer.providers.sandbox.cxone_scripts import NO_SCRIPT, CXoneScriptsSandbox
from dialer.providers.sandbox.server import SandboxOptions, serve

pytest_plugins = ("commands",)

NUMBER = "+12125550142"
BY_KEY = {"CXONE_CLIENT_ID": "", "CXONE_CLIENT_SECRET": ""}


def a_call(number=NUMBER, script="Sandbox\\Script", **parameters):
    return CallRequest("", number, script, parameters, "t1")


@asynccontextmanager
async def rehearsing(clock=None, *, options=None, heard=None, **env):
    """Serve a stand-in, and open the provider that asks it; both go by the same clock."""
    clock = clock or HandClock()
    sandbox = CXoneScriptsSandbox(options or SandboxOptions(), clock=lambda: clock.now().timestamp(), heard=heard)
    async with serve(sandbox) as url:
        given = {**ADAPTER.stand_in(url), **env}
        async with ADAPTER.connect(given, timeout=PLENTY, clock=clock.ticks, now=clock.now) as provider:
            yield provider, sandbox


@pytest.mark.parametrize("env", [{}, BY_KEY], ids=["application", "access key"])
async def test_a_script_is_started_with_what_it_is_told_and_its_contact_comes_to_an_end(env):
    clock = HandClock()
    async with rehearsing(clock, **env) as (provider, sandbox):
        assert await provider.ready() is None
        call = await provider.place(a_call(name="Zoë"))
        seen = []
        for seconds in (0, 1, 2, 3):
            clock.forward(seconds)
            seen.append(await provider.look_up(call.call_id))
    (contact,) = sandbox.contacts
    assert (contact.skill, contact.script, contact.values) == ("1", "Sandbox\\Script", (NUMBER, "Zoë"))
    words = [Seen("queued"), Seen("ringing"), Seen("answered"), Seen("contact hung up", final=True)]
    assert (call, seen) == (Accepted(str(contact.number)), words)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("0190", Refused),
        ("0191", Throttled),
        ("0192", Throttled),
        ("0194", Unclear),
        ("0195", Unclear),
        ("0196", Unclear),
        ("0197", Unclear),
        ("0198", Accepted),
    ],
)
async def test_the_stand_ins_numbers_misbehave_as_the_sandboxs_do(ending, kind):
    async with rehearsing() as (provider, _):
        await provider.ready()
        assert isinstance(await provider.place(a_call(f"+1212555{ending}")), kind)


async def test_who_may_not_and_what_is_not_there_stops_the_run():
    wrong = {"CXONE_ACCESS_KEY_SECRET": "wrong", **BY_KEY}
    async with rehearsing(options=SandboxOptions(credentials=("rehearsal", "right")), **wrong) as (provider, _):
        found = await provider.ready()
        assert (type(found), found.tip.partition(",")[0]) == (
            RunMustStop,
            "check CXONE_ACCESS_KEY_ID and CXONE_ACCESS_KEY_SECRET",
        )
    async with rehearsing(CXONE_ACCESS_KEY_ID="read-only") as (provider, _):
        await provider.ready()
        assert (await provider.place(a_call())).reason == "HTTP 403: Forbidden: The role may not start scripts"
    async with rehearsing() as (provider, _):
        await provider.ready()
        assert isinstance(await provider.place(a_call(script=NO_SCRIPT)), RunMustStop)


async def test_a_token_that_is_revoked_and_a_pace_that_is_too_fast_are_said():
    async with rehearsing(options=SandboxOptions(calls_per_second=1)) as (provider, sandbox):
        await provider.ready()
        sandbox.revoke_tokens()
        assert isinstance(await provider.place(a_call()), TokenEnded)
        await provider.ready()
        found = [await provider.place(a_call()) for _ in range(2)]
    assert [type(each) for each in found] == [Accepted, Throttled]


async def test_each_request_is_told_in_a_line_without_its_number():
    lines = []
    async with rehearsing(heard=lines.append) as (provider, _):
        await provider.ready()
        call = await provider.place(a_call())
        await provider.look_up(call.call_id)
        await provider.resolve(UnknownTry(a_call(), START, None), let_out)
    clock = f"{START:%H:%M:%S}"
    assert lines == [
        f"{clock}  token  200",
        f"{clock}  discovery  200",
        f"{clock}  script for +12…42  202",
        f"{clock}  contacts/{call.call_id}  200",
        f"{clock}  contact-state-descriptions  200",
        f"{clock}  contacts/active +12…42  200",
        f"{clock}  contacts/completed +12…42  204",
    ]


@pytest.mark.parametrize("later", [0, 60])
@pytest.mark.parametrize("ending", ["0194", "0196"])
async def test_a_try_without_an_answer_is_found_while_its_contact_lives_and_after(ending, later):
    clock = HandClock()
    number = f"+1212555{ending}"
    async with rehearsing(clock) as (provider, sandbox):
        await provider.ready()
        claimed_at = clock.now()
        assert isinstance(await provider.place(a_call(number)), Unclear)
        clock.forward(later)
        unknown = UnknownTry(a_call(number), claimed_at, claimed_at + timedelta(seconds=1))
        found = await provider.resolve(unknown, let_out)
        others = unknown._replace(other_calls=frozenset({found.call_id}))
        assert isinstance(await provider.resolve(others, let_out), StillUnknown)
    assert found == Accepted(str(sandbox.contacts[0].number))


@pytest.mark.parametrize("ending", ["0195", "0197"])
async def test_a_try_that_started_nothing_stays_unknown(ending):
    async with rehearsing() as (provider, _):
        await provider.ready()
        request = a_call(f"+1212555{ending}")
        await provider.place(request)
        found = await provider.resolve(UnknownTry(request, START, START), let_out)
    assert found == StillUnknown("CXone tells of 0 contacts of this number and skill, 0 of them of this try", 900.0)


def test_a_list_is_rehearsed_followed_and_proved_by_the_very_adapter(dialer):
    contacts = dialer.write_list([["+12125550101"], ["+12125550190"], ["+12125550195"], ["+12125550198"]])
    told = dialer.here("run", contacts, "--sandbox", "--provider", "cxone_scripts", "--track", "--json", code=1).json
    assert told["outcomes"] == {"placed": 2, "rejected": 1, "unknown": 1}
    assert told["statuses"] == {"contact hung up": 1, "no answer": 1}
    assert dialer.results()[1]["error"] == "HTTP 400: BadRequest: This number may not be called"
    dialer.here("verify", "--sandbox")


def test_what_a_row_leaves_out_is_proved_as_it_was_sent(dialer):
    hello, due = 'due = { column = "due" }', 'name = { column = "name" }'
    campaign = dialer.write_campaign(f'name = "spring"\n[parameters]\n{hello}\n{due}\n')
    contacts = dialer.write_list([["+12125550101", "Ann", ""]], headings=("phone", "name", "due"))
    dialer.here("run", contacts, "-c", campaign, "--sandbox", "--provider", "cxone_scripts")
    dialer.here("verify", "--sandbox")

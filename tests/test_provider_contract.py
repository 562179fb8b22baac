"""What each answer proves, for every provider alike: the contract's table, over real sockets."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from provider_contract import CALLED, CALLER, DIALECTS, hang, reset, torn
from raw_server import MOMENT, PLENTY, http, serving

from dialer.domain.call import (
    Accepted,
    CallRequest,
    HeldBack,
    NotSeen,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    Throttled,
    TokenEnded,
    Unclear,
)

TRY = "5f0c2a9e4b7d41c8a6e3f1d20b9c8e77"
THROTTLED = http(429, b"slow down", Retry_After="7")


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS)
def dialect(request):
    return request.param


@asynccontextmanager
async def asked(dialect, *steps, timeout=PLENTY):
    """Open the provider against a server that answers so; at the end each answer was asked for, once."""
    async with serving(*steps, aside=dialect.aside) as server, dialect.connect(server.url, timeout=timeout) as provider:
        assert await provider.ready() is None
        yield provider
    assert len(server.requests) == len(steps)


def a_call(dialect, **parameters):
    return CallRequest(CALLER, CALLED, dialect.flow_id, parameters, TRY)


async def let_out():
    return True


async def kept_in():
    return False


async def placed(dialect, step, *, timeout=PLENTY, leave=let_out):
    """What comes of asking for one call; whatever it is, it is asked for once."""
    async with asked(dialect, *([step] if leave is let_out else []), timeout=timeout) as provider:
        return await provider.place(a_call(dialect), leave)


async def seen(dialect, step):
    """What a look-up finds; it is harmless, and may be asked twice."""
    async with serving(step, step, aside=dialect.aside) as server, dialect.connect(server.url) as provider:
        assert await provider.ready() is None
        return await provider.look_up("c-1", let_out)


@asynccontextmanager
async def nobody_listening(dialect):
    """Open the provider where the connections of calls are refused, though it was ready before."""

    def aside(head):
        answer = dialect.aside(head)
        return answer and answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    async with serving(aside=aside) as server, dialect.connect(server.url) as provider:
        assert await provider.ready() is None
        server.stop()
        yield provider


async def test_an_answer_with_an_id_is_a_call_placed(dialect):
    assert await placed(dialect, dialect.placed) == Accepted("c-1", "queued")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_fault_leaves_it_open_whether_it_rang(dialect, status):
    assert isinstance(await placed(dialect, http(status, b"<h1>Down</h1>")), Unclear)


async def test_an_answer_without_an_id_leaves_it_open_whether_it_rang(dialect):
    assert isinstance(await placed(dialect, dialect.no_id), Unclear)


@pytest.mark.parametrize("step", [None, reset, b"SSH-2.0-OpenSSH_9.6\r\n\r\n"], ids=["closed", "reset", "no HTTP"])
async def test_a_connection_that_is_lost_leaves_it_open_whether_it_rang(dialect, step):
    assert isinstance(await placed(dialect, step), Unclear)


async def test_an_answer_that_breaks_off_leaves_it_open_whether_it_rang(dialect):
    assert isinstance(await placed(dialect, torn(dialect.placed)), Unclear)


async def test_an_answer_out_of_time_leaves_it_open_whether_it_rang(dialect):
    assert isinstance(await placed(dialect, hang, timeout=MOMENT), Unclear)


async def test_what_never_connected_was_not_sent(dialect):
    async with nobody_listening(dialect) as provider:
        assert isinstance(await provider.place(a_call(dialect), let_out), NotSent)


async def test_what_is_not_let_out_is_not_sent(dialect):
    assert isinstance(await placed(dialect, None, leave=kept_in), HeldBack)


async def test_an_answer_that_proves_that_nobody_was_called_lets_the_row_be_tried_again(dialect):
    if dialect.not_made is None:
        pytest.skip("it has no such answer")
    answer = await placed(dialect, dialect.not_made)
    assert (type(answer), answer.left) == (NotSent, True)


async def test_too_many_calls_are_asked_to_wait_as_long_as_was_said(dialect):
    answer = await placed(dialect, THROTTLED)
    assert (type(answer), answer.wait) == (Throttled, 7.0)


async def test_a_refusal_of_one_row_has_the_providers_own_words(dialect):
    answer = await placed(dialect, dialect.refused("This number may not be called"))
    assert isinstance(answer, Refused)
    assert "This number may not be called" in answer.reason


@pytest.mark.parametrize("what", ["flow_refused", "caller_refused", "unknown_client"])
async def test_what_every_call_would_meet_stops_the_run_and_says_what_to_check(dialect, what):
    answer = await placed(dialect, getattr(dialect, what))
    assert isinstance(answer, RunMustStop)
    assert answer.tip


async def test_a_401_is_no_answer_about_the_row(dialect):
    assert isinstance(await placed(dialect, http(401)), TokenEnded | RunMustStop)


async def test_every_word_for_where_a_call_stands_is_seen_as_it_is_spelt(dialect):
    words = sorted(dialect.words)
    async with asked(dialect, *map(dialect.seen, words)) as provider:
        assert [await provider.look_up("c-1", let_out) for _ in words] == [Seen(word) for word in words]


async def test_a_word_that_is_said_to_be_the_last_is_seen_as_that(dialect):
    if dialect.last_word is None:
        pytest.skip("it has no words but its own")
    answer, word = dialect.last_word
    assert await seen(dialect, answer) == Seen(word, final=True)


def test_the_final_words_and_those_for_reached_are_words_of_the_provider(dialect):
    adapter = dialect.adapter
    assert adapter.final_statuses
    assert adapter.final_statuses | adapter.reached_statuses <= dialect.words


async def test_a_call_the_provider_does_not_know_is_gone(dialect):
    answer = await seen(dialect, dialect.gone)
    assert (type(answer), answer.gone) == (NotSeen, True)


@pytest.mark.parametrize("step", [None, reset, http(500, b"Down")], ids=["closed", "reset", "fault"])
async def test_a_look_up_without_an_answer_says_nothing_of_the_call(dialect, step):
    answer = await seen(dialect, step)
    assert (type(answer), answer.gone) == (NotSeen, False)


async def test_a_look_up_that_never_connected_says_nothing_of_the_call(dialect):
    async with nobody_listening(dialect) as provider:
        assert isinstance(await provider.look_up("c-1", let_out), NotSeen)


async def test_a_look_up_that_is_not_let_out_is_not_sent(dialect):
    async with asked(dialect) as provider:
        assert isinstance(await provider.look_up("c-1", kept_in), HeldBack)


async def test_too_many_look_ups_are_asked_to_wait(dialect):
    answer = await seen(dialect, THROTTLED)
    assert (type(answer), answer.wait) == (Throttled, 7.0)


async def test_what_is_shown_of_a_call_is_what_is_sent(dialect):
    request = a_call(dialect, first_name="Zoë 李")
    async with serving(dialect.placed, aside=dialect.aside) as server, dialect.connect(server.url) as provider:
        await provider.ready()
        await provider.place(request, let_out)
    ((_, body),) = server.requests
    assert dialect.adapter.body is None or body == dialect.adapter.body(request)
    assert (TRY.encode() in body) is dialect.tells_token


def test_what_can_be_sent_is_no_misfit_and_what_cannot_is(dialect):
    misfit = dialect.adapter.misfit
    assert (misfit is None) is (dialect.too_much is None)
    if misfit:
        assert misfit(a_call(dialect, first_name="Zoë 李")) is None
        assert misfit(CallRequest("", CALLED, "", {})) is None, "flow and caller may not be known yet"
        assert misfit(a_call(dialect, **dialect.too_much))


def test_a_ceiling_is_a_rate_and_says_why(dialect):
    if ceiling := dialect.adapter.ceiling:
        calls, look_ups, why = ceiling(dialect.env("http://127.0.0.1:1"))
        assert min(calls, look_ups) > 0
        assert why


async def test_no_secret_that_is_repeated_is_told(dialect):
    env = dialect.env("http://127.0.0.1:1")
    secrets = dialect.secrets | {env[setting.name] for setting in dialect.adapter.settings if setting.secret}
    said = dialect.refused(f"bad {' '.join(sorted(secrets))} bad")
    async with asked(dialect, said, said) as provider:
        told = f"{await provider.place(a_call(dialect), let_out)} {await provider.look_up('c-1', let_out)}"
    assert [secret for secret in sorted(secrets) if secret in told] == []
    assert told.count("bad [secret]") == 2


def test_a_stand_in_needs_no_more_settings_than_it_says(dialect):
    env = dialect.adapter.stand_in("http://127.0.0.1:8080")
    assert dialect.adapter.complaints(env, flow_id=dialect.flow_id, caller_number=CALLER) == []


def test_every_needed_setting_that_is_missing_is_named(dialect):
    needed = [setting for setting in dialect.adapter.settings if setting.needed]
    found = dialect.adapter.complaints({}, flow_id="", caller_number="")
    assert found[: len(needed)] == [f"{setting.name} is not set ({setting.what})" for setting in needed]


def test_a_secret_goes_to_no_host_in_the_clear(dialect):
    env = dialect.adapter.stand_in("http://provider.example")
    found = dialect.adapter.complaints(env, flow_id=dialect.flow_id, caller_number=CALLER)
    assert [said for said in found if "plain http" in said]

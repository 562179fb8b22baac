"""One token for everybody, renewed in time; and what comes of an endpoint that gives none."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from aioresponses_compat import Answers, reply
from yarl import URL

from dialer.domain.call import NotSent, RunMustStop
from dialer.providers.request import open_session
from dialer.providers.status_codes import TIP_ADDRESS, TIP_PROXY, AddressNames
from dialer.providers.token import Token, TokenKeeper, client_credentials

ADDRESS = "https://na1.example/v2/oauth/token"
NAMES = AddressNames("X_REALM and X_URL", "X_URL")
SECRET = "s3/cret+of&the<client"
TIP = "check the client id and secret, and that the client may use the client-credentials grant"
NO_TOKEN = RunMustStop("the token endpoint's answer holds no usable access_token", TIP)


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def answers():
    with Answers() as network:
        yield network


@pytest.fixture
async def keeper(answers, clock):
    async with open_session(timeout=timedelta(seconds=5)) as session:
        grant = client_credentials(ADDRESS, "me", SECRET)
        yield TokenKeeper(session, grant=grant, address=NAMES, clock=clock)


def fetches(answers):
    return len(answers.requests.get(("POST", URL(ADDRESS)), []))


def granted(value="token-1", **more):
    return {"payload": {"access_token": value, "token_type": "Bearer", **more}}


async def test_a_token_is_asked_for_with_the_form_of_the_grant(keeper, answers):
    answers.post(ADDRESS, **granted())
    assert await keeper.ensure() is None
    (asked,) = answers.requests["POST", URL(ADDRESS)]
    assert asked.kwargs == {
        "data": {"grant_type": "client_credentials", "client_id": "me", "client_secret": SECRET},
        "headers": {"Accept": "application/json", "User-Agent": "dialer"},
        "allow_redirects": False,
    }


async def test_one_fetch_serves_everybody_who_waits(keeper, answers):
    async def slowly(_url, **_asked):
        await asyncio.sleep(0.01)
        return reply(**granted())

    answers.post(ADDRESS, callback=slowly, repeat=True)
    assert await asyncio.gather(*(keeper.ensure() for _ in range(50))) == [None] * 50
    assert fetches(answers) == 1


async def test_one_failed_fetch_is_told_to_everybody_who_waits(keeper, answers):
    async def slowly(_url, **_asked):
        await asyncio.sleep(0.01)
        return reply(status=503)

    answers.post(ADDRESS, callback=slowly, repeat=True)
    failed = NotSent("no token: HTTP 503")
    assert await asyncio.gather(*(keeper.ensure() for _ in range(50))) == [failed] * 50
    assert fetches(answers) == 1
    assert await keeper.ensure() == failed
    assert fetches(answers) == 2


async def test_a_fetch_given_up_leaves_the_next_in_line_to_ask(keeper, answers):
    waits = iter([asyncio.Event().wait, asyncio.Event().set])

    async def never_at_first(_url, **_asked):
        await (next(waits)() or asyncio.sleep(0))
        return reply(**granted())

    answers.post(ADDRESS, callback=never_at_first, repeat=True)
    first, second = asyncio.ensure_future(keeper.ensure()), asyncio.ensure_future(keeper.ensure())
    await asyncio.sleep(0)
    first.cancel()
    assert await second is None


@pytest.mark.parametrize(
    ("expires_in", "lasts"),
    [
        (3600, 3540),
        ("3600", 3540),
        (300, 240),
        (60, 48),
        (13, 10.4),
        (12, 10),
        (1, 10),
        (0.001, 10),
        (None, 3540),
        ("soon", 3540),
        (0, 3540),
        (-5, 3540),
        (1e300, 3540),
        (10**400, 3540),
        ([], 3540),
    ],
)
async def test_a_token_is_renewed_before_it_ends_and_asked_for_every_ten_seconds_at_the_most(
    keeper, answers, clock, expires_in, lasts
):
    answers.post(ADDRESS, repeat=True, **granted(expires_in=expires_in))
    await keeper.ensure()
    clock.seconds += lasts - 0.1
    assert (await keeper.ensure(), fetches(answers)) == (None, 1)
    clock.seconds += 0.1
    assert (await keeper.ensure(), fetches(answers)) == (None, 2)


async def test_the_life_of_a_token_counts_from_the_asking(keeper, answers, clock):
    def slowly(_url, **_asked):
        clock.seconds += 100
        return reply(**granted(expires_in=3600))

    answers.post(ADDRESS, callback=slowly)
    await keeper.ensure()
    assert keeper.token == Token("token-1", 1000.0 + 3540.0)


async def test_a_renewal_that_fails_does_not_throw_the_token_away(keeper, answers, clock):
    answers.post(ADDRESS, **granted())
    answers.post(ADDRESS, status=500)
    await keeper.ensure()
    clock.seconds += 3600
    assert await keeper.ensure() == NotSent("no token: HTTP 500")
    assert keeper.token == Token("token-1", 4540.0)


@pytest.mark.parametrize(
    "answer",
    [
        {"payload": {}},
        {"payload": {"access_token": ""}},
        {"payload": {"access_token": None}},
        {"payload": {"access_token": 7}},
        {"payload": {"access_token": "two words"}},
        {"payload": {"access_token": "line\r\nX-Header: injected"}},
        {"payload": {"access_token": "schlüssel"}},
        {"payload": {"accessToken": "token"}},
        {"body": "[]"},
        {"body": "<html>Welcome to the hotel</html>"},
        {"body": ""},
        {"status": 204, "body": ""},
    ],
)
async def test_an_answer_without_a_usable_token_stops_the_run(keeper, answers, answer):
    answers.post(ADDRESS, **answer)
    assert await keeper.ensure() == NO_TOKEN
    assert keeper.token is None


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_a_busy_token_endpoint_is_only_not_sent(keeper, answers, status):
    answers.post(ADDRESS, status=status, payload={"error": "busy"})
    assert await keeper.ensure() == NotSent(f"no token: HTTP {status}: busy")


@pytest.mark.parametrize(
    ("status", "tip"),
    [(400, TIP), (401, TIP), (403, TIP), (302, TIP_ADDRESS), (404, TIP_ADDRESS), (405, TIP_ADDRESS), (407, TIP_PROXY)],
)
async def test_a_refusal_of_a_token_stops_the_run_with_what_to_check(keeper, answers, status, tip):
    answers.post(ADDRESS, status=status, payload={"error": "invalid_client", "error_description": "unknown"})
    assert await keeper.ensure() == RunMustStop(f"no token: HTTP {status}: invalid_client: unknown", NAMES.in_tip(tip))


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (TimeoutError("late"), "TimeoutError: no answer in time"),
        (ConnectionResetError(104, "Connection reset by peer"), "ConnectionResetError: Connection reset by peer"),
    ],
)
async def test_an_unreachable_token_endpoint_is_only_not_sent(keeper, answers, problem, said):
    answers.post(ADDRESS, exception=problem)
    assert await keeper.ensure() == NotSent(f"no token: {said}")


async def test_the_first_refusal_of_a_token_asks_for_another(keeper, answers):
    answers.post(ADDRESS, **granted("token-1"))
    answers.post(ADDRESS, **granted("token-2"))
    await keeper.ensure()
    first = keeper.token
    assert [keeper.refused(first), keeper.refused(first), keeper.token] == [True, True, None]
    await keeper.ensure()
    second = keeper.token
    assert second.value == "token-2"
    assert keeper.refused(first)
    assert keeper.token is second
    assert not keeper.refused(second)


async def test_a_token_taken_once_may_be_refused_once_again(keeper, answers):
    answers.post(ADDRESS, repeat=True, **granted())
    for _ in range(3):
        await keeper.ensure()
        assert keeper.refused(keeper.token)
        await keeper.ensure()
        keeper.accepted(keeper.token)


async def test_news_of_an_old_token_say_nothing_of_the_new(keeper, answers):
    answers.post(ADDRESS, repeat=True, **granted())
    await keeper.ensure()
    old = keeper.token
    keeper.refused(old)
    await keeper.ensure()
    keeper.accepted(old)
    assert not keeper.refused(keeper.token)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 400, "body": SECRET},
        {"status": 401, "payload": {"error": f"bad secret {SECRET}"}},
        {"status": 500, "payload": {"received": {"client_secret": SECRET}}},
        {"status": 502, "body": f"<p>POST client_secret={quote_plus(SECRET)}</p>"},
        {"status": 400, "payload": {"access_token": "token-0123"}},
        {"status": 400, "body": json.dumps({"odd": "x" * 285 + SECRET})},
        {"body": json.dumps({"access_token": f"{SECRET} token-0123"})},
        {"exception": ValueError(f"bad value {SECRET}")},
    ],
)
async def test_no_secret_is_told_even_when_it_is_echoed(keeper, answers, answer):
    answers.post(ADDRESS, **answer)
    told = str(await keeper.ensure())
    shown = (SECRET, quote_plus(SECRET), SECRET[:7], "token-0123")
    assert [secret for secret in shown if secret in told] == []


async def test_no_secret_is_in_the_repr_of_anything(keeper, answers):
    answers.post(ADDRESS, **granted("token-0123"))
    await keeper.ensure()
    told = repr(keeper) + repr(keeper.token) + str(keeper.token)
    assert "token-0123" not in told
    assert SECRET not in told
    assert (keeper.secrets[0], keeper.secrets[-1]) == (SECRET, "token-0123")

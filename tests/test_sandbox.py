"""What the sandbox promises, over real sockets on loopback."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

import aiohttp
import pytest

from dialer.providers.sandbox.calls import CallRequest, SandboxCall
from dialer.providers.sandbox.server import Sandbox, SandboxOptions, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

pytestmark = pytest.mark.asyncio

CALLS = "/v2/personal-connection/calls"
START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
PLAIN = "+12125550123"
FIRST_ID = "00000000-0000-4000-8000-000000000000"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Stand:
    """A sandbox being served, a client of it, the clock of both, and the waits the sandbox asked for."""

    sandbox: Sandbox
    clock: Clock
    waited: list[float]
    session: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def grant(self, **changes: str) -> tuple[int, dict[str, object]]:
        form = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "shh"} | changes
        async with self.session.post("/v2/oauth/token", data=form) as answer:
            return answer.status, await answer.json()

    async def sign_in(self, **changes: str) -> None:
        _, body = await self.grant(**changes)
        self.headers = {"Authorization": f"Bearer {body['access_token']}"}

    async def place(self, number: str = PLAIN, **changes: object) -> tuple[int, dict[str, object]]:
        async with self.session.post(CALLS, json=an_order(number) | changes, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def place_raw(self, raw: str) -> tuple[int, str, Mapping[str, str]]:
        async with self.session.post(CALLS, data=raw, headers=self.headers) as answer:
            return answer.status, await answer.text(), answer.headers

    async def look_up(self, call_id: str) -> tuple[int, dict[str, object]]:
        async with self.session.get(f"{CALLS}/{call_id}", headers=self.headers) as answer:
            return answer.status, await answer.json()

    def outcomes(self) -> list[str]:
        return [request.outcome for request in self.sandbox.requests]


def an_order(number: str = PLAIN) -> dict[str, object]:
    return {"callerNumber": "+13125550100", "calledNumber": number, "flowId": "spring"}


def placed(serial: int = 0, status: str = "queued", timestamp: str = "2026-01-01T00:00:00.000Z") -> object:
    return 200, {"callId": f"{FIRST_ID[:24]}{serial:012x}", "status": status, "timestamp": timestamp}


@asynccontextmanager
async def a_stand(options: SandboxOptions | None = None) -> AsyncIterator[Stand]:
    """Serve a sandbox whose clock moves by hand, whose waits pass at once, whose ids count up; sign in."""
    clock, waited, serials = Clock(), list[float](), count()

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    def ids() -> UUID:
        return UUID(int=next(serials) << 64 | UUID(FIRST_ID).int)

    sandbox = Sandbox(options or SandboxOptions(), clock=clock, wait=wait, ids=ids)
    async with serve(sandbox) as base, aiohttp.ClientSession(base) as session:
        stand = Stand(sandbox=sandbox, clock=clock, waited=waited, session=session)
        await stand.sign_in()
        yield stand


async def test_a_token_is_granted_for_client_credentials():
    async with a_stand(SandboxOptions(token_seconds=120)) as stand:
        status, body = await stand.grant()
    assert body.pop("access_token")
    assert (status, body) == (200, {"expires_in": 120, "token_type": "Bearer"})


async def test_a_token_request_that_is_no_form_or_lacks_a_field_is_refused():
    async with a_stand() as stand:
        async with stand.session.post("/v2/oauth/token", json={"grant_type": "client_credentials"}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "invalid_request")
        status, body = await stand.grant(client_id="")
    assert (status, body["error"]) == (401, "invalid_client")
    assert stand.sandbox.tokens_granted == 1


async def test_a_token_ends_and_a_new_one_goes_on():
    async with a_stand(SandboxOptions(token_seconds=60)) as stand:
        stand.clock.forward(59.5)
        await stand.place()
        stand.clock.forward(0.5)
        await stand.place()
        await stand.sign_in()
        await stand.place()
    assert stand.outcomes() == ["placed", "denied", "placed"]
    assert stand.sandbox.tokens_granted == 2


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic abc"}])
async def test_a_call_without_a_known_token_is_denied(header):
    async with a_stand() as stand:
        stand.headers = header
        status, body = await stand.place()
        assert (status, body["error"]) == (401, "invalid_token")
        assert (await stand.look_up(FIRST_ID))[0] == 401
    assert stand.sandbox.placed == 0


async def test_a_read_only_client_may_look_up_and_not_place():
    async with a_stand() as stand:
        await stand.place()
        await stand.sign_in(client_id="read-only")
        status, body = await stand.place()
        assert (status, body["error"]) == (403, "insufficient_scope")
        assert await stand.look_up(FIRST_ID) == placed()


async def test_a_placed_call_is_answered_with_its_id_and_remembered_whole():
    async with a_stand() as stand:
        assert await stand.place(parameters={"name": "Zoë", "balance": 12.5}) == placed(0)
        assert await stand.place("+442079460000") == placed(1)
    first, second = stand.sandbox.calls
    assert first == SandboxCall(
        at=START,
        call_id=FIRST_ID,
        number=PLAIN,
        caller="+13125550100",
        flow_id="spring",
        parameters={"name": "Zoë", "balance": 12.5},
    )
    assert (second.number, second.parameters) == ("+442079460000", {})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"flowId": "invalid-flow"}, "Invalid Flow ID"),
        ({"callerNumber": "+13125550000"}, "Invalid Caller Number"),
        ({"calledNumber": "(212) 555-0123"}, "Invalid Called Number"),
        ({"parameters": []}, "Bad Request"),
    ],
)
async def test_an_order_that_will_not_do_is_refused_by_name(changes, error):
    async with a_stand() as stand:
        status, body = await stand.place(**changes)
    assert (status, body["error"]) == (400, error)
    assert (stand.outcomes(), stand.sandbox.calls) == (["refused"], ())


async def test_a_body_that_cannot_be_read_is_refused_and_remembered_without_a_number():
    async with a_stand() as stand:
        assert (await stand.place_raw("{"))[0] == 400
    assert stand.sandbox.requests == (CallRequest(at=START, number="", outcome="refused"),)


async def test_a_call_is_unknown_until_placed_and_then_moves_with_time():
    async with a_stand() as stand:
        assert (await stand.look_up(FIRST_ID))[0] == 404
        await stand.place()
        stand.clock.forward(4.5)
        assert await stand.look_up(FIRST_ID) == placed(0, "answered", "2026-01-01T00:00:02.500Z")
        stand.clock.forward(0.5)
        assert await stand.look_up(FIRST_ID) == placed(0, "completed", "2026-01-01T00:00:05.000Z")


async def test_speed_divides_the_waits_of_a_call():
    async with a_stand(SandboxOptions(speed=10)) as stand:
        await stand.place()
        stand.clock.forward(0.25)
        assert await stand.look_up(FIRST_ID) == placed(0, "answered", "2026-01-01T00:00:00.250Z")
        await stand.place("+12125550193")
    assert stand.waited == [4.5]


async def test_no_rolling_second_lets_more_than_the_limit_through():
    async with a_stand(SandboxOptions(calls_per_second=3)) as stand:
        for _ in range(24):
            await stand.place()
            stand.clock.forward(0.125)
    assert stand.outcomes() == (["placed"] * 3 + ["throttled"] * 5) * 3


@pytest.mark.parametrize(("limit", "retry_after"), [(1, "1"), (0.25, "4")])
async def test_a_throttled_request_says_when_to_come_back(limit, retry_after):
    async with a_stand(SandboxOptions(calls_per_second=limit)) as stand:
        await stand.place()
        status, text, headers = await stand.place_raw(json.dumps(an_order()))
    assert (status, headers["Retry-After"], "Too Many Requests" in text) == (429, retry_after, True)


@pytest.mark.parametrize(
    ("suffix", "status", "retry_after", "words", "outcome"),
    [
        ("0190", 400, None, '"error": "Number Not Allowed"', "refused"),
        ("0191", 429, "1", '"error": "Too Many Requests"', "throttled"),
        ("0195", 500, None, '"code": "InternalServerError"', "fault"),
        ("0197", 502, None, "<h1>502 Bad Gateway</h1>", "fault"),
    ],
)
async def test_a_number_never_placed_always_answers_alike(suffix, status, retry_after, words, outcome):
    async with a_stand() as stand:
        for _ in range(2):
            answered, text, headers = await stand.place_raw(json.dumps(an_order(f"+1212555{suffix}")))
            assert (answered, headers.get("Retry-After"), words in text) == (status, retry_after, True)
    assert (stand.outcomes(), stand.sandbox.calls) == ([outcome] * 2, ())


async def test_a_number_throttled_once_is_placed_after_that():
    async with a_stand() as stand:
        answers = [await stand.place("+12125550192") for _ in range(3)]
    assert [status for status, _ in answers] == [429, 200, 200]
    assert stand.outcomes() == ["throttled", "placed", "placed"]


async def test_a_refused_order_does_not_use_up_the_one_throttling():
    async with a_stand() as stand:
        await stand.place("+12125550192", flowId="invalid-flow")
        assert (await stand.place("+12125550192"))[0] == 429


async def test_a_slow_number_is_placed_at_once_and_answered_after_45_seconds():
    async with a_stand() as stand:
        assert await stand.place("+12125550193") == placed()
    assert stand.waited == [45.0]
    assert [call.number for call in stand.sandbox.calls] == ["+12125550193"]


async def test_a_number_cut_off_is_placed_and_never_answered():
    async with a_stand() as stand:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await stand.place("+12125550194")
        assert (await stand.look_up(FIRST_ID))[0] == 200
    assert [call.number for call in stand.sandbox.calls] == ["+12125550194"]


async def test_a_number_without_an_id_is_placed_all_the_same():
    async with a_stand() as stand:
        status, body = await stand.place("+12125550196")
    assert (status, body) == (200, {"status": "queued", "timestamp": "2026-01-01T00:00:00.000Z"})
    assert [call.call_id for call in stand.sandbox.calls] == [FIRST_ID]


@pytest.mark.parametrize(
    ("suffix", "seconds", "status"),
    [("0198", 3.5, "ringing"), ("0198", 4, "failed"), ("0199", 39, "ringing"), ("0199", 60, "completed")],
)
async def test_a_number_with_a_course_of_its_own_follows_it(suffix, seconds, status):
    async with a_stand() as stand:
        await stand.place(f"+1212555{suffix}")
        stand.clock.forward(seconds)
        assert (await stand.look_up(FIRST_ID))[1]["status"] == status


async def test_requests_are_remembered_in_order_and_calls_with_them():
    async with a_stand() as stand:
        for suffix in ("0101", "0190", "0102"):
            await stand.place(f"+1212555{suffix}")
            stand.clock.forward(1)
    seen = [(request.at - START, request.number[-4:]) for request in stand.sandbox.requests]
    assert seen == [(0, "0101"), (1, "0190"), (2, "0102")]
    assert stand.outcomes() == ["placed", "refused", "placed"]
    assert [call.number for call in stand.sandbox.calls] == ["+12125550101", "+12125550102"]


async def test_memory_is_bounded_and_statuses_are_not():
    async with a_stand(SandboxOptions(remember=2)) as stand:
        for number in ("0101", "0102", "0103"):
            await stand.place(f"+1212555{number}")
        assert await stand.look_up(FIRST_ID) == placed()
    assert [call.number[-4:] for call in stand.sandbox.calls] == ["0102", "0103"]
    assert (len(stand.sandbox.requests), stand.sandbox.placed) == (2, 3)

"""Who gets a token from the sandbox, how long it lasts, and how many calls pass in a second."""

from __future__ import annotations

import json
from itertools import count
from uuid import UUID

import pytest

from dialer.providers.sandbox.limits import RollingLimit, Tokens

FORM = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "shh"}


def some_tokens(seconds: float = 60, credentials: tuple[str, str] | None = None) -> Tokens:
    serials = count(1)
    return Tokens(seconds=seconds, credentials=credentials, ids=lambda: UUID(int=next(serials)))


def bearer(serial: int) -> str:
    return f"Bearer {UUID(int=serial).hex}"


def status_of(tokens: Tokens, authorization: str, *, at: float, placing: bool = True) -> int | None:
    refusal = tokens.refusal(authorization, at=at, placing=placing)
    return refusal.status if refusal else None


def test_a_grant_names_the_token_its_life_and_its_type():
    reply = some_tokens().grant(FORM, at=0)
    assert (reply.status, json.loads(reply.text)) == (
        200,
        {"access_token": UUID(int=1).hex, "expires_in": 60, "token_type": "Bearer"},
    )


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
    ],
)
def test_a_wrong_field_is_refused_with_a_description(changes, status, error):
    tokens = some_tokens()
    reply = tokens.grant(FORM | changes, at=0)
    body = json.loads(reply.text)
    assert (reply.status, body["error"], sorted(body)) == (status, error, ["error", "error_description"])
    assert tokens.granted == 0


@pytest.mark.parametrize(
    ("client_id", "secret", "status"), [("me", "right", 200), ("me", "wrong", 401), ("you", "right", 401)]
)
def test_with_configured_credentials_no_others_will_do(client_id, secret, status):
    tokens = some_tokens(credentials=("me", "right"))
    assert tokens.grant(FORM | {"client_id": client_id, "client_secret": secret}, at=0).status == status


@pytest.mark.parametrize(("at", "status"), [(0, None), (59.999, None), (60, 401), (1e6, 401)])
def test_a_token_opens_the_door_until_its_last_moment(at, status):
    tokens = some_tokens(seconds=60)
    tokens.grant(FORM, at=0)
    assert status_of(tokens, bearer(1), at=at) == status


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", bearer(2), bearer(1)[7:], "Basic bWU="])
def test_a_header_without_a_known_token_is_denied(authorization):
    tokens = some_tokens()
    tokens.grant(FORM, at=0)
    assert status_of(tokens, authorization, at=0) == 401


def test_a_new_token_leaves_living_ones_alone():
    tokens = some_tokens(seconds=60)
    for at in (0, 30, 70):
        tokens.grant(FORM, at=at)
    assert [status_of(tokens, bearer(serial), at=70) for serial in (1, 2, 3)] == [401, None, None]


def test_revoked_tokens_are_denied_at_once():
    tokens = some_tokens()
    tokens.grant(FORM, at=0)
    tokens.revoke()
    assert status_of(tokens, bearer(1), at=0) == 401


def test_a_read_only_client_may_look_up_and_not_place():
    tokens = some_tokens()
    tokens.grant(FORM | {"client_id": "read-only"}, at=0)
    assert status_of(tokens, bearer(1), at=0, placing=True) == 403
    assert status_of(tokens, bearer(1), at=0, placing=False) is None


def test_no_rolling_second_lets_more_than_the_limit_pass():
    limit = RollingLimit(3)
    passed = [tick for tick in range(40) if limit.wait(at=tick / 8) == 0]
    assert passed == [start + step for start in range(0, 40, 8) for step in range(3)]


@pytest.mark.parametrize(
    ("calls_per_second", "at", "wait"),
    [(1, 0.75, 0.25), (1, 1.0, 0), (2.5, 0.0, 0), (0.5, 1.0, 1.0), (0.5, 2.0, 0)],
)
def test_a_request_counts_until_exactly_one_span_later(calls_per_second, at, wait):
    limit = RollingLimit(calls_per_second)
    limit.wait(at=0)
    assert limit.wait(at=at) == wait


def test_a_request_turned_away_does_not_count():
    limit = RollingLimit(1)
    assert [limit.wait(at=at) for at in (0, 0.5, 0.75, 1)] == [0, 0.5, 0.25, 0]

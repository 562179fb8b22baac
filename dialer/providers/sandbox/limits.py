"""Who may ask the sandbox for a call, and how often: tokens and the rolling rate limit."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dialer.providers.sandbox.numbers import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

READ_ONLY_CLIENT: Final = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grant:
    ends: float
    may_place: bool


class Tokens:
    """The access tokens granted and not yet over.

    `seconds` is a token's life. Any client id and secret that are not empty will do, unless `credentials`
    names the one pair that does. The client id "read-only" gets a token without the scope to place calls.
    """

    def __init__(self, *, seconds: float, credentials: tuple[str, str] | None, ids: Callable[[], UUID]) -> None:
        self._seconds = seconds
        self._credentials = credentials
        self._ids = ids
        self._grants: dict[str, _Grant] = {}
        self.granted = 0

    def grant(self, form: Mapping[str, str], *, at: float) -> Reply:
        """Answer a token request, given its form fields."""
        complaint = self._complaint(form)
        if complaint:
            return complaint
        self._grants = {token: grant for token, grant in self._grants.items() if at < grant.ends}
        token = self._ids().hex
        may_place = form["client_id"] != READ_ONLY_CLIENT
        self._grants[token] = _Grant(ends=at + self._seconds, may_place=may_place)
        self.granted += 1
        seconds = int(self._seconds) if self._seconds == int(self._seconds) else self._seconds
        return json_reply(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})

    def revoke(self) -> None:
        """End every token now."""
        self._grants.clear()

    def refusal(self, authorization: str, *, at: float, placing: bool) -> Reply | None:
        """Return the 401 or 403 for an Authorization header, or nothing when it opens the door."""
        scheme, _, token = authorization.partition(" ")
        grant = self._grants.get(token.strip()) if scheme.lower() == "bearer" else None
        if grant is None or at >= grant.ends:
            return _denied(401, "invalid_token", "The access token is missing, unknown or over")
        if placing and not grant.may_place:
            return _denied(403, "insufficient_scope", "The scope personal-connection:write is missing")
        return None

    def _complaint(self, form: Mapping[str, str]) -> Reply | None:
        if not form.get("grant_type"):
            return _denied(400, "invalid_request", "The form field grant_type is missing")
        if form["grant_type"] != "client_credentials":
            return _denied(400, "unsupported_grant_type", "grant_type must be client_credentials")
        pair = (form.get("client_id", ""), form.get("client_secret", ""))
        if not all(pair) or (self._credentials and pair != self._credentials):
            return _denied(401, "invalid_client", "The client id or secret is missing or wrong")
        return None


def _denied(status: int, error: str, description: str) -> Reply:
    return json_reply(status, {"error": error, "error_description": description})


class RollingLimit:
    """Lets at most N requests pass in any rolling second.

    N rounds down; below one it is one request in any 1/N seconds. A request that is turned away does not
    count, and one that passed counts until exactly one second (or 1/N) later.
    """

    def __init__(self, calls_per_second: float) -> None:
        self._span = max(1.0, 1.0 / calls_per_second)
        self._passed: deque[float] = deque(maxlen=max(1, math.floor(calls_per_second)))

    def wait(self, *, at: float) -> float:
        """Let a request pass and return 0, or return the seconds until one may."""
        if len(self._passed) == self._passed.maxlen and at < (opens := self._passed[0] + self._span):
            return opens - at
        self._passed.append(at)
        return 0.0

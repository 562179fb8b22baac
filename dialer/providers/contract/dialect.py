"""How a provider spells the answers that every provider has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from dialer.providers.port import Adapter, Env, Provider

CALLER, CALLED = "+12025550100", "+12125550142"
TRY = "5f0c2a9e4b7d41c8a6e3f1d20b9c8e77"  #: the token of a try, as a ledger makes it
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  #: what a provider is told that it is, at every trial
PLENTY = timedelta(seconds=5)  #: for an answer that comes: far more than loopback takes

Aside = Callable[[str], "bytes | None"]
"""Takes the head of a request, and gives what is answered to it, or None where it is one that is tried here."""


def _nothing_aside(_: str) -> None:
    return None


def _its_body(_: str, body: bytes) -> bytes:
    return body


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a provider answers, each answer as raw HTTP (`http` writes it); what it has no word for is left out.

    Every answer is about one and the same call, whose id is `call_id`: the token `TRY` where calls are named by whoever
    asks for them. `flow_id` is a flow as the adapter takes it.
    """

    adapter: Adapter
    flow_id: str
    placed: bytes  #: a call that was placed
    no_id: bytes  #: the answer to a call that was placed, without its id
    refused: Callable[[str], bytes]  #: a refusal of one row, in these words
    seen: Callable[[str], bytes]  #: a call that stands where this word says
    gone: bytes  #: there is no such call
    flow_refused: bytes  #: the flow is not there: no call of a run can be placed
    unknown_client: bytes  #: whoever asks is not let in
    words: frozenset[str]  #: every word it has for where a call stands
    caller_refused: bytes | None = None  #: the caller number is not this account's: no call of a run can be placed
    call_id: str = "c-1"
    caller_number: str = CALLER  #: one as the adapter takes it, '' where it takes none
    status: str = "queued"  #: the word with which a call is placed
    shown: Callable[[str, bytes], bytes] = _its_body  #: what the adapter's `body` shows of a request: head and body
    aside: Aside = _nothing_aside  #: answers what is neither a call nor a look-up, such as the request for a token
    faults: Sequence[int] = (500, 502, 503, 504)  #: statuses after which it is open whether somebody was rung
    not_made: bytes | None = None  #: an answer that proves that nobody was called, and may be otherwise in a moment
    last_word: tuple[bytes, str] | None = None  #: an answer to a look-up that says of its word that it is the last one
    too_much: Mapping[str, object] | None = None  #: parameters that no call can be sent with
    tells_token: bool = False  #: whether a call is known to it by the token of its try
    secrets: frozenset[str] = frozenset()  #: what it is given while it is open, beside its secret settings

    @property
    def is_named_by_token(self) -> bool:
        """Whether a call has the token of its try for its id."""
        return self.call_id == TRY

    def env(self, url: str) -> Env:
        """Give settings for a server on loopback, every secret a long one."""
        secret = {setting.name: f"s3cret-{setting.name}" for setting in self.adapter.settings if setting.secret}
        return {**self.adapter.stand_in(url), **secret}

    def connect(self, url: str, *, timeout: timedelta = PLENTY) -> AbstractAsyncContextManager[Provider]:
        """Open the provider at a server on loopback."""
        return self.adapter.connect(self.env(url), timeout=timeout, clock=lambda: 0.0, now=lambda: NOW)

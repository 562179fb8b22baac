"""What a provider's adapter is tried by: how its provider spells the answers that every provider has.

`test_provider_contract` runs each dialect through the whole; one that is added here is held by all of it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters import tiny
from raw_server import NOW, PLENTY, http, tokens

from dialer.providers import cxone, twilio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dialer.providers.port import Adapter

CALLER, CALLED = "+12025550100", "+12125550142"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a provider answers, as raw HTTP; the call it places is always c-1."""

    adapter: Adapter
    flow_id: str
    placed: bytes  #: a call that was placed, with the status `queued`
    no_id: bytes  #: the answer to a call that was placed, without its id
    refused: Callable[[str], bytes]  #: a refusal of one row, in these words
    flow_refused: bytes
    caller_refused: bytes
    seen: Callable[[str], bytes]  #: a call whose status is this word
    gone: bytes  #: there is no such call
    unknown_client: bytes  #: whoever asks is not let in
    words: frozenset[str]  #: every word it has for where a call stands
    aside: Callable[[str], bytes | None] = lambda _head: None  #: answers what is neither a call nor a look-up
    too_much: Mapping[str, object] | None = None  #: parameters that no call can be sent with
    not_made: bytes | None = None  #: an answer that proves that nobody was called, and may be otherwise in a moment
    last_word: tuple[bytes, str] | None = None  #: an answer to a look-up that says of its word that it is the last one
    tells_token: bool = False  #: whether a call is known to it by the token of its try
    secrets: frozenset[str] = field(default_factory=frozenset)  #: what it is given while it is open

    def env(self, url: str) -> Mapping[str, str]:
        """Settings for a server on loopback, every secret a long one."""
        given = dict(self.adapter.stand_in(url))
        return given | {setting.name: f"s3cret-{setting.name}" for setting in self.adapter.settings if setting.secret}

    def connect(self, url: str, *, timeout=PLENTY):
        """Open the provider at a server on loopback."""
        return self.adapter.connect(self.env(url), timeout=timeout, clock=lambda: 0.0, now=lambda: NOW)


def _json(code=200, /, **document):
    return http(code, json.dumps(document).encode())


CXONE = Dialect(
    adapter=cxone.ADAPTER,
    flow_id="flow-1",
    placed=_json(callId="c-1", status="queued"),
    no_id=_json(status="queued"),
    refused=lambda said: _json(400, error=said),
    flow_refused=_json(400, error="Invalid Flow ID"),
    caller_refused=_json(400, error="Invalid Caller Number"),
    seen=lambda word: _json(callId="c-1", status=word),
    gone=_json(404, error="Not Found"),
    unknown_client=http(403),
    words=frozenset({"queued", "initiated", "ringing", "answered", "completed", "failed"}),
    aside=tokens,
    secrets=frozenset({"token-1"}),
)

TINY = Dialect(
    adapter=tiny.ADAPTER,
    flow_id="script-1",
    placed=http(201, b"c-1 queued"),
    no_id=http(201, b""),
    refused=lambda said: http(422, said.encode()),
    flow_refused=http(400, b"no such script"),
    caller_refused=http(400, b"no such caller"),
    seen=lambda word: http(200, word.encode()),
    gone=http(404, b"never heard of it"),
    unknown_client=http(401),
    words=frozenset({"queued", "ringing", "talking", "talked", "busy", "no-answer", "canceled"}),
    too_much={"name": "x" * 500},
    not_made=http(503, b"closing down: nobody was dialled"),
    last_word=(http(200, b"moved abroad!"), "moved abroad"),
    tells_token=True,
)

TWILIO = Dialect(
    adapter=twilio.ADAPTER,
    flow_id="https://example.com/say",
    placed=_json(201, sid="c-1", status="queued", queue_time="0"),
    no_id=_json(201, status="queued"),
    refused=lambda said: _json(400, code=21217, message=said, status=400),
    flow_refused=_json(404, code=20404, message="The requested resource was not found", status=404),
    caller_refused=_json(400, code=21210, message="not a verified caller", status=400),
    seen=lambda word: _json(sid="c-1", status=word),
    gone=_json(404, code=20404, message="The requested resource was not found", status=404),
    unknown_client=_json(401, code=20003, message="Authenticate", status=401),
    words=frozenset(
        {"queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled", "active", "ended"}
    ),
    too_much={"odd": float("nan")},
)

DIALECTS = {dialect.adapter.name: dialect for dialect in (CXONE, TINY, TWILIO)}


async def hang(_writer):
    """Answer nothing, and keep the connection."""
    await asyncio.Event().wait()


async def reset(writer):
    """Break the connection off."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def torn(answer):
    """Begin an answer, and close."""

    async def begin(writer):
        writer.write(answer[:-3])
        writer.close()

    return begin

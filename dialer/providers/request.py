"""One request and its answer: a session for many, and bounded reading."""

from __future__ import annotations

import asyncio
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp

from dialer.providers.connections import DEPARTURE, Connector, Departure, HeldBackError, NeverConnectedError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from datetime import timedelta

    from yarl import URL

    from dialer.domain.call import Leave

LARGEST_BODY = 256 * 1024  #: bytes: an answer has hundreds, a gateway's page thousands
CONNECT_SECONDS = 10.0  #: TCP knocks again after 1, 3 and 7 s, and a handshake comes behind that

NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    NeverConnectedError,
)
"""Failures that prove no request left: name, refusal, TLS, proxy tunnel, and the time limit for connecting."""

NO_ANSWER = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)
"""Every other failure; looked at after NOT_SENT, it means that the request may have been acted on."""

__all__ = ["NOT_SENT", "NO_ANSWER", "HeldBackError", "Reply", "ask", "leave_at_once", "open_session"]

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_REST = re.compile(r"\btimeout\s*=\s*\"?([0-9]{1,9})")


class Reply(NamedTuple):
    """What was answered; `body` is None when it broke off or is larger than any answer has reason to be.

    `headers` are to be read, whatever the case of a name, and told to nobody.
    """

    status: int
    body: bytes | None
    retry_after: str | None
    content_type: str = ""
    headers: Mapping[str, str] = _NO_HEADERS


async def leave_at_once() -> bool:
    """Let a request leave that nothing holds back."""
    return True


def open_session(
    *, timeout: timedelta, proxies: bool = True, authorities: ssl.SSLContext | bool = True
) -> aiohttp.ClientSession:
    """Make a session without a limit of its own on connections, for requests sent with `ask`.

    `timeout` is for the answer, from the moment the request has left; connecting has a limit of its own, so
    that a connection that never came about is not taken for an answer that did not come. With `proxies`, the
    usual environment variables name proxies. TLS is verified against `authorities`, or against the system's. No
    cookie is kept.
    """
    seconds = timeout.total_seconds()
    connecting = min(CONNECT_SECONDS, seconds)
    return aiohttp.ClientSession(
        connector=Connector(answer_seconds=seconds, authorities=authorities),
        timeout=aiohttp.ClientTimeout(total=None, connect=connecting, sock_connect=connecting),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept": "application/json", "User-Agent": "dialer"},
        trust_env=proxies,
    )


async def ask(
    session: aiohttp.ClientSession, method: str, url: str | URL, *, leave: Leave = leave_at_once, **sent: Any
) -> Reply:
    """Send one request, follow no redirect, and read the answer to its end.

    `leave` is awaited once there is a connection. The time for the answer begins when it returns, and is for the
    whole of it. Raises HeldBackError when it is False, and else what is in NOT_SENT or NO_ANSWER.
    """
    departure = Departure(leave)
    before = DEPARTURE.set(departure)
    status, body, headers = 0, None, _NO_HEADERS
    try:
        async with session.request(method, url, allow_redirects=False, **sent) as response:
            status, headers = response.status, response.headers
            body = await read_body(response)
            if body is not None:
                departure.answered(rest=_rest(headers.get("Keep-Alive")))
    except NO_ANSWER:
        if departure.expired and not status:
            raise TimeoutError from None
        departure.unanswered()
        raise
    finally:
        DEPARTURE.reset(before)
        departure.ended()
    return Reply(status, body, headers.get("Retry-After"), headers.get("Content-Type", ""), headers)


def _rest(keep_alive: str | None) -> float | None:
    """Read how many seconds a server says that it keeps a connection which rests; None where it does not say."""
    said = _REST.search(keep_alive.lower()) if keep_alive else None
    return float(said[1]) if said else None


async def read_body(response: aiohttp.ClientResponse) -> bytes | None:
    """Read an answer's body; None when it breaks off or is far too large."""
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := await response.content.read(LARGEST_BODY):
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST_BODY:
                response.close()
                return None
            if response.content.at_eof():
                break
    except NO_ANSWER:
        return None
    return b"".join(chunks)

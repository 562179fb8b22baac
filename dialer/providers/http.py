"""What every provider over HTTP needs: a session, bounded reading, and words out of whatever was answered."""

from __future__ import annotations

import asyncio
import json
import math
import re
from contextvars import ContextVar
from datetime import UTC
from email.utils import parsedate_to_datetime
from errno import ECONNRESET
from html import escape, unescape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, quote_plus, urlsplit

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

    from dialer.domain.call import Leave

LARGEST_BODY = 256 * 1024
CONNECT_SECONDS = 10.0
_CONNECTIONS = 2  # a provider may end one that waits for its request to leave
_LONGEST_WORDS = 300
_LONGEST_LOOKED_AT = 20_000
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")

NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
"""Failures that prove no request left: name, refusal, TLS, proxy tunnel, and the time limit for connecting."""

NO_ANSWER = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)
"""Every other failure; looked at after NOT_SENT, it means that the request may have been acted on."""


class Reply(NamedTuple):
    """What was answered; `body` is None when it broke off or is larger than any answer has reason to be."""

    status: int
    body: bytes | None
    retry_after: str | None


class HeldBackError(Exception):
    """A request that could have left was not let."""


async def leave_at_once() -> bool:
    """Let a request leave that nothing holds back."""
    return True


class _Departure:
    """One request on its way: what lets it leave, and what ends the wait for its answer."""

    __slots__ = ("_leave", "_timer", "expired")

    def __init__(self, leave: Leave) -> None:
        self._leave = leave
        self.expired = False
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self) -> None:
        """Raise HeldBackError where the request may not leave."""
        if not await self._leave():
            raise HeldBackError

    def left(self, connection: Connection, seconds: float) -> None:
        """Give the answer so many seconds from now; then the connection is cut."""
        self._timer = asyncio.get_running_loop().call_later(seconds, self._cut, connection)

    def _cut(self, connection: Connection) -> None:
        self.expired = True
        if connection.transport:
            connection.transport.abort()

    def ended(self) -> None:
        if self._timer:
            self._timer.cancel()


_DEPARTURE: ContextVar[_Departure] = ContextVar("departure")


class _Connector(aiohttp.TCPConnector):
    """Lets a request leave by the `leave` of its `ask`, which it awaits with a connection in hand.

    No limit on connecting counts that wait. `answer_seconds` is how long an answer may take from then on.
    """

    def __init__(self, *, answer_seconds: float) -> None:
        super().__init__(limit=0, ttl_dns_cache=60)
        self._answer_seconds = answer_seconds

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        departure = _DEPARTURE.get()
        for _ in range(_CONNECTIONS):
            connection = await super().connect(req, traces, timeout)
            try:
                await departure.wait()
            except BaseException:
                connection.release()
                raise
            if not connection.closed:
                departure.left(connection, self._answer_seconds)
                return connection
            connection.release()
        raise aiohttp.ClientConnectorError(req.connection_key, OSError(ECONNRESET, "closed before anything was sent"))


def open_session(*, timeout: timedelta, proxies: bool = True) -> aiohttp.ClientSession:
    """Make a session without a limit of its own on connections, for requests sent with `ask`.

    `timeout` is for the answer, from the moment the request has left; connecting has a limit of its own, so
    that a connection that never came about is not taken for an answer that did not come. With `proxies`, the
    usual environment variables name proxies. TLS is verified against the system's authorities or those of
    SSL_CERT_FILE and SSL_CERT_DIR. No cookie is kept.
    """
    seconds = timeout.total_seconds()
    connecting = min(CONNECT_SECONDS, seconds)
    return aiohttp.ClientSession(
        connector=_Connector(answer_seconds=seconds),
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
    departure = _Departure(leave)
    before = _DEPARTURE.set(departure)
    status, retry_after, body = 0, None, None
    try:
        async with session.request(method, url, allow_redirects=False, **sent) as response:
            status, retry_after = response.status, response.headers.get("Retry-After")
            body = await read_body(response)
    except NO_ANSWER:
        if departure.expired and not status:
            raise TimeoutError from None
        raise
    finally:
        _DEPARTURE.reset(before)
        departure.ended()
    return Reply(status=status, body=body, retry_after=retry_after)


def base_url_complaint(name: str, url: str) -> str | None:
    """Say what is wrong with a base address, or None; plain http is for loopback only."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"{name} is not an address"
    if parts.scheme not in {"http", "https"} or not host:
        return f"{name} must look like https://host"
    if "@" in parts.netloc or "?" in url or "#" in url:
        return f"{name} must hold no user, password, query or fragment"
    if not _is_host(host) or re.search(r"[\s\\]|[^ -~]", url.replace(parts.netloc, "", 1)):
        return f"{name} must look like https://host"
    if parts.scheme == "http" and not is_loopback(url):
        return f"{name}: plain http would send secrets in the clear; use https (http is for loopback only)"
    return None


def _is_host(host: str) -> bool:
    try:
        URL.build(scheme="https", host=host)
        return bool(_HOST.fullmatch(host.encode("idna").decode("ascii")))
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine: no proxy is asked for it, and plain http will do."""
    return bool(_LOOPBACK.fullmatch(urlsplit(url).hostname or ""))


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


def as_json(body: bytes | None) -> Any:
    """Parse a body as JSON; None for anything that is not."""
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError):
        return None


def words(status: int, body: bytes | None, *, secrets: Iterable[str] = ()) -> str:
    """Put an answer into one line: `HTTP 400: what the provider said`, at most 300 characters of it."""
    secrets = tuple(secrets)
    document = as_json(body)
    if document is not None:
        said = _in_json(document, depth=3)
    else:
        said = _in_text(_masked((body or b"").decode("utf-8", "replace"), secrets))
    return f"HTTP {status}: {plain(said, secrets=secrets)}" if said else f"HTTP {status}"


def plain(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Make foreign text safe to show: one line, printable, bounded, and without any of `secrets`."""
    text = _masked(text, secrets)[:_LONGEST_LOOKED_AT]  # only now: a cut through a secret would hide it from the mask
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 1] + "…"


def trouble(problem: BaseException, *, secrets: Iterable[str] = ()) -> str:
    """Say what went wrong with a request; aiohttp quotes parts of a broken answer, which are not repeated."""
    name = type(problem).__name__
    if isinstance(problem, aiohttp.ClientHttpProxyError):
        return f"{name}: the proxy answered HTTP {problem.status}"
    if isinstance(problem, aiohttp.ClientResponseError):
        return f"{name}: the answer cannot be read as HTTP"
    said = plain(str(problem), secrets=secrets) or ("no answer in time" if isinstance(problem, TimeoutError) else "")
    return f"{name}: {said}" if said else name


def _masked(text: str, secrets: Iterable[str]) -> str:
    """Blot out secrets, also as forms, JSON and HTML spell them; the longest first, for one may hold another."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    longest_first = sorted(spellings - {""}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), "[secret]", text) if longest_first else text


def _spellings(secret: str) -> Iterable[str]:
    yield secret
    yield from (quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace"))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (escape(secret), escape(secret, quote=False))


def _in_json(document: Any, *, depth: int) -> str:
    match document:
        case str() | int() | float():
            return str(document)
        case list() if depth:
            return "; ".join(filter(None, (_in_json(item, depth=depth - 1) for item in document[:5])))
        case dict() if depth:
            keys = ("error", "message", "error_description", "errors", "detail", "title", "code")
            parts = (_in_json(document[key], depth=depth - 1) for key in keys if key in document)
            return ": ".join(dict.fromkeys(filter(None, parts))) or json.dumps(document)
    return ""


def _in_text(text: str) -> str:
    if "<" in text:
        text = text[:_LONGEST_LOOKED_AT]
        for name in ("head", "script", "style"):
            text = _without(name, text)
        text = unescape(re.sub(r"<[^<>]*>", " ", text))
    return text.strip()


def _without(name: str, text: str) -> str:
    *closed, rest = re.split(rf"(?i)</{name}\s*>", text)
    return " ".join([*(re.split(rf"(?i)<{name}\b", part, maxsplit=1)[0] for part in closed), rest])


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or a date, as seconds from `now`.

    None when it makes no sense, as a date that has passed does: either clock may be wrong. A date without a
    zone is in GMT (RFC 9110, 5.6.7).
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
            seconds = ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None

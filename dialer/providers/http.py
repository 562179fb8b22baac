"""What every provider over HTTP needs: addresses that can be asked, and words out of whatever was answered."""

from __future__ import annotations

import json
import math
import os
import re
import ssl
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from html import unescape
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from dialer.domain.call import HeldBack, NotSeen, NotSent, Unclear
from dialer.domain.redaction import without_secrets
from dialer.providers.connections import NeverConnectedError
from dialer.providers.request import NO_ANSWER, NOT_SENT, HeldBackError, Reply, ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from dialer.domain.call import Leave

_LONGEST_WORDS = 300  #: characters of a provider's words in a cell of the results: a sentence or two
_LONGEST_LOOKED_AT = 20_000  #: characters: a gateway's whole page, and the patterns below take no longer on anything
_LONGEST_ID = 256  #: characters: several times what any provider's ids have
_LONGEST_STATUS = 40  #: characters: several times what any of a provider's words has
_NOT_UNDERSTOOD = "\ufffd"  #: stands for a byte that could not be read: by such an id no call could be looked up
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")


async def attempt(
    session: aiohttp.ClientSession, method: str, url: str | URL, *, leave: Leave, **sent: Any
) -> Reply | HeldBack | NotSent | Unclear:
    """Ask for a call with one request that awaits `leave`; without an answer, tell what its failure proves."""
    try:
        return await ask(session, method, url, leave=leave, **sent)
    except HeldBackError:
        return HeldBack("it was not let out")
    except NOT_SENT as problem:
        return NotSent(trouble(problem))
    except NO_ANSWER as problem:
        return Unclear(trouble(problem))


async def look(
    session: aiohttp.ClientSession, url: str | URL, *, leave: Leave, **sent: Any
) -> Reply | HeldBack | NotSeen:
    """Look a call up with one request that awaits `leave`; whatever keeps it from an answer, nothing was seen."""
    reply = await attempt(session, "GET", url, leave=leave, **sent)
    return NotSeen(reply.reason) if isinstance(reply, NotSent | Unclear) else reply


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


def as_json(body: bytes | None, content_type: str = "") -> Any:
    """Parse a body as JSON; None for anything that is not.

    JSON is in UTF-8, 16 or 32, whatever is said of it; only what is in none of them is read as it was declared
    (`content_type`), and at last with a mark (U+FFFD) for each byte that is not understood.
    """
    try:
        return json.loads((body or b"").decode())  # nearly always; what only looks like it is no JSON
    except RecursionError:
        return None
    except ValueError:
        return _by_its_marks(body or b"", content_type)


def _by_its_marks(body: bytes, content_type: str) -> Any:
    for readable in _readings(body, content_type):
        try:
            return json.loads(readable)
        except RecursionError:
            return None
        except ValueError:
            continue
    return None


def _readings(body: bytes, content_type: str) -> Iterator[str | bytes]:
    yield body
    with suppress(ValueError, LookupError):
        yield body.decode(_charset(content_type))
    yield body.decode("utf-8", "replace")


def words(status: int, body: bytes | None, *, secrets: Iterable[str] = (), content_type: str = "") -> str:
    """Put an answer into one line: `HTTP 400: what the provider said`, at most 300 characters of it."""
    secrets = tuple(secrets)
    document = as_json(body, content_type)
    if document is not None:
        said = _in_json(document, depth=3)
    else:
        said = _in_text(without_secrets(_text(body, content_type), secrets))
    return f"HTTP {status}: {plain(said, secrets=secrets)}" if said else f"HTTP {status}"


def _charset(content_type: str) -> str:
    declared = _CHARSET.search(content_type)
    return declared[1] if declared else "utf-8"


def _text(body: bytes | None, content_type: str) -> str:
    try:
        return (body or b"").decode(_charset(content_type))
    except (ValueError, LookupError):
        return (body or b"").decode("utf-8", "replace")


def plain(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Make foreign text safe to show: one line, printable, bounded, and without any of `secrets`."""
    # Cut behind the mask: a cut through a secret would hide it from the mask.
    text = without_secrets(text, secrets)[:_LONGEST_LOOKED_AT]
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 1] + "…"


def is_id(text: object) -> TypeGuard[str]:
    """Tell whether a call could be looked up by what is said to be its id."""
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_ID:
        return False
    return text.isprintable() and _NOT_UNDERSTOOD not in text


def is_of_another(answer: object, key: str, call_id: str) -> bool:
    """Tell whether an answer names another call than the one it should be about; one that names none does not."""
    named = answer.get(key) if isinstance(answer, dict) else None
    return named is not None and str(named) != call_id


def status_in(answer: object, *, secrets: Iterable[str], usual: frozenset[str] = frozenset()) -> str:
    """Read an answer's word for where a call stands, '' where it has none; a `usual` one is sure to hold no secret."""
    status = answer.get("status") if isinstance(answer, dict) else None
    if not isinstance(status, str):
        return ""
    return status if status in usual else plain(status, secrets=secrets)[:_LONGEST_STATUS].lower()


def trouble(problem: BaseException) -> str:
    """Say what went wrong with a request in words of our own.

    What aiohttp says may quote the head of a broken answer, the address that was asked, or the proxy's password.
    """
    name = type(problem).__name__
    match problem:
        case aiohttp.ClientHttpProxyError():
            said = f"the proxy answered HTTP {problem.status}"
        case NeverConnectedError():
            said = f"{type(problem.__cause__).__name__} before there was a connection"
        case aiohttp.ClientConnectorError():
            why = _of_connecting(problem.os_error) or plain(str(problem.os_error))
            said = f"Cannot connect to host {problem.host}:{problem.port} [{why}]"
        case aiohttp.ConnectionTimeoutError():
            said = "no connection in time"
        case TimeoutError():
            said = "no answer in time"
        case aiohttp.ServerDisconnectedError():
            said = "Server disconnected"
        case aiohttp.ClientResponseError():
            said = "the answer cannot be read as HTTP"
        case OSError(errno=int(number)) if number > 0 and not isinstance(problem, ssl.SSLError):
            said = os.strerror(number)  # aiohttp may put the address that was asked into words of its own
        case _:
            said = ""
    return f"{name}: {said}" if said else name


def _of_connecting(problem: OSError) -> str:
    """Say what the system says of a connection that did not come about; TLS says more than a number."""
    if isinstance(problem, ssl.CertificateError):
        return plain(problem.verify_message)
    if isinstance(problem, ssl.SSLError):
        return plain(str(problem.reason or problem.strerror or "TLS"))
    return plain(problem.strerror or "")


def _in_json(document: Any, *, depth: int) -> str:
    match document:
        case str() | int() | float():
            return str(document)
        case list() if depth:
            return "; ".join(filter(None, (_in_json(item, depth=depth - 1) for item in document[:5])))
        case dict() if depth:
            keys = ("error", "message", "error_description", "errorDescription", "errors", "detail", "title", "code")
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

"""Pings of a service that misses those that do not come: Healthchecks and Cronitor, each by its own conventions."""

from __future__ import annotations

import ssl
from http.client import HTTPException
from time import monotonic, sleep
from typing import TYPE_CHECKING, Literal, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dialer.alerts.background import AlertError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.domain.alert_rules import PingAs

State = Literal["start", "success", "fail", "log"]

TRIES = 3  #: a restart of the service is over by then, and one that is down is for the service to notice
_PAUSE = 1.0  #: seconds before the second try, twice as long before the third
_LONGEST_MESSAGE = 1_500  #: characters: Cronitor keeps 2,000, in an address
_CRONITOR = ("cronitor.link", "cronitor.io")
_CRONITORS_WORDS = {"start": "run", "success": "complete", "fail": "fail"}
_AGAIN = frozenset({408, 425, 429})


def address_complaint(url: str) -> str:
    """Say what is wrong with an address to ping, '' for nothing; the address is a secret, and is not repeated."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in {"http", "https"} or not host or not url.isascii() or any(sign <= " " for sign in url):
        return "must look like https://host/path"
    return ""


def spoken_at(url: str) -> PingAs:
    """Tell which conventions an address is asked by: Cronitor's at its own hosts, Healthchecks' everywhere else."""
    host = urlsplit(url).hostname or ""
    return "cronitor" if host in _CRONITOR or host.endswith(tuple(f".{name}" for name in _CRONITOR)) else "healthchecks"


def request_of(url: str, spoken: PingAs, state: State, *, exit_code: int, text: str) -> tuple[str, bytes] | None:
    """Give the address to ask and the body to send; None where the service has no word for it."""
    if spoken == "cronitor":
        if state not in _CRONITORS_WORDS:
            return None
        said = {"state": _CRONITORS_WORDS[state]}
        said |= {} if state == "start" else {"status_code": str(exit_code), "message": text[:_LONGEST_MESSAGE]}
        parts = urlsplit(url)
        query = "&".join(filter(None, [parts.query, urlencode(said, quote_via=quote)]))
        return parts._replace(query=query, fragment="").geturl(), b""
    # The number in place of /fail: the service shows it beside the ping. Only 0 would be a success.
    behind = {"start": "/start", "success": "", "fail": f"/{exit_code}", "log": "/log"}[state]
    parts = urlsplit(url)
    return parts._replace(path=parts.path.rstrip("/") + behind, fragment="").geturl(), text.encode()


def ping(url: str, body: bytes, *, until: float, pause: Callable[[float], object] = sleep) -> None:
    """Ask an address, three times at the most and not beyond a moment on the clock of `monotonic`.

    Proxies and authorities are those of the environment. Raises AlertError.
    """
    for tries in range(1, TRIES + 1):
        try:
            _ask(url, body, seconds=max(0.1, until - monotonic()))
        except _AgainError as problem:
            wait = _PAUSE * tries
            if tries == TRIES or monotonic() + wait >= until:
                raise AlertError(str(problem)) from None
            pause(wait)
        else:
            return


class _AgainError(AlertError):
    """What another try may mend."""


class _NoRedirects(HTTPRedirectHandler):
    """Follows nobody: the address is a secret, and its answer a yes or a no."""

    def redirect_request(self, *_: object) -> None:
        """Leave the answer as it is, an error."""


def _ask(url: str, body: bytes, *, seconds: float) -> None:
    request = Request(  # noqa: S310 - http and https alone, see address_complaint
        url, data=body, method="POST", headers={"User-Agent": "dialer", "Content-Type": "text/plain; charset=utf-8"}
    )
    try:
        with build_opener(_NoRedirects).open(request, timeout=seconds):
            return  # what it says is not read: it may have no end
    except HTTPError as answer:
        answer.close()
        _refused(answer.code)
    except (URLError, OSError, HTTPException, ValueError) as problem:
        raise _AgainError(_why(problem)) from None


def _refused(status: int) -> NoReturn:
    says = f"HTTP {status}, a redirect, which is not followed" if 300 <= status < 400 else f"HTTP {status}"
    raise (_AgainError if status >= 500 or status in _AGAIN else AlertError)(says)


def _why(problem: BaseException) -> str:
    """Say what went wrong in words of our own: what the libraries say may quote the address."""
    if isinstance(problem, URLError) and isinstance(problem.reason, BaseException):
        problem = problem.reason
    match problem:
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return "its certificate is not trusted"
        case ssl.SSLError():
            return "no TLS that fits is spoken there"
        case OSError(strerror=str(said)):
            return said
        case _:
            return "the answer cannot be read as HTTP"

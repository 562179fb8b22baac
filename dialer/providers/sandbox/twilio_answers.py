"""What the stand-in for Twilio answers: refusals with Twilio's codes, and pages of lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from dialer.providers.sandbox.asked import basic_credentials_of
from dialer.providers.sandbox.calls import BLOCKED_CALLER_ENDING
from dialer.providers.sandbox.numbers import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from dialer.providers.sandbox.numbers import Behaviour


def instead(behaviour: Behaviour) -> Reply | None:
    """Give what is answered where nothing is placed, in Twilio's spelling."""
    if behaviour.instead is None:
        return None
    if behaviour.instead.status == 400:
        return error(400, 21216, "Account not allowed to call this number")
    if behaviour.instead.status == 429:
        return error(429, 20429, "Too Many Requests", behaviour.instead.headers)
    return behaviour.instead


def complaint(form: Mapping[str, str], saying: tuple[str, ...]) -> Reply | None:
    """Refuse a form that asks for no call; a plain one has something to say, by one of the fields `saying`."""
    if not form.get("From") or form["From"].endswith(BLOCKED_CALLER_ENDING):
        return error(400, 21212, f"The 'From' number {form.get('From', '')} is not a valid phone number")
    if not form.get("To"):
        return error(400, 21201, "No 'To' number is specified")
    if saying and not any(form.get(name) for name in saying):
        return error(400, 21205, "Url parameter is required")
    return None


def page_of(request: web.Request, oldest_first: list[dict[str, object]]) -> tuple[list[dict[str, object]], str | None]:
    """Give a page of a list, the newest first, and the query of the next; None at the end."""
    asked = dict(request.query)
    size, at = int(asked.get("PageSize", "50")), int(asked.get("Page", "0"))
    page = oldest_first[::-1][at * size : (at + 1) * size]
    more = len(oldest_first) > (at + 1) * size
    following = {**asked, "PageSize": size, "Page": at + 1, "PageToken": f"PA{page[-1]['sid']}"} if more else {}
    return page, urlencode(following) or None


def seconds(moment: str | None, otherwise: float) -> float:
    """Read a moment as Unix seconds."""
    return datetime.fromisoformat(moment).timestamp() if moment else otherwise


def iso(at: float) -> str:
    """Write Unix seconds as a moment."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_let_in(request: web.Request) -> bool:
    """Tell whether a request carries what lets it in: any account or key, and any secret that is not `wrong`."""
    user, secret = basic_credentials_of(request)
    return user[:2] in {"AC", "SK"} and bool(secret) and "wrong" not in secret


def error(
    status: int,
    code: int,
    message: str,
    headers: Mapping[str, str] | None = None,
    *,
    details: Mapping[str, str] | None = None,
) -> Reply:
    """Refuse a request as Twilio does."""
    told: dict[str, object] = {"code": code, "message": message, "status": status}
    told |= {"more_info": f"https://www.twilio.com/docs/errors/{code}"} | ({"details": details} if details else {})
    return json_reply(status, told, headers)

"""A request at a stand-in: how it is told to whoever watches, and who says to ask."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from dialer.providers.sandbox.numbers import Reply


def tell(heard: Callable[[str], None] | None, at: float, asked: str, reply: Reply, outcome: str = "") -> None:
    """Tell of a request in a line, if anybody hears: when in Unix seconds, what was asked, and what came of it."""
    if heard:
        heard(f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}  {asked}  {reply.status} {outcome}".rstrip())


def basic_credentials_of(request: web.Request) -> tuple[str, str]:
    """Read the user and the secret that a request is let in by; both are '' where it has none that can be read."""
    kind, _, told = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, secret) if kind == "Basic" else ("", "")

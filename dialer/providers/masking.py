"""Keeping secrets out of foreign words, which may repeat what was sent."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEFT_BY_BROWSERS = "!*'()"  #: what encodeURIComponent does not escape, and Python does
_SURELY_A_SECRET = 12  #: characters, not letters alone: what so long a value is found in is not a word by chance


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Blot out secrets, also as forms, JSON, HTML and base64 spell them."""
    pattern = _any_of(frozenset(secrets) - {""})
    return pattern.sub("[secret]", text) if pattern else text


@lru_cache(maxsize=8)  # the same few are looked for in every answer
def _any_of(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """Match any of some secrets; the longest spelling first, for one may hold another."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    longest_first = sorted(spellings - {""}, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(map(_standing, longest_first)), re.IGNORECASE) if longest_first else None


def _standing(secret: str) -> str:
    """Match a secret where it stands as one: a short one, or one made of letters, is not looked for in longer words."""
    pattern = re.escape(secret)
    if len(secret) >= _SURELY_A_SECRET and not secret.isalpha():
        return pattern
    before, after = (r"(?<!\w)" if secret[0].isalnum() else ""), (r"(?!\w)" if secret[-1].isalnum() else "")
    return f"{before}{pattern}{after}"


def basic_credentials(name: str, secret: str) -> Iterable[str]:
    """Give what a proxy or a server may call a client by: id and secret in base64, plain and as RFC 6749 has it."""
    for pair in (f"{name}:{secret}", f"{quote_plus(name, errors='replace')}:{quote_plus(secret, errors='replace')}"):
        yield from _in_base64(pair)


def _in_base64(text: str) -> Iterable[str]:
    """Spell it in both alphabets; without the filling, so that it is found with it and without."""
    raw = text.encode(errors="replace")
    yield from (b64encode(raw).decode().rstrip("="), urlsafe_b64encode(raw).decode().rstrip("="))


def _spellings(secret: str) -> Iterable[str]:
    yield secret
    yield from (quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace"))
    yield from (quote(secret, safe=_LEFT_BY_BROWSERS, errors="replace"), *_in_base64(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (escape(secret), escape(secret, quote=False))

"""Taking out of foreign words what must not be kept: people's numbers, what their calls carried, and secrets."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from unicodedata import category
from urllib.parse import quote, quote_plus

from dialer.domain.call import Accepted, RunMustStop
from dialer.domain.phone import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dialer.domain.call import Settlement

HIDDEN = "…"

_NUMBER = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){6,}")
_DAY_OR_NUMBER = re.compile(rf"(?P<day>\b(?:19|20)\d\d-[01]\d-[0-3]\d(?: [0-2]\d:[0-5]\d)?\b)|{_NUMBER.pattern}")
_DIGITS = re.compile(r"\+?[0-9]{7,}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_SHORTEST_PART = 3  #: letters: what is shorter stands in every text by chance
_LONGEST_LOOKED_AT = 2_000  #: characters: far more than is kept of an answer, and soon searched
_LONGEST_SHOWN = 80  #: characters: a line of a terminal
_LEFT_BY_BROWSERS = "!*'()"  #: what encodeURIComponent does not escape, and Python does
_SURELY_A_SECRET = 12  #: characters, not letters alone: what so long a value is found in is not a word by chance


class Discretion:
    """Makes a provider's words fit to be kept: it may repeat what it was sent.

    What holds a run back is what the latest call met, and what stops it what the first such call met: their
    parameters are taken out of whatever is said afterwards.
    """

    def __init__(self) -> None:
        """Start with nothing heard."""
        self._latest: Mapping[str, object] = {}
        self._stopping: Mapping[str, object] = {}

    def heard(self, settlement: Settlement) -> None:
        """Note whose call was answered."""
        if isinstance(settlement.answer, Accepted):
            return
        self._latest = settlement.claim.parameters
        if isinstance(settlement.answer, RunMustStop) and not self._stopping:
            self._stopping = self._latest

    def plain(self, text: str) -> str:
        """Take numbers and parameters out of a text, and put it on one line."""
        if not text:
            return ""
        # Before it is cut, so that no half of anything is left.
        text = without_values(text[:_LONGEST_LOOKED_AT], [*self._latest.values(), *self._stopping.values()])
        return one_line(_NUMBER.sub(lambda found: mask(found[0]), text))


def without_numbers(text: str) -> str:
    """Mask what may be somebody's number in words of our own, in which days are written YYYY-MM-DD."""
    return _DAY_OR_NUMBER.sub(lambda found: found[0] if found["day"] else mask(found[0]), text)


def without_values(text: str, values: Iterable[object]) -> str:
    """Blot out values wherever a text repeats them: whole, word by word, or cut off at its end; however spelt."""
    whole, words = set[str](), set[str]()
    for value in map(str, values):
        whole.update(spelling.strip() for spelling in _spellings(value))
        words.update(spelling.strip() for word in _WORD.findall(value) for spelling in _spellings(word))
    longest_first = sorted(whole - {""}, key=len, reverse=True)
    alone = sorted(words - whole, key=len, reverse=True)
    patterns = [*(_pattern(value, alone=len(value) < _SHORTEST_PART) for value in longest_first)]
    patterns += [_pattern(word, alone=True) for word in alone]
    if not patterns:
        return text
    if text.endswith(HIDDEN):
        text = _without_torn_end(text, [*longest_first, *alone])
    return re.sub("|".join(patterns), HIDDEN, text, flags=re.IGNORECASE)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Blot out secrets, also as forms, JSON, HTML and base64 spell them."""
    pattern = _any_of(frozenset(secrets) - {""})
    return pattern.sub("[secret]", text) if pattern else text


@lru_cache(maxsize=8)  # the same few are looked for in every answer
def _any_of(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """Match any of some secrets; the longest spelling first, for one may hold another."""
    spellings = {spelling for secret in secrets for spelling in (*_spellings(secret), *_in_base64(secret))}
    longest_first = sorted(spellings - {""}, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(map(_standing, longest_first)), re.IGNORECASE) if longest_first else None


def _standing(secret: str) -> str:
    """Match a secret where it stands as one: a short one, or one made of letters, is not looked for in longer words."""
    pattern = re.escape(secret)
    if len(secret) >= _SURELY_A_SECRET and not secret.isalpha():
        return pattern
    before, after = (r"(?<!\w)" if secret[0].isalnum() else ""), (r"(?!\w)" if secret[-1].isalnum() else "")
    return f"{before}{pattern}{after}"


def basic_credentials(name: str, secret: str) -> Iterator[str]:
    """Give what a proxy or a server may call a client by: id and secret in base64, plain and as RFC 6749 has it."""
    for pair in (f"{name}:{secret}", f"{quote_plus(name, errors='replace')}:{quote_plus(secret, errors='replace')}"):
        yield from _in_base64(pair)


def _in_base64(text: str) -> Iterator[str]:
    """Spell it in both alphabets; without the filling, so that it is found with it and without."""
    raw = text.encode(errors="replace")
    yield from (b64encode(raw).decode().rstrip("="), urlsafe_b64encode(raw).decode().rstrip("="))


def one_line(text: str) -> str:
    """Keep foreign text from steering a terminal or breaking a line."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)


def visible(text: str) -> str:
    """Show what would steer a terminal or hide in it, line ends and bidi marks too, as its escape; spaces stay."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or category(sign) == "Zs" else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape", "backslashreplace").decode("ascii")


def shown(text: str) -> str:
    """Shorten foreign text, and mask what may be a number in it."""
    text = _DIGITS.sub(lambda found: mask(found[0]), text)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + HIDDEN)


def _spellings(value: str) -> Iterator[str]:
    """Spell a text as forms, addresses, JSON and HTML do."""
    yield value
    yield from (quote(value, safe="", errors="replace"), quote_plus(value, errors="replace"))
    yield quote(value, safe=_LEFT_BY_BROWSERS, errors="replace")
    yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    yield from (escape(value), escape(value, quote=False))


def _pattern(value: str, *, alone: bool) -> str:
    return rf"(?<!\w){re.escape(value)}(?!\w)" if alone else re.escape(value)


def _without_torn_end(text: str, values: Iterable[str]) -> str:
    """Hide the beginning of a value with which a text that was cut ends."""
    kept = text.removesuffix(HIDDEN)
    lower = kept.lower()
    for value in values:
        for length in range(min(len(value) - 1, len(kept)), _SHORTEST_PART - 1, -1):
            if lower.endswith(value[:length].lower()):
                return kept[: len(kept) - length] + HIDDEN
    return text

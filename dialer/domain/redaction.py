"""Taking people out of foreign words: their numbers, and what their calls carried."""

from __future__ import annotations

import json
import re
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
_DIGITS = re.compile(r"\+?[0-9]{7,}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_SHORTEST_PART = 3
_LONGEST_LOOKED_AT = 2_000
_LONGEST_SHOWN = 80


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


def without_values(text: str, values: Iterable[object]) -> str:
    """Blot out values wherever a text repeats them: whole, word by word, or cut off at its end; however spelt."""
    whole, words = set[str](), set[str]()
    for value in map(str, values):
        whole.update(_spellings(value))
        words.update(spelling for word in _WORD.findall(value) for spelling in _spellings(word))
    longest_first = sorted(whole - {""}, key=len, reverse=True)
    alone = sorted(words - whole, key=len, reverse=True)
    patterns = [*(_pattern(value, alone=len(value) < _SHORTEST_PART) for value in longest_first)]
    patterns += [_pattern(word, alone=True) for word in alone]
    if not patterns:
        return text
    if text.endswith(HIDDEN):
        text = _without_torn_end(text, [*longest_first, *alone])
    return re.sub("|".join(patterns), HIDDEN, text, flags=re.IGNORECASE)


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
    yield value.strip()
    yield from (json.dumps(value)[1:-1].strip(), json.dumps(value, ensure_ascii=False)[1:-1].strip())
    yield from (escape(value).strip(), quote(value, safe="", errors="replace"), quote_plus(value, errors="replace"))


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

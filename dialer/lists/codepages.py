"""Telling Western code pages apart by what stands beside letters, and admitting where that is impossible."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)(?=([\x40-\x7e]?))")
_CONTROLS = re.compile(rb"[\x80-\x9f]")  #: of ISO 8859, which no list has; letters and quotes in cp1252
_ENOUGH = 100_000  #: words from which nothing more is learnt
_LONG = 4  #: letters beyond ASCII in a row, which Western words hardly have
_PLAUSIBLE, _LIKELY = 0.8, 0.9  #: shares of words that make sense in cp1252; in what fewer lists are written in
_SURE = 2  #: Western words for each that may be half of a Chinese, Japanese or Korean one

_WESTERN = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿßœšž"
_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžäöüßôĺŕľőűăâîşţđç"
_LETTERS = {
    "cp1252": _WESTERN,
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
    "cp1250": _CENTRAL,
}
_AFTER_LETTERS = "\u2019\u2018\u201d\u201c\u00bb\u2026\u2013\u2014\u00ae\u2122\u00b4\u00aa\u00ba"
_ALONE = "\u20ac\u00a3\u00a5\u2013\u2014\u2019\u2018\u201c\u201d\u2026\u00a0\u00b0\u00a7\u00ab\u00bb\u2022\u00e0\u00e9"
"""What stands by itself in Western text: signs of currency, dashes, quotes, and words of one letter."""

_QUOTES = frozenset("\u2019\u2018\u201c\u201d\u2013\u2014\u2026")
_BEFORE_LETTERS = "\u2019\u2018\u201c\u201e\u00ab\u2013\u2014\u00b4\u00bf\u00a1"

Word = tuple[bytes, bytes, bytes]


class Census(NamedTuple):
    """How often bytes beyond ASCII stand together, between which ASCII letters; and whether lines end in CR alone."""

    words: Counter[Word]
    is_of_old_macs: bool

    @property
    def is_mostly_utf8(self) -> bool:
        """Whether most of them are characters of UTF-8, which other encodings hardly ever form."""
        valid = sum(count for (_, run, _), count in self.words.items() if _decoded(run, "utf-8"))
        return 2 * valid >= self.words.total()


def take_census(blocks: Iterable[bytes]) -> Census:
    """Count what tells encodings apart; a word cut by the end of a block counts as two."""
    words: Counter[Word] = Counter()
    ends = set()
    for block in blocks:
        ends |= {end for end in (b"\r", b"\n") if end in block}
        words.update(_WORD.findall(block))
        if words.total() > _ENOUGH:
            break
    return Census(words, ends == {b"\r"})


def guess_codepage(census: Census) -> str | None:
    """Return the code page of a text that is not UTF-8, or None where that cannot be known.

    cp1252 is assumed of Western text that shows nothing else; letters of other scripts are none of it. A few bytes may
    be either: what is taken for Western must look so in most places.
    """
    found = _likeliest(census)
    return found if found and _is_sure_of(found, census.words) else None


def _likeliest(census: Census) -> str | None:
    total = sum(len(run) * count for (_, run, _), count in census.words.items())
    foreign = sum(len(word[1]) * count for word, count in census.words.items() if _is_foreign(word))
    if 2 * foreign > total:
        return None
    shares = {name: _plausibility(name, census.words) for name in _LETTERS}
    if census.is_of_old_macs and shares["mac_roman"] >= max(*shares.values(), _LIKELY):
        return "mac_roman"
    if shares["cp1252"] >= _PLAUSIBLE:
        return "iso8859_15" if _is_latin9(census.words) else "cp1252"
    likely = [name for name, share in shares.items() if share >= _LIKELY]
    return likely[0] if len(likely) == 1 else None


def _is_sure_of(name: str, words: Counter[Word]) -> bool:
    """Say whether letters beyond ASCII stand singly among ASCII ones: in double-byte encodings they come in pairs."""
    western, doubtful = 0, 0
    for (before, run, after), count in words.items():
        text = _decoded(run, name)
        # A capital behind one is the second half of many a Chinese character.
        among = bool(before) + (after.islower() or (bool(before) and after.isupper() and text.isupper()))
        begins = text.istitle() and after.islower() and not before
        if text.isalpha() and (begins or among == len(text) or (among and len(text) == 1)):
            western += count
        elif (text not in _QUOTES or (among > 1 and text != "\u2019")) and (
            before or after or len(text) != 1 or text not in _ALONE
        ):
            doubtful += count
    return western >= _SURE * doubtful


def _is_foreign(word: Word) -> bool:
    before, run, after = word
    after = _lower(after)
    return len(run) >= (_LONG if before or after else _LONG - 1)


def _plausibility(name: str, words: Counter[Word]) -> float:
    """Return the share of words a code page makes sense of; none where one of them has no meaning in it."""
    letters, good, total = _LETTERS[name], 0, 0
    for (before, run, trail), count in words.items():
        text, after = _decoded(run, name), _lower(trail)
        if not text:
            return 0.0
        if before or after:
            total += count
            good += count * (
                _follows(before, text[0], letters, after if len(text) == 1 else b"")
                and _precedes(after, text[-1], letters)
            )
    return good / total if total else 1.0


def _lower(trail: bytes) -> bytes:
    return trail if trail.islower() else b""


def _follows(before: bytes, character: str, letters: str, after: bytes) -> bool:
    if not before:
        return True
    if before.isupper() and not after and character in letters.upper():
        return True
    return character in letters or character in _AFTER_LETTERS


def _precedes(after: bytes, character: str, letters: str) -> bool:
    return not after or character.lower() in letters or character in _BEFORE_LETTERS


def _is_latin9(words: Counter[Word]) -> bool:
    found = b"".join(run for _, run, _ in words)
    return b"\xa4" in found and not _CONTROLS.search(found)


def _decoded(run: bytes, encoding: str) -> str:
    try:
        return run.decode(encoding)
    except UnicodeDecodeError:
        return ""

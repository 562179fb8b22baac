"""Every number that a cell could mean: who asked not to be called is protected whichever of them it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.numbers.damage import clean, count_digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.numbers.reader import NumberReader

_FEWEST_DIGITS = 7  #: fewer are no number that could be dialled from elsewhere
_PARTS = re.compile(r"[/,;|&\n]|(?=\+)|\b(?:or|and|oder|und|ou|et|o|y|e)\b", re.IGNORECASE)
_DECIMALS = re.compile(r"[.,]0+$")
_RUN = re.compile(r"[+(]*\d[\d ().\-]*")
_GROUP = re.compile(r"\S+")
_FOREIGN_PREFIX = re.compile(r"0+|011")


def meant(reader: NumberReader, cell: str) -> frozenset[str]:
    """Return in E.164 what a cell could mean: as it stands, with a lost + or 0, beside words, one of several.

    More than one number may be meant, and some of them by nobody: this is for keeping from ringing, not for dialling.
    """
    return frozenset(number for guess in _guesses(clean(cell)) for number in reader.possible(guess))


def _guesses(text: str) -> Iterator[str]:
    yield text
    parts = _PARTS.split(_DECIMALS.sub("", text))
    for part in (*parts, *_other_endings(parts)):
        for run in _RUN.findall(part):
            groups = [group for group in _GROUP.findall(run) if count_digits(group) >= _FEWEST_DIGITS]
            for piece in {part, run, *groups}:
                yield from _readings(piece)


def _other_endings(parts: Sequence[str]) -> Iterator[str]:
    """Write out what 030 901820/21 is short for: the number before, with other last digits."""
    whole = ""
    for part in parts:
        digits = re.sub(r"[^0-9+]", "", part)
        if count_digits(digits) >= _FEWEST_DIGITS:
            whole = digits
        elif digits and whole:
            yield whole[: -len(digits)] + digits


def _readings(piece: str) -> Iterator[str]:
    digits = re.sub(r"[^0-9]", "", piece)
    if len(digits) < _FEWEST_DIGITS:
        return
    yield piece
    yield f"+{digits}"
    if not piece.lstrip(" (").startswith("+"):
        yield digits
        yield f"0{digits}"
        yield "+" + _FOREIGN_PREFIX.sub("", digits, count=1)

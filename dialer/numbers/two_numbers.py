"""Cells that hold two numbers, or one with other endings to choose from (030 901820/21), by what stands between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPLETE = 7  #: digits that can be a number of their own beside another one
_SHORT_ENDING = 3  #: digits that take the place of a number's last ones; its own parts are longer
_BETWEEN = re.compile(r"[/\\;,|&\n:~]|(?<=[\d\s).])[^\W\d_]+\.?(?=[\s\d(+-])")
"""A sign, or a word of any language."""


def holds_two(text: str) -> bool:
    """Say whether two parts of a cleaned cell are each long enough to be a number."""
    parts = _BETWEEN.split(text)
    if len(parts) == 1:
        parts = text.split("+")
    return sum(_digits(part) >= _COMPLETE for part in parts) > 1


def ends_otherwise(text: str, code_of: Callable[[str], str | None]) -> int | None:
    """Return where another ending of a number begins, in a cell such as 030 901820/21; None where there is none.

    `code_of` says what is wrong with a text as a number. Where one is complete before the digits end, those behind it
    are not part of it. People write signs between the parts of one number, too; what stands before those is none.
    """
    for between in _BETWEEN.finditer(text):
        if digits := _digits(text[between.end() :]):
            code = code_of(text[: between.start()])
            if code is None or (code == "number-unassigned" and digits <= _SHORT_ENDING):
                return between.start()
    return None


def ends_otherwise_after_dash(text: str, code_of: Callable[[str], str | None]) -> bool:
    """Say whether a dash introduces another ending, in digits that are nobody's number as a whole."""
    return any(code_of(text[: dash.start()]) is None for dash in re.finditer("-", text))


def are_two_apart(text: str, code_of: Callable[[str], str | None]) -> bool:
    """Say whether a space parts a text into numbers that both exist."""
    spaces = re.finditer(" +", text)
    return any(code_of(text[: space.start()]) is None is code_of(text[space.end() :]) for space in spaces)


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))

"""Cells that a spreadsheet would run as formulas, found in many rows at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dialer.domain.problem import LIST_RULES, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Amounts and telephone numbers begin with a sign, too, and a digit follows.
_BEGINS: Final = re.compile(r"[ ]*(?:[=@\t\uff1d\uff20]|[+\-\uff0b\uff0d](?=[^\d\s.,()+\-]))")
_SIGNS: Final = ("=", "@", "\t")
_WIDE_SIGNS: Final = ("\uff1d", "\uff20", "\uff0b", "\uff0d")
_MAYBE: Final = re.compile(r"\n(?:[+\-][^\d\s.,()+\-]| +[=@\t+\-])")


def formulas(
    cells: Sequence[Sequence[str]], sent: Sequence[int], headings: Sequence[str]
) -> Iterator[tuple[int, Problem]]:
    """Give the positions of rows with such a cell in a column at one of the places `sent`, and say which cell it is."""
    text = "\n" + "\n".join(map("\n".join, cells))
    signs = _SIGNS if text.isascii() else (*_SIGNS, *_WIDE_SIGNS)
    if not any(f"\n{sign}" in text for sign in signs) and not _MAYBE.search(text):
        return
    for position, own in enumerate(cells):
        for at in sent:
            if at < len(own) and _BEGINS.match(own[at]):
                yield position, Problem("cell-formula", LIST_RULES["cell-formula"].message, headings[at], own[at])
                break

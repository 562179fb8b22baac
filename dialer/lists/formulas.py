"""Cells that a spreadsheet would run as formulas, found in whole columns at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dialer.domain.problem import LIST_RULES, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.lists.chunk import Chunk

#: Amounts and telephone numbers begin with a sign, too, and a digit follows.
_BEGINS: Final = re.compile(r"[ ]*(?:[=@\t\uff1d\uff20]|[+\-\uff0b\uff0d](?=[^\d\s.,()+\-]))")
_MAYBE: Final = re.compile(r"\n[ =@\t+\-\uff1d\uff20\uff0b\uff0d]")


def formulas(chunk: Chunk, sent: Sequence[int]) -> Mapping[int, Problem]:
    """Say by position which rows have such a cell in a column at one of the places `sent`, and which cell it is."""
    found: dict[int, Problem] = {}
    for place in sent:
        cells = chunk.columns[place]
        if not _MAYBE.search(f"\n{chunk.texts[place]}"):
            continue
        heading = chunk.headings[place]
        for at in (at for at, cell in enumerate(cells) if _BEGINS.match(cell)):
            found.setdefault(at, Problem("cell-formula", LIST_RULES["cell-formula"].message, heading, cells[at]))
    return dict(sorted(found.items()))

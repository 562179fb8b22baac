"""The notes of a list: which of its rows say in free text that somebody must not be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dialer.domain.problem import Problem
from dialer.domain.screening.consent_headings import concerns_calls
from dialer.domain.screening.note_phrases import ANCHORS, IN_ONE_WORD, says_no
from dialer.domain.screening.suppression import SUPPRESSION_RULES

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from dialer.lists.chunk import Chunk

_CODE: Final = "text-says-no"
_SAYS: Final = SUPPRESSION_RULES[_CODE].says
_DIGITS: Final = b"0123456789"
_ANCHORS: Final = tuple((anchor.encode(), frozenset(anchor.encode())) for anchor in ANCHORS)
_IN_ONE_WORD: Final = tuple((anchor.encode(), frozenset(anchor.encode())) for anchor in IN_ONE_WORD)
_SIGNS: Final = frozenset().union(*(signs for _, signs in (*_ANCHORS, *_IN_ONE_WORD)))
_REPEATED: Final = 4  #: a column of so few different cells that each comes so often is looked at cell by cell


class NotesColumns:
    """The columns of a list in which somebody may have written that a person must not be called.

    `binds` says that such a row is suppressed, and not only told of.
    """

    def __init__(self, headings: Sequence[str], *, without: Container[str | int], binds: bool) -> None:
        """Take all columns but those about another channel, and those that are read otherwise, by place or heading."""
        self.binds = binds
        self._headings = headings
        places = (at for at, name in enumerate(headings) if at not in without and name not in without)
        self._columns = [_Column(at) for at in places if concerns_calls(headings[at])]

    def problems(self, chunk: Chunk) -> dict[int, Problem]:
        """Return by position what rows say, from the first column that does."""
        found: dict[int, Problem] = {}
        for column in self._columns:
            cells = chunk.columns[column.place]
            for at in column.objecting(cells, chunk.texts[column.place]):
                found.setdefault(at, Problem(_CODE, _SAYS, self._headings[column.place], cells[at]))
        return dict(sorted(found.items()))


class _Column:
    """One column; remembers whether its cells come again and again, because then they are looked at once."""

    def __init__(self, place: int) -> None:
        self.place = place
        self._repeats = True

    def objecting(self, cells: Sequence[str], text: str) -> Sequence[int]:
        """Return the positions of cells that object; `text` is all of them in one."""
        if self._repeats:
            different = set(cells)
            self._repeats = len(different) * _REPEATED < len(cells)
            if self._repeats:
                said = set(filter(says_no, filter(None, different)))
                return [at for at, cell in enumerate(cells) if cell in said] if said else ()
        has_words = " " in text
        anchors = _ANCHORS if has_words else _IN_ONE_WORD
        # Numbers say nothing, and without them there is much less to look through.
        words = text.lower().encode("utf-8", "surrogatepass").translate(None, _DIGITS)
        # That a sign is missing is found a hundred times as soon as that a word is, and amounts have hardly any.
        present = {sign for sign in _SIGNS if sign in words}
        if not any(signs <= present and anchor in words for anchor, signs in anchors):
            return ()
        known = ANCHORS if has_words else IN_ONE_WORD
        return [at for at, cell in enumerate(cells) if _is_anchored(cell.lower(), known) and says_no(cell)]


def _is_anchored(cell: str, anchors: Sequence[str]) -> bool:
    return any(anchor in cell for anchor in anchors)

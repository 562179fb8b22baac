"""Whose call an id is: one that another row has already says that the answer was not to this row's call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, Unclear

if TYPE_CHECKING:
    from dialer.domain.call import Answer, Claim

KEPT = 10_000
"""So many ids are remembered: what mixes answers up, such as a cache in between, does so within seconds."""


class CallIds:
    """Remembers the last ids that were given, and to which rows."""

    def __init__(self) -> None:
        """Know of none."""
        self._rows: dict[str, int] = {}

    def own(self, claim: Claim, answer: Answer) -> Answer:
        """Return the answer if its id is this row's own; else nobody knows what became of this row's call."""
        if not isinstance(answer, Accepted):
            return answer
        row = self._rows.setdefault(answer.call_id, claim.row)
        if row != claim.row:
            return Unclear(f"the provider gave the id {answer.call_id}, which row {row} has")
        if len(self._rows) > KEPT:
            del self._rows[next(iter(self._rows))]
        return answer

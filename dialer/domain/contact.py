"""What a row of a contact list becomes: a contact to dial, or a reject that says why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.call import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An accepted row: a number and the flow parameters its call carries.

    `row` is the row a spreadsheet shows: the heading is row 1. `cells` are the row's own cells, verbatim.
    `note` is a warning that does not stop the call.
    """

    row: int
    cells: tuple[str, ...]
    number: str
    parameters: Mapping[str, object]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that is not dialled; `problems` are (code, sentence) pairs, the first one decided."""

    row: int
    cells: tuple[str, ...]
    outcome: Outcome
    problems: tuple[tuple[str, str], ...]
    number: str = ""

    @property
    def reason(self) -> str:
        """Every problem in one line."""
        return "; ".join(sentence for _, sentence in self.problems)

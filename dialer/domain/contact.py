"""What a row of a contact list becomes: a contact to dial, or a reject that says why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.domain.screening.location import NO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.call import Outcome
    from dialer.domain.problem import Problem
    from dialer.domain.screening.location import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An accepted row: a number and the flow parameters its call carries.

    `row` is the row a spreadsheet shows: the heading is row 1. `cells` are the row's own cells, verbatim.
    `note` is a warning that does not stop the call, `note_code` its rule's code. `key` says who it is, by the column
    that the campaign names; '' where it names none, or the cell is empty: then the number does.
    """

    row: int
    cells: tuple[str, ...]
    number: str
    parameters: Mapping[str, object]
    note: str = ""
    note_code: str = ""
    address: Address = NO_ADDRESS
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that is not dialled; of its `problems` the first one decided."""

    row: int
    cells: tuple[str, ...]
    outcome: Outcome
    problems: tuple[Problem, ...]
    number: str = ""
    key: str = ""

    @property
    def reason(self) -> str:
        """Every problem in one line."""
        return "; ".join(problem.sentence for problem in self.problems)

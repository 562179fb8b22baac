"""A campaign's parameters bound to the columns of one list: what each row's call carries, and what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dialer.domain.parameters import Parameter, Violation
from dialer.domain.problem import CODES_COLUMN, LIST_RULES, NOT_SENT, STICKY, Problem
from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST_ESCAPE = 6  #: bytes of a character in JSON, such as \\u0000
_LONGEST_VALUE = 40  #: characters of a number or date, written out


class Contract:
    """The parameters of one campaign, bound to the headings of one list.

    Without rules every column but the phone column is sent as text under its heading, verbatim.
    Raises SetupError with every rule that names no column, and the nearest heading, or more than one.
    """

    def __init__(
        self,
        rules: Mapping[str, Parameter] | None,
        headings: Sequence[str],
        *,
        phone: int,
        largest: int | None = None,
        by_place: bool = False,
    ) -> None:
        """Find each rule's column; `phone` is the phone column's place.

        `largest` is how many bytes all parameters of a row may take as JSON. With `by_place` every row has all of them,
        in the order of the rules: one that is left out is empty, so that those behind it keep their places.
        """
        self._largest = largest
        #: The place of the column in which a file of bad rows names faults that cannot be seen in it any more.
        self.mark = headings.index(CODES_COLUMN) if CODES_COLUMN in headings else None
        self._fixed: dict[str, str | int | float | bool] = {}
        self._rules: list[tuple[str, str, int, Parameter]] = []
        self._verbatim: list[tuple[str, int]] = []
        self._places = tuple(rules) if by_place and rules else ()
        if rules is None:
            others = ((name, at) for at, name in enumerate(headings) if at != phone and name.strip())
            self._verbatim = [(name, at) for name, at in others if name not in NOT_SENT]
        else:
            self._bind(rules, headings)
        #: The rules that ask something of the list: the place of each one's column, and the rule.
        self.columns = [(at, rule) for _, _, at, rule in self._rules]
        #: The places of the columns that calls carry.
        self.sent = [*(at for _, at in self._verbatim), *(at for at, _ in self.columns)]
        #: How many characters of any kind a row may have and surely carry no more than is allowed; -1: none.
        self.safe_length = self._find_safe_length()

    def _find_safe_length(self) -> int:
        """Tell with how many characters a row's parameters surely are not too large."""
        if self._largest is None:
            return sys.maxsize
        names = [*(name for name, _ in self._verbatim), *(name for name, *_ in self._rules)]
        empty = _size({**dict.fromkeys(names, ""), **self._fixed})
        others = sum(max(_LONGEST_VALUE, len(rule.default or "")) for *_, rule in self._rules)
        return max(-1, (self._largest - empty) // _LONGEST_ESCAPE - others)

    def _bind(self, rules: Mapping[str, Parameter], headings: Sequence[str]) -> None:
        complaints, counts = [], Counter(headings)
        places = {heading: at for at, heading in enumerate(headings)}
        for name, rule in rules.items():
            if rule.column is None:
                self._fixed[name] = rule.value if rule.value is not None else ""
            elif counts[rule.column] > 1:
                complaints.append(f"parameter {name}: the list has more than one column {rule.column!r}")
            elif rule.column in places:
                self._rules.append((name, rule.column, places[rule.column], rule))
            else:
                nearest = _nearest(rule.column, headings)
                complaints.append(f"parameter {name}: the list has no column {rule.column!r}{nearest}")
        if complaints:
            raise SetupError(complaints)

    def read(self, cells: Sequence[str]) -> tuple[dict[str, object], Sequence[Problem]]:
        """Turn a row of the list's width into its parameters and the problems found."""
        values: dict[str, object] = {name: cells[at] for name, at in self._verbatim}
        values.update(self._fixed)
        problems = []
        for name, column, at, rule in self._rules:
            try:
                value = rule.read(cells[at])
            except Violation as broken:
                problems.append(Problem(broken.code, str(broken), column, cells[at]))
            else:
                if value is not None:
                    values[name] = value
        if self.mark is not None and not STICKY.isdisjoint(cells[self.mark].split()):
            message = LIST_RULES["not-mended"].message
            problems.append(Problem("not-mended", message, CODES_COLUMN, cells[self.mark]))
        if self._largest is not None and sum(map(len, cells)) > self.safe_length:
            size = _size(values)
            if size > self._largest:
                message = f"all parameters together take {size:,} bytes, more than {self._largest:,}"
                problems.append(Problem("parameters-too-big", message))
        if self._places:
            values = {name: values.get(name, "") for name in self._places}
        return values, problems


def _size(values: Mapping[str, object]) -> int:
    return len(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _nearest(column: str, headings: Sequence[str]) -> str:
    lowered = {heading.casefold(): heading for heading in headings}
    found = get_close_matches(column.casefold(), lowered, n=1)
    return f"; did you mean {lowered[found[0]]!r}?" if found else f"; it has {', '.join(map(repr, headings))}"

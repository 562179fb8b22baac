"""The parameter contract of a flow: which parameters a call carries, from where, and what is allowed in them."""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from dialer.domain.problem import CODES_COLUMN, LIST_RULES, NOT_SENT, STICKY, Problem, quoted
from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Kind = Literal["text", "integer", "decimal", "date", "boolean", "choice"]

_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off"})
_LONGEST_ESCAPE = 6  #: bytes of a character in JSON, such as \\u0000
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


_EXACT_DIGITS = 15  #: as many digits as every float brings back
_LONGEST_VALUE = 40  #: characters of a number or date, written out


class Violation(ValueError):  # noqa: N818 - it is a finding, reported per row, not a failure of the program
    """A cell that breaks its parameter's rule: the code of the rule, and a message that says what it asks for."""

    def __init__(self, code: str, message: str) -> None:
        """Name the rule, a key of PARAMETER_RULES."""
        super().__init__(message)
        self.code = code


def _limit(value: object) -> Decimal | date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = "" if isinstance(value, bool | datetime) else str(value)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    raise ValueError("is a number, or a date written YYYY-MM-DD")


def _fixed(value: object) -> str | int | float | bool:
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError("is text, a number, true or false")


Limit = Annotated[Decimal | date, PlainValidator(_limit)]
Fixed = Annotated[str | int | float | bool, PlainValidator(_fixed)]


class Parameter(BaseModel):
    """One flow parameter: a `column` of the list or a fixed `value`, and the rule for what it may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str | None = None
    value: Fixed | None = None
    type: Kind = "text"
    required: bool = Field(default=False, strict=True)
    default: str | None = None
    choices: tuple[str, ...] = ()
    minimum: Limit | None = None
    maximum: Limit | None = None
    min_length: int | None = Field(default=None, ge=0)
    max_length: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either column or value")
        if self.value is not None and self.model_fields_set - {"value"}:
            raise ValueError("a fixed value takes no other key")
        if (self.type == "choice") != bool(self.choices):
            raise ValueError('choices and type = "choice" go together')
        if (self.min_length is not None or self.max_length is not None) and self.type != "text":
            raise ValueError("min_length and max_length are for type text")
        wanted = {"integer": Decimal, "decimal": Decimal, "date": date}.get(self.type, ())
        if not all(limit is None or isinstance(limit, wanted) for limit in (self.minimum, self.maximum)):
            raise ValueError("minimum and maximum are a number for integer and decimal, a date for date")
        self._leave_room()
        if self.default is not None:
            self._check_default(self.default)
        return self

    def _leave_room(self) -> None:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:  # type: ignore[operator]
            raise ValueError("minimum is above maximum")
        if self.max_length is not None and (self.min_length or 0) > self.max_length:
            raise ValueError("min_length is above max_length")

    def _check_default(self, default: str) -> None:
        if not default.strip():
            raise ValueError("default is empty: leave it out")
        try:
            self.read(default)
        except Violation as broken:
            raise ValueError(f"default {quoted(default)} {broken}") from None

    def read(self, cell: str) -> str | int | float | bool | None:
        """Turn a cell into the value that is sent; None leaves the parameter out.

        Text is sent as it stands; an integer or decimal as a JSON number, a boolean as true or false, a date
        as YYYY-MM-DD. Raises Violation with the broken rule.
        """
        text = cell.strip()
        if not text:
            if self.default is not None:
                return self.read(self.default)
            if self.required:
                raise Violation("parameter-missing", "is required and empty")
            return None
        return _READERS[self.type](self, cell)

    def _within(self, value: Decimal | date) -> None:
        if self.minimum is not None and value < self.minimum:  # type: ignore[operator]
            raise Violation("parameter-too-small", f"is below the minimum {self.minimum}")
        if self.maximum is not None and value > self.maximum:  # type: ignore[operator]
            raise Violation("parameter-too-large", f"is above the maximum {self.maximum}")


def _text(rule: Parameter, cell: str) -> str:
    if rule.min_length is not None and len(cell) < rule.min_length:
        raise Violation("parameter-too-short", f"has {len(cell)} characters, fewer than {rule.min_length}")
    if rule.max_length is not None and len(cell) > rule.max_length:
        raise Violation("parameter-too-long", f"has {len(cell)} characters, more than {rule.max_length}")
    return cell


def _integer(rule: Parameter, cell: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", cell.strip()):
        raise Violation("parameter-integer", "is not a whole number")
    number = int(cell)
    rule._within(Decimal(number))  # noqa: SLF001 - the readers are the type's own, split off for length
    return number


def _decimal(rule: Parameter, cell: str) -> float:
    if not _DECIMAL.fullmatch(cell.strip()):
        raise Violation("parameter-decimal", "is not a number with a decimal point")
    number = Decimal(cell.strip())
    if rule.minimum is not None or rule.maximum is not None:
        rule._within(number)  # noqa: SLF001 - see _integer
    sent = float(number)
    if len(cell) <= _EXACT_DIGITS:
        return sent
    if Decimal(repr(sent)) != number:
        raise Violation("parameter-decimal", "has more digits than a JSON number carries")
    return sent


def _date(rule: Parameter, cell: str) -> str:
    try:
        # fromisoformat alone would also take 20261201 and 2026-W49-2.
        day = date.fromisoformat(cell.strip() if _DATE.fullmatch(cell.strip()) else "")
    except ValueError:
        raise Violation("parameter-date", "is not a date written YYYY-MM-DD") from None
    rule._within(day)  # noqa: SLF001 - see _integer
    return day.isoformat()


def _boolean(_rule: Parameter, cell: str) -> bool:
    word = cell.strip().casefold()
    if word not in _TRUE | _FALSE:
        raise Violation("parameter-boolean", "is neither yes nor no")
    return word in _TRUE


def _choice(rule: Parameter, cell: str) -> str:
    if cell.strip() not in rule.choices:
        raise Violation("parameter-choice", f"is none of {', '.join(rule.choices)}")
    return cell.strip()


_READERS: dict[Kind, Callable[[Parameter, str], str | int | float | bool]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
}


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
    ) -> None:
        """Find each rule's column; `phone` is the phone column's place.

        `largest` is how many bytes all parameters of a row may take as JSON.
        """
        self._largest = largest
        self._mark = headings.index(CODES_COLUMN) if CODES_COLUMN in headings else None
        self._fixed: dict[str, str | int | float | bool] = {}
        self._rules: list[tuple[str, str, int, Parameter]] = []
        self._verbatim: list[tuple[str, int]] = []
        if rules is None:
            others = ((name, at) for at, name in enumerate(headings) if at != phone and name.strip())
            self._verbatim = [(name, at) for name, at in others if name not in NOT_SENT]
        else:
            self._bind(rules, headings)
        self._safe = self._find_safe_length()

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

    @property
    def columns(self) -> Sequence[tuple[int, Parameter]]:
        """The rules that ask something of the list: the place of each one's column, and the rule."""
        return [(at, rule) for _, _, at, rule in self._rules]

    @property
    def sent(self) -> Sequence[int]:
        """The places of the columns that calls carry."""
        return [*(at for _, at in self._verbatim), *(at for _, _, at, _ in self._rules)]

    @property
    def mark(self) -> int | None:
        """The place of the column in which a file of bad rows names faults that cannot be seen in it any more."""
        return self._mark

    @property
    def safe_length(self) -> int:
        """How many characters of any kind a row may have and surely carry no more than is allowed; -1: none."""
        return self._safe

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
        if self._mark is not None and not STICKY.isdisjoint(cells[self._mark].split()):
            message = LIST_RULES["not-mended"].message
            problems.append(Problem("not-mended", message, CODES_COLUMN, cells[self._mark]))
        if self._largest is not None and sum(map(len, cells)) > self._safe:
            problems += _too_big(values, self._largest)
        return values, problems


def _too_big(values: Mapping[str, object], largest: int) -> Sequence[Problem]:
    size = _size(values)
    if size <= largest:
        return ()
    return (Problem("parameters-too-big", f"all parameters together take {size:,} bytes, more than {largest:,}"),)


def _size(values: Mapping[str, object]) -> int:
    return len(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _nearest(column: str, headings: Sequence[str]) -> str:
    lowered = {heading.casefold(): heading for heading in headings}
    found = get_close_matches(column.casefold(), lowered, n=1)
    return f"; did you mean {lowered[found[0]]!r}?" if found else f"; it has {', '.join(map(repr, headings))}"

"""The parameter contract of a flow: which parameters a call carries, from where, and what is allowed in them."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Kind = Literal["text", "integer", "decimal", "date", "boolean", "choice"]

_LONGEST_SHOWN = 60
_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off"})
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Violation(ValueError):  # noqa: N818 - it is a finding, reported per row, not a failure of the program
    """A cell that breaks its parameter's rule; the message says which rule."""


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
            raise ValueError(f"default {_shown(default)} {broken}") from None

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
                raise Violation("is required and empty")
            return None
        return _READERS[self.type](self, cell)

    def _within(self, value: Decimal | date) -> None:
        if self.minimum is not None and value < self.minimum:  # type: ignore[operator]
            raise Violation(f"is below the minimum {self.minimum}")
        if self.maximum is not None and value > self.maximum:  # type: ignore[operator]
            raise Violation(f"is above the maximum {self.maximum}")


def _text(rule: Parameter, cell: str) -> str:
    if rule.min_length is not None and len(cell) < rule.min_length:
        raise Violation(f"has {len(cell)} characters, fewer than {rule.min_length}")
    if rule.max_length is not None and len(cell) > rule.max_length:
        raise Violation(f"has {len(cell)} characters, more than {rule.max_length}")
    return cell


def _integer(rule: Parameter, cell: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", cell.strip()):
        raise Violation("is not a whole number")
    number = int(cell)
    rule._within(Decimal(number))  # noqa: SLF001 - the readers are the type's own, split off for length
    return number


def _decimal(rule: Parameter, cell: str) -> float:
    if not _DECIMAL.fullmatch(cell.strip()):
        raise Violation("is not a number with a decimal point")
    number = Decimal(cell.strip())
    rule._within(number)  # noqa: SLF001 - see _integer
    sent = float(number)
    if Decimal(repr(sent)) != number:
        raise Violation("has more digits than a JSON number carries")
    return sent


def _date(rule: Parameter, cell: str) -> str:
    try:
        # fromisoformat alone would also take 20261201 and 2026-W49-2.
        day = date.fromisoformat(cell.strip() if _DATE.fullmatch(cell.strip()) else "")
    except ValueError:
        raise Violation("is not a date written YYYY-MM-DD") from None
    rule._within(day)  # noqa: SLF001 - see _integer
    return day.isoformat()


def _boolean(_rule: Parameter, cell: str) -> bool:
    word = cell.strip().casefold()
    if word not in _TRUE | _FALSE:
        raise Violation("is neither yes nor no")
    return word in _TRUE


def _choice(rule: Parameter, cell: str) -> str:
    if cell.strip() not in rule.choices:
        raise Violation(f"is none of {', '.join(rule.choices)}")
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

    def __init__(self, rules: Mapping[str, Parameter] | None, headings: Sequence[str], *, phone: int) -> None:
        """Find each rule's column; `phone` is the phone column's place."""
        self._fixed: dict[str, str | int | float | bool] = {}
        self._rules: list[tuple[str, str, int, Parameter]] = []
        if rules is None:
            self._verbatim = [(name, at) for at, name in enumerate(headings) if at != phone and name.strip()]
            return
        self._verbatim = []
        complaints = []
        for name, rule in rules.items():
            if rule.column is None:
                self._fixed[name] = rule.value if rule.value is not None else ""
            elif headings.count(rule.column) > 1:
                complaints.append(f"parameter {name}: the list has more than one column {rule.column!r}")
            elif rule.column in headings:
                self._rules.append((name, rule.column, headings.index(rule.column), rule))
            else:
                nearest = _nearest(rule.column, headings)
                complaints.append(f"parameter {name}: the list has no column {rule.column!r}{nearest}")
        if complaints:
            raise SetupError(complaints)

    def read(self, cells: Sequence[str]) -> tuple[dict[str, object], list[str]]:
        """Turn a row into its parameters and the violations found, each naming column, value and rule."""
        values: dict[str, object] = {name: cells[at] for name, at in self._verbatim}
        values.update(self._fixed)
        problems = []
        for name, column, at, rule in self._rules:
            try:
                value = rule.read(cells[at])
            except Violation as broken:
                problems.append(f"{column}: {_shown(cells[at])} {broken}")
            else:
                if value is not None:
                    values[name] = value
        return values, problems


def _nearest(column: str, headings: Sequence[str]) -> str:
    lowered = {heading.casefold(): heading for heading in headings}
    found = get_close_matches(column.casefold(), lowered, n=1)
    return f"; did you mean {lowered[found[0]]!r}?" if found else f"; it has {', '.join(map(repr, headings))}"


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= _LONGEST_SHOWN else cell[: _LONGEST_SHOWN - 1] + "…")

"""The parameters of a flow: what a call carries, from which column, and what is allowed in it."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from dialer.domain.problem import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["text", "integer", "decimal", "date", "boolean", "choice"]

_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off"})
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXACT_DIGITS = 15  #: as many digits as every float brings back


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
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:  # type: ignore[operator]
            raise ValueError("minimum is above maximum")
        if self.max_length is not None and (self.min_length or 0) > self.max_length:
            raise ValueError("min_length is above max_length")
        if self.default is not None:
            self._check_default(self.default)
        return self

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

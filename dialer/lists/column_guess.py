"""What a column seems to hold, guessed from its first cells: always a rule that all of them keep."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, Any

from dialer.domain.parameters import Parameter, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_CHOICES = 8  #: words; more are names or cities, of which tomorrow brings others
_LONGEST_CHOICE = 40  #: characters; longer ones are sentences
_CELLS_PER_CHOICE = 5  #: a word that comes back this often, on average, is one of a few
_LEAST_ROOM = 40  #: characters, so that tomorrow's longer name is not refused
_ROWS_SHOWN = 5  #: rows in a remark of one line
_BOOLEANS = frozenset({"true", "false", "yes", "no", "y", "n", "on", "off"})

# A zero or plus in front, or more digits than a spreadsheet keeps, belongs to a code or a number to dial: text.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?")


def guess(column: str, cells: Sequence[str]) -> Parameter:
    """Guess the rule of a column; every one of the cells keeps it.

    A number, date or boolean is one only where nothing is lost by sending it so: `0042` stays text.
    """
    required = bool(cells) and all(cell.strip() for cell in cells)
    filled = [cell for cell in cells if cell.strip()]
    for keys in _candidates(filled):
        rule = Parameter(column=column, required=required, **keys)
        if _keeps(rule, cells):
            return rule
    raise AssertionError("unreachable: text without limits takes every cell")


def nearly(cells: Sequence[str], rows: Sequence[int]) -> str:
    """Say of a column of text that most of it looks like something narrower, and in which of its `rows` it does not.

    '' where it does not look so.
    """
    filled = [(row, cell) for row, cell in zip(rows, cells, strict=True) if cell.strip()]
    for kind, name in (("date", "a date"), ("decimal", "a number")):
        rule = Parameter.model_validate({"column": "", "type": kind})
        others = [row for row, cell in filled if not _keeps(rule, [cell])]
        if others and 2 * len(others) <= len(filled):
            shown = ", ".join(map(str, others[:_ROWS_SHOWN])) + (", ..." if len(others) > _ROWS_SHOWN else "")
            cells_are = "1 cell is" if len(others) == 1 else f"{len(others):,} cells are"
            return f"looks like {name}, and {cells_are} none (row {shown})"
    return ""


def _candidates(filled: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give rules to try, the narrowest first."""
    words = {cell.strip() for cell in filled}
    if len({word.casefold() for word in words}) > 1 and all(word.casefold() in _BOOLEANS for word in words):
        yield {"type": "boolean"}
    if words and all(map(_INTEGER.fullmatch, words)):
        yield {"type": "integer"}
    if words and all(map(_DECIMAL.fullmatch, words)):
        yield {"type": "decimal"}
    if words:
        yield {"type": "date"}
    few = 1 < len(words) <= min(_MOST_CHOICES, len(filled) // _CELLS_PER_CHOICE)
    if few and all(word.isprintable() and len(word) <= _LONGEST_CHOICE for word in words):
        yield {"type": "choice", "choices": tuple(sorted(words))}
    if filled:
        twice = 2 * max(map(len, filled))
        yield {"max_length": max(_LEAST_ROOM, ceil(twice / 10) * 10)}
    yield {}


def _keeps(rule: Parameter, cells: Sequence[str]) -> bool:
    try:
        for cell in cells:
            rule.read(cell)
    except Violation:
        return False
    return True

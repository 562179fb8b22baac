"""Finding a list's heading line, and noticing when there is none."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    class _Paged(Protocol):
        def pages(self, size: int) -> Iterator[tuple[list[int], list[list[str]]]]: ...


_FEWEST_DIGITS, _MOST_DIGITS = 7, 17
_NUMBER = re.compile(r"['\u2019]?(?:tel:)?\+?[\d\s()./\u00a0\u2010-\u2013-]+", re.IGNORECASE)
_DATE = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}.*|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}).*|(?:19|20)\d{6}")
_USUAL = re.compile(
    r"phone|mobil|cell|\btel\b|telef|handy|rufnummer|nummer|number|num[eé]ro|n[uú]mero|msisdn|e164|whatsapp|fax|contact|"
    r"name|nombre|\bnom\b|mail|address|adress|street|city|\bzip\b|postal|country|company|account|status|date|\bid\b|\bto\b",
    re.IGNORECASE,
)


def find_heading(content: _Paged, label: str) -> tuple[int, tuple[str, ...]]:
    """Return the row and the cells of the first record that is not empty.

    Raises SetupError when there is none, or when it is plainly a contact.
    """
    with closing(content.pages(1)) as pages:  # type: ignore[type-var]
        numbers, rows = next(pages, ([], []))
    if not rows:
        raise SetupError(f"{label} has no heading line")
    if _is_contact(rows[0]):
        raise SetupError(
            f"{label} has no heading line: its first row is a contact, {_shown(rows[0])}. Put a line of column names "
            "above it, or name the columns in the campaign: [list] headings = [...]"
        )
    return numbers[0], tuple(rows[0])


def _is_contact(cells: Sequence[str]) -> bool:
    return any(map(_is_number, cells)) and not any(map(_USUAL.search, cells))


def _is_number(cell: str) -> bool:
    text = cell.strip()
    digits = sum(map(str.isdecimal, text))
    return (
        _FEWEST_DIGITS <= digits <= _MOST_DIGITS
        and _NUMBER.fullmatch(text) is not None
        and _DATE.fullmatch(text) is None
    )


def _shown(cells: Sequence[str]) -> str:
    number = next(filter(_is_number, cells))
    return f"with the number {number.strip()!r}"

"""Finding a list's heading line: the first row, or one under a title; and noticing when there is none."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.problem import CODES_COLUMN, ROW_COLUMN
from dialer.errors import SetupError
from dialer.lists.column_roles import names_phones, phone_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    class _Paged(Protocol):
        def pages(self, size: int) -> Iterator[tuple[list[int], list[list[str]]]]: ...


_LOOKED_AT = 60  #: rows; a title, a logo and the terms of use are shorter
_FOLLOWING = 10  #: rows under what may be headings: a few empty or damaged cells do not decide about them
_FEWEST_DIGITS, _MOST_DIGITS = 7, 17  #: a local number without area code; the 15 of E.164 behind 00
_NUMBER = re.compile(r"['\u2019]?(?:tel:)?\+?[\d\s()./\u00a0\u2010-\u2013-]+", re.IGNORECASE)
_DATE = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}.*|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}).*|(?:19|20)\d{6}")
_USUAL = re.compile(
    r"phone|mobil|cell|\btel\b|telef|handy|rufnummer|nummer|number|num[eé]ro|n[uú]mero|msisdn|e164|whatsapp|fax|contact|"
    r"name|nombre|\bnom\b|mail|address|adress|street|city|\bzip\b|postal|country|company|account|status|date|\bid\b|\bto\b",
    re.IGNORECASE,
)
_DELIMITERS = ",;\t|"


class Heading(NamedTuple):
    """Where a list's headings are: the row, as a spreadsheet counts, and its cells.

    `assumption` says what was assumed to find them; `is_sure` that they name a phone column, and else `hint` where
    others may be.
    """

    row: int
    cells: tuple[str, ...]
    assumption: str = ""
    is_sure: bool = False
    hint: str = ""


def find_heading(
    content: _Paged,
    label: str,
    *,
    wanted: Sequence[str] | None = None,
    given: int | None = None,
    parted: bool = False,
) -> Heading:
    """Find the headings of a list: row `given`, else the first row that is not empty, else one under a title.

    A row further down is taken only when it names a phone column, `wanted` or known, under which numbers stand, and
    nothing above it is a number. Whole lines in quotes are noticed, unless the delimiter was given (`parted`). Raises
    SetupError when there are no headings, or when the first row is plainly a contact.
    """
    numbers, rows = _first_rows(content, 1)
    if not rows:
        raise SetupError(f"{label} has no heading line")
    is_ours = {ROW_COLUMN, CODES_COLUMN} <= set(rows[0])
    first = Heading(numbers[0], tuple(rows[0]), "", names_phones(rows[0], wanted))
    if (given is None or is_ours) and first.is_sure and sum(map(bool, rows[0])) > 1:
        return first
    with suppress(SetupError):  # what is wrong further down is said by whoever reads it
        numbers, rows = _first_rows(content, _LOOKED_AT)
    if given is not None and not is_ours:
        return _heading_at(numbers, rows, given, label)
    if not parted:
        _refuse_quoted_lines(numbers, rows, label)
    if first.is_sure and not any(sum(map(bool, row)) > 1 for row in rows):
        return first
    if found := _under_title(numbers, rows, wanted):
        return found
    if _is_contact(rows[0]):
        number = next(filter(_is_number, rows[0])).strip()
        raise SetupError(
            f"{label} has no heading line: its first row is a contact, with the number {number!r}. Put a line of "
            "column names above it, or name the columns in the campaign: [list] headings = [...]"
        )
    return first._replace(hint=_hint(numbers, rows, wanted))


def _first_rows(content: _Paged, count: int) -> tuple[list[int], list[list[str]]]:
    with closing(content.pages(count)) as pages:  # type: ignore[type-var]
        return next(pages, ([], []))


def _hint(numbers: Sequence[int], rows: Sequence[Sequence[str]], wanted: Sequence[str] | None) -> str:
    """Name a row further down that may hold the headings, though no numbers are known to stand under it."""
    for number, row in zip(numbers[1:], rows[1:], strict=True):
        if names_phones(row, wanted) and not any(map(_is_number, row)):
            return f"row {number} may be the headings: [list] header_row = {number}, or --header-row {number}, says so"
    return ""


def _heading_at(numbers: Sequence[int], rows: Sequence[Sequence[str]], given: int, label: str) -> Heading:
    if given not in numbers:
        what = f"among its first {_LOOKED_AT} rows" if given > numbers[-1] else "because that row is empty"
        raise SetupError(f"{label} has no headings in row {given}, {what}: correct [list] header_row")
    return Heading(given, tuple(rows[numbers.index(given)]), "", is_sure=True)


def _under_title(numbers: Sequence[int], rows: Sequence[Sequence[str]], wanted: Sequence[str] | None) -> Heading | None:
    for at, row in enumerate(rows):
        if any(map(_is_number, row)):
            return None
        if at and names_phones(row, wanted) and _has_numbers(rows[at + 1 : at + 1 + _FOLLOWING], row, wanted):
            above = f"what stands above them is left out: {rows[0][0] or next(filter(None, rows[0]))!r}"
            more = f" and {at - 1} more" if at > 1 else ""
            assumption = f"the headings are read from row {numbers[at]}; {above}{more}"
            return Heading(numbers[at], tuple(row), assumption, is_sure=True)
    return None


def _has_numbers(rows: Sequence[Sequence[str]], headings: Sequence[str], wanted: Sequence[str] | None) -> bool:
    """Say whether numbers stand under a heading for phones, in half of the rows at least."""
    places = phone_places(headings, wanted)
    counts = (sum(at < len(row) and _is_number(row[at]) for row in rows) for at in places)
    return bool(rows) and 2 * max(counts, default=0) >= len(rows)


def _refuse_quoted_lines(numbers: Sequence[int], rows: Sequence[Sequence[str]], label: str) -> None:
    """Refuse a list whose lines are one quoted cell each; numbers would be read from the whole line."""
    signs = [sign for sign in _DELIMITERS if all(len(row) == 1 and sign in row[0] for row in rows)]
    if signs and names_phones(rows[0][0].split(signs[0]), None):
        raise SetupError(
            f"{label} has whole lines in quotes, so that each is a single cell: row {numbers[0]} is {rows[0][0]!r}. "
            "Export it again, or take out the quotes at the beginning and end of the lines"
        )


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

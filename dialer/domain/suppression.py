"""Who must not be rung: hits on do-not-call lists, and what columns of the contact list say about permission."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dialer.domain.problem import Problem, by_code, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

    Judge: TypeAlias = Callable[[str, date], bool]

SUPPRESSION_RULES = by_code(
    refusal("do-not-call", "the number is on a do-not-call list", "leave the person alone"),
    refusal(
        "column-dnc",
        "means do not call, or is not clearly a no",
        "write no, or nothing, only where the person may be rung",
    ),
    refusal(
        "column-revoked",
        "means that the person has taken the permission back",
        "leave it empty only where the person may be rung",
    ),
    refusal("column-consent", "is not clearly a yes, so there is no consent", "write yes only where there is consent"),
    refusal(
        "column-consent-date",
        "is no date up to today, so there is no consent",
        "write the day of the consent, such as 2026-03-01",
    ),
)

_FALSE = frozenset({"", "n", "no", "false", "0"})
_TRUE = frozenset({"y", "yes", "true", "1", "x"})
FIRST_DIGITS = 4
_YEAR_DIGITS = 4
_CENTURY = 2000

_STOP = ("donot", "dont", "nocall", "nocontact", "optout", "optedout", "unsubscri", "suppress", "revok", "revocation")
_STOP_WORDS = frozenset({"dnc", "dncl", "dnd", "tps", "ctps", "blocked", "blacklist", "blacklisted", "blocklist"})
_CONSENT = ("consent", "permission", "pewc")
_CONSENT_WORDS = (("opt", "in"), ("opted", "in"), ("optin",), ("optedin",))
_WHEN = frozenset({"at", "on", "date", "time", "timestamp", "datetime", "day", "since", "dated"})
_OTHER_CHANNELS = frozenset({"email", "mail", "sms", "text", "newsletter", "fax", "post", "whatsapp", "push", "cookie"})
_EVIDENCE = frozenset(
    {"source", "ip", "url", "page", "id", "language", "cert", "certificate", "version", "method", "form", "wording"}
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W_]+")
_DAY = re.compile(r"([0-9]{1,4})([-/.])([0-9]{1,2})\2([0-9]{1,4})(?:[ T]+[0-9]{1,2}:[0-9]{2}.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionFile:
    """A file of numbers that must not be rung; with `max_age` a run does not start when it is older."""

    path: Path
    max_age: timedelta | None = None
    name: str = ""

    @property
    def title(self) -> str:
        """What sentences call the list: its name, else the file's."""
        return self.name or self.path.name


class Hit(NamedTuple):
    """Where a number stands on a do-not-call list; line 0 is a list without lines.

    `since` and `reason` are the list's own words, '' where it has none.
    """

    list: str
    line: int = 0
    since: str = ""
    reason: str = ""

    @property
    def sentence(self) -> str:
        """Say which list, where in it, since when and why, as far as that is known."""
        place = f", line {self.line}" if self.line else ""
        since = f", since {self.since}" if self.since else ""
        return f"on the do-not-call list {self.list}{place}{since}{f' ({self.reason})' if self.reason else ''}"

    @property
    def problem(self) -> Problem:
        """The hit as what is wrong with a row."""
        return Problem("do-not-call", self.sentence)


def prefix_of(number: str) -> str:
    """Return the digits by which a do-not-call list is cut down to what a contact list needs.

    They are the first four of E.164: +1 and the area code, elsewhere the country code and what follows.
    """
    return number[1 : 1 + FIRST_DIGITS]


class _Column(NamedTuple):
    position: int
    heading: str
    code: str
    permits: Judge


@dataclass(frozen=True, slots=True)
class PermissionColumns:
    """The columns of a contact list that say who may be rung; what is not clearly a permission is none."""

    _columns: tuple[_Column, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of these columns, as they stand in the list."""
        return tuple(column.heading for column in self._columns)

    def objection(self, cells: Sequence[str], today: date) -> Problem | None:
        """Return why a row must not be rung, None when it may; a cell that is not there is empty."""
        for position, heading, code, permits in self._columns:
            cell = cells[position] if position < len(cells) else ""
            if not permits(cell.strip().casefold(), today):
                says = SUPPRESSION_RULES[code].message
                return Problem(code, says if cell.strip() else f"an empty cell {says}", heading, cell.strip())
        return None

    def objections(self, rows: Sequence[Sequence[str]], today: date) -> Mapping[int, Problem]:
        """Return the objections to the rows of a page, by position in it."""
        if not self._columns:
            return {}
        found = ((at, self.objection(cells, today)) for at, cells in enumerate(rows))
        return {at: objection for at, objection in found if objection}


def permission_columns(headings: Sequence[str]) -> PermissionColumns:
    """Find the columns about permission to call, by the words in their headings, however those are written.

    Columns about another channel alone, such as e-mail, and evidence of a consent, such as its source, are none.
    Where a column says yes or no to consent, its date may be missing; alone, the date has to be there.
    """
    codes = [_meaning(heading) for heading in headings]
    judges: dict[str, Judge] = {
        "column-dnc": _is_no,
        "column-revoked": _is_empty,
        "column-consent": _is_yes,
        "column-consent-date": _has_no_future_date if "column-consent" in codes else _has_past_date,
    }
    found = ((at, headings[at], code, judges[code]) for at, code in enumerate(codes) if code)
    return PermissionColumns(tuple(_Column(*column) for column in found))


def _meaning(heading: str) -> str:
    words = [word.casefold() for word in _WORD.findall(heading)]
    joined = "".join(words)
    if not _OTHER_CHANNELS.isdisjoint(words):
        return ""
    if any(sign in joined for sign in _STOP) or not _STOP_WORDS.isdisjoint(words):
        return "column-dnc" if _WHEN.isdisjoint(words) else "column-revoked"
    pairs = {*itertools.pairwise(words), *((word,) for word in words)}
    if not any(sign in joined for sign in _CONSENT) and pairs.isdisjoint(_CONSENT_WORDS):
        return ""
    if not _EVIDENCE.isdisjoint(words):
        return ""
    return "column-consent" if _WHEN.isdisjoint(words) else "column-consent-date"


def _is_no(value: str, _: date) -> bool:
    return value in _FALSE


def _is_empty(value: str, _: date) -> bool:
    return not value


def _is_yes(value: str, _: date) -> bool:
    return value in _TRUE


def _has_past_date(value: str, today: date) -> bool:
    return any(day <= today for day in _days(value))


def _has_no_future_date(value: str, today: date) -> bool:
    return not value or _has_past_date(value, today)


def _days(value: str) -> Iterator[date]:
    """Read a day with the year, the month or the day in front; 3/4/2026 may be either of two days."""
    match = _DAY.fullmatch(value.upper())
    if not match:
        return
    first, middle, last = match[1], match[3], match[4]
    if len(first) == _YEAR_DIGITS:
        readings = [(first, middle, last)]
    else:
        year = last if len(last) == _YEAR_DIGITS else str(_CENTURY + int(last))
        readings = [(year, first, middle), (year, middle, first)]
    for reading in readings:
        try:
            yield date(*map(int, reading))
        except ValueError:
            continue

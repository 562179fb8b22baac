"""Who must not be rung: hits on do-not-call lists, and the rules by which a row is kept from being rung."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.problem import CODES_COLUMN, Problem, by_code, error, refusal, warning

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

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
        "is no day on which there was consent and still is",
        "write the day of the consent, such as 2026-03-01",
    ),
    error(
        "column-unclear",
        "stands under a heading that speaks of permission and of objection",
        'say in the campaign which it is: [suppression] columns = { "the heading" = "permission" }',
        section="settings",
    ),
    refusal(
        "number-says-no",
        "words beside the number say that it must not be rung",
        "take the words out only where the person may be rung",
    ),
    warning(
        "text-says-no",
        "speaks of not calling, or of a wrong number",
        "read it, and mark who must not be called in a column of its own, such as DNC; or let all such rows be "
        'suppressed: [suppression] text = "suppress"',
    ),
    refusal("column-status", "says not to call", "take the word out only where the person may be rung"),
    refusal(
        "not-cleared",
        "an earlier check found that the person must not be rung",
        f"empty the cell {CODES_COLUMN} only where the person may be rung after all; or take the row out",
    ),
)

FIRST_DIGITS = 4  #: the fewest by which American area codes are told apart; 10,000 beginnings are a table of 10 kB


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

"""What can be wrong with a list: the rules, each with a code that stays, and the problems found by them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Severity: TypeAlias = Literal["error", "warning"]

Section: TypeAlias = Literal["faults", "settings", "not-now", "warnings"]
"""Where a report tells of a rule: rows to mend, something to set, who is not rung by the rules, what to know."""

ROW_COLUMN = "dialer_row"
CODES_COLUMN = "dialer_codes"
PROBLEMS_COLUMN = "dialer_problems"

NOT_SENT = frozenset({ROW_COLUMN, CODES_COLUMN, PROBLEMS_COLUMN})
"""Headings a file of bad rows adds to the list's own: fed back, they are not sent."""

STICKY = frozenset({"row-width", "row-cut-off", "duplicate", "not-mended"})
"""Codes of faults that a file of bad rows no longer shows: fed back, the row is refused until its code is emptied."""

ADDRESS_UNCLEAR = "is not understood; only the number and the rest of the row say where the person lives"

_LONGEST_SHOWN = 60  #: characters of a cell in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that can be wrong with a row.

    A row that breaks an `error` is not dialled; a `warning` leaves it as it is. `number-unassigned` is a warning
    that a campaign may turn into an error (`allow_unassigned = false`). `section` is where a report tells of it.
    """

    code: str
    severity: Severity
    says: str
    do: str
    section: Section = "faults"

    @property
    def message(self) -> str:
        """What is wrong and what to do, as one sentence."""
        return f"{self.says}: {self.do}"


class Problem(NamedTuple):
    """One rule broken by one row: the rule's code, what is wrong, and in which cell if it is a cell's fault.

    `column` is the heading and `value` the cell, verbatim; the message does not repeat them.
    """

    code: str
    message: str
    column: str = ""
    value: str = ""

    @property
    def sentence(self) -> str:
        """Column, value and what is wrong, on one line."""
        said = f"{quoted(self.value)} {self.message}" if self.value else self.message
        return f"{self.column}: {said}" if self.column else said


def quoted(value: str, longest: int = _LONGEST_SHOWN) -> str:
    """Show a cell in quotes, on one line, cut where it is longer than `longest`."""
    return repr(value if len(value) <= longest else value[: longest - 1] + "…")


def error(code: str, says: str, do: str, *, section: Section = "faults") -> Rule:
    """Make a rule that keeps a row from being dialled."""
    return Rule(code=code, severity="error", says=says, do=do, section=section)


def refusal(code: str, says: str, do: str) -> Rule:
    """Make a rule that keeps a row from being dialled though nothing in it is to be mended."""
    return error(code, says, do, section="not-now")


def warning(code: str, says: str, do: str, *, section: Section = "warnings") -> Rule:
    """Make a rule that lets a row through."""
    return Rule(code=code, severity="warning", says=says, do=do, section=section)


def by_code(*rules: Rule) -> Mapping[str, Rule]:
    """Give rules by their code, in the order given."""
    return MappingProxyType({rule.code: rule for rule in rules})


LIST_RULES = by_code(
    error(
        "number-elsewhere",
        "the phone cell is empty, and another column of the row has a number",
        'name the columns in the order in which they count: [list] phone = ["Mobile", "Work Phone"]',
        section="settings",
    ),
    error(
        "row-hidden",
        "the row is hidden in the spreadsheet, by a filter or by hand",
        'show it there, or have hidden rows dialled, too: [list] hidden = "dial"',
        section="settings",
    ),
    error(
        "row-width",
        "the row has more or fewer cells than the list has columns",
        "look for a comma or quote that does not belong, or a cell that is missing",
    ),
    error(
        "row-cut-off",
        "the list ends without ending this row, so its number or any other cell may be cut off",
        "see that the row is whole and end its line: press Enter behind it, or export the list again",
    ),
    error(
        "duplicate",
        "the number stands in another row of this list, and nobody is rung twice",
        "take one of the rows out",
    ),
    error(
        "not-mended",
        "an earlier check found this row to be cut off, of the wrong width or a duplicate, which cannot be seen here",
        f"mend the row, then empty its cell {CODES_COLUMN}; or take the row out",
    ),
    error(
        "call-misfit",
        "the provider does not take a call with what this row carries",
        "shorten or reword the cells, or send fewer columns; a preview shows what would be sent",
    ),
    warning(
        "cell-formula",
        "a spreadsheet would take the cell for a formula and run it; it is sent as it stands",
        "look at who wrote it, and take the sign in front out unless it is meant",
    ),
    warning(
        "address-unclear",
        f"a state, zip or country {ADDRESS_UNCLEAR}",
        "write it as FL or Florida, 33101, US or Canada, or leave it empty",
    ),
)

CUT_OFF = LIST_RULES["row-cut-off"].message

PARAMETER_RULES = by_code(
    error("parameter-missing", "the cell is required and empty", "fill the cell in"),
    error("parameter-integer", "this is not a whole number", "write digits only, such as 1200"),
    error(
        "parameter-decimal",
        "this is not a number with a decimal point",
        "write digits and a point, such as 1200.50, and no thousands separators",
    ),
    error("parameter-date", "this is not a date written YYYY-MM-DD", "write year, month and day, such as 2026-12-31"),
    error("parameter-boolean", "this is neither yes nor no", "write yes or no, true or false, or 1 or 0"),
    error(
        "parameter-choice",
        "this is not one of the values allowed",
        "write one of them exactly, capital letters included",
    ),
    error("parameter-too-small", "the number or date is below the minimum", "correct the cell"),
    error("parameter-too-large", "the number or date is above the maximum", "correct the cell"),
    error("parameter-too-short", "the text is shorter than the minimum", "write the text out"),
    error("parameter-too-long", "the text is longer than the maximum", "shorten the text"),
    error(
        "parameters-too-big",
        "the row's parameters are together larger than the campaign allows",
        "shorten the longest cells, or send fewer columns",
    ),
)

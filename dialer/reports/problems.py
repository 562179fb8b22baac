"""What is wrong with a list, grouped by kind: for a person, as JSON, and as a CSV of the bad rows to mend."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.problem import CODES_COLUMN, NOT_SENT, PROBLEMS_COLUMN, ROW_COLUMN, Rule, quoted
from dialer.errors import SetupError, StoppedError
from dialer.lists.screened import PROBLEM
from dialer.reports.results import harmless, writing_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from dialer.domain.problem import Section, Severity
    from dialer.lists.screened import ScreenedChunk

_AT_ONCE = 10_000  #: problems: sorting a few into groups takes nearly as long
_EXAMPLES = 3  #: rows of each kind: enough to see what is meant, and a report stays on a screen
_LONGEST_VALUE = 36  #: characters of a cell: row, column and cell fit a line of 80
_LONGEST_COLUMN = 16  #: characters of a heading, for the same
_LONGEST_KEPT = 200  #: characters of a cell that are kept for JSON; a note may be a page
_COLUMNS_NAMED = 5  #: columns in a line of 80
_NOT_TO_MEND = frozenset({Outcome.DEFERRED, Outcome.RECENT, Outcome.REACHED, Outcome.HELD, Outcome.SUPPRESSED})
"""What time or the campaign mends, or nobody: no spreadsheet does."""


@dataclass(frozen=True, slots=True)
class Example:
    """One of the first cells of its kind; `value` is cut where it is long."""

    row: int
    column: str
    value: str
    message: str


@dataclass(slots=True)
class Group:
    """Every problem of one kind: how many, in which columns, and the first of them.

    A `cure` that fits this list is said in place of the rule's. `reasons` are lines that count what is behind it, and
    stand in place of the first rows; `paste` are lines to copy, which are never broken.
    """

    rule: Rule
    severity: Severity
    count: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    cure: str = ""
    reasons: Sequence[str] = ()
    paste: Sequence[str] = ()
    reasons_json: Sequence[Mapping[str, object]] = ()

    @property
    def section(self) -> Section:
        """Where the report tells of it; what a campaign has made an error of is a fault."""
        return "faults" if (self.severity, self.rule.section) == ("error", "warnings") else self.rule.section

    def take(self, found: pd.DataFrame) -> None:
        """Count more of them, given a row a problem under the headings of PROBLEM."""
        self.count += len(found)
        self.columns.update(found["column"][found["column"] != ""].tolist())
        for each in found.head(_EXAMPLES - len(self.examples)).to_dict("records"):
            value = each["value"][:_LONGEST_KEPT]
            self.examples.append(Example(each["row"], each["column"], value, each["message"]))

    def as_json(self) -> dict[str, object]:
        """Everything that is known of the group."""
        return {
            "code": self.rule.code,
            "severity": self.severity,
            "section": self.section,
            "count": self.count,
            "says": self.rule.says,
            "do": self.cure or self.rule.do,
            "columns": dict(self.columns.most_common()),
            "examples": [asdict(example) for example in self.examples],
            **({"reasons": list(self.reasons_json)} if self.reasons_json else {}),
        }

    def as_lines(self, width: int) -> list[str]:
        """Say what is wrong, what to do, and where it is first; counts take `width` columns."""
        indent = " " * (width + 2)
        lines = a_line(f"{self.rule.code}: {self.rule.says}", behind=f"{self.count:>{width},}  ")
        lines += a_line(self.cure or self.rule.do, behind=f"{indent}-> ")
        if self.reasons:
            for reason in self.reasons:
                lines += a_line(printable(reason), behind=f"{indent}   ")
            return lines + [f"    {line}" for line in self.paste]
        if len(self.columns) > 1:
            named = [f"{_cut(name)} {count:,}" for name, count in self.columns.most_common(_COLUMNS_NAMED)]
            named += ["..."] if len(self.columns) > _COLUMNS_NAMED else []
            lines += a_line(f"by column: {', '.join(named)}", behind=f"{indent}   ")
        lines += self._examples(f"{indent}   ")
        more = self.count - len(self.examples)
        return lines + ([f"{indent}   ... and {more:,} more"] if more else [])

    def _examples(self, indent: str) -> list[str]:
        cells = [(f"row {shown.row}", _cut(shown.column), _value(shown)) for shown in self.examples]
        row_width, column_width, _ = (max(map(len, column)) for column in zip(*cells, strict=True))
        lines = []
        for (row, column, value), example in zip(cells, self.examples, strict=True):
            cell = f"{column:<{column_width}}  {value}" if column_width else value
            place = f"{indent}{row:<{row_width}}  {cell}".rstrip()
            remark = _remark(example.message, self.rule)
            lines.append(f"{place}  {remark}".rstrip())
        return lines


class ProblemTally:
    """Counts the problems that go by; what is kept does not grow with the list."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        """Know what each code says."""
        self._rules = rules
        self._groups: dict[tuple[Severity, str], Group] = {}
        self._waiting: list[tuple[int, str, str, str, str, str]] = []

    def look_at(self, screened: ScreenedChunk) -> None:
        """Count the problems of some rows."""
        self._waiting += screened.found()
        if len(self._waiting) >= _AT_ONCE:
            self._count()

    def groups(self, severity: Severity) -> Sequence[Group]:
        """Give the groups, the most frequent first."""
        self._count()
        found = [group for (its, _), group in self._groups.items() if its == severity]
        return sorted(found, key=lambda group: (-group.count, group.rule.code))

    def _count(self) -> None:
        import pandas as pd  # noqa: PLC0415 - only who reads a list waits for it

        problems = pd.DataFrame(self._waiting, columns=list(PROBLEM), dtype=object)
        self._waiting.clear()
        for _, found in problems.groupby(["severity", "code"], sort=False):
            _, severity, code, *_, message = found.iloc[0]
            if (severity, code) not in self._groups:
                section: Section = "faults" if severity == "error" else "warnings"
                unlisted = Rule(code=code, severity=severity, says=message, do="", section=section)
                self._groups[severity, code] = Group(self._rules.get(code, unlisted), severity)
            self._groups[severity, code].take(found)


def rules_as_text(rules: Iterable[Rule]) -> str:
    """List every code with what it means and what to do, the errors first."""
    lines: list[str] = []
    for title, severity in (
        ("Errors: a row that breaks one of these is not dialled.", "error"),
        ("Warnings: the row is dialled all the same.", "warning"),
    ):
        lines += ["", title] if lines else [title]
        for rule in rules:
            if rule.severity == severity:
                lines += ["", rule.code, *a_line(rule.says, behind="    ")]
                lines += a_line(rule.do, behind="    -> ")
    return "\n".join(lines)


@contextmanager
def bad_rows(path: Path, headings: Sequence[str]) -> Iterator[Callable[[ScreenedChunk], None]]:
    """Write the rows that will not be dialled as a list to mend and feed back; give what takes the rows.

    Only what can be mended there is written: nobody who may be rung later as it is, or must not be rung at all.
    The list's own columns come first, verbatim and in order; then the row, the codes and the reasons. A row of the
    wrong width is filled up, or goes on behind those, and its code keeps it from being dialled until it is emptied.
    Written whole or not at all, mode 0600. Raises SetupError where the disk does not let it.
    """
    own = [at for at, heading in enumerate(headings) if heading not in NOT_SENT]
    try:
        first = [*(headings[at] for at in own), ROW_COLUMN, CODES_COLUMN, PROBLEMS_COLUMN]
        with writing_rows(path, first) as (_, write):

            def take(screened: ScreenedChunk) -> None:
                try:
                    for line in _bad_lines(screened, own, width=len(headings)):
                        write(line)
                except OSError as problem:
                    raise _unwritable(path, problem) from problem

            yield take
    except StoppedError as problem:
        raise SetupError(f"the bad rows cannot be written to {path}: {problem}") from problem
    except OSError as problem:
        raise _unwritable(path, problem) from problem


def _bad_lines(screened: ScreenedChunk, own: Sequence[int], *, width: int) -> Iterator[list[object]]:
    rows = screened.rows
    for position, problems in sorted(screened.problems.items()):
        if screened.outcome(position) in _NOT_TO_MEND:
            continue
        cells = screened.chunk.own(position)
        yield [
            *(cells[at] if at < len(cells) else "" for at in own),
            rows[position],
            " ".join(dict.fromkeys(problem.code for problem in problems)),
            harmless("; ".join(problem.sentence for problem in problems)),
            *cells[width:],
        ]


def _unwritable(path: Path, problem: OSError) -> SetupError:
    return SetupError(f"the bad rows cannot be written to {path}: {problem.strerror}")


def a_line(text: str, *, behind: str = "") -> list[str]:
    """Make a line of a sentence, `behind` what stands in front; none of none. Whoever prints it fits it in."""
    return [behind + text] if text else []


def printable(text: str) -> str:
    """Show a text that cannot steer a terminal or break a line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _cut(heading: str) -> str:
    text = printable(heading)
    return text if len(text) <= _LONGEST_COLUMN else text[: _LONGEST_COLUMN - 1] + "…"


def _value(example: Example) -> str:
    if not example.value:
        return "(empty)" if example.column else ""
    shown = quoted(example.value, _LONGEST_VALUE)
    return shown if len(shown) <= _LONGEST_VALUE + 2 else f"{shown[: _LONGEST_VALUE + 1]}…"


def _remark(message: str, rule: Rule) -> str:
    """Say what the rule itself has not said already."""
    if rule.says.endswith(message):
        return ""
    return printable(message.removeprefix(rule.message).strip())

"""What `check` says to a person: faults, settings, who is not rung and warnings, then the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.redaction import visible
from dialer.domain.wording import counted
from dialer.reports.problems import a_line, printable
from dialer.reports.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dialer.domain.problem import Section
    from dialer.reports.problems import Group

_TITLES: Mapping[Section, str] = {
    "faults": "Faults, the most frequent first. Not dialled until they are mended:",
    "settings": "Settings. What the campaign or the command line can say:",
    "not-now": "Not to be rung, or not now. Nothing is to be mended in these rows:",
    "warnings": "Warnings. These rows are dialled all the same:",
}
"""The sections of a report, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport(Summary):
    """What `check` says: the problems by kind, then the counts, then what was assumed and how long a run takes.

    `headings` are the list's own.
    """

    errors: Sequence[Group]
    warnings: Sequence[Group]
    headlines: Sequence[str] = ()
    list_warnings: Sequence[str] = ()
    when: str = "now"
    headings: Sequence[str] = ()

    def as_text(self) -> str:
        """Everything to read, what to remember at the end; a sentence a line."""
        ready = self.outcomes.get(Outcome.READY, 0)
        of = f"{ready:,} of {counted(self.rows, 'person', 'people')}"
        lines = a_line(f"check of {self.campaign}: {of} can be called {self.when}")
        for headline in self.headlines:
            lines += a_line(printable(headline))
        for group in self._first():
            lines += a_line(f"{counted(group.count, 'row')}: {group.cure or group.rule.do}")
        width = max((len(f"{group.count:,}") for group in (*self.errors, *self.warnings)), default=0) + 2
        for title, groups in self._sections():
            lines += ["", *a_line(title)]
            for warning in self.list_warnings if title == _TITLES["warnings"] else ():
                lines += ["", *a_line(printable(warning), behind="  the list: ")]
            for group in groups:
                lines += ["", *group.as_lines(width)]
        counts = [f"{outcome:>12}  {count:>9,}" for outcome, count in self._in_order()]
        lines += ["", *counts, f"{'':>12}  {'-' * 9}", f"{'rows':>12}  {self.rows:>9,}", ""]
        for note in self.notes:
            lines += a_line(visible(note))
        lines += [f"list: {visible(str(self.list_path))}"] if self.list_path else []
        return "\n".join(lines)

    def _sections(self) -> Iterator[tuple[str, Sequence[Group]]]:
        """Give the sections that have something to tell; settings go first where they would cure most of the list."""
        found: dict[Section, list[Group]] = {section: [] for section in _TITLES}
        for group in (*self.errors, *self.warnings):
            found[group.section].append(group)
        first: Section = "settings" if self._first() else "faults"
        for section in sorted(found, key=lambda section: section != first):
            if found[section] or (section == "warnings" and self.list_warnings):
                yield _TITLES[section], found[section]

    def _first(self) -> Sequence[Group]:
        """Give what a setting would cure of at least half of the list."""
        return [group for group in self.errors if group.section == "settings" and 2 * group.count >= self.rows]

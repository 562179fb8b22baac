"""What `dialer verify` found: the promises of a run, as a person and as a program read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.domain.redaction import one_line
from dialer.domain.verify.promises import State
from dialer.domain.wording import counted
from dialer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.domain.verify.promises import Finding

_SAYS = {State.HOLDS: "holds", State.BROKEN: "BROKEN", State.UNPROVED: "not proved"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found of every promise of a run; `notes` say what else to know."""

    run: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> Exit:
        """0 when every promise is proved, 1 when one is broken or could not be looked at."""
        proved = all(finding.state is State.HOLDS for finding in self.findings)
        return Exit.DONE if proved else Exit.PROBLEMS

    def as_json(self) -> str:
        """Tell it to a program."""
        document = {
            "run": self.run,
            "promises": [
                {
                    "promise": str(finding.promise),
                    "state": str(finding.state),
                    "holds": finding.state is State.HOLDS,
                    "checked": finding.checked,
                    "broken": finding.broken,
                    "breaches": [{"run": self.run, **breach._asdict()} for breach in finding.breaches],
                    "not_looked_at": finding.doubts,
                }
                for finding in self.findings
            ],
            "notes": list(self.notes),
            "exit_code": int(self.exit_code),
        }
        return json.dumps(document, ensure_ascii=False)

    def as_text(self) -> str:
        """Tell it to a person."""
        told = [said for finding in self.findings for said in self._told(finding)]
        return "\n".join(one_line(said) for said in (*told, *self.notes))

    def _told(self, finding: Finding) -> Iterator[str]:
        breaches = f", {counted(finding.broken, 'breach', 'breaches')}" if finding.broken else ""
        yield f"{_SAYS[finding.state]:<10}  {finding.promise} ({finding.checked:,} checked{breaches})"
        for row, expected, found in finding.breaches:
            where = f"run {self.run}" if row is None else f"run {self.run} row {row}"
            yield f"  {where}: expected {expected}; found {found}"
        if more := finding.broken - len(finding.breaches):
            yield f"  … and {more:,} more"
        for doubt in finding.doubts:
            yield f"  not looked at: {doubt}"

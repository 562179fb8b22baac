"""What a night would find missing: a line for each thing that was looked at."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from dialer.domain.redaction import one_line
from dialer.domain.wording import counted
from dialer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 12  #: columns of the longest word for what is looked at, and a space


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: whether a night will have it, and a sentence."""

    what: str
    is_well: bool
    says: str


def well(what: str, says: str) -> Check:
    """Say of a thing that the night will have it."""
    return Check(what, is_well=True, says=says)


def missed(what: str, says: str) -> Check:
    """Say of a thing that the night will miss it."""
    return Check(what, is_well=False, says=says)


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Everything that was looked at, in order."""

    checks: Sequence[Check]

    @property
    def exit_code(self) -> Exit:
        """The code to end with: that of wrong settings where the night will miss something."""
        return Exit.DONE if all(check.is_well for check in self.checks) else Exit.SETUP

    def as_json(self) -> str:
        """Tell it to a program."""
        checks = [asdict(check) for check in self.checks]
        return json.dumps({"checks": checks, "exit_code": int(self.exit_code)}, ensure_ascii=False)

    def as_text(self) -> str:
        """Tell it to a person."""
        lines = [
            f"{'ok' if check.is_well else 'WILL MISS':<10}{check.what:<{_WIDTH}}{one_line(check.says)}"
            for check in self.checks
        ]
        missing = sum(not check.is_well for check in self.checks)
        lines.append(f"the night will miss {counted(missing, 'thing')}" if missing else "the night will miss nothing")
        return "\n".join(lines)

"""What is said of a campaign in place of its own keys, and of the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.domain.shell_command import typed

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.errors import DialerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the command line says of a campaign; None leaves it to the environment and the campaign file."""

    campaign: Path | None = None
    provider: str | None = None
    flow_id: str | None = None
    caller_number: str | None = None
    region: str | None = None
    phone: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    rate: float | None = None
    in_flight: int | None = None
    ledger: Path | None = None
    sandbox: bool = False
    enforce_hours: bool = False

    def typed(self, *words: object) -> str:
        """Write a command that means the same ledger, for a person to copy."""
        return typed(*words, ledger=self.ledger, sandbox=self.sandbox)

    def told(self, problem: DialerError) -> str:
        """Say what ended a command, and the command that helps, if there is one."""
        hint = problem.hint
        return f"{problem}; {self.typed(*hint.words)} {hint.does}" if hint else str(problem)

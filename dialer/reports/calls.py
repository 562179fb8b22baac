"""The calls of a run as CSV or as a workbook: a line for each that was made or may have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.errors import StoppedError
from dialer.reports.results import harmless, utc, writing_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dialer.domain.run import MadeCall

HEADINGS = ("row", "number", "call", "called_at", "callId", "status", "error")


def write_calls(path: Path, calls: Iterable[MadeCall]) -> None:
    """Write calls whole or not at all; raises StoppedError where the disk does not let it."""
    try:
        with writing_rows(path, HEADINGS) as (_, take):
            for call in calls:
                said = (harmless(call.call_id), harmless(call.status), harmless(call.error))
                take((str(call.row), call.number, str(call.nth), utc(call.at), *said))
    except OSError as problem:
        raise StoppedError(f"calls cannot be written to {path}: {problem.strerror}") from problem

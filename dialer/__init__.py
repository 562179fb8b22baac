"""Rings a contact list through a contact-centre API: one call a row, never too fast, never twice.

`check`, `run`, `runs` and `results` are the Python API; docs/python.md shows them. What is not in `__all__` is private.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dialer.api import Check, check, results, run, runs
    from dialer.domain.call import Settlement
    from dialer.engine.ports import Observer, SessionEnd, SessionStart
    from dialer.errors import (
        BusyError,
        DeclinedError,
        DialerError,
        LedgerError,
        NothingToDoError,
        RefusedError,
        SetupError,
        StoppedError,
        WorkLeftError,
    )
    from dialer.reports.summary import Summary
    from dialer.session.stop import Stop

__all__ = [
    "BusyError",
    "Check",
    "DeclinedError",
    "DialerError",
    "LedgerError",
    "NothingToDoError",
    "Observer",
    "RefusedError",
    "SessionEnd",
    "SessionStart",
    "Settlement",
    "SetupError",
    "Stop",
    "StoppedError",
    "Summary",
    "WorkLeftError",
    "check",
    "results",
    "run",
    "runs",
]

_HOMES = {
    "dialer.api": ("Check", "check", "results", "run", "runs"),
    "dialer.domain.call": ("Settlement",),
    "dialer.engine.ports": ("Observer", "SessionEnd", "SessionStart"),
    "dialer.reports.summary": ("Summary",),
    "dialer.session.stop": ("Stop",),
}
"""Where the public names stand, but for the errors; they are loaded when they are asked for: a command needs few."""


def __getattr__(name: str) -> object:
    """Load a public name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "dialer.errors")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """Name what is public."""
    return __all__

"""The command line: words in, words out, an exit code.

The program begins with `main`; `app` is what Typer sees of it, and each command stands in a file of its own name.
"""

from __future__ import annotations

import os
import signal
from traceback import print_exc
from typing import TYPE_CHECKING, NoReturn

# The order is that in which --help names the commands.
from dialer.cli import check, init, rules, preview, run, resume, runs, status, report, reconcile, settle, verify  # isort: skip
from dialer.cli import call, sandbox, hours, suppress, schedule, doctor, backup, prune, forget  # isort: skip
from dialer.cli.app import app
from dialer.cli.signals import ending_signals
from dialer.cli.streams import finish, make_steady
from dialer.errors import Exit
from dialer.screening.versions import use_packaged_zones

if TYPE_CHECKING:
    from types import FrameType

__all__ = [
    "app",
    "backup",
    "call",
    "check",
    "doctor",
    "forget",
    "hours",
    "init",
    "main",
    "preview",
    "prune",
    "reconcile",
    "report",
    "resume",
    "rules",
    "run",
    "runs",
    "sandbox",
    "schedule",
    "settle",
    "status",
    "suppress",
    "verify",
]


def main() -> NoReturn:
    """Run the program; every command ends with one of the exit codes of `dialer.errors`."""
    make_steady()
    use_packaged_zones()
    # Ended by its scheduler or its terminal, a command says so and leaves what Ctrl-C would leave.
    for number in ending_signals():
        signal.signal(number, _interrupt)
    code = 0
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except Exception:  # noqa: BLE001 - no scheduler may take a fault for "some rows were rejected"
        print_exc()
        code = Exit.FAULT
    finish()
    # Taking the interpreter apart takes a tenth of a second, in which a run that is finished could still be killed.
    os._exit(code)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Do as Ctrl-C does; a terminal that closes says so more than once, and is heard once."""
    if number == getattr(signal, "SIGHUP", None):
        signal.signal(number, signal.SIG_IGN)
    signal.default_int_handler(number, frame)

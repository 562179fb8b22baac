"""Everything that ends a command early, and the code it ends with.

    DialerError
    ├── SetupError         settings, campaign, list or usage are wrong; nothing was dialled      exit 2
    ├── LedgerError        the ledger cannot be opened, read or written                          exit 2
    ├── TableError         a table that ships with the program is malformed                      exit 2
    ├── StoppedError       the run ended with work left                                          exit 3
    ├── BusyError          another process runs this campaign                                    exit 4
    ├── NothingToDoError   there is no new list and nothing open                                 exit 5
    ├── RefusedError       a run is not begun: too late, or nobody in it can be rung             exit 6
    ├── DeclinedError      a person was asked before the first call and said no                  exit 6
    └── WorkLeftError      there is no new list, and earlier runs have work left                 exit 7

What no leaf is for is a fault of the program (exit 70).

A leaf exists for each thing the operator would do differently.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    PROBLEMS = 1
    SETUP = 2
    LEFT = 3
    BUSY = 4
    NOTHING = 5
    REFUSED = 6
    PLANNED = 7
    FAULT = 70


class Hint(NamedTuple):
    """A command that helps, without the program's name and the ledger's, and what it does."""

    words: tuple[object, ...]
    does: str


class DialerError(Exception):
    """A command cannot go on; the message is meant for the person who typed it.

    A `hint` is told behind it by whoever knows how the ledger was named.
    """

    exit: ClassVar[Exit] = Exit.SETUP

    def __init__(self, message: str = "", *, hint: Hint | None = None) -> None:
        """Say what is wrong."""
        super().__init__(message)
        self.hint = hint


class SetupError(DialerError):
    """Something given to the program is wrong; `complaints` holds every fault found, one sentence each."""

    def __init__(self, complaints: Iterable[str] | str) -> None:
        """Take one complaint or many."""
        self.complaints = (complaints,) if isinstance(complaints, str) else tuple(complaints)
        super().__init__("\n".join(self.complaints))


class LedgerError(DialerError):
    """The ledger cannot be opened, read or written."""


class TableError(DialerError):
    """A table that ships with the program is malformed; the message lists every bad row."""


class StoppedError(DialerError):
    """The run ended with work left; `dialer resume` goes on with it."""

    exit = Exit.LEFT


class BusyError(DialerError):
    """Another process is running this campaign."""

    exit = Exit.BUSY


class DeclinedError(DialerError):
    """A person was asked before the first call, and said no: nobody was dialled, and nothing new was begun."""

    exit = Exit.REFUSED


class NothingToDoError(DialerError):
    """There is no new list and nothing open: nobody was dialled, and no file was changed."""

    exit = Exit.NOTHING


class RefusedError(DialerError):
    """A run is not begun, as the campaign says or because it would ring nobody; no file was changed."""

    exit = Exit.REFUSED


class WorkLeftError(DialerError):
    """There is no new list, and runs of earlier lists have work left; nobody was dialled, and no file was changed."""

    exit = Exit.PLANNED

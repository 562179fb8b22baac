"""A session of dialling before it begins: what was asked, and that nothing is wrong with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from dialer.session.reconciling import Asked

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.domain.run import Run
    from dialer.engine.ports import Observer
    from dialer.ledger.port import Ledger
    from dialer.session.plan import Plan
    from dialer.session.request import Agreed, Request
    from dialer.session.stop import Stop


class Begun(NamedTuple):
    """The run that a session dials, and the one that was open `before`, which a no leaves as it was."""

    run: Run
    before: Run | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared(ABC):
    """A session of which everything is checked: nothing has been written, and nobody has been dialled.

    `agreed` is asked before the first call of a list. `notes` are told at the beginning of the summary; `clock_began`
    is when the command began, on the clock that counts seconds.
    """

    is_alone: ClassVar[bool] = True  #: while it lasts, no other process dials its campaign
    makes_ledger: ClassVar[bool] = True  #: where there is none yet
    waits: ClassVar[bool] = True  #: it goes on for as long as somebody is to be called again by a rule
    has_list: ClassVar[bool] = False  #: it brings a list, and what earlier lists of the campaign were matters to it

    plan: Plan
    request: Request
    log: Path
    agreed: Agreed | None = None
    notes: tuple[str, ...] = ()
    clock_began: float = field(default_factory=monotonic)

    async def ask_first(self, ledger: Ledger, observer: Observer, stop: Stop) -> Asked:  # noqa: ARG002
        """Ask the provider about unknown rows before the session begins, where they are to be dialled again."""
        return Asked()

    @abstractmethod
    def begin(self, ledger: Ledger, observer: Observer) -> Begun:
        """Give the run that is dialled, and write it into the ledger if it is not there yet."""

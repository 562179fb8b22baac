"""Several observers of a session, each told what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.engine.ports import Observer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from dialer.domain.call import Settlement
    from dialer.domain.reconciliation import Reconciled
    from dialer.engine.ports import SessionEnd, SessionStart


class Observers(Observer):
    """Tells several observers what happens, one after the other, in their order."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        """Hold them."""
        self._observers = tuple(observers)

    def waiting_for_list(self, path: Path, why: str, /) -> None:
        """Pass on that a list is waited for."""
        for observer in self._observers:
            observer.waiting_for_list(path, why)

    def picked(self, path: Path, /) -> None:
        """Pass on which list was picked."""
        for observer in self._observers:
            observer.picked(path)

    def loaded(self, done: int, size: int, /) -> None:
        """Pass on how much of a list has been read."""
        for observer in self._observers:
            observer.loaded(done, size)

    def screened(self, done: int, rows: int, /) -> None:
        """Pass on how many rows have been screened."""
        for observer in self._observers:
            observer.screened(done, rows)

    def started(self, session: SessionStart, /) -> None:
        """Pass on that calls begin."""
        for observer in self._observers:
            observer.started(session)

    def settled(self, settlement: Settlement, /) -> None:
        """Pass on that a call's answer is known."""
        for observer in self._observers:
            observer.settled(settlement)

    def held_back(self, reason: str, seconds: float, /) -> None:
        """Pass on that nothing leaves for a while."""
        for observer in self._observers:
            observer.held_back(reason, seconds)

    def idle(self, until: datetime, /) -> None:
        """Pass on that nobody may be dialled before a moment."""
        for observer in self._observers:
            observer.idle(until)

    def clock_was_set(self, by: timedelta, /) -> None:
        """Pass on that the clock on the wall was set."""
        for observer in self._observers:
            observer.clock_was_set(by)

    def warned(self, trouble: str, /) -> None:
        """Pass on what a person should know at once."""
        for observer in self._observers:
            observer.warned(trouble)

    def stopping(self, reason: str, /) -> None:
        """Pass on that no more calls are started."""
        for observer in self._observers:
            observer.stopping(reason)

    def following(self, calls: int, /) -> None:
        """Pass on that placed calls are asked about."""
        for observer in self._observers:
            observer.following(calls)

    def looked_up(self, status: str, *, ended: bool) -> None:
        """Pass on what the provider says of a placed call."""
        for observer in self._observers:
            observer.looked_up(status, ended=ended)

    def reconciling(self, rows: int, /) -> None:
        """Pass on that the provider is asked about unknown rows."""
        for observer in self._observers:
            observer.reconciling(rows)

    def reconciled(self, row: Reconciled, /) -> None:
        """Pass on where a row goes that was unknown."""
        for observer in self._observers:
            observer.reconciled(row)

    def ended(self, session: SessionEnd, /) -> None:
        """Pass on that the session is over."""
        for observer in self._observers:
            observer.ended(session)

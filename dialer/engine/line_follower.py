"""Keeping to so many calls at a time: what runs beside the calls of a session to know which of them are over."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, Seen, Unclear
from dialer.domain.wording import counted, span
from dialer.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dialer.domain.call import MayBeUp, NotSeen, Settlement
    from dialer.engine.lines import Lines
    from dialer.engine.look_ups import LookUps
    from dialer.engine.ports import Observer, Placed
    from dialer.engine.rules import Clock

_AT_ONCE = 10  #: look-ups: those of a second where a provider takes ten, and none holds up the others
_TOLD_EVERY = 600.0  #: seconds: that lines are short is how such a run goes on, all night


class LineFollower:
    """Keeps the lines of a session: takes them for calls, and asks while they are short which calls are over."""

    def __init__(self, lines: Lines, *, placed: Placed, look_ups: LookUps, clock: Clock, observer: Observer) -> None:
        """Hold the parts."""
        self._lines = lines
        self._placed = placed
        self._look_ups = look_ups
        self._clock = clock
        self._observer = observer
        self._unwritten: list[tuple[int, str, bool]] = []
        self._changed = asyncio.Event()
        self._told_at = -math.inf

    def count_earlier(self, calls: Sequence[MayBeUp], now: datetime) -> None:
        """Give a line to each call of before this session that may be up `now`."""
        for row, call_id, status, left_at in calls:
            age = max(0.0, (now - left_at).total_seconds())
            self._lines.take(row, call_id, self._clock.ticks(), status=status, later=-age)

    def free(self) -> int:
        """Count the calls that may be placed now, were none being placed."""
        return self._lines.free(self._clock.ticks())

    def settled(self, settlement: Settlement) -> None:
        """Take a line for a call that was placed, or may have been."""
        row, now = settlement.claim.row, self._clock.ticks()
        match settlement.answer:
            case Accepted(call_id, status, delay):
                self._lines.take(row, call_id, now, status=status, later=delay)
                self._changed.set()
            case Unclear():
                self._lines.take(row, "", now)
            case _:
                pass

    def wait(self) -> float:
        """Say that all lines are busy; return after how many seconds one is free whatever is heard."""
        now = self._clock.ticks()
        if now - self._told_at >= _TOLD_EVERY:
            self._told_at = now
            self._observer.held_back(f"{counted(self._lines.most, 'call')} at a time: all lines are busy", 0.0)
        return self._lines.opens(now)

    async def write(self) -> None:
        """Write the statuses that were heard; raises LedgerError, and then they are kept."""
        if told := list(self._unwritten):
            await self._placed.set_statuses(told)
            del self._unwritten[: len(told)]

    async def follow(self, heard: Callable[[], None]) -> None:
        """Look calls up while lines are short, until it is cancelled or the provider refuses; tell what is `heard`."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def look_up(row: int, call_id: str) -> None:
            try:
                self._note(row, await self._look_ups.of(call_id), heard)
            finally:
                places.release()
                self._changed.set()  # it may be the next to be asked about again

        try:
            async with asyncio.TaskGroup() as look_ups:
                while True:
                    await places.acquire()
                    look_ups.create_task(look_up(*await self._next()))
        except* StoppedError as several:
            after = f"a call is taken for over {span(self._lines.silence)} after it was placed"
            self._observer.warned(f"{several.exceptions[0]}; {after}")

    async def _next(self) -> tuple[int, str]:
        """Wait until a call is to be asked about."""
        while wait := self._lines.asks_in(self._clock.ticks()):
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait if wait < math.inf else None):
                    await self._changed.wait()
        return self._lines.ask()

    def _note(self, row: int, found: Seen | NotSeen, heard: Callable[[], None]) -> None:
        if self._lines.heard(row, found, self._clock.ticks()):
            if isinstance(found, Seen):
                self._unwritten.append((row, found.status, found.final))
            heard()

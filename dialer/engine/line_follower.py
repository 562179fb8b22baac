"""Following calls while others leave: to keep to so many at a time, and to know how each of them ended."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, Seen, Told, Unclear
from dialer.domain.wording import counted, span
from dialer.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dialer.domain.call import MayBeUp, NotSeen, Settlement
    from dialer.engine.ages import FollowedByAge
    from dialer.engine.lines import Lines
    from dialer.engine.look_ups import LookUps
    from dialer.engine.ports import Observer, Pace, Placed
    from dialer.engine.rules import Clock

_AT_ONCE = 10  #: look-ups: those of a second where a provider takes ten, and none holds up the others
_TOLD_EVERY = 600.0  #: seconds: that lines are short is how such a run goes on, all night
_ANY = 2**31  #: calls at a time, where there is no bound


def _unheard() -> None:
    return None


class LineFollower:
    """Asks where placed calls stand: those that take the `lines` of a session while these are short, and all by age.

    Look-ups by age cost no more than a `share` of the pace while calls leave. Once none does, that is `told`: what is
    known by then is worth writing down, since the rest may take long.
    """

    def __init__(
        self,
        lines: Lines | None,
        *,
        placed: Placed,
        look_ups: LookUps,
        clock: Clock,
        observer: Observer,
        ages: FollowedByAge | None = None,
        share: Pace | None = None,
        told: Callable[[], None] = _unheard,
    ) -> None:
        """Hold the parts; without `lines` any number of calls may be up, without `ages` none is followed to its end."""
        self._lines = lines
        self._ages = ages
        self._share = share
        self._placed = placed
        self._look_ups = look_ups
        self._clock = clock
        self._observer = observer
        self._unwritten: list[Told] = []
        self._changed = asyncio.Event()
        self._told_at = -math.inf
        self._told = told
        self._calls_leave = True

    def count_earlier(self, calls: Sequence[MayBeUp], now: datetime) -> None:
        """Give a line to each call of before this session that may be up `now`."""
        if self._lines:
            for row, call_id, status, age in self._aged(calls, now):
                self._lines.take(row, call_id, self._clock.ticks(), status=status, later=-age)

    def follow_earlier(self, calls: Sequence[MayBeUp], now: datetime) -> None:
        """Follow each call of before this session whose end is not known `now`; it is asked about once at least."""
        if self._ages is not None:
            for row, call_id, status, age in self._aged(calls, now):
                self._ages.take(row, call_id, self._clock.ticks(), status=status, later=-age)

    def _aged(self, calls: Sequence[MayBeUp], now: datetime) -> Sequence[tuple[int, str, str, float]]:
        return [
            (row, call_id, status, max(0.0, (now - left_at).total_seconds())) for row, call_id, status, left_at in calls
        ]

    @property
    def is_following(self) -> bool:
        """Whether the end of a call is awaited, or one that was heard is not written yet: others may follow from it."""
        return self._ages is not None and bool(len(self._ages) or self._unwritten)

    @property
    def given_up(self) -> int:
        """How many calls were followed and never said to be over."""
        return self._ages.given_up if self._ages is not None else 0

    def free(self) -> int:
        """Count the calls that may be placed now, were none being placed."""
        return self._lines.free(self._clock.ticks()) if self._lines else _ANY

    def calls_leave(self, *, now: bool, later: bool) -> None:
        """Hear whether there is anybody to be called now, and whether there is later."""
        self._calls_leave = now
        if not now and self._ages is not None and (later or self.is_following):
            told, self._told = self._told, _unheard
            told()

    def settled(self, settlement: Settlement) -> None:
        """Take a line for a call that was placed, or may have been, and follow it."""
        row, now = settlement.claim.row, self._clock.ticks()
        match settlement.answer:
            case Accepted(call_id, status, delay):
                if self._lines:
                    self._lines.take(row, call_id, now, status=status, later=delay)
                if self._ages is not None:
                    self._ages.take(row, call_id, now, status=status, later=delay)
                self._changed.set()
            case Unclear() if self._lines:
                self._lines.take(row, "", now)
            case _:
                pass

    def wait(self) -> float:
        """Say that all lines are busy; return after how many seconds one is free whatever is heard."""
        if self._lines is None:
            return math.inf
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
        """Look calls up until it is cancelled or the provider refuses; tell what is `heard`."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def look_up(row: int, call_id: str, *, by_age: bool) -> None:
            try:
                self._note(row, call_id, await self._look_ups.of(call_id), heard, by_age=by_age)
            finally:
                places.release()
                self._changed.set()  # it may be the next to be asked about again

        try:
            async with asyncio.TaskGroup() as look_ups:
                while True:
                    await places.acquire()
                    by_age = await self._next()
                    if by_age and self._share and self._calls_leave:
                        await self._share.permits(1)
                    calls = self._ages if by_age else self._lines
                    if calls is not None and not calls.asks_in(self._clock.ticks()):  # nothing was heard meanwhile
                        look_ups.create_task(look_up(*calls.ask(), by_age=by_age))
                    else:
                        places.release()
        except* StoppedError as several:
            self._observer.warned(f"{several.exceptions[0]}; {self._without()}")
            heard()

    async def _next(self) -> bool:
        """Wait until a call is to be asked about; tell whether for its age, and not for its line."""
        while True:
            now = self._clock.ticks()
            for_line = self._lines.asks_in(now) if self._lines else math.inf
            for_age = self._ages.asks_in(now) if self._ages is not None else math.inf
            if not for_line or not for_age:
                return bool(for_line)
            wait = min(for_line, for_age)
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait if wait < math.inf else None):
                    await self._changed.wait()

    def _note(self, row: int, call_id: str, found: Seen | NotSeen, heard: Callable[[], None], *, by_age: bool) -> None:
        now = self._clock.ticks()
        news = [
            self._lines.heard(row, call_id, found, now, asked=not by_age) if self._lines else False,
            self._ages.heard(row, call_id, found, now, asked=by_age) if self._ages is not None else False,
        ]
        if any(news) and isinstance(found, Seen):
            self._unwritten.append(Told(row, call_id, found.status, found.final))
        if any(news) or (self._ages is not None and not self.is_following):
            heard()

    def _without(self) -> str:
        """Let go of what cannot be asked, and say what that means."""
        means = []
        if self._ages is not None:
            self._ages.let_go()
            means.append("how calls end is not heard, and nobody more is called again in this session")
        if self._lines:
            means.append(f"a call is taken for over {span(self._lines.silence)} after it was placed")
        return "; ".join(means)

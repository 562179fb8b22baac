"""The turns a run takes at its ledger: one at a time, each writing what is known before it asks for more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.engine.wall_clock import Wall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.domain.call import Claim, Settlement
    from dialer.engine.line_follower import LineFollower
    from dialer.engine.ports import Observer, Work
    from dialer.engine.rules import Clock


class Turns:
    """Keeps what is to be written until a turn takes it along; nothing that was heard is lost where one fails.

    `unwritten` is set by whoever has heard an answer.
    """

    def __init__(self, work: Work, clock: Clock, observer: Observer, lines: LineFollower | None = None) -> None:
        """Start with nothing to write; what the `lines` have heard of calls is written along."""
        self._work = work
        self._clock = clock
        self._observer = observer
        self._lines = lines
        self._wall = Wall(clock.now(), clock.ticks())
        self._answered: list[Settlement] = []
        self._held_back: list[Claim] = []
        self._one_turn = asyncio.Lock()
        self.unwritten = asyncio.Event()

    @property
    def has_news(self) -> bool:
        """Whether a turn would write something; then other contacts may be due."""
        return bool(self._answered or self._held_back)

    def answered(self, settlements: Sequence[Settlement]) -> None:
        """Take answers whose meaning is certain to be written."""
        for settlement in settlements:
            self._answered.append(settlement)
            self._observer.settled(settlement)

    def held_back(self, claim: Claim) -> None:
        """Take a claim whose request never left, to be given back."""
        self._held_back.append(claim)

    async def now(self) -> datetime:
        """Tell the time; where the clock was set, let the ledger and the observer know first. Raises LedgerError."""
        now = self._clock.now()
        if step := self._wall.was_set(now, self._clock.ticks()):
            await self._work.clock_was_set(step, now=now)
            self._observer.clock_was_set(step)
        return now

    async def next_due(self, now: datetime) -> datetime | None:
        """Tell when the next contact may be dialled; None when no open one will be. Raises LedgerError."""
        return await self._work.next_due(now)

    async def take(self, *, want: int) -> Sequence[Claim]:
        """Write what is known, give back what was held back, and claim up to `want` contacts. Raises LedgerError."""
        async with self._one_turn:
            now = await self.now()
            held_back, self._held_back = self._held_back, []
            settled, self._answered = self._answered, []
            try:
                if held_back:
                    await self._work.release(held_back)
                    held_back = []
                claims = await self._work.turn(settled, want=want, now=now) if settled or want else ()
            except BaseException:  # cancelled as well: nothing that was heard is lost
                self._held_back = held_back + self._held_back
                self._answered = settled + self._answered
                raise
            if self._lines and not want:  # with nobody claimed, who would be lost where it fails
                await self._lines.write()
            return claims

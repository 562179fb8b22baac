"""Asking a provider what came of tries whose answer nobody knows."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from dialer.domain.call import NotSeen, Outcome, StillUnknown
from dialer.domain.reconciliation import reconcile
from dialer.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dialer.domain.reconciliation import Reconciled, Resolution, UnknownRow
    from dialer.engine.ports import Resolver, Unknowns
    from dialer.engine.questions import Questions
    from dialer.engine.rules import Clock

_PAGE = 100  #: rows asked about together, and written together: some seconds of look-ups, should the program die
_SILENT = 5  #: rows in a row of which nothing is heard: then nobody is asked about the others either
PATIENCE = 120.0  #: seconds for which a row is asked about again: whoever waits for a command's end waits no longer
_TOGETHER = 1.0  #: seconds between rows that are asked about again and do not wait for each other


def _unheard(_: Reconciled) -> None:
    return None


class Reconciler:
    """Asks about each unknown row until its provider can tell, or says that it never will, or its patience is over.

    At most `in_flight` questions are open at once. Only an id that was found, or the proof that no call was made, takes
    a row out of `unknown`; what was seen of the others is written, too. `found` counts where rows went, also while it
    goes on; `silent` says whether the provider answered no question any more, and `trouble` why the last was not.
    """

    def __init__(
        self,
        *,
        unknown: Unknowns,
        resolver: Resolver,
        questions: Questions,
        in_flight: int,
        attempts: int,
        clock: Clock,
        patience: float = PATIENCE,
        told: Callable[[Reconciled], object] = _unheard,
    ) -> None:
        """Hold the parts; a row may be tried `attempts` times in all, and `told` hears where each went.

        `patience` is for how many seconds a row is asked about again, where its provider says that it may tell later.
        """
        self._unknown = unknown
        self._resolver = resolver
        self._questions = questions
        self._places = asyncio.Semaphore(in_flight)
        self._attempts = attempts
        self._clock = clock
        self._patience = patience
        self._told = told
        self._asked_at: dict[int, float] = {}
        self._unanswered = 0
        self.trouble = ""
        self.found: Counter[Outcome] = Counter()

    @property
    def silent(self) -> bool:
        """Whether the provider has answered no question for so long that it is not asked any more."""
        return self._unanswered >= _SILENT

    async def ask(self) -> None:
        """Ask about every row. Raises StoppedError where the provider refuses to be asked, and LedgerError."""
        later: list[tuple[float, UnknownRow]] = []
        row = 0
        while page := await self._unknown.to_ask(after_row=row, page=_PAGE):
            row = page[-1].row
            later += await self._ask_about(page)
        while later and not self.silent:
            later.sort(key=lambda each: each[0])
            await asyncio.sleep(max(0.0, later[0][0] - self._clock.ticks()))
            due = [each for at, each in later[:_PAGE] if at <= self._clock.ticks() + _TOGETHER]
            later = later[len(due) :] + await self._ask_about(due)

    async def _ask_about(self, rows: Sequence[UnknownRow]) -> list[tuple[float, UnknownRow]]:
        """Ask about rows and write what they came to; return those to be asked about again, each with when."""
        heard: list[Reconciled] = []
        later: list[tuple[float, UnknownRow]] = []

        async def one(row: UnknownRow) -> None:
            told = await self._answer(row)
            again = self._again(row, told)
            if again is not None:
                later.append((again, row))
            elif told:
                now, dice = self._clock.now(), self._clock.dice()
                heard.append(reconcile(row, told, at=now, attempts=self._attempts, dice=dice))

        try:
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    group.create_task(one(row))
        except* StoppedError as several:
            raise several.exceptions[0] from None
        finally:  # cancelled as well: nothing that was heard is lost
            for written in await self._unknown.reconcile(heard) if heard else ():
                self.found[written.verdict.outcome] += 1
                self._told(written)
        return later

    async def _answer(self, row: UnknownRow) -> Resolution | None:
        """Ask about one row; None where nothing is heard."""
        if row.unasked:
            return StillUnknown(row.unasked)
        async with self._places:
            if self.silent:
                return None
            self._asked_at.setdefault(row.row, self._clock.ticks())
            answer: Resolution | NotSeen = await self._questions.put(
                lambda leave: self._resolver.resolve(row.asked, leave)
            )
        if isinstance(answer, NotSeen):
            self._unanswered += 1
            self.trouble = answer.reason
            return None
        self._unanswered = 0
        return answer

    def _again(self, row: UnknownRow, told: Resolution | None) -> float | None:
        """Tell when to ask again; None where asking again tells no more, or not soon enough."""
        if not isinstance(told, StillUnknown) or told.again is None:
            return None
        at = self._clock.ticks() + told.again
        return at if at <= self._asked_at[row.row] + self._patience else None

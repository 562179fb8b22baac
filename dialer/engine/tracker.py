"""Following placed calls to their final status, at the campaign's pace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.domain.call import NotSeen, Seen, Told
from dialer.domain.retry import backoff
from dialer.engine.followed_call import is_over
from dialer.engine.look_ups import LookUps
from dialer.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dialer.engine.ports import Pace, Placed, Provider

_PAGE = 500  #: calls whose statuses are written together: a few seconds of look-ups at most are asked again
_SILENT_ROUNDS = 8  #: without any answer: with the waits between them two minutes, as long as a short outage
_LONGEST_BETWEEN_ROUNDS = 30.0  #: seconds: a call lasts minutes, and who waits for the last one waits no longer


def _unheard(**_: object) -> None:
    return None


class Tracker:
    """Asks for the status of placed calls, round after round, until each is final.

    At most `in_flight` look-ups are open at once. A call the provider does not know is not asked for again.
    """

    def __init__(
        self,
        *,
        placed: Placed,
        provider: Provider,
        final: Collection[str],
        pace: Pace,
        in_flight: int,
        ticks: Callable[[], float],
        patience: float,
        told: Callable[..., None] = _unheard,
    ) -> None:
        """Hold the parts; `patience` is for how many seconds no status may change while calls are followed.

        `final` are the provider's words for a call that will not change any more.
        `told` hears of each look-up whether the call has `ended`, or is not known, and its `status`.
        """
        self._placed = placed
        self._look_ups = LookUps(provider, pace)
        self._final = frozenset(final)
        self._in_flight = in_flight
        self._ticks = ticks
        self._patience = patience
        self._told = told
        self._gone: set[int] = set()
        self._news = 0
        self.trouble = ""

    async def until_final(self) -> int:
        """Go round until every call is final or unknown to the provider; waits between rounds grow to 30 s.

        Where no status has changed for the whole patience, return how many are not final: words that a provider has
        of its own may be its last. Raises StoppedError where it refuses look-ups or answers none for several rounds.
        """
        rounds = silent = news = 0
        changed_at = self._ticks()
        while True:
            waiting, heard = await self.round()
            if self._news > news:
                news, changed_at = self._news, self._ticks()
            if not waiting or (heard and self._ticks() - changed_at >= self._patience):
                return waiting
            silent = 0 if heard else silent + 1
            if silent >= _SILENT_ROUNDS:
                raise StoppedError(f"the provider answers no look-up: {self.trouble}")
            rounds += 1
            await asyncio.sleep(min(backoff(rounds) / 2, _LONGEST_BETWEEN_ROUNDS))

    async def round(self) -> tuple[int, int]:
        """Ask once for every call that is not final; return how many still are not, and how many were answered."""
        row = waiting = heard = 0
        while page := await self._placed.to_follow(after_row=row, page=_PAGE):
            row, ids = page[-1][0], dict(page)
            found = await self._look_up_all([call for call in page if call[0] not in self._gone])
            known = [Told(asked, ids[asked], seen.status, seen.final) for asked, seen in found if seen]
            self._news += await self._placed.set_statuses(known)
            heard += len(known)
            waiting += sum(not self._has_ended(asked, seen) for asked, seen in found)
        return waiting, heard

    def _has_ended(self, row: int, seen: Seen | None) -> bool:
        return row in self._gone or (seen is not None and is_over(seen, self._final))

    async def _look_up_all(self, calls: Sequence[tuple[int, str]]) -> list[tuple[int, Seen | None]]:
        places = asyncio.Semaphore(self._in_flight)

        async def one(row: int, call_id: str) -> tuple[int, Seen | None]:
            async with places:
                found = await self._look_ups.of(call_id)
            seen = found if isinstance(found, Seen) else None
            if isinstance(found, NotSeen):
                self.trouble = found.reason
                if found.gone:
                    self._gone.add(row)
            self._told(ended=self._has_ended(row, seen), status=seen.status if seen else "")
            return row, seen

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(row, call_id)) for row, call_id in calls]
        except ExceptionGroup as several:
            stopped, others = several.split(StoppedError)
            if stopped is None or others is not None:
                raise
            raise stopped.exceptions[0] from None
        return [task.result() for task in tasks]

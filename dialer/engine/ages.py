"""When each of many placed calls is asked about: by its age, so that a call costs a few look-ups however long it is."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from dialer.domain.call import Seen
from dialer.engine.followed_call import FollowedCall, is_over

if TYPE_CHECKING:
    from collections.abc import Collection

    from dialer.domain.call import NotSeen

_FIRST = 30.0  #: seconds after its placing until a call is first asked about: busy and no answer are known by then
_LONGEST = 900.0  #: seconds between two look-ups of a call: what comes of it is known a quarter of an hour late at most


class FollowedByAge:
    """Holds the calls whose last word is awaited; each is asked about at the age of 30 s, 1, 2, 4 … min.

    A call is left alone once it is over, once its provider no longer knows it, and once it was asked about and there
    was no news of it for `silence` seconds. Times are seconds on a clock that never goes back.
    """

    def __init__(self, *, silence: float, final: Collection[str]) -> None:
        """Start with no call; `final` are the provider's words for a call that is over."""
        self._silence = silence
        self._final = frozenset(final)
        self._calls: dict[int, FollowedCall] = {}
        self._asks: list[tuple[float, int, str]] = []
        self.given_up = 0

    def __len__(self) -> int:
        """Count the calls whose last word is awaited."""
        return len(self._calls)

    def take(self, row: int, call_id: str, now: float, *, status: str = "", later: float = 0.0) -> None:
        """Follow the call of a row, which rings `later`, or rang so long ago where that is negative."""
        if status in self._final or not call_id:
            return
        since = now + later
        self._calls[row] = FollowedCall(call_id, since, status, since)
        heapq.heappush(self._asks, (max(now, since + _FIRST), row, call_id))

    def asks_in(self, now: float) -> float:
        """Seconds until a call is to be asked about; without end where none is."""
        while self._asks and not self._is_followed(*self._asks[0][1:]):
            heapq.heappop(self._asks)
        return max(0.0, self._asks[0][0] - now) if self._asks else math.inf

    def ask(self) -> tuple[int, str]:
        """Give the row and the id of the call that is to be asked about; it is not again before it was heard of."""
        return heapq.heappop(self._asks)[1:]

    def heard(self, row: int, call_id: str, found: Seen | NotSeen, now: float, *, asked: bool) -> bool:
        """Note what a look-up found, one that was `asked` for here or another; tell whether it is news."""
        call = self._calls.get(row)
        if call is None or call.call_id != call_id:
            return False
        if is_over(found, self._final):
            del self._calls[row]
            return True
        is_news = isinstance(found, Seen) and found.status != call.status
        if isinstance(found, Seen) and is_news:
            call.status, call.news_at = found.status, now
        if asked and now - call.news_at >= self._silence:
            del self._calls[row]
            self.given_up += 1
        elif asked:
            between = min(max(_FIRST, now - call.since), _LONGEST)
            heapq.heappush(self._asks, (now + between, row, call_id))
        return is_news

    def let_go(self) -> None:
        """Follow none of them any more."""
        self._calls.clear()

    def _is_followed(self, row: int, call_id: str) -> bool:
        call = self._calls.get(row)
        return call is not None and call.call_id == call_id

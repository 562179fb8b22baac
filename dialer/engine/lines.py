"""How many calls are up at a time: each that was placed and is not known to be over takes a line of the provider's."""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from typing import TYPE_CHECKING

from dialer.domain.call import Seen
from dialer.engine.followed_call import FollowedCall, is_over

if TYPE_CHECKING:
    from collections.abc import Collection

    from dialer.domain.call import NotSeen

_SHORT = 0.75  #: of the lines taken: below that nobody waits for one, and nothing is asked
_FIRST = 1.0  #: seconds after its placing until a call is first asked about: one that meets a busy line ends in seconds
_OF_AGE = 1 / 8  #: of its age passes until it is asked about again: so a line stands idle for a sixteenth of a call
_SOONEST, _LATEST = 0.5, 30.0  #: seconds between two look-ups of a call, whatever its age


class Lines:
    """Counts the calls that may be up, and says which of them is to be asked about next.

    A call is over when its provider says so or no longer knows it, and is taken for over after `silence` seconds
    without news of it. Times are seconds on a clock that never goes back.
    """

    def __init__(self, most: int, *, silence: float, final: Collection[str]) -> None:
        """Start with every line free; `final` are the provider's words for a call that is over."""
        self.most = most
        self.silence = silence
        self._final = frozenset(final)
        self._up = OrderedDict[int, FollowedCall]()  # in the order of their last news
        self._asks: list[tuple[float, int]] = []

    def free(self, now: float) -> int:
        """Count the lines that nobody has."""
        while self._up and self._opens(now) <= 0:
            self._up.popitem(last=False)
        return max(0, self.most - len(self._up))

    def opens(self, now: float) -> float:
        """Seconds until a call is taken for over at the latest; without end where none is up."""
        return max(0.0, self._opens(now)) if self._up else math.inf

    def take(self, row: int, call_id: str, now: float, *, status: str = "", later: float = 0.0) -> None:
        """Give a line to the call of a row, which rings `later`, or rang so long ago where that is negative.

        A call that may have been placed has no id.
        """
        if status in self._final:
            return
        since = now + later
        self._up[row] = FollowedCall(call_id, since, status, since)
        if call_id:
            heapq.heappush(self._asks, (max(now, since + _FIRST), row))

    def asks_in(self, now: float) -> float:
        """Seconds until a call is to be asked about; without end while lines are free, or nobody can be."""
        if len(self._up) <= _SHORT * self.most:
            return math.inf
        while self._asks and self._asks[0][1] not in self._up:
            heapq.heappop(self._asks)
        return max(0.0, self._asks[0][0] - now) if self._asks else math.inf

    def ask(self) -> tuple[int, str]:
        """Give the row and the id of the call that is to be asked about; it is not again before it was heard of."""
        row = heapq.heappop(self._asks)[1]
        return row, self._up[row].call_id

    def heard(self, row: int, call_id: str, found: Seen | NotSeen, now: float, *, asked: bool = True) -> bool:
        """Note what a look-up found, one that was `asked` for here or another; tell whether it is news."""
        call = self._up.get(row)
        if call is None or call.call_id != call_id:  # it was taken for over meanwhile
            return asked and isinstance(found, Seen)
        if is_over(found, self._final):
            del self._up[row]
            return True
        if asked:
            between = min(max(_OF_AGE * (now - call.since), _SOONEST), _LATEST)
            heapq.heappush(self._asks, (now + between, row))
        if not isinstance(found, Seen) or found.status == call.status:
            return False
        call.status, call.news_at = found.status, now
        self._up.move_to_end(row)
        return True

    def _opens(self, now: float) -> float:
        return next(iter(self._up.values())).news_at + self.silence - now

"""Where contacts go after their answers, with what the pace knows of 429s."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dialer.domain.call import Throttled
from dialer.domain.retry import FIRST_WAIT, FIRST_WAIT_AT_RANDOM, STRICT, Leniency, judge
from dialer.engine.departure import Meaning

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.domain.call import Answer, Claim, Verdict
    from dialer.engine.departure import Departure
    from dialer.engine.ports import Pace


class Verdicts:
    """Judges each answer once. A 429 that is about everybody is told to the pace, and costs its contact no try."""

    def __init__(self, *, pace: Pace, attempts: int, dice: Callable[[], float]) -> None:
        """Start with nobody excused."""
        self._pace = pace
        self._attempts = attempts
        self._dice = dice
        self._excused: Counter[int] = Counter()

    def of(self, claim: Claim, answer: Answer, left: Departure | None) -> Verdict:
        """Decide where a contact goes whose request had `left`, if it did."""
        leniency, attempts = STRICT, self._attempts
        if isinstance(answer, Throttled):
            everybody = self._pace.throttled(left, answer.wait) is Meaning.EVERYBODY
            self._excused[claim.row] += everybody
            first_wait = FIRST_WAIT_AT_RANDOM if self._pace.at_random else FIRST_WAIT
            leniency = Leniency(everybody=everybody, excused=self._excused[claim.row], first_wait=first_wait)
            attempts = self._pace.tries(attempts)
        return judge(answer, tries=claim.tries - claim.before, attempts=attempts, dice=self._dice(), leniency=leniency)

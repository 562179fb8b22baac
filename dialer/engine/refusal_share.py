"""How often a provider answers 429, and when that is more often than chance explains."""

from __future__ import annotations

import math

_EXPECTED = 0.02  #: the share of 429s before any was counted: a provider at peace, with room for chance
_WORTH = 50.0  #: answers that expectation is worth: a few dozen real ones outweigh it
_REMEMBERED = 500.0  #: answers: a share of 1 % still shows as five of them, and a change shows in seconds
_ALL_ELSE_FORGOTTEN = 5000  #: answers after which nothing of before counts: ten times what is remembered
_LEAST = 0.005  #: no share counts as lower, or one stray 429 in a long night would be a surprise
_MOST = 0.5  #: and none as higher: where every second call is refused, it is not chance that does it
_APART = 0.01  #: so far two shares must be apart at least, or no number of answers would tell which one it is


class Share:
    """The share of requests that are refused whatever the pace: an average that forgets."""

    def __init__(self) -> None:
        """Start with an expectation that is soon outweighed."""
        self._refused, self._all = _EXPECTED * _WORTH, _WORTH

    @property
    def value(self) -> float:
        """The share, as far as chance may explain it."""
        return min(max(self._refused / self._all, _LEAST), _MOST)

    def note(self, *, refused: bool) -> None:
        """Count one answer."""
        keep = min(1.0, (_REMEMBERED - 1) / self._all)
        self._refused, self._all = self._refused * keep + refused, self._all * keep + 1

    def note_taken(self, answers: int) -> None:
        """Count answers of which none was a refusal."""
        for _ in range(min(answers, _ALL_ELSE_FORGOTTEN)):
            self.note(refused=False)

    def forget(self, refusals: int) -> None:
        """Take back refusals that turned out to be about the pace."""
        self._refused = max(self._refused - refusals, 0.0)
        self._all = max(self._all - refusals, 1.0)

    def learn(self, share: float) -> None:
        """Believe a share that was measured on purpose."""
        self._all = max(self._all, _WORTH)
        self._refused = share * self._all


class Surprise:
    """Tells when refusals come so thick that their usual share does not explain them: Page's cumulative sum.

    Every answer adds the logarithm of how much likelier it is where they come `thick` than where they come as usual;
    a sum below nothing begins anew. Chance alone makes the sum `enough` once in about e ** enough answers.
    """

    def __init__(self, enough: float) -> None:
        """Start without any suspicion."""
        self._enough = enough
        self.clear()

    def clear(self) -> None:
        """Begin anew; `refusals` were counted since `began`, the moment of the first of them."""
        self._sum = 0.0
        self.refusals = 0
        self.began = math.inf

    def note(self, now: float, *, refused: bool, usual: float, thick: float) -> bool:
        """Count one answer; True when it makes enough of a surprise."""
        if not refused and not self._sum:  # nearly every answer, and it changes nothing
            return False
        thick = max(thick, usual + _APART)
        self.began = min(self.began, now) if refused else self.began
        self.refusals += refused
        self._sum += math.log(thick / usual) if refused else math.log((1 - thick) / (1 - usual))
        if self._sum <= 0:
            self.clear()
        return self._sum >= self._enough

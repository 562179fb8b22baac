"""When refusals are not about the rows that met them: the same words again and again, and nobody accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, Refused, RunMustStop
from dialer.domain.redaction import without_values
from dialer.domain.retry import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.domain.call import Settlement

AT_FIRST = 5
"""So many in a row before anybody was accepted: with one bad row in ten, that happens once in 100,000 lists."""

LATER = 10
"""So many once the settings have proved good: bad rows often stand together, as a list is put together."""

OF_NUMBERS = 25
"""So many before anybody was accepted, where the provider speaks of the number: it may not like how all are written."""

PUT_BACK = 2
"""So often a row may be put back; then its refusal stands, so that a list that is bad throughout comes to an end."""

_TIP = "nobody was accepted meanwhile: check settings, flow and list; going on tries rows that were not tried yet first"


class Refusals:
    """Holds back what refusals mean until they are told apart: each is of its row, or all are of the whole run.

    Refusals are the same if they are in the same words, but for numbers, ids and what the row's own call carried.
    """

    def __init__(self) -> None:
        """Nobody was refused, and nobody accepted."""
        self._doubted: list[Settlement] = []
        self._words: tuple[str, ...] = ()
        self._in_a_row = 0
        self._accepted = False
        self.stop: RunMustStop | None = None

    def heard(self, settlement: Settlement) -> Sequence[Settlement]:
        """Take an answer in; return what is certain of it and of earlier ones, which is to be written."""
        answer = settlement.answer
        if isinstance(answer, Accepted):
            self._accepted, self._in_a_row = True, 0
            return [*self.certain(), settlement] if self._doubted else (settlement,)
        if not isinstance(answer, Refused) or settlement.claim.tries > PUT_BACK:
            return [settlement]
        words = _words(answer, settlement)
        if self.stop:
            return [_put_back(settlement, self.stop)] if words == self._words else [settlement]
        known = [] if words == self._words else self.certain()
        self._in_a_row = self._in_a_row + 1 if words == self._words else 1
        self._words = words
        self._doubted.append(settlement)
        enough = self._enough(of_number=answer.of_number)
        if enough is None:
            return [*known, *self.certain()]
        if self._in_a_row < enough:
            return known
        self.stop = RunMustStop(f"{self._in_a_row} rows in a row: {answer.reason}", _TIP)
        return [*known, *(_put_back(doubted, self.stop) for doubted in self.certain())]

    def certain(self) -> Sequence[Settlement]:
        """Give up doubting what was refused so far: each refusal is of its row."""
        doubted, self._doubted = self._doubted, []
        return doubted

    def _enough(self, *, of_number: bool) -> int | None:
        if self._accepted:
            return None if of_number else LATER
        return OF_NUMBERS if of_number else AT_FIRST


def _words(answer: Refused, settlement: Settlement) -> tuple[str, ...]:
    """Return the words of a refusal that may be the same for another row."""
    claim = settlement.claim
    plain = without_values(answer.reason, [claim.number, claim.number[1:], *claim.parameters.values()])
    status, *words = plain.casefold().split(":")
    return status, *(word for word in " ".join(words).split() if not any(sign.isdigit() for sign in word))


def _put_back(settlement: Settlement, stop: RunMustStop) -> Settlement:
    """Turn a refusal into proof that no call was made."""
    reason = settlement.answer.reason if isinstance(settlement.answer, Refused) else stop.reason
    answer = RunMustStop(reason, stop.tip)
    return settlement._replace(answer=answer, verdict=judge(answer, tries=1, attempts=1, dice=0.0))

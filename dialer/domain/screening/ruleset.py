"""A campaign's screening rules in their order, and the sharing of verdicts among numbers that the rules see alike."""

from __future__ import annotations

from functools import reduce
from itertools import groupby
from operator import or_
from typing import TYPE_CHECKING, Final

from dialer.domain.screening.candidate import NOTHING_KNOWN, Case, Locator
from dialer.domain.screening.location import AREA, NO_ADDRESS, location_key
from dialer.domain.screening.rules import Barred, Clear, Looks

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from datetime import datetime

    from dialer.domain.screening.candidate import Candidate, Facts
    from dialer.domain.screening.geography import Geography
    from dialer.domain.screening.rules import ScreeningRule

#: Keys remembered before all are forgotten: a list with a state, zip and zone column has some ten thousand addresses.
_MOST_KEPT: Final = 100_000

_AT_ANY_TIME: Final = Clear()


class RuleSet:
    """The rules of one campaign, the same at check, at run and at the moment of dialling; the first that bars wins.

    A verdict is shared among all numbers of which nothing is known and which are alike in what the rules look at. Rules
    that look at the whole number are asked of each, and do not keep those before and behind them from sharing theirs.
    """

    def __init__(self, rules: Iterable[ScreeningRule], geography: Geography) -> None:
        """Hold the rules, in the order in which they speak."""
        locator = Locator(geography)
        grouped = groupby(rules, key=lambda rule: Looks.NUMBER in rule.looks_at)
        self._groups = [_RuleGroup(tuple(group), locator) for _, group in grouped] or [_RuleGroup((), locator)]

    def decide(
        self, candidates: Sequence[Candidate], facts: Mapping[str, Facts], now: datetime
    ) -> list[Clear | Barred]:
        """Say of each candidate whether a request may leave at `now`; `facts` are by number."""
        first, *others = self._groups
        verdicts = first.decide(candidates, facts, now)
        for group in others:
            clear = [(at, verdict) for at, verdict in enumerate(verdicts) if isinstance(verdict, Clear)]
            found = group.decide([candidates[at] for at, _ in clear], facts, now)
            for (at, earlier), verdict in zip(clear, found, strict=True):
                verdicts[at] = verdict if isinstance(verdict, Barred) else _until_both_end(earlier, verdict)
        return verdicts


class _RuleGroup:
    """Rules that follow one another and look at the whole number, or that all do not."""

    def __init__(self, rules: tuple[ScreeningRule, ...], locator: Locator) -> None:
        self._checks = tuple(rule.check for rule in rules)
        self._locator = locator
        self._looks = reduce(or_, (rule.looks_at for rule in rules), Looks(0))
        self._found: dict[Hashable, Clear | Barred] = {}
        self._moment: datetime | None = None

    def decide(
        self, candidates: Sequence[Candidate], facts: Mapping[str, Facts], now: datetime
    ) -> list[Clear | Barred]:
        known = facts if Looks.PAST in self._looks else {}
        if Looks.NUMBER in self._looks:
            return [self._ask(candidate, known.get(candidate.number, NOTHING_KNOWN), now) for candidate in candidates]
        return self._decide_shared(candidates, known, now)

    def _decide_shared(
        self, candidates: Sequence[Candidate], facts: Mapping[str, Facts], now: datetime
    ) -> list[Clear | Barred]:
        if (now != self._moment and Looks.MOMENT in self._looks) or len(self._found) > _MOST_KEPT:
            self._found, self._moment = {}, now
        found, keys = self._found, self._keys(candidates)
        if set(keys) - found.keys():
            for key, candidate in zip(keys, candidates, strict=True):
                if key not in found and candidate.number not in facts:
                    found[key] = self._ask(candidate, NOTHING_KNOWN, now)
        verdicts = [found.get(key, _AT_ANY_TIME) for key in keys]
        for at in [at for at, (number, _, _) in enumerate(candidates) if number in facts] if facts else ():
            verdicts[at] = self._ask(candidates[at], facts[candidates[at].number], now)
        return verdicts

    def _keys(self, candidates: Sequence[Candidate]) -> Sequence[Hashable]:
        """Return what the rules look at of people of whom nothing is known: those with equal keys share verdicts."""
        geography, by_address = self._locator.geography, Looks.ADDRESS in self._looks
        if Looks.PLACE not in self._looks:
            return [address if by_address else None for _, address, _ in candidates]
        # Written out, for a call of `location_key` takes as long as all else that is done for most numbers.
        return [
            (number[:AREA] if number[:2] == "+1" else location_key(number, geography))
            if address is NO_ADDRESS or not by_address
            else (location_key(number, geography), address)
            for number, address, _ in candidates
        ]

    def _ask(self, candidate: Candidate, facts: Facts, now: datetime) -> Clear | Barred:
        case, clear = Case(candidate, facts, now, self._locator), _AT_ANY_TIME
        for check in self._checks:
            said = check(case)
            if said is None:
                continue
            if isinstance(said, Barred):
                return said
            clear = said if clear is _AT_ANY_TIME else _until_both_end(clear, said)
        return clear


def _until_both_end(one: Clear, other: Clear) -> Clear:
    """Return the one that ends first."""
    if one.closes is None or other.closes is None:
        return other if one.closes is None else one
    return one if one.closes <= other.closes else other

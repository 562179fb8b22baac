"""Quick verdicts on plain digits: phonenumbers judges one number of each kind, its metadata sorts the others.

The leading digits of a number decide what phonenumbers says of it; the rest only has to be there. How many
digits decide is worked out from the library's own patterns, and a kind is a set of answers those give.
"""

from __future__ import annotations

from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException

from dialer.intake.digit_patterns import UnknownSyntaxError
from dialer.intake.number_judge import Verdict, judge
from dialer.intake.number_questions import Answers, Questions, Sight, UndecidedError, UnfitError

DEEPER = "deeper"  #: the leading digits looked at so far leave the verdict open
LIBRARY = "library"  #: these numbers are for phonenumbers itself
LONGEST = 24  #: signs; what is longer is left to phonenumbers
MOST_LEAVES = 1 << 14  #: kept for each length before all of them are forgotten; some 4 MB

_OPEN_DIGITS = 6
_MOST_FIRST = 7


class Leaf(NamedTuple):
    """What numbers of one length with the same leading digits have in common.

    `head` takes the place of the leading digits in E.164; `code` is a verdict's code, DEEPER or LIBRARY.
    """

    head: str
    code: str | None


_DEEPER = Leaf("", DEEPER)
_LIBRARY = Leaf("", LIBRARY)


class Shapes:
    """The kinds of number met so far under one region, learnt as they come and bounded in memory."""

    def __init__(self, region: str | None) -> None:
        """Know nothing yet; `region` is a supported region in capitals, or None."""
        self._region = region
        self._questions = Questions(region)
        self._parsed: dict[Answers, str | int] = {}
        self._judged: dict[Answers, str | None] = {}
        #: By length of the number, then by its leading digits, `first_cut` of them or more.
        self.leaves: tuple[dict[str, Leaf], ...] = tuple({} for _ in range(LONGEST + 1))

    @staticmethod
    def first_cut(length: int) -> int:
        """Return how many leading signs to look at first in a number of that length."""
        return min(max(1, length - _OPEN_DIGITS), _MOST_FIRST)

    def verdict(self, number: str) -> Verdict:
        """Judge a number of ASCII digits, with or without one + in front, as `judge` does."""
        length = len(number)
        if length > LONGEST:
            return judge(number, self._region)
        for cut in range(self.first_cut(length), length + 1):
            head, code = self._leaf(number, cut)
            if code is LIBRARY:
                break
            if code is not DEEPER:
                return Verdict(code, head + number[cut:] if head else None)
        return judge(number, self._region)

    def _leaf(self, number: str, cut: int) -> Leaf:
        leaves = self.leaves[len(number)]
        leaf = leaves.get(number[:cut])
        if leaf is None:
            if len(leaves) >= MOST_LEAVES:
                leaves.clear()
            leaf = leaves[number[:cut]] = self._learn(number, cut)
        return leaf

    def _learn(self, number: str, cut: int) -> Leaf:
        try:
            return self._decide(number, Sight(number[:cut], len(number) - cut))
        except UndecidedError:
            return _DEEPER
        except (UnfitError, UnknownSyntaxError):
            return _LIBRARY

    def _decide(self, number: str, sight: Sight) -> Leaf:
        country, reading = self._questions.about_reading(sight)
        start = self._start(number, reading)
        if isinstance(start, str):
            return Leaf("", start)
        kind = (reading, self._questions.about_kind(country, sight, start))
        if kind not in self._judged:
            self._judged[kind] = judge(number, self._region).code
        code = self._judged[kind]
        keeps = code in (None, "number-unassigned")
        return Leaf(f"+{country}{sight.known[start:]}" if keeps else "", code)

    def _start(self, number: str, reading: Answers) -> str | int:
        """Return where the national number starts in numbers read alike, or the code of their refusal."""
        if reading not in self._parsed:
            try:
                parsed = phonenumbers.parse(number, self._region)
            except NumberParseException:
                self._parsed[reading] = judge(number, self._region).code or LIBRARY
            else:
                national = phonenumbers.national_significant_number(parsed)
                if not number.endswith(national):
                    raise UnfitError
                self._parsed[reading] = len(number) - len(national)
        return self._parsed[reading]

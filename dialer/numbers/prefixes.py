"""Quick verdicts on plain digits: phonenumbers judges one number of each kind, its metadata sorts the others.

The leading digits of a number decide what phonenumbers says of it; the rest only has to be there. How many
digits decide is worked out from the library's own patterns, and a kind is a set of answers those give.
"""

from __future__ import annotations

from typing import NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException

from dialer.numbers.metadata import Answers, PartialNumber, Questions, UndecidedError, UnfitError
from dialer.numbers.pattern_derivatives import UnknownSyntaxError
from dialer.numbers.phonenumbers_says import judge, judge_reading
from dialer.numbers.second_reading import Home, SecondReading, home_of, is_doubtful, second_readings
from dialer.numbers.validity import Validity

DEEPER = "deeper"  #: the leading digits looked at so far leave the validity open
LIBRARY = "library"  #: these numbers are for phonenumbers itself
LONGEST = 24  #: signs; what is longer is left to phonenumbers
MOST_LEAVES = 1 << 14  #: kept for each length before all of them are forgotten; some 4 MB

_OPEN_DIGITS = 6  #: at the end of a number, which decide nothing in most plans
_MOST_FIRST = 7  #: signs looked at first: a calling code and an area code; each one more is ten times as many kinds


class Leaf(NamedTuple):
    """What numbers of one length with the same leading digits have in common.

    `head` takes the place of the leading digits in E.164; `code` is a validity's code, DEEPER or LIBRARY.
    """

    head: str
    code: str | None


_DEEPER = Leaf("", DEEPER)
_LIBRARY = Leaf("", LIBRARY)
_NOBODYS = Leaf("", "number-unknown-country")
_KEPT = (None, "number-unassigned")


class Prefixes:
    """What leading digits say of numbers under one region, learnt as they are met and bounded in memory."""

    def __init__(self, region: str | None) -> None:
        """Know nothing yet; `region` is a supported region in capitals, or None."""
        self._region = region
        self._home = home_of(region) if region else None
        self._questions = Questions(region)
        self._parsed: dict[Answers, str | int] = {}
        self._judged: dict[Answers, str | None] = {}
        #: By length of the number, then by its leading digits, `first_cut` of them or more.
        self.leaves: tuple[dict[str, Leaf], ...] = tuple({} for _ in range(LONGEST + 1))

    @staticmethod
    def first_cut(length: int) -> int:
        """Return how many leading signs to look at first in a number of that length."""
        return min(max(1, length - _OPEN_DIGITS), _MOST_FIRST)

    def validity(self, number: str) -> Validity:
        """Judge a number of ASCII digits, with or without one + in front, as `judge` does."""
        length = len(number)
        if length > LONGEST:
            return judge(number, self._region)
        for cut in range(self.first_cut(length), length + 1):
            head, code = self._leaf(number, cut)
            if code is LIBRARY:
                break
            if code is not DEEPER:
                return Validity(code, head + number[cut:] if head else None)
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
            return self._decide(number, PartialNumber(number[:cut], len(number) - cut))
        except UndecidedError:
            return _DEEPER
        except (UnfitError, UnknownSyntaxError):
            return _LIBRARY

    def _decide(self, number: str, partial: PartialNumber) -> Leaf:
        country, reading = self._questions.about_reading(partial)
        start = self._start(number, reading)
        if isinstance(start, str):
            return Leaf("", start)
        kind = (reading, self._questions.about_kind(country, partial, start))
        if kind not in self._judged:
            self._judged[kind] = judge_reading(number, self._region).code
        code = self._judged[kind]
        if code not in _KEPT:
            return Leaf("", code)
        return self._against_second_readings(number, partial, Leaf(f"+{country}{partial.known[start:]}", code))

    def _against_second_readings(self, number: str, partial: PartialNumber, first: Leaf) -> Leaf:
        """Return what is to be said of digits that are read as `first`, when they may be read otherwise as well."""
        if self._home is None:
            return first
        known, tail = partial.known, number[len(partial.known) :]
        assigned = first.code is None
        others = second_readings(number, self._home, assigned=assigned)
        heads = second_readings(known, self._home, assigned=assigned, length=len(number))
        if not known.strip("0+") or [SecondReading(head + tail, code) for head, code in heads] != others:
            return _DEEPER
        for other, code in others:
            if len(other) > LONGEST or len(other) == len(tail):
                return _LIBRARY
            second = self._leaf(other, len(other) - len(tail)) if _has_country(other) else _NOBODYS
            if second.code in (DEEPER, LIBRARY):
                return second
            is_dear = first.code is not None and second.code == "number-premium"
            if is_dear or (second.code is None and second.head != first.head):
                return self._between(self._home, number, known, first, second._replace(code=code))
        return first

    def _between(self, home: Home, number: str, known: str, first: Leaf, second: Leaf) -> Leaf:
        """Decide between two readings of a number, of which the second is assigned; its code says what it takes."""
        bare = known.lstrip("0")
        if first.code is None and len(bare) < len(home.code):
            return _DEEPER
        if first.code is None and len(known) == len(bare) + 1 and bare.startswith(home.code):
            return _LIBRARY  # Only the library can say which kinds of number the two are.
        tail = number[len(known) :]
        found, other = Validity(first.code, first.head + tail), Validity(None, second.head + tail)
        return Leaf("", second.code) if is_doubtful(number, home, found, other) else first

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


def _has_country(number: str) -> bool:
    """Say whether a number with a + has the calling code of a country; one without has its region's."""
    codes = (number[1:end] for end in range(2, 5))
    return not number.startswith("+") or any(code and int(code) in COUNTRY_CODE_TO_REGION_CODE for code in codes)

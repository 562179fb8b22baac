"""Numbers as they were written before a country changed its numbering plan, and how they are written now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class PlanChange(NamedTuple):
    """One change: the calling code, national digits as they were, what they became, and how to say so.

    An empty `now` means that the old number alone does not tell the new one.
    """

    code: str
    before: re.Pattern[str]
    now: str
    says: str


def _change(code: str, before: str, now: str, says: str) -> PlanChange:
    return PlanChange(code, re.compile(before), now, says)


_VIETNAM = "Vietnam's mobile numbers have nine digits behind +84 since September 2018"
_VIETNAMESE = {
    **{f"16{digit}": f"3{digit}" for digit in "23456789"},
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    "186": "56",
    "188": "58",
    "199": "59",
}

# As the countries' regulators announced them.
CHANGES: Final = (
    _change("52", r"(?:0?1|04[45])(\d{10})", r"\1", "Mexico no longer dials 1, 01, 044 or 045 before the ten digits"),
    _change("55", r"0?([1-9]{2})([6-9]\d{7})", r"\g<1>9\2", "Brazil's mobile numbers have a 9 behind the area code"),
    _change("57", r"(?:03)?([1-8])(\d{7})", r"60\1\2", "Colombia writes 60 before the area code since September 2021"),
    _change("229", r"(\d{8})", r"01\1", "Benin writes 01 in front since November 2024"),
    _change("225", r"(\d{8})", "", "Ivory Coast's numbers have two more digits in front since January 2021"),
    _change("593", r"0?([89]\d{7})", r"9\1", "Ecuador's mobile numbers have one more 9 in front since 2012"),
    _change("39", r"([2-8]\d{5,10})", r"0\1", "Italy's landline numbers keep their 0, also behind +39"),
    *(_change("84", rf"0?{old}(\d{{7}})", rf"{new}\1", _VIETNAM) for old, new in _VIETNAMESE.items()),
)

_BY_CODE: Final = {code: [change for change in CHANGES if change.code == code] for code, *_ in CHANGES}

_ABROAD: Final = tuple(f"{sign}{code}" for code in _BY_CODE for sign in ("", "+", "00"))


def may_be_changed(digits: str, home: str) -> bool:
    """Tell whether `written_now` may have something to say of digits that begin like these."""
    return digits.startswith(_ABROAD) or home in _BY_CODE


def written_now(digits: str, home: str) -> Iterator[tuple[str, str]]:
    """Give what digits may have become, in E.164 or '', and the sentence that says why.

    The digits are those of a cell, with a + if it begins with one; `home` is the calling code of those that do not.
    """
    bare = digits.removeprefix("+")
    abroad = bare.removeprefix("00") if bare == digits else bare
    nationals = [(code, abroad[len(code) :]) for code in (abroad[:2], abroad[:3]) if code in _BY_CODE]
    nationals += [(home, bare)] if home in _BY_CODE and bare == digits else []
    for code, national in nationals:
        for change in _BY_CODE[code]:
            if match := change.before.fullmatch(national):
                yield f"+{code}{match.expand(change.now)}" if change.now else "", change.says

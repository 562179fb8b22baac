"""When a person may be called, as a table of moments in UTC, from July 2026 to June 2027."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dialer.domain.screening.hours import Closed, Hours, HoursTerms, Open

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.domain.screening.location import Location

# case | voice | number and columns | now | opens | closes, the minute of guard taken off
VECTORS = """
New York                    | live      | +12125550123          | 11-23 13:00    | 11-23 13:00 | 11-24 01:59
New York, a second early    | live      | +12125550123          | 11-23 12:59:59 | 11-23 13:00 | 11-24 01:59
New York in the guard       | live      | +12125550123          | 11-24 01:59:30 | 11-24 13:00 | 11-25 01:59
Florida 850 in two zones    | live      | +18505550123          | 11-23 13:30    | 11-23 14:00 | 11-24 00:59
Florida 850, open           | live      | +18505550123          | 11-24 00:30    | 11-23 14:00 | 11-24 00:59
Kentucky 364                | live      | +13645550123          | 11-23 15:30    | 11-23 16:00 | 11-24 01:59
Florida, Washington address | live      | +13055550123 state=WA | 11-23 15:00    | 11-23 16:00 | 11-24 00:59
somewhere in the plan       | live      | +12655550123          | 11-23 15:00    | 11-23 18:00 | 11-23 22:59
from New York to Hawaii     | live      | +12125550123 state=HI | 11-23 18:00    | 11-23 18:00 | 11-24 01:59
Utah on Sunday              | live      | +18015550123          | 11-29 18:00    | 11-30 15:00 | 12-01 03:59
Texas on Sunday             | live      | +12145550123          | 11-29 17:30    | 11-29 18:00 | 11-30 02:59
Alabama, Thanksgiving       | live      | +12055550123          | 11-26 16:00    | 11-27 14:00 | 11-28 01:59
Rhode Island, Wednesday     | live      | +14015550123          | 11-25 23:30    | 11-27 14:00 | 11-27 22:59
France at lunch             | live      | +33612345678          | 11-23 12:15    | 11-23 13:00 | 11-23 18:59
France on Friday night      | live      | +33612345678          | 11-27 19:30    | 11-30 09:00 | 11-30 11:59
Australian mobile           | live      | +61412345678          | 11-23 22:30    | 11-24 01:00 | 11-24 08:59
Vancouver                   | live      | +16045550123          | 11-24 04:45    | 11-24 16:00 | 11-25 04:29
New York springs forward    | live      | +12125550123          | 03-14 11:59    | 03-14 12:00 | 03-15 00:59
New York falls back         | live      | +12125550123          | 11-01 12:30    | 11-01 13:00 | 11-02 01:59
Maine, recorded, Saturday   | automated | +12075550123          | 11-28 15:00    | 11-30 14:00 | 11-30 21:59
"""

FURTHER_VECTORS = """
France, guard before lunch  | live      | +33612345678          | 11-23 11:59:30 | 11-23 13:00 | 11-23 18:59
France in the morning       | live      | +33612345678          | 11-23 10:00    | 11-23 09:00 | 11-23 11:59
France, Armistice Day       | live      | +33612345678          | 11-11 10:00    | 11-12 09:00 | 11-12 11:59
Réunion, French hours       | live      | +262692123456         | 11-23 05:00    | 11-23 06:00 | 11-23 08:59
Britain on Sunday           | live      | +442079460123         | 11-29 08:30    | 11-29 09:00 | 11-29 20:59
Britain in summer           | live      | +442079460123         | 07-01 07:00    | 07-01 07:00 | 07-01 19:59
Britain changes its clocks  | live      | +442079460123         | 03-28 07:30    | 03-28 08:00 | 03-28 19:59
Italy, eve of a holiday     | live      | +393331234567         | 12-07 08:30    | 12-07 09:00 | 12-07 17:59
Italy, the holiday          | live      | +393331234567         | 12-08 10:00    | 12-09 08:00 | 12-09 18:59
Spain on Saturday           | live      | +34612345678          | 11-28 10:00    | 11-30 09:00 | 11-30 19:59
Germany                     | live      | +4915112345678        | 11-24 07:30    | 11-24 08:00 | 11-24 18:59
South Africa on Saturday    | live      | +27821234567          | 11-28 10:30    | 11-28 07:00 | 11-28 10:59
South Africa, holiday       | live      | +27821234567          | 12-16 10:00    | 12-17 06:00 | 12-17 17:59
India on Sunday             | live      | +919812345678         | 11-29 04:00    | 11-29 04:30 | 11-29 15:29
Emirates in the guard       | live      | +971501234567         | 11-23 13:59:30 | 11-24 05:00 | 11-24 13:59
Pennsylvania on Sunday      | live      | +12155550123          | 11-29 18:00    | 11-30 14:00 | 11-30 23:59
Pennsylvania before its ban | live      | +12155550123          | 10-11 17:00    | 10-11 17:30 | 10-12 00:59
Pennsylvania, election      | live      | +12155550123          | 11-03 16:00    | 11-04 14:00 | 11-04 23:59
Pennsylvania, Flag Day      | live      | +12155550123          | 06-14 15:00    | 06-15 13:00 | 06-15 22:59
Louisiana, Mardi Gras       | live      | +15045550123          | 02-09 18:00    | 02-10 14:00 | 02-11 01:59
Rhode Island's own day      | live      | +14015550123          | 05-04 15:00    | 05-05 13:00 | 05-05 21:59
Rhode Island on Saturday    | live      | +14015550123          | 11-28 16:00    | 11-28 15:00 | 11-28 21:59
South Dakota on Saturday    | live      | +16055550123          | 11-28 18:00    | 11-30 16:00 | 12-01 02:59
Mississippi on Sunday       | live      | +16015550123          | 11-29 18:00    | 11-30 14:00 | 12-01 01:59
Utah, Pioneer Day           | live      | +18015550123          | 07-24 18:00    | 07-25 14:00 | 07-26 02:59
Nebraska, Sunday, recorded  | automated | +14025550123          | 11-29 18:00    | 11-29 19:00 | 11-30 02:59
Nebraska on Sunday, live    | live      | +14025550123          | 11-29 18:00    | 11-29 14:00 | 11-30 02:59
Illinois, recorded          | automated | +13125550123          | 11-23 14:30    | 11-23 15:00 | 11-24 02:59
Illinois, live              | live      | +13125550123          | 11-23 14:30    | 11-23 14:00 | 11-24 02:59
Maine on Saturday, live     | live      | +12075550123          | 11-28 15:00    | 11-28 13:00 | 11-29 01:59
Toronto, recorded           | automated | +14165550123          | 11-23 14:15    | 11-23 14:30 | 11-24 00:59
Toronto, live               | live      | +14165550123          | 11-23 14:15    | 11-23 14:00 | 11-24 02:29
Toronto, Saturday, recorded | automated | +14165550123          | 11-28 15:00    | 11-28 15:30 | 11-28 21:59
British Columbia, holiday   | live      | +16045550123          | 11-11 20:00    | 11-12 16:00 | 11-13 04:29
Newfoundland and Labrador   | live      | +17095550123          | 11-23 12:45    | 11-23 13:00 | 11-24 00:59
Hawaii                      | live      | +18085550123          | 11-23 17:59    | 11-23 18:00 | 11-24 06:59
Alaska with the Aleutians   | live      | +19075550123          | 11-23 17:59    | 11-23 18:00 | 11-24 05:59
Arizona's 928 in summer     | live      | +19285550123          | 07-01 14:30    | 07-01 15:00 | 07-02 02:59
Puerto Rico                 | live      | +17875550123          | 11-23 11:59    | 11-23 12:00 | 11-24 00:59
Alabama on New Year's Eve   | live      | +12055550123          | 12-31 20:00    | 12-31 14:00 | 01-01 01:59
Alabama on New Year's Day   | live      | +12055550123          | 01-01 16:00    | 01-02 14:00 | 01-03 01:59
"""


def at(text: str) -> datetime:
    year = 2026 if text >= "07" else 2027
    return datetime.fromisoformat(f"{year}-{text}").replace(tzinfo=UTC)


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.mark.parametrize("cells", [pytest.param(row[1:], id=row[0]) for row in cells(VECTORS) + cells(FURTHER_VECTORS)])
def test_a_person_is_called_only_in_the_hours_of_every_possible_place(
    hours_of: Callable[[HoursTerms], Hours], place: Callable[..., Location], cells: list[str]
) -> None:
    voice, who, *moments = cells
    number, *columns = who.split()
    where = place(number, **dict(column.split("=") for column in columns))
    now, opens, closes = map(at, moments)
    decided = hours_of(HoursTerms(voice="live" if voice == "live" else "automated")).decide(where, now)
    open_now = opens <= now < closes
    assert decided == (Open(opened=opens, closes=closes) if open_now else Closed(opens=opens, closes=closes))

"""What screening rules look at: somebody who may be rung, what is known of the number, its place, the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from dialer.domain.screening.location import NO_ADDRESS, Address, locate, location_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import datetime

    from dialer.domain.screening.geography import Geography
    from dialer.domain.screening.hours import Closed, Hours, Never, Open
    from dialer.domain.screening.location import Location, NoLocation

#: Places remembered before all are forgotten: more than the area codes of every country have with a few addresses each.
_MOST_KEPT: Final = 100_000


class Candidate(NamedTuple):
    """Somebody who may be rung; `row` tells rows of one number apart and is 0 where there is no list."""

    number: str
    address: Address = NO_ADDRESS
    row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A request for a number that rang or may have rung; `own` when it was made for this very row of this run.

    `status` is the last word of the `provider` on the call that its row made, '' where there is none. `is_reached` is
    kept of a call that somebody picked up, whatever was said of it afterwards.
    """

    at: datetime
    campaign: str
    own: bool = False
    provider: str = ""
    status: str = ""
    is_reached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a number: the list that forbids it, in a sentence, and past calls, newest first."""

    listed: str = ""
    calls: Sequence[PastCall] = ()


NOTHING_KNOWN: Final = Facts()


class Locator:
    """Says where people are, by number and address; remembers, within bounds, what it found."""

    def __init__(self, geography: Geography) -> None:
        """Look places up in these tables."""
        self.geography = geography
        self._found: dict[tuple[Hashable, Address], Location | NoLocation] = {}

    def locate(self, number: str, address: Address) -> Location | NoLocation:
        """Return where the person behind an E.164 number may be."""
        key = location_key(number, self.geography), address
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            found = self._found[key] = locate(number, address, geography=self.geography)
        return found


class Case:
    """One candidate at a moment; where the person is and which hours apply is found out once, for the first that asks.

    A rule says beforehand what of a case it looks at (`Looks`): verdicts are shared among all cases alike in that.
    """

    __slots__ = ("_location", "_locator", "_opening", "address", "facts", "now", "number")

    def __init__(self, candidate: Candidate, facts: Facts, now: datetime, locator: Locator) -> None:
        """Put a case to the rules; `now` is in any zone."""
        self.number, self.address, _ = candidate
        self.facts = facts
        self.now = now
        self._locator = locator
        self._location: Location | NoLocation | None = None
        self._opening: Open | Closed | Never | None = None

    @property
    def location(self) -> Location | NoLocation:
        """Where the person may be."""
        if self._location is None:
            self._location = self._locator.locate(self.number, self.address)
        return self._location

    def opening(self, hours: Hours, location: Location) -> Open | Closed | Never:
        """Say what the campaign's `hours` are there, now; all rules of a campaign have the same hours."""
        if self._opening is None:
            self._opening = hours.decide(location, self.now)
        return self._opening

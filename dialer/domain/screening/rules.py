"""Whether somebody may be rung at a moment: do-not-call, place, redial gap and caps, calling hours, in this order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from dialer.domain.call import Outcome
from dialer.domain.problem import Problem, by_code, error, refusal
from dialer.domain.screening.caps import next_allowed
from dialer.domain.screening.hours import Closed, Never
from dialer.domain.screening.international import international_key
from dialer.domain.screening.location import NO_ADDRESS, Address, NoLocation, locate
from dialer.domain.screening.suppression import SUPPRESSION_RULES

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from dialer.domain.screening.caps import Cap
    from dialer.domain.screening.geography import Geography
    from dialer.domain.screening.hours import Hours
    from dialer.domain.screening.location import Location

_KEPT: Final = 100_000
_ZONES_SHOWN: Final = 2
_AREA: Final = len("+1AAAN")


SCREENING_RULES = by_code(
    refusal(
        "called-recently",
        "the number was called too recently, by the campaign's redial gap or a cap",
        "wait; --again ignores the gap, and nothing ignores a cap",
    ),
    error(
        "no-calling-hours",
        "nobody can say which calling hours apply, so the person is not rung",
        "give the list a timezone, state, zip or country column, or the campaign hours for the country",
        section="settings",
    ),
    refusal(
        "outside-hours",
        "the calling hours of the person are closed at that moment",
        'run it when they are open, or let the run wait: [hours] when_closed = "wait"',
    ),
)
_CODES = {
    Outcome.SUPPRESSED: "do-not-call",
    Outcome.RECENT: "called-recently",
    Outcome.HELD: "no-calling-hours",
    Outcome.DEFERRED: "outside-hours",
}
OUTCOMES: Final = {
    **dict.fromkeys(SUPPRESSION_RULES, Outcome.SUPPRESSED),
    **{code: its for its, code in _CODES.items()},
}
"""What becomes of a row that screening keeps from being rung, by the code of its problem."""


class Candidate(NamedTuple):
    """Somebody who may be rung; `row` tells rows of one number apart and is 0 where there is no list."""

    number: str
    address: Address = NO_ADDRESS
    row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A request for a number that rang or may have rung; `own` when it was made for this very row of this run."""

    at: datetime
    campaign: str
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a number: the list that forbids it, in a sentence, and past calls, newest first."""

    listed: str = ""
    calls: Sequence[PastCall] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """May be rung now, and at any moment before `closes`; None when hours are not enforced."""

    closes: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """May not be rung now; for `deferred` the next stretch is [`opens`, `closes`).

    `until` is for `recent` the moment before which nobody rings again. `rule` is the reason without what differs from
    row to row, and `countries` are those whose hours are closed or, for `held`, not known.
    """

    outcome: Outcome
    reason: str
    opens: datetime | None = None
    closes: datetime | None = None
    until: datetime | None = None
    rule: str = ""
    countries: tuple[str, ...] = ()

    @property
    def problem(self) -> Problem:
        """What keeps a row of a list from being rung."""
        return Problem(_CODES[self.outcome], self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redial:
    """How soon and how often a campaign rings a number: not within `after` of its own last call, and under `caps`."""

    campaign: str
    after: timedelta | None = None
    caps: tuple[Cap, ...] = ()


NOTHING_KNOWN: Final = Facts()


class Screen:
    """The rules of one campaign, the same at check, at run and at the moment of dialling.

    Without `hours`, calling windows and the legal caps that come with them are not enforced. Remembers, within
    bounds, what it found for places and moments.
    """

    def __init__(self, *, geography: Geography, hours: Hours | None, redial: Redial) -> None:
        """Hold the rules."""
        self._geography = geography
        self._hours = hours
        self._redial = redial
        self._places: dict[tuple[Hashable, Address], Location | NoLocation] = {}
        self._found: dict[Address, dict[Hashable, Clear | Barred]] = {}
        self._moment: datetime | None = None

    def decide(
        self, candidates: Sequence[Candidate], facts: Mapping[str, Facts], now: datetime
    ) -> list[Clear | Barred]:
        """Say of each candidate whether a request may leave at `now`; `facts` are by number."""
        if now != self._moment or len(self._found) > _KEPT:
            self._found, self._moment = {}, now
        verdicts: list[Clear | Barred] = []
        found, of = self._found_at(NO_ADDRESS), NO_ADDRESS
        for candidate in candidates:
            number, address, _ = candidate
            if number in facts:
                verdicts.append(self._decide(candidate, facts[number], now))
                continue
            if address is not of:
                found, of = self._found_at(address), address
            key = number[:_AREA] if number.startswith("+1") else international_key(number, self._geography)
            verdict = found.get(key)
            if verdict is None:
                verdict = found[key] = self._decide(candidate, NOTHING_KNOWN, now)
            verdicts.append(verdict)
        return verdicts

    def _found_at(self, address: Address) -> dict[Hashable, Clear | Barred]:
        """Return what is known already of numbers of which nothing else is known, by what decides where they are."""
        return self._found.setdefault(address, {})

    def _decide(self, candidate: Candidate, facts: Facts, now: datetime) -> Clear | Barred:
        if facts.listed:
            return Barred(outcome=Outcome.SUPPRESSED, reason=facts.listed)
        if self._hours is None:
            return self._too_recent(facts.calls, self._redial.caps, now) or Clear()
        return self._decide_hours(self._hours, candidate, facts, now)

    def _decide_hours(self, hours: Hours, candidate: Candidate, facts: Facts, now: datetime) -> Clear | Barred:
        where = self._location(candidate)
        if isinstance(where, NoLocation):
            return Barred(outcome=Outcome.HELD, reason=f"{where.reason}: {where.advice}", rule=where.reason)
        decided = hours.decide(where, now)
        if isinstance(decided, Never):
            return _held(where, decided)
        moment = decided.opens if isinstance(decided, Closed) else now
        recent = None
        if facts.calls:
            caps = (*self._redial.caps, *hours.caps_for(where, moment.date()))
            recent = self._too_recent(facts.calls, caps, moment)
        if recent:
            return recent
        return _deferred(where, decided) if isinstance(decided, Closed) else Clear(closes=decided.closes)

    def _too_recent(self, calls: Sequence[PastCall], caps: Sequence[Cap], moment: datetime) -> Barred | None:
        capped = next_allowed([call.at for call in calls], caps, moment)
        if capped:
            reason = f"already {capped.rule}; again after {_minute(capped.until)}"
            return Barred(outcome=Outcome.RECENT, reason=reason, until=capped.until, rule=f"already {capped.rule}")
        gap, campaign = self._redial.after, self._redial.campaign
        last = next((call.at for call in calls if call.campaign == campaign and not call.own), None)
        if last is None or gap is None or last + gap <= moment:
            return None
        reason = f"this campaign called the number at {_minute(last)}; again after {_minute(last + gap)}"
        return Barred(outcome=Outcome.RECENT, reason=reason, until=last + gap, rule="the campaign's redial gap")

    def _location(self, candidate: Candidate) -> Location | NoLocation:
        key = self._place_key(candidate.number), candidate.address
        if key not in self._places:
            if len(self._places) > _KEPT:
                self._places.clear()
            self._places[key] = locate(candidate.number, candidate.address, geography=self._geography)
        return self._places[key]

    def _place_key(self, number: str) -> Hashable:
        """Return what decides where a number is: within +1 the area code, and whether an exchange can follow it."""
        return number[:_AREA] if number.startswith("+1") else international_key(number, self._geography)


def _held(where: Location, never: Never) -> Barred:
    if where.doubt and never.countries:
        # Whoever mends the number needs no hours for the country that it seemed to belong to.
        doubted = f"{never.reason}, and {where.doubt}"
        return Barred(outcome=Outcome.HELD, reason=doubted, rule=doubted)
    known = f"{never.reason} ({where.source})" if where.spots else never.reason
    return Barred(outcome=Outcome.HELD, reason=f"{known}: {never.advice}", rule=never.reason, countries=never.countries)


def _deferred(where: Location, closed: Closed) -> Barred:
    zones = sorted(where.zones)
    local = ", ".join(f"{closed.opens.astimezone(ZoneInfo(zone)):%H:%M} in {zone}" for zone in zones[:_ZONES_SHOWN])
    more = f" and {len(zones) - _ZONES_SHOWN} more zones" if len(zones) > _ZONES_SHOWN else ""
    unplaced = f" ({where.source})" if where.spots else ""
    rule = f"{where.named}{unplaced}"
    reason = f"outside the calling hours of {rule}; they open {_minute(closed.opens)} ({local}{more})"
    countries = tuple(sorted({name[:2] for name in where.jurisdictions}))
    return Barred(
        outcome=Outcome.DEFERRED, reason=reason, opens=closed.opens, closes=closed.closes, countries=countries
    )


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

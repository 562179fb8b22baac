"""The rules of who may be rung at a moment, each with its own code and its own say on what it looks at.

A rule is an object with `looks_at` and `check`. A campaign's rules are a tuple (`screening/campaign_rules.py`), and the
first that bars a candidate speaks for all (`ruleset.py`). To add one: write it here, with its ground among `GROUNDS`;
give the campaign a key for it and `RulesInForce` a field (`domain/campaign.py`); and put it in its place in the tuple.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Flag, auto
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from dialer.domain.call import Outcome
from dialer.domain.problem import Problem, Rule, by_code, error, refusal
from dialer.domain.screening.caps import next_allowed
from dialer.domain.screening.hours import Closed, Never, Open
from dialer.domain.screening.location import NoLocation
from dialer.domain.screening.suppression import SUPPRESSION_RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from dialer.domain.screening.candidate import Case, PastCall
    from dialer.domain.screening.caps import Cap
    from dialer.domain.screening.hours import Hours
    from dialer.domain.screening.location import Location

_ZONES_SHOWN: Final = 2  #: with their clocks in one sentence; the others are counted


class Ground(NamedTuple):
    """Why somebody is not rung: what becomes of the row, and the code and words a report has for it."""

    outcome: Outcome
    words: Rule

    @property
    def code(self) -> str:
        """The code, which stays."""
        return self.words.code


DO_NOT_CALL: Final = Ground(Outcome.SUPPRESSED, SUPPRESSION_RULES["do-not-call"])
PERMISSION_ENDED: Final = Ground(Outcome.SUPPRESSED, SUPPRESSION_RULES["column-consent-date"])
CALLED_RECENTLY: Final = Ground(
    Outcome.RECENT,
    refusal(
        "called-recently",
        "the number was called too recently, by the campaign's redial gap or a cap",
        "wait; --again ignores the gap, and nothing ignores a cap",
    ),
)
REACHED_BEFORE: Final = Ground(
    Outcome.REACHED,
    refusal(
        "reached-before",
        "the campaign reached the number within the time that it says",
        "nothing: somebody was reached; [run] reached says for how long that counts",
    ),
)
NO_CALLING_HOURS: Final = Ground(
    Outcome.HELD,
    error(
        "no-calling-hours",
        "nobody can say which calling hours apply, so the person is not rung",
        "give the list a timezone, state, zip or country column, or the campaign hours for the country",
        section="settings",
    ),
)
OUTSIDE_HOURS: Final = Ground(
    Outcome.DEFERRED,
    refusal(
        "outside-hours",
        "the calling hours of the person are closed at that moment",
        'run it when they are open, or let the run wait: [hours] when_closed = "wait"',
    ),
)

GROUNDS: Final = (CALLED_RECENTLY, REACHED_BEFORE, NO_CALLING_HOURS, OUTSIDE_HOURS)
"""The grounds that are screening's own; those of do-not-call are in `SUPPRESSION_RULES`."""

SCREENING_CODES: Final = by_code(*(ground.words for ground in GROUNDS))
OUTCOMES: Final = {
    **dict.fromkeys(SUPPRESSION_RULES, Outcome.SUPPRESSED),
    **{ground.code: ground.outcome for ground in GROUNDS},
}
"""What becomes of a row that screening keeps from being rung, by the code of its problem."""


class Looks(Flag):
    """What a rule's verdict depends on; for numbers alike in all of it, it is asked once."""

    NUMBER = auto()  #: every digit
    PLACE = auto()  #: of the number, only what decides where it rings: `Case.location`
    ADDRESS = auto()
    PAST = auto()  #: `Case.facts`: past calls and do-not-call lists
    MOMENT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """May be rung now, and at any moment before `closes`; None when nothing ends it."""

    closes: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """May not be rung now, on a `ground`; `reason` says why in a sentence.

    For `deferred` the next stretch is [`opens`, `closes`). `until` is for `recent` the moment before which nobody rings
    again. `rule` is the reason without what differs from row to row, and `countries` are those whose hours are closed
    or, for `held`, not known.
    """

    ground: Ground
    reason: str
    opens: datetime | None = None
    closes: datetime | None = None
    until: datetime | None = None
    rule: str = ""
    countries: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What becomes of the row."""
        return self.ground.outcome

    @property
    def problem(self) -> Problem:
        """What keeps a row of a list from being rung."""
        return Problem(self.ground.code, self.reason)


class ScreeningRule(Protocol):
    """One rule: it bars a case, or lets it pass until a moment, or has nothing to say of it (None)."""

    looks_at: ClassVar[Looks]

    def check(self, case: Case) -> Barred | Clear | None:
        """Decide of a case; the same for every case alike in what the rule looks at."""


@dataclass(frozen=True, slots=True)
class PermissionEnds:
    """Nobody is rung after the last day, in UTC, of a permission; `last_days` are by number."""

    last_days: Mapping[str, date]
    looks_at: ClassVar = Looks.NUMBER | Looks.MOMENT

    def check(self, case: Case) -> Barred | Clear | None:
        """Bar who has no permission any more."""
        day = self.last_days.get(case.number)
        if day is None:
            return None
        if day < case.now.astimezone(UTC).date():
            return Barred(ground=PERMISSION_ENDED, reason=f"the list's permission to ring ended on {day}")
        return Clear(closes=datetime.combine(day + timedelta(days=1), time(), UTC))


class DoNotCall:
    """Whoever is on a do-not-call list is not rung."""

    looks_at: ClassVar = Looks.PAST

    def check(self, case: Case) -> Barred | None:
        """Bar who is listed."""
        return Barred(ground=DO_NOT_CALL, reason=case.facts.listed) if case.facts.listed else None


@dataclass(frozen=True, slots=True)
class KnownHours:
    """Nobody is rung of whom it is not known which calling hours apply, or whom the campaign leaves none."""

    hours: Hours
    looks_at: ClassVar = Looks.PLACE | Looks.ADDRESS | Looks.MOMENT

    def check(self, case: Case) -> Barred | None:
        """Hold who has no place or no hours."""
        location = case.location
        if isinstance(location, NoLocation):
            reason = f"{location.reason}: {location.advice}"
            return Barred(ground=NO_CALLING_HOURS, reason=reason, rule=location.reason)
        opening = case.opening(self.hours, location)
        return _held(location, opening) if isinstance(opening, Never) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedBefore:
    """Nobody is rung whom the campaign has reached within a time; `words` are those of a provider for that."""

    campaign: str
    within: timedelta
    words: Callable[[str], Collection[str] | None]
    looks_at: ClassVar = Looks.PAST | Looks.MOMENT

    def check(self, case: Case) -> Barred | None:
        """Bar who was reached."""
        calls = (call for call in case.facts.calls if call.campaign == self.campaign)
        last = next((call.at for call in calls if call.is_reached or self._picked_up(call)), None)
        if last is None or last + self.within <= case.now:
            return None
        until = last + self.within
        reason = f"this campaign reached the number at {_minute(last)}; again after {_minute(until)}"
        return Barred(ground=REACHED_BEFORE, reason=reason, until=until, rule="reached by this campaign")

    def _picked_up(self, call: PastCall) -> bool:
        return bool(call.status) and call.status in (self.words(call.provider) or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Redial:
    """How soon and how often a campaign rings a number: not within `after` of its own last call, and under `caps`."""

    campaign: str
    after: timedelta | None = None
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, slots=True)
class RedialGapAndCaps:
    """Nobody is rung too soon or too often, by the moment at which the `hours` are open; those bring legal caps."""

    redial: Redial
    hours: Hours | None = None
    looks_at: ClassVar = Looks.PAST | Looks.PLACE | Looks.ADDRESS | Looks.MOMENT

    def check(self, case: Case) -> Barred | None:
        """Bar who was called too recently."""
        calls = case.facts.calls
        if not calls:
            return None
        moment, caps = case.now, self.redial.caps
        if self.hours and not isinstance(location := case.location, NoLocation):
            opening = case.opening(self.hours, location)
            moment = opening.opens if isinstance(opening, Closed) else moment
            caps = (*caps, *self.hours.caps_for(location, moment.date()))
        if capped := next_allowed([call.at for call in calls], caps, moment):
            rule = f"already {capped.rule}"
            reason = f"{rule}; again after {_minute(capped.until)}"
            return Barred(ground=CALLED_RECENTLY, reason=reason, until=capped.until, rule=rule)
        return self._within_gap(calls, moment)

    def _within_gap(self, calls: Sequence[PastCall], moment: datetime) -> Barred | None:
        gap, campaign = self.redial.after, self.redial.campaign
        last = next((call.at for call in calls if call.campaign == campaign and not call.own), None)
        if last is None or gap is None or last + gap <= moment:
            return None
        reason = f"this campaign called the number at {_minute(last)}; again after {_minute(last + gap)}"
        return Barred(ground=CALLED_RECENTLY, reason=reason, until=last + gap, rule="the campaign's redial gap")


@dataclass(frozen=True, slots=True)
class CallingHours:
    """Nobody is rung while the hours are closed; who may be rung may be until they close."""

    hours: Hours
    looks_at: ClassVar = Looks.PLACE | Looks.ADDRESS | Looks.MOMENT

    def check(self, case: Case) -> Barred | Clear | None:
        """Defer who is to be rung later; of whom no hours are known, `KnownHours` speaks."""
        location = case.location
        if isinstance(location, NoLocation):
            return None
        opening = case.opening(self.hours, location)
        if isinstance(opening, Closed):
            return _deferred(location, opening)
        return Clear(closes=opening.closes) if isinstance(opening, Open) else None


def _held(location: Location, never: Never) -> Barred:
    if location.doubt and never.countries:
        # Whoever mends the number needs no hours for the country that it seemed to belong to.
        doubted = f"{never.reason}, and {location.doubt}"
        return Barred(ground=NO_CALLING_HOURS, reason=doubted, rule=doubted)
    known = f"{never.reason} ({location.source})" if location.spots else never.reason
    return Barred(
        ground=NO_CALLING_HOURS, reason=f"{known}: {never.advice}", rule=never.reason, countries=never.countries
    )


def _deferred(location: Location, closed: Closed) -> Barred:
    zones = sorted(location.zones)
    local = ", ".join(f"{closed.opens.astimezone(ZoneInfo(zone)):%H:%M} in {zone}" for zone in zones[:_ZONES_SHOWN])
    more = f" and {len(zones) - _ZONES_SHOWN} more zones" if len(zones) > _ZONES_SHOWN else ""
    unplaced = f" ({location.source})" if location.spots else ""
    opens = f"they open {_minute(closed.opens)} ({local}{more})"
    reason = f"outside the calling hours of {location.named}{unplaced}; {opens}"
    countries = tuple(sorted({name[:2] for name in location.jurisdictions}))
    return Barred(ground=OUTSIDE_HOURS, reason=reason, opens=closed.opens, closes=closed.closes, countries=countries)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

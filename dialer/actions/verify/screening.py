"""Whether the calls of a run were allowed when they left: by the rules that each session recorded it went by."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from dialer.domain.campaign import RulesInForce
from dialer.domain.screening.caps import next_allowed
from dialer.domain.screening.hours import Open
from dialer.domain.screening.location import Address, Location, locate
from dialer.domain.verify.history import MAY_HAVE_RUNG, UNRECORDED
from dialer.screening import tables as shipped
from dialer.screening.campaign_rules import NO_GUARD, campaign_caps, campaign_hours
from dialer.screening.versions import versions_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from dialer.domain.screening.caps import Cap
    from dialer.domain.screening.hours import Hours
    from dialer.domain.verify.history import Tried
    from dialer.ledger.records import DialledSession, PastRequest


class _Rules(NamedTuple):
    """What one session went by."""

    hours: Hours | None
    caps: tuple[Cap, ...]
    kept: RulesInForce


class Lawful:
    """Holds attempts against the rules of their sessions.

    `doubts` says what cannot be judged: rules that are not recorded, or tables that have changed since.
    """

    def __init__(self, sessions: Sequence[DialledSession], campaign: str) -> None:
        """Read the rules of each session."""
        self._tables = shipped.load()
        self._campaign = campaign
        self._starts = [session.started_at for session in sessions]
        self.doubts: list[str] = []
        self._rules = [self._read(session) for session in sessions]

    @property
    def reach(self) -> timedelta:
        """How far back calls matter to a call of the run, as far as its sessions say."""
        caps = [cap.within for rules in self._rules if rules for cap in rules.caps]
        gaps = [rules.kept.after or timedelta(0) for rules in self._rules if rules]
        return max([*caps, *gaps, timedelta(0)])

    def _read(self, session: DialledSession) -> _Rules | None:
        recorded, versions = session.screening, versions_in_use(self._tables.as_of)
        try:
            kept = RulesInForce.model_validate(recorded["rules"])
        except (KeyError, ValidationError):
            self._doubt("the rules a session went by are not recorded")
            return None
        known = (recorded.get("tzdata"), recorded.get("windows_as_of"))
        if kept.hours and known != (versions.tzdata, versions.tables.isoformat()):
            self._doubt(f"hours were those of {known[1]} with time zones {known[0]}, which this dialer does not have")
            return _Rules(None, campaign_caps(kept), kept)
        hours = campaign_hours(kept.hours, self._tables, guard=NO_GUARD) if kept.hours else None
        return _Rules(hours, campaign_caps(kept), kept)

    def _doubt(self, why: str) -> None:
        if why not in self.doubts:
            self.doubts.append(why)

    def out_of_hours(self, number: str, address: Address, tried: Sequence[Tried]) -> Iterator[datetime]:
        """Find the moments at which a row was called, or may have been, and should not."""
        for attempt in tried:
            at = attempt.claimed_at if attempt.sent_at is None else attempt.sent_at
            rules = self._rules_at(attempt.claimed_at)
            if (
                attempt.answer in MAY_HAVE_RUNG
                and attempt.answer != UNRECORDED  # nobody knows when
                and rules
                and rules.hours
                and not self._is_open(rules.hours, number, address, at)
            ):
                yield at

    def _is_open(self, hours: Hours, number: str, address: Address, at: datetime) -> bool:
        where = self._location(number, address)
        return isinstance(where, Location) and isinstance(hours.decide(where, at), Open)

    def too_often(self, run: int, number: str, calls: Sequence[PastRequest]) -> Iterator[tuple[int, str, datetime]]:
        """Find the calls of a run that came too soon after others, as (row, the rule, the moment)."""
        for place, call in enumerate(calls):
            rules = self._rules_at(call.at) if call.run == run else None
            if rules is None:
                continue
            at, before = call.at, calls[:place][::-1]
            capped = next_allowed([other.at for other in before], self._caps(rules, number, call), at)
            if capped:
                yield call.row, capped.rule, at
            elif self._is_within_gap(rules, call, before):
                yield call.row, "the campaign's redial gap", at

    def _caps(self, rules: _Rules, number: str, call: PastRequest) -> Sequence[Cap]:
        where = self._location(number, call.address)
        if rules.hours is None or not isinstance(where, Location):
            return rules.caps
        return (*rules.caps, *rules.hours.caps_for(where, call.at.date()))

    def _is_within_gap(self, rules: _Rules, call: PastRequest, before: Sequence[PastRequest]) -> bool:
        others = (other for other in before if (other.run, other.row) != (call.run, call.row))
        last = next((other.at for other in others if other.campaign == self._campaign), None)
        gap = rules.kept.after
        return last is not None and gap is not None and call.at < last + gap

    def _rules_at(self, at: datetime) -> _Rules | None:
        place = bisect_right(self._starts, at)
        return self._rules[place - 1] if place else None

    def _location(self, number: str, address: Address) -> object:
        return locate(number, address, geography=self._tables.geography)

"""`dialer hours`: where and when a number may be rung, by which rules, and when next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dialer.domain.screening.candidate import Candidate
from dialer.domain.screening.location import Address
from dialer.domain.screening.rules import Barred
from dialer.domain.screening.suppression import prefix_of
from dialer.ledger.reading import past_on_record
from dialer.numbers.reader import NumberReader
from dialer.screening.place import place_of
from dialer.session.at_moment import read_moment
from dialer.session.complaints import Complaints
from dialer.session.environment import utc_now
from dialer.session.plan import make_plan
from dialer.session.screened_session import open_screening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dialer.session.choices import Choices
    from dialer.session.plan import Plan


def explain(
    number: str, choices: Choices, env: Mapping[str, str], *, at: str | None, address: Mapping[str, str]
) -> dict[str, Any]:
    """Look a number up in the tables, the campaign's rules and the ledger, as plain values.

    Raises SetupError for a number or a moment that cannot be read.
    """
    complaints = Complaints()
    plan = make_plan(choices, env, complaints, name="none", dialling=False)
    moment = complaints.collect(lambda: read_moment(at), utc_now())
    reading = NumberReader(choices.region or plan.campaign.list_.region).read(number)
    if reading.number is None:
        complaints.add(f"{number!r}: {reading.message}")
    complaints.raise_if_any()
    candidate = Candidate(number=reading.number or "", address=Address(**address))
    return {
        "number": candidate.number,
        "at": moment.isoformat(timespec="seconds"),
        "timezone": plan.campaign.hours.timezone,
        **place_of(candidate, plan.campaign, moment),
        "verdict": _verdict(candidate, plan, moment),
        "exit_code": 0,
    }


def _verdict(candidate: Candidate, plan: Plan, moment: datetime) -> dict[str, Any]:
    with past_on_record(plan.ledger, sandbox=False) as past:
        screening = open_screening(plan, past, wanted=frozenset({prefix_of(candidate.number)})).screening
        (verdict,) = screening.screen([candidate], moment)
    if isinstance(verdict, Barred):
        opens = verdict.opens.isoformat(timespec="seconds") if verdict.opens else None
        return {
            "may_be_rung": False,
            "outcome": str(verdict.outcome),
            "says": verdict.reason,
            "opens": opens,
            "closes": None,
        }
    until = f"may be rung until {verdict.closes:%Y-%m-%d %H:%M} UTC" if verdict.closes else "may be rung"
    closes = verdict.closes.isoformat(timespec="seconds") if verdict.closes else None
    return {"may_be_rung": True, "outcome": "ready", "says": until, "opens": None, "closes": closes}

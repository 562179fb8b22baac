"""What a session follows of its calls while others leave: the bound on calls at a time, and who is called again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.domain.campaign import AgainRules
from dialer.domain.redial import RedialTerms
from dialer.engine.ages import FollowedByAge
from dialer.engine.line_follower import LineFollower
from dialer.engine.lines import Lines
from dialer.engine.look_ups import LookUps
from dialer.engine.pacing import LocalPace
from dialer.session.environment import utc_now
from dialer.session.may_begin import deadline_around

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dialer.engine.ports import Observer, Pace, Provider
    from dialer.engine.rules import Clock
    from dialer.ledger.port_parts import PlacedCalls
    from dialer.session.plan import Plan

_SLOWEST = 1 / 60  #: look-ups a second: below that hardly anything would be followed at all

WAITS = timedelta(hours=4)
"""For so long a run without a deadline waits for whoever is called again: what is due later is another session's.

A run holds its campaign as long as it waits, and the next night's must not find it held.
"""


def redial_terms(plan: Plan, now: Callable[[], datetime], *, single: bool = False) -> RedialTerms:
    """Tell by which of the provider's words the campaign calls again; `now` tells the time in UTC.

    Who asks for a `single` call asks for no other to follow it.
    """
    adapter, rules = plan.adapter, AgainRules() if single else plan.campaign.redial
    return RedialTerms(rules=rules, now=now, words=adapter.words, reached=adapter.reached_statuses)


def redials_until(plan: Plan) -> Callable[[datetime], datetime | None]:
    """Give what tells at a moment until when a session waits for whoever is called again; None is for ever.

    That is its deadline, or where it has none and does not wait for closed hours either, four hours.
    """
    waits = plan.campaign.hours.when_closed == "wait"

    def until(now: datetime) -> datetime | None:
        if deadline := deadline_around(plan, now):
            return deadline[1]
        return None if waits else now + WAITS

    return until


def doubts_of_redials(plan: Plan) -> list[str]:
    """Tell which rules of who is called again come to nothing, since the provider never says their words."""
    adapter = plan.adapter
    unsaid = redial_terms(plan, utc_now).never_said(adapter.final_statuses)
    said = ", ".join(sorted({adapter.words.get(status, status) for status in adapter.final_statuses}))
    return [f"[redial] on: {plan.provider} never says {word!r} of a call that is over, but {said}" for word in unsaid]


async def follower_of(
    plan: Plan,
    placed: PlacedCalls,
    provider: Provider,
    pace: Pace,
    *,
    shared: bool,
    again: bool,
    clock: Clock,
    observer: Observer,
    told: Callable[[], None],
) -> LineFollower | None:
    """Make ready to follow calls while others leave, those of earlier sessions too; None where nothing asks for it.

    `pace` is that of look-ups, and `shared` if it is that of the calls. Contacts may be called `again`. `told` hears
    once that no more calls leave for now. Raises LedgerError.
    """
    rules = plan.campaign.pace
    if rules.calls_at_a_time is None and not again:
        return None
    silence, final = rules.follow.total_seconds(), plan.adapter.final_statuses
    share = max(plan.campaign.track.share * rules.calls_per_second, _SLOWEST)
    follower = LineFollower(
        Lines(rules.calls_at_a_time, silence=silence, final=final) if rules.calls_at_a_time else None,
        placed=placed,
        look_ups=LookUps(provider, pace),
        clock=clock,
        observer=observer,
        ages=FollowedByAge(silence=silence, final=final) if again else None,
        share=LocalPace(share, clock=clock.ticks) if shared else None,
        told=told,
    )
    now = clock.now()
    follower.count_earlier(await placed.may_be_up(since=now - rules.follow), now)
    if again:
        follower.follow_earlier(await placed.may_be_up(since=now - plan.campaign.redial.until), now)
    return follower

"""The bound on calls at a time, as a session of a run keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.engine.line_follower import LineFollower
from dialer.engine.lines import Lines
from dialer.engine.look_ups import LookUps

if TYPE_CHECKING:
    from dialer.engine.ports import Observer, Pace, Provider
    from dialer.engine.rules import Clock
    from dialer.ledger.port_parts import PlacedCalls
    from dialer.session.plan import Plan


async def lines_of(
    plan: Plan, placed: PlacedCalls, provider: Provider, pace: Pace, *, clock: Clock, observer: Observer
) -> LineFollower | None:
    """Make ready to keep to the campaign's calls at a time, those of earlier sessions counted; None without a bound.

    `pace` is that of look-ups. Raises LedgerError.
    """
    rules = plan.campaign.pace
    if rules.calls_at_a_time is None:
        return None
    lines = Lines(rules.calls_at_a_time, silence=rules.follow.total_seconds(), final=plan.adapter.final_statuses)
    follower = LineFollower(lines, placed=placed, look_ups=LookUps(provider, pace), clock=clock, observer=observer)
    now = clock.now()
    follower.count_earlier(await placed.may_be_up(since=now - rules.follow), now)
    return follower

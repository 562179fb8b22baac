"""Following placed calls to their end, and the time of day at which a campaign stops."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from dialer.engine.ending import End, Ending
from dialer.engine.pacing import LocalPace
from dialer.engine.tracker import Tracker
from dialer.errors import StoppedError
from dialer.session.environment import utc_now
from dialer.session.may_begin import deadline_around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from dialer.engine.ports import Observer, Pace, Provider
    from dialer.ledger.port_parts import PlacedCalls
    from dialer.session.plan import Plan
    from dialer.session.stop import Stop

_LOOK_EVERY = 1.0  #: seconds between two looks at the clock on the wall


@contextmanager
def deadline(plan: Plan, stop: Callable[[Ending], object], *, now: Callable[[], datetime]) -> Iterator[None]:
    """Stop at the campaign's time of day, if it has one; the machine may sleep meanwhile, or its clock be set."""
    around = deadline_around(plan, now())
    if around is None:
        yield
        return
    moment = around[1]
    ending = Ending(end=End.DEADLINE, reason=f"the deadline {moment:%Y-%m-%d %H:%M %Z} is past")

    async def look() -> None:
        while (left := (moment - now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, _LOOK_EVERY))
        stop(ending)

    looking = asyncio.get_running_loop().create_task(look())
    try:
        yield
    finally:
        looking.cancel()


def look_up_pace(plan: Plan, ticks: Callable[[], float]) -> LocalPace | None:
    """Give the pace of look-ups where the provider has one for them; None where they share that of the calls."""
    ceiling = plan.adapter.ceiling and plan.adapter.ceiling(plan.env)
    return LocalPace(ceiling.look_ups, clock=ticks) if ceiling and ceiling.look_ups else None


def tracker_of(placed: PlacedCalls, provider: Provider, pace: Pace, plan: Plan, observer: Observer) -> Tracker:
    """Make ready to follow placed calls as the campaign says, and tell the observer how many there are."""
    observer.following(placed.waiting())
    rules = plan.campaign.pace
    return Tracker(
        placed=placed,
        provider=provider,
        final=plan.adapter.final_statuses,
        pace=pace,
        in_flight=rules.in_flight,
        ticks=monotonic,
        patience=rules.follow.total_seconds(),
        told=observer.looked_up,
    )


async def follow(
    tracker: Tracker, plan: Plan, *, again: str, stop: Stop, now: Callable[[], datetime] = utc_now
) -> Ending:
    """Follow placed calls to their end, to a stop or to the deadline; `again` is the command that goes on."""
    following = asyncio.ensure_future(tracker.until_final())
    stopped = f"stopped following calls; {again} goes on"
    ending = Ending(end=End.INTERRUPTED, reason=stopped)

    def past(ended: Ending) -> None:
        nonlocal ending
        ending = Ending(end=End.DEADLINE, reason=f"{ended.reason}: {stopped}")
        following.cancel()

    try:
        with stop.heard(first=following.cancel, second=following.cancel), deadline(plan, past, now=now):
            left = await following
    except StoppedError as problem:
        return Ending(end=End.REFUSED, reason=str(problem))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise
        return ending
    return Ending(end=End.DONE, reason=without_news(plan, left) if left else "")


def without_news(plan: Plan, calls: int) -> str:
    """Say that calls were followed and not said to be over."""
    return f"calls not final after {plan.campaign.pace.follow} without news of any ([pace] follow): {calls:,}"

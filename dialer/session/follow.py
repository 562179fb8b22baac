"""Following placed calls to their end, and the time of day at which a campaign stops."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from dialer.engine.runner import End, Ending
from dialer.engine.tracker import Tracker
from dialer.errors import StoppedError
from dialer.events.progress import Following
from dialer.session.may_begin import deadline_around
from dialer.session.world import two_signals, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from dialer.engine.ports import Pace, Provider
    from dialer.ledger.parts import PlacedCalls
    from dialer.session.plan import Plan

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


@contextmanager
def following(placed: PlacedCalls, provider: Provider, pace: Pace, plan: Plan, *, shown: bool) -> Iterator[Tracker]:
    """Make ready to follow placed calls as the campaign says; with `shown` there is progress on stderr."""
    rules = plan.campaign.pace
    with Following(total=placed.waiting(), shown=shown) as progress:
        yield Tracker(
            placed=placed,
            provider=provider,
            pace=pace,
            in_flight=rules.in_flight,
            ticks=monotonic,
            patience=rules.follow.total_seconds(),
            told=progress.looked_up,
        )


async def follow(tracker: Tracker, plan: Plan, *, again: str, now: Callable[[], datetime] = utc_now) -> Ending:
    """Follow placed calls to their end, to the first signal or to the deadline; `again` is the command that goes on."""
    task = asyncio.ensure_future(tracker.until_final())
    stopped = f"stopped following calls; {again} goes on"
    ending = Ending(end=End.INTERRUPTED, reason=stopped)

    def past(ended: Ending) -> None:
        nonlocal ending
        ending = Ending(end=End.DEADLINE, reason=f"{ended.reason}: {stopped}")
        task.cancel()

    try:
        with two_signals(first=task.cancel), deadline(plan, past, now=now):
            left = await task
    except StoppedError as problem:
        return Ending(end=End.REFUSED, reason=str(problem))
    except asyncio.CancelledError:
        return ending
    waited = f"{plan.campaign.pace.follow} without news of any ([pace] follow)"
    return Ending(end=End.DONE, reason=f"calls not final after {waited}: {left:,}" if left else "")

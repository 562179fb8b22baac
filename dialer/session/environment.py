"""The world as it is: the clocks, who is at the keyboard, and the provider."""

from __future__ import annotations

import getpass
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dialer.engine.rules import Clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from dialer.engine.ports import Provider
    from dialer.session.plan import Plan


def utc_now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)


def who() -> str:
    """Name the person at the keyboard, as the operating system does."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def steady_unix_time() -> Callable[[], float]:
    """Make a clock of Unix seconds that goes on evenly whatever happens to the machine's own."""
    began = time.time() - time.monotonic()
    return lambda: began + time.monotonic()


def real_clock() -> Clock:
    """Time and chance as they are."""
    return Clock(now=utc_now, ticks=time.monotonic, dice=random.random)


def open_provider(plan: Plan, *, now: Callable[[], datetime] = utc_now) -> AbstractAsyncContextManager[Provider]:
    """Open the plan's provider for one session."""
    return plan.adapter.connect(plan.env, timeout=plan.campaign.pace.timeout, clock=time.monotonic, now=now)

"""The real clock, the real provider and the real signals."""

from __future__ import annotations

import asyncio
import getpass
import random
import signal
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dialer.engine.runner import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from dialer.engine.ports import Provider
    from dialer.session.plan import Plan

_HANG_UP: int | None = getattr(signal, "SIGHUP", None)  #: Windows has none


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


def open_provider(plan: Plan) -> AbstractAsyncContextManager[Provider]:
    """Open the plan's provider for one session."""
    return plan.adapter.connect(plan.env, timeout=plan.campaign.pace.timeout, clock=time.monotonic, now=utc_now)


def ending_signals() -> tuple[int, ...]:
    """Name the signals that ask a program to end; a hang-up does where nobody has told it to outlive its terminal."""
    hears = _HANG_UP is not None and signal.getsignal(_HANG_UP) is not signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *([_HANG_UP] if _HANG_UP is not None and hears else []))


@contextmanager
def two_signals(*, first: Callable[[], object]) -> Iterator[None]:
    """Within a task: the first of SIGINT, SIGTERM and SIGHUP calls `first`, the second cancels the task.

    SIGHUP is never the second: a terminal that closes sends it more than once, as does systemd after a SIGTERM.
    Where it was ignored from the start, by nohup, it stays so.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    heard: list[int] = []

    def hear(number: int) -> None:
        heard.append(number)
        if len(heard) == 1:
            first()
        elif number != _HANG_UP and task:
            task.cancel()

    before = {number: signal.getsignal(number) for number in ending_signals()}
    with suppress(NotImplementedError):  # Windows: Ctrl-C stays a KeyboardInterrupt
        for number in before:
            loop.add_signal_handler(number, hear, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN if number == _HANG_UP and number in heard else handler)

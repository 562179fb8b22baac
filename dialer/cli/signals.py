"""The signals by which a person, a scheduler or a closing terminal ends a command."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dialer.session.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

_HANG_UP: int | None = getattr(signal, "SIGHUP", None)  #: Windows has none


def ending_signals() -> tuple[int, ...]:
    """Name the signals that ask a program to end; a hang-up does where nobody has told it to outlive its terminal."""
    hears = _HANG_UP is not None and signal.getsignal(_HANG_UP) is not signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *([_HANG_UP] if _HANG_UP is not None and hears else []))


@contextmanager
def told_to_end() -> Iterator[None]:
    """Hear a SIGTERM within the block as an interruption, so that how the command ended can be told.

    Where it is ignored or somebody else's, and outside the main thread, all stays as it is.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class Signals(Stop):
    """Is asked to stop by the first of SIGINT, SIGTERM and SIGHUP while calls go on, and by the second again.

    SIGHUP is never the second: a terminal that closes sends it more than once, as does systemd after a SIGTERM.
    Where it was ignored from the start, by nohup, it stays so.
    """

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear signals within the block; before and after it they do what they did."""
        loop = asyncio.get_running_loop()
        heard: list[int] = []

        def hear(number: int) -> None:
            heard.append(number)
            if len(heard) == 1 or number != _HANG_UP:
                self.ask()

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

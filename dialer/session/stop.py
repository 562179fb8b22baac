"""How a session of dialling is ended early, by whoever began it."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

_AT_ONCE = 2  #: asked so often, nobody waits for answers any more


class Stop:
    """Ends a session of dialling: asked once, open calls are still answered; asked twice, it leaves at once.

    What is open when it leaves at once is `unknown`. It may be asked before the session begins, and from any thread.
    """

    def __init__(self) -> None:
        """Be asked for nothing yet."""
        self._asked = 0
        self._wake: Callable[[], object] | None = None

    def ask(self) -> None:
        """Ask the session to end; the second time, at once."""
        self._asked += 1
        if wake := self._wake:
            with suppress(RuntimeError):  # its loop was closed in between
                wake()

    @contextmanager
    def heard(self, *, first: Callable[[], object], second: Callable[[], object]) -> Iterator[None]:
        """Within the block, do in the running loop what is asked for, and what was asked for before."""
        loop, done = asyncio.get_running_loop(), 0

        def obey() -> None:
            nonlocal done
            while done < min(self._asked, _AT_ONCE):
                done += 1
                (first if done < _AT_ONCE else second)()

        self._wake = lambda: loop.call_soon_threadsafe(obey)
        obey()
        try:
            with self.listening():
                yield
        finally:
            self._wake = None

    def listening(self) -> AbstractContextManager[object]:
        """Listen, while there is something to stop, to what asks by other ways than `ask`; here there are none."""
        return nullcontext()

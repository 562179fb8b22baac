"""Work that may hang in a system call, done beside a run: whoever does not answer in time is left behind."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class AlertError(Exception):
    """Somebody could not be told; the message says why, without a word of the address."""


class Errand:
    """One thing to tell, begun at once in a thread that the process does not wait for when it ends.

    A name that nobody resolves, a disk that does not answer and a server that is deaf are waited for in calls that
    nothing interrupts: a thread of an executor, which is joined at the end, would hold the process with them.
    """

    def __init__(self, channel: str, does: Callable[[], None]) -> None:
        """Begin; `channel` names it for a person. `does` raises AlertError."""
        self.channel = channel
        self._failure = ""
        self._thread = threading.Thread(target=self._do, args=[does], name=f"alert by {channel}", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # as many threads are there as the machine lets
            self._failure = "no thread can be begun"

    def failure(self, *, until: float) -> str:
        """Wait until a moment on the clock of `monotonic` at the most; '' where it was told, else why not."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, until - monotonic()))
        return "no answer in time" if self._thread.is_alive() else self._failure

    def _do(self, does: Callable[[], None]) -> None:
        try:
            does()
        except AlertError as problem:
            self._failure = str(problem)
        except Exception as problem:  # noqa: BLE001 - it ends no run, and its words may quote an address
            self._failure = f"it failed with {type(problem).__name__}"

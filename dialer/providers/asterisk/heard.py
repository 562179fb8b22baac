"""What is heard of calls by events: whether each was picked up, and its last word, which Asterisk keeps nowhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from dialer.providers.asterisk.answers import last_word, word_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_LAST_WORDS = 1_000_000
"""Last words that are kept until they are asked for: those of a run of a million calls, followed when all are made.

They take 126 MB together. The oldest goes first; its call is then found to have ended, without a reason.
"""


@dataclass(slots=True)
class _Open:
    """A call that is not over, as far as was heard; `since` is the connection by which it is heard of."""

    since: int
    was_up: bool = False
    word: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Heard:
    """Listens for the calls it is told to expect, and for no others: a server has many."""

    def __init__(self, *, most: int = MOST_LAST_WORDS) -> None:
        """Expect nothing; keep at `most` so many last words."""
        self._open: dict[str, _Open] = {}
        self._last: dict[str, str] = {}
        self._most = most
        self._connection = 0

    def expect(self, call_id: str, word: str = "") -> None:
        """Listen for a call from now on, which stands at `word` if that is known."""
        if call_id not in self._last:
            call = self._open.setdefault(call_id, _Open(self._connection))
            call.word = word or call.word
            call.was_up = call.was_up or word == "answered"

    def forget(self, call_id: str) -> None:
        """Expect a call no longer: it was not made."""
        self._open.pop(call_id, None)

    def lost(self) -> None:
        """Note that what happens from now on is not heard, until there is another connection."""
        self._connection += 1

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in an event; whatever it is of, it shows where its channels stand."""
        for role in ("channel", "peer"):
            channel = event.get(role)
            if not isinstance(channel, dict) or not (call := self._open.get(call_id := str(channel.get("id")))):
                continue
            call.word = word_of(channel.get("state")) or call.word or "dialing"
            call.was_up = call.was_up or call.word == "answered" or event.get("dialstatus") == "ANSWER"
            if event.get("type") == "ChannelDestroyed":
                self._end(call_id, last_word(event.get("cause"), was_up=call.was_up))

    def _end(self, call_id: str, word: str) -> None:
        self._open.pop(call_id).over.set()
        self._last[call_id] = word
        if len(self._last) > self._most:
            for oldest in list(islice(self._last, 1 + self._most // 100)):  # many at once: each look costs their number
                del self._last[oldest]

    def word(self, call_id: str) -> str:
        """Give the latest word that was heard of a call; '' where nothing was."""
        call = self._open.get(call_id)
        return self._last.get(call_id, call.word if call else "")

    def take_last(self, call_id: str) -> str:
        """Give a call's last word, and keep it no longer; '' where it was not heard."""
        return self._last.pop(call_id, "")

    async def last_of(self, call_id: str, *, within: float) -> str:
        """Give the last word of a call that is over.

        Its end may be on its way over the other connection, and is awaited for so many seconds. Where it was not
        heard, a call that was picked up is `completed`, and any other one has `ended`.
        """
        call = self._open.get(call_id)
        if call and call.since == self._connection:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await call.over.wait()
        self._open.pop(call_id, None)
        return self.take_last(call_id) or ("completed" if call and call.was_up else "ended")

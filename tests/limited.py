"""Providers that limit, each as a small class, and whole nights against them on a clock that jumps.

A night plays what a run does with its pace: real decisions, no tasks, no sockets; hours of it take seconds.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome, Throttled
from dialer.domain.retry import FIRST_WAIT, FIRST_WAIT_AT_RANDOM, Leniency, judge
from dialer.engine.departure import Meaning
from dialer.engine.pacing import RollingWindow
from dialer.engine.throttling import Throttling

if TYPE_CHECKING:
    from collections.abc import Callable


class Server:
    """Takes every request; `opened` says how many calls are open there."""

    opened = 0

    def takes(self, now: float, number: int) -> bool:
        """Tell whether a request is taken that comes now."""
        return True


class Rolling(Server):
    """Takes so many in any rolling span of seconds."""

    def __init__(self, most: int, span: float = 1.0) -> None:
        self._most, self._span = most, span
        self._taken: deque[float] = deque()

    def takes(self, now: float, number: int) -> bool:
        while self._taken and self._taken[0] <= now - self._span:
            self._taken.popleft()
        room = len(self._taken) < self._most
        if room:
            self._taken.append(now)
        return room


class Calendar(Server):
    """Takes so many in each span of its own clock."""

    def __init__(self, most: int, span: float = 1.0, *, begun: float = 0.4) -> None:
        self._most, self._span, self._begun = most, span, begun
        self._current, self._taken = -1, 0

    def takes(self, now: float, number: int) -> bool:
        current = int(now / self._span + self._begun)
        if current != self._current:
            self._current, self._taken = current, 0
        room = self._taken < self._most
        self._taken += room
        return room


class Bucket(Server):
    """Takes `rate` a second, and up to `burst` saved ones at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._saved, self._at = rate, burst, burst, 0.0

    def takes(self, now: float, number: int) -> bool:
        self._saved, self._at = min(self._burst, self._saved + (now - self._at) * self._rate), now
        room = self._saved >= 1
        self._saved -= room
        return room


class OpenCalls(Server):
    """Takes so many at a time."""

    def __init__(self, most: int) -> None:
        self._most = most

    def takes(self, now: float, number: int) -> bool:
        return self.opened < self._most


class AtRandom(Server):
    """Refuses a share of all requests."""

    def __init__(self, share: float, *, seed: int = 7) -> None:
        self._share, self._dice = share, random.Random(seed)

    def takes(self, now: float, number: int) -> bool:
        return self._dice.random() >= self._share


class Once(AtRandom):
    """Refuses a share of the numbers the first time they are asked for."""

    def __init__(self, share: float, *, seed: int = 7) -> None:
        super().__init__(share, seed=seed)
        self._known: set[int] = set()

    def takes(self, now: float, number: int) -> bool:
        known = number in self._known
        self._known.add(number)
        return known or super().takes(now, number)


class Every(Server):
    """Takes what several take."""

    def __init__(self, *servers: Server) -> None:
        self._servers = servers

    def takes(self, now: float, number: int) -> bool:
        for server in self._servers:
            server.opened = self.opened
        return all(server.takes(now, number) for server in self._servers)


class Changing(Server):
    """Is one server until a moment, then the next."""

    def __init__(self, *parts: tuple[float, Server]) -> None:
        self._parts = parts

    def takes(self, now: float, number: int) -> bool:
        server = next(server for until, server in self._parts if now < until)
        server.opened = self.opened
        return server.takes(now, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a night is dialled: so many rows, or for so many seconds."""

    rate: float
    rows: float = math.inf
    seconds: float = math.inf
    answers: float = 0.005  # seconds a call is open, give or take a third
    refusals: float | None = 0.001  # seconds a 429 takes; None: as long as any answer, and it is open so long
    in_flight: int = 50
    attempts: int = 3
    retry_after: float | None = None


@dataclass(slots=True)
class Told:
    """What the server's log says, and the rows that were lost."""

    left: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    lost: int = 0

    def mean(self, since: float = 0.0, until: float = math.inf) -> float:
        """Calls taken a second, between two moments."""
        within = [at for at in self.taken if since <= at < until]
        return len(within) / (min(until, self.left[-1]) - since)

    @property
    def back(self) -> float:
        """The share of requests that were thrown back."""
        return len(self.refused) / len(self.left)


class _Night:
    def __init__(self, server: Server, sent: Sent) -> None:
        self._server, self._sent = server, sent
        self._dice = random.Random(1)
        self.throttling, self._window, self.told = Throttling(sent.rate), RollingWindow(sent.rate), Told()
        self._now = self._next = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._again: deque[int] = deque()
        self._due: list[tuple[float, int]] = []
        self._fresh = self._open = 0
        self._tries: Counter[int] = Counter()
        self._excused: Counter[int] = Counter()

    def pass_by(self) -> None:
        """Go through it to its end."""
        sent, told = self._sent, self.told
        while len(told.taken) + told.lost < sent.rows and self._now < sent.seconds:
            leaves = self._leaves()
            event = self._events[0][0] if self._events else math.inf
            if event <= leaves:
                self._now, _, happen = heapq.heappop(self._events)
                happen()
            elif leaves <= self._now:
                self._leave()
            else:
                self._now = leaves

    def _leaves(self) -> float:
        """Tell when the next request may leave as far as is known now."""
        if self._open >= self._sent.in_flight:
            return math.inf
        if not self._again and self._fresh >= self._sent.rows:
            waits = self._due[0][0] if self._due else math.inf
            if waits > self._now:
                return waits
        wait = self.throttling.wait(self._now)
        return max(self._next, self._now + max(wait, 0.0 if wait else self._window.wait(self._now)))

    def _leave(self) -> None:
        row = self._a_row()
        self._tries[row] += 1
        departure = self.throttling.leaves(self._now)
        self._window.mark(self._now)
        self.told.left.append(self._now)
        self._open += 1
        rate = min(0.98 * self._sent.rate, self.throttling.limit.rate(self._now))
        self._next = max(self._next, self._now - 0.015) + 1 / rate
        self._later(self._dice.uniform(0, 0.0005), lambda: self._arrive(row, departure))

    def _a_row(self) -> int:
        if self._again:
            return self._again.popleft()
        if self._fresh < self._sent.rows:
            self._fresh += 1
            return self._fresh
        return heapq.heappop(self._due)[1]

    def _arrive(self, row: int, departure: object) -> None:
        takes, sent, server = self._server.takes(self._now, row), self._sent, self._server
        takes_long = takes or sent.refusals is None
        wait = sent.answers * self._dice.uniform(0.7, 1.3) if takes_long else sent.refusals or 0.0
        server.opened += takes_long

        def end() -> None:
            server.opened -= takes_long
            self._later(0.0002, lambda: self._heard(row, departure, takes=takes))

        self._later(wait, end)

    def _heard(self, row: int, departure: object, *, takes: bool) -> None:
        now, told, throttling = self._now, self.told, self.throttling
        self._open -= 1
        throttling.ended(departure)
        if takes:
            throttling.accepted(now, departure)
            told.taken.append(now)
            return
        told.refused.append(now)
        everybody = throttling.throttled(now, departure, self._sent.retry_after) is Meaning.EVERYBODY
        self._excused[row] += everybody
        verdict = judge(
            Throttled("", self._sent.retry_after),
            tries=self._tries[row],
            attempts=throttling.tries(self._sent.attempts),
            dice=self._dice.random(),
            leniency=Leniency(
                everybody=everybody,
                excused=self._excused[row],
                first_wait=FIRST_WAIT_AT_RANDOM if throttling.random else FIRST_WAIT,
            ),
        )
        if verdict.outcome is Outcome.FAILED:
            told.lost += 1
        elif everybody:
            self._again.append(row)
        else:
            heapq.heappush(self._due, (now + verdict.wait, row))

    def _later(self, wait: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._now + wait, next(self._order), happen))


def a_night(server: Server, rate: float, **sent: float | None) -> Told:
    """Dial a night against a server; what its log says of it."""
    night = _Night(server, Sent(rate=rate, **sent))
    night.pass_by()
    return night.told

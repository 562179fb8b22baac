"""Connections that a request may go over: fresh ones, and those that have rested too shortly to be stale."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from errno import ECONNRESET
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    import ssl

    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

    from dialer.domain.call import Leave

# A call that is sent while the server is closing the connection may have been read or not: nobody can tell. The
# shortest time in common use after which servers close a connection that rests is a second (then 2, 5, 15, 60); a
# quarter of it is left for a request to get there, which is more than a round trip around the world takes.
LONGEST_REST = 0.75
_NOTICED = 2 * LONGEST_REST  # kept open for so long, unused, to see when the server closes by itself
_SHARE = 0.5  # of what a server says, or shows, of how long it waits: the other half is for the request to get there
_AT_ONCE = 0.05  # seconds: whoever closes so soon closes behind each answer, and the next call must not come in between
_FORGETTING = 60.0  # seconds after which a connection may rest twice as long again: a server that restarts has no habit
_CONNECTING = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, TimeoutError)  # these say it themselves
_HARMLESS = frozenset({"GET", "HEAD"})  # these may be sent twice; of the others, each goes out once
_TRIES = 2  # connections for one request: a provider may end one that waits for its request to leave


class HeldBackError(Exception):
    """A request that could have left was not let."""


class NeverConnectedError(aiohttp.ClientConnectionError):
    """What went wrong before there was a connection, such as a proxy that hangs up; nothing was sent."""


class Habit:
    """How long a connection may rest and still be used, by what its server did to others that rested.

    Times are seconds on one clock that never goes back.
    """

    def __init__(self) -> None:
        """Know of no habit."""
        self._shortest = LONGEST_REST / _SHARE
        self._seen_at = 0.0
        self._distrust = _FORGETTING
        self._trusted_at = 0.0
        self._forgotten_at = 0.0  # from then on nothing that was seen shortens a rest

    def closed(self, after: float, *, now: float) -> None:
        """Note that a server closed a connection that had rested so long."""
        if after < _AT_ONCE:
            self.died(now=now)
        elif after * _SHARE < self.longest_rest(now):
            self._shortest, self._seen_at = after, now
            self._forgotten_at = max(self._trusted_at, now + _FORGETTING * 5)  # five doublings of the shortest

    def died(self, *, now: float) -> None:
        """Note that a request met a connection that was dead: for a while none is used twice, then twice as long."""
        if now >= self._trusted_at:
            self._trusted_at = now + self._distrust
            self._distrust *= 2
            self._forgotten_at = max(self._forgotten_at, self._trusted_at)

    def longest_rest(self, now: float) -> float:
        """Tell how long a connection may have rested that is used now; negative where none may be."""
        if now >= self._forgotten_at:
            return LONGEST_REST
        if now < self._trusted_at:
            return -1.0
        doublings = min((now - self._seen_at) / _FORGETTING, 60.0)
        longest: float = _SHARE * self._shortest * 2.0**doublings
        return min(LONGEST_REST, longest)


class Departure:
    """One request on its way: what lets it leave, the connection it left on, and what ends the wait for its answer."""

    __slots__ = ("_cuts", "_wire", "expired", "leave")

    def __init__(self, leave: Leave) -> None:
        """Nothing has left yet."""
        self.leave = leave
        self._cuts: Cuts | None = None
        self._wire: Wire | None = None
        self.expired = False

    @property
    def has_left(self) -> bool:
        """Whether it went out once, on whatever connection."""
        return self._wire is not None

    def left(self, wire: Wire, cuts: Cuts) -> None:
        """Wait for the answer until the connection is cut."""
        self._wire, self._cuts = wire, cuts
        cuts.await_answer(self)

    def answered(self, *, rest: float | None) -> None:
        """Let the connection rest: the answer is there to its end. `rest` is how long its server said it may."""
        if self._wire is not None:
            self._wire.rest(self, at_most=rest)

    def unanswered(self) -> None:
        """Note that the connection broke; one that had rested may have been dead."""
        if self._wire is not None and not self.expired:
            self._wire.broke(self)

    def ended(self) -> None:
        """Wait for nothing any more."""
        if self._cuts:
            self._cuts.forget(self)

    def cut(self) -> None:
        """Give up waiting for the answer: the time for it is over."""
        self.expired = True
        if self._wire is not None and self._wire.transport:
            self._wire.transport.abort()  # of the wire itself, whoever reads from it would hear nothing


class Cuts:
    """Cuts the connection of every request that is not answered within so many seconds.

    All wait equally long, so that one timer does for all: it is set for whoever left first.
    """

    def __init__(self, seconds: float) -> None:
        """Wait for nobody."""
        self._seconds = seconds
        self._waiting: dict[Departure, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def await_answer(self, departure: Departure) -> None:
        """Cut it so many seconds from now."""
        loop = asyncio.get_running_loop()
        self._waiting[departure] = at = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(at, self._cut)

    def forget(self, departure: Departure) -> None:
        """Leave one alone: it is answered."""
        self._waiting.pop(departure, None)
        if not self._waiting and self._timer:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        loop, self._timer = asyncio.get_running_loop(), None
        while self._waiting:
            departure, at = next(iter(self._waiting.items()))
            if at > loop.time():
                self._timer = loop.call_at(at, self._cut)
                return
            del self._waiting[departure]
            departure.cut()


DEPARTURE: ContextVar[Departure] = ContextVar("departure")
"""The request that a connection is looked for."""


class Wire(ResponseHandler):
    """A connection that knows for how long it has rested; what it hears while nobody has asked, closes it.

    An answer to nothing, such as a second one that comes late, would be taken for the answer to the next request.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, habit: Habit) -> None:
        """Be in use: a connection is made before it rests."""
        super().__init__(loop)
        self._habit = habit
        self._asked: Departure | None = None
        self._rested_at: float | None = None
        self._at_most = LONGEST_REST
        self._was_used = False
        self.is_used = False

    def waits(self) -> None:
        """Belong to a request that has not left: from now on nothing may be heard."""
        if self._rested_at is None:
            self._rested_at = monotonic()
        self._asked = None

    def is_good(self) -> bool:
        """Tell whether a request may leave on it now."""
        now = monotonic()
        longest = min(self._at_most, self._habit.longest_rest(now)) if self.is_used else LONGEST_REST
        is_fresh_enough = self._rested_at is not None and now - self._rested_at <= longest
        return is_fresh_enough and self.is_connected() and not self.should_close

    def leaves(self, departure: Departure) -> None:
        """Let a request leave: what is heard from now on is its answer."""
        self._asked, self._rested_at = departure, None
        self._was_used, self.is_used = self.is_used, True

    def rest(self, departure: Departure, *, at_most: float | None) -> None:
        """Wait for the next request, once the answer to this one is there; nothing where another has left since."""
        if self._asked is departure and self.is_connected():
            self._asked, self._rested_at = None, monotonic()
            self._at_most = LONGEST_REST if at_most is None else min(LONGEST_REST, _SHARE * at_most)

    def broke(self, departure: Departure) -> None:
        """Note that no answer came; on a connection that had been used before, it was dead."""
        if self._asked is departure and self._was_used:
            self._habit.died(now=monotonic())

    def give_up(self) -> None:
        """Be closed by us, which says nothing of the server."""
        self._rested_at = None
        self.force_close()

    def data_received(self, data: bytes) -> None:
        """Take what comes, if somebody has asked for it."""
        if data and self._rested_at is not None:
            self.give_up()
            self.abort()
            return
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note how long it had rested."""
        if self._rested_at is not None and self.is_used:
            now = monotonic()
            self._habit.closed(now - self._rested_at, now=now)
        super().connection_lost(exc)


class Connector(aiohttp.TCPConnector):
    """Lets a request leave by the `leave` of its `ask`, which it awaits with a connection in hand.

    No limit on connecting counts that wait. `answer_seconds` is how long an answer may take from then on. A request
    leaves on a connection that is new, or has rested shortly, and on which nothing was heard that nobody asked for.
    """

    def __init__(self, *, answer_seconds: float, authorities: ssl.SSLContext | bool = True) -> None:
        """Keep no more connections than the requests that are open need."""
        super().__init__(limit=0, ttl_dns_cache=60, keepalive_timeout=_NOTICED, ssl=authorities)
        self._cuts = Cuts(answer_seconds)
        self._factory = cast("partial[ResponseHandler]", partial(Wire, loop=self._loop, habit=Habit()))

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Find a connection that is good when the request may leave.

        Raises HeldBackError where none was, and ClientConnectorError where the server closed each.
        """
        departure = DEPARTURE.get()
        if departure.has_left and req.method not in _HARMLESS:
            raise aiohttp.ServerDisconnectedError  # aiohttp repeats a PUT by itself, and by that a call
        closed = False
        for _ in range(_TRIES):
            connection, wire = await self._good(req, traces, timeout)
            try:
                may_leave = await departure.leave()
            except BaseException:
                connection.release()
                raise
            if not may_leave:
                connection.release()
                raise HeldBackError
            if wire.is_good():
                wire.leaves(departure)
                departure.left(wire, self._cuts)
                return connection
            closed = connection.closed
            wire.give_up()
            connection.close()
        if closed:
            raise aiohttp.ClientConnectorError(
                req.connection_key, OSError(ECONNRESET, "closed before anything was sent")
            )
        raise HeldBackError

    async def _good(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> tuple[Connection, Wire]:
        """Get a connection that was good a moment ago, passing over those that have rested too long."""
        while True:
            try:
                connection = await super().connect(req, traces, timeout)
            except _CONNECTING:
                raise
            except (aiohttp.ClientError, OSError, ValueError) as problem:
                raise NeverConnectedError from problem
            wire = cast("Wire", connection.protocol)  # the factory makes no others
            is_new = not wire.is_used
            wire.waits()
            if is_new or wire.is_good():
                return connection, wire
            wire.give_up()
            connection.close()

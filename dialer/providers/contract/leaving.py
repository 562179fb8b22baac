"""When a request leaves, and what becomes of it where it is not let out, given up, or answered too late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, HeldBack, Unclear
from dialer.providers.contract.asking import (
    MOMENT,
    a_call,
    kept_in,
    let_out,
    opened,
    placed,
    renamed,
    seen,
    success_of,
)
from dialer.providers.contract.dialect import TRY
from dialer.providers.contract.fault_server import hang, http, late
from dialer.providers.contract.promise import expect, expect_kind, expect_true, promise

if TYPE_CHECKING:
    from dialer.providers.contract.dialect import Dialect
    from dialer.providers.contract.fault_server import FaultServer

_LONGER = 3 * MOMENT.total_seconds()  #: seconds: surely out of time
_SETTLES = 0.02  #: seconds in which what was sent before its time would have come, on loopback


class _Leaves:
    """Lets out the first so many requests, and counts who asked and who had left without asking."""

    def __init__(self, server: FaultServer, *, lets: float = float("inf")) -> None:
        self._server = server
        self._lets = lets
        self.asked = 0
        self.too_early = 0  #: requests that had come though they had not been let out

    async def __call__(self) -> bool:
        await asyncio.sleep(_SETTLES)
        self.too_early = max(self.too_early, len(self._server.requests) - self.asked)
        self.asked += 1
        return self.asked <= self._lets


@promise
async def call_kept_in(dialect: Dialect) -> None:
    """A call that is not let out is not sent."""
    answer = await placed(dialect, dialect.placed, leave=kept_in, of="nothing, since it was kept in")
    expect_kind(answer, HeldBack, of="a call that was not let out")


@promise
async def call_awaits(dialect: Dialect) -> None:
    """A call awaits leave once, and nothing of it leaves before."""
    async with opened(dialect, dialect.placed) as (provider, server):
        leave = _Leaves(server)
        await provider.place(a_call(dialect), leave)
        expect((leave.asked, leave.too_early), (1, 0), of="how often leave was awaited, and what left before")
        expect(len(server.requests), 1, of="requests for one call")


@promise
async def look_up_awaits(dialect: Dialect) -> None:
    """A look-up that is not let out is not sent, and each request that it takes awaits leave."""
    word = min(dialect.words)
    async with opened(dialect, dialect.seen(word), repeats=True) as (provider, server):
        leave = _Leaves(server)
        await provider.look_up(dialect.call_id, leave)
        takes = len(server.requests)
        expect((leave.asked, leave.too_early), (takes, 0), of="how often leave was awaited, and what left before")
    for lets in range(takes):
        async with opened(dialect, dialect.seen(word), repeats=True) as (provider, server):
            found = await provider.look_up(dialect.call_id, _Leaves(server, lets=lets))
            expect_kind(found, HeldBack, of=f"a look-up of which {lets} of {takes} requests were let out")
            expect(len(server.requests), lets, of="its requests that came")
    expect_kind(await seen(dialect, dialect.seen(word), leave=kept_in), HeldBack, of="a look-up that was kept in")


@promise
async def time_begins(dialect: Dialect) -> None:
    """The time for an answer begins when the call is let out."""

    async def slowly() -> bool:
        await asyncio.sleep(_LONGER)
        return True

    answer = await placed(dialect, dialect.placed, timeout=MOMENT, leave=slowly, of="an answer in time")
    expect_kind(answer, Accepted, of=f"{_LONGER:.1f} s until it is let out, and {MOMENT.total_seconds()} s to answer")


@promise
async def given_up_waiting(dialect: Dialect) -> None:
    """A call that is given up while it waits to be let out is not sent."""
    async with opened(dialect, dialect.placed) as (provider, server):
        asked = asyncio.Event()

        async def never() -> bool:
            asked.set()
            await asyncio.Event().wait()
            return True

        await _give_up(provider.place(a_call(dialect), never), asked)
        await asyncio.sleep(_SETTLES)
        expect(len(server.requests), 0, of="requests of a call that was given up before it was let out")


@promise
async def given_up_open(dialect: Dialect) -> None:
    """A call that is given up is given up at once, and those behind it are placed."""
    async with opened(dialect, hang, dialect.placed) as (provider, server):
        left = asyncio.Event()

        async def leave() -> bool:
            left.set()
            return True

        await _give_up(provider.place(a_call(dialect), leave), left, behind=_SETTLES)
        expect_kind(await provider.place(a_call(dialect), let_out), Accepted, of="the call behind one given up")
        expect(len(server.requests), 2, of="requests for two calls")


async def _give_up(placing: object, begun: asyncio.Event, *, behind: float = 0.0) -> None:
    task = asyncio.ensure_future(placing)  # type: ignore[call-overload]
    await begun.wait()
    await asyncio.sleep(behind)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1)
    expect_true(done, "a call that was given up goes on")
    expect_true(task.cancelled(), "a call that was given up hides that it was")


@promise
async def of_another_call(dialect: Dialect) -> None:
    """An answer that comes too late, or behind another, is never that of the next call."""
    other = f"{dialect.call_id[:-1]}{'8' if dialect.call_id[-1] == '9' else '9'}"
    if dialect.is_named_by_token:
        answer = await placed(dialect, renamed(dialect, other), of="another call's answer")
        expect_kind(answer, Unclear, of="the answer of a call that has another id than the token of this try")
        return
    too_late = late(dialect.placed, seconds=_LONGER)
    async with opened(dialect, too_late, renamed(dialect, other), timeout=MOMENT) as (provider, _):
        expect_kind(await provider.place(a_call(dialect), let_out), Unclear, of="an answer out of time")
        answer = await provider.place(a_call(dialect), let_out)
        expect(getattr(answer, "call_id", None), other, of="the id of the call behind an answer out of time")
    twice = dialect.placed * 2
    async with opened(dialect, twice, renamed(dialect, other)) as (provider, _):
        await provider.place(a_call(dialect), let_out)
        answer = await provider.place(a_call(dialect), let_out)
        expect(getattr(answer, "call_id", None), other, of="the id of the call behind two answers to one")


@promise
async def many(dialect: Dialect) -> None:
    """Many calls at once are each asked for once."""
    calls = 30
    async with opened(dialect, dialect.placed, repeats=True) as (provider, server):
        named = dialect.is_named_by_token  # the one answer is that of one try
        tokens = [TRY if named else f"{number:032x}" for number in range(calls)]
        tries = [provider.place(a_call(dialect, token), let_out) for token in tokens]
        answers = await asyncio.gather(*tries)
        expect([type(answer) for answer in answers], [Accepted] * calls, of=f"{calls} calls at once")
        expect(len(server.requests), calls, of=f"requests for {calls} calls")


@promise
async def closed_at_rest(dialect: Dialect) -> None:
    """A connection that was closed while it rested costs no call."""
    closing = http(success_of(dialect), dialect.placed.partition(b"\r\n\r\n")[2], Connection="close")
    async with opened(dialect, closing, dialect.placed, dialect.placed) as (provider, server):
        expect_kind(await provider.place(a_call(dialect), let_out), Accepted, of="an answer that closes")
        expect_kind(await provider.place(a_call(dialect), let_out), Accepted, of="the call behind it")
        server.hang_up()
        await asyncio.sleep(_SETTLES)
        expect_kind(await provider.place(a_call(dialect), let_out), Accepted, of="the call after all were closed")
        expect(len(server.requests), 3, of="requests for three calls")

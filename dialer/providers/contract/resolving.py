"""What a provider may say of a try whose answer nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, HeldBack, NotMade, UnknownTry
from dialer.providers.contract.asking import (
    LOST,
    THROTTLED,
    a_call,
    foreign,
    kept_in,
    let_out,
    nobody_listening,
    opened,
)
from dialer.providers.contract.dialect import NOW
from dialer.providers.contract.fault_server import PAGE, http
from dialer.providers.contract.promise import DoesNotApplyError, expect, expect_kind, expect_true, promise

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dialer.domain.call import Leave, Resolved
    from dialer.providers.contract.dialect import Dialect
    from dialer.providers.port import Provider

    Resolve = Callable[[UnknownTry, Leave], Awaitable[Resolved | HeldBack]]

_AGO = timedelta(minutes=5)  #: long enough for every list to show a call that was made then


def _resolve(provider: Provider) -> Resolve:
    resolve: Resolve | None = getattr(provider, "resolve", None)
    if resolve is None:
        raise DoesNotApplyError("it cannot be asked")
    return resolve


def _unknown(dialect: Dialect) -> UnknownTry:
    return UnknownTry(a_call(dialect), NOW - _AGO, NOW - _AGO + timedelta(seconds=1))


@promise
async def without_an_answer(dialect: Dialect) -> None:
    """A question about an unknown try that gets no answer proves nothing."""
    steps = {**LOST, **{f"HTTP {status}": http(status, PAGE) for status in (302, 401, 403, 408, 500, 502, 503, 504)}}
    steps |= {**foreign(200), "429": THROTTLED}
    for name, step in steps.items():
        async with opened(dialect, step, repeats=True) as (provider, _):
            found = await _resolve(provider)(_unknown(dialect), let_out)
        expect_true(not isinstance(found, Accepted | NotMade), f"{name}: {found!r}")
    async with nobody_listening(dialect) as provider:
        found = await _resolve(provider)(_unknown(dialect), let_out)
    expect_true(not isinstance(found, Accepted | NotMade), f"nobody listens: {found!r}")


@promise
async def not_let_out(dialect: Dialect) -> None:
    """A question about an unknown try that is not let out is not sent."""
    async with opened(dialect, None, repeats=True) as (provider, server):
        found = await _resolve(provider)(_unknown(dialect), kept_in)
        if server.requests:
            expect(len(server.requests), 0, of="requests that were not let out")
    expect_kind(found, HeldBack, of="a question that was not let out")

"""A stand-in for the provider, with numbers that misbehave on purpose; it rings nobody and needs no settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from dialer.providers.cxone import ADAPTER as CXONE
from dialer.providers.port import CALLER_NUMBER, FLOW_ID
from dialer.providers.twilio import ADAPTER as TWILIO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime, timedelta

    from dialer.providers.port import Adapter, Env, Provider
    from dialer.providers.sandbox.server import Served

    Make = Callable[[Callable[[], float], Callable[[], datetime]], Served]

SANDBOX = "sandbox"
"""The provider's name of a run that rang nobody."""

_CALLER = "+12025550100"  #: of the numbers that are kept for fiction


# What speaks HTTP takes a third of the time to start, which only commands that dial need to spend.


def _cxone(clock: Callable[[], float], now: Callable[[], datetime]) -> Served:
    from dialer.providers.sandbox.server import Sandbox  # noqa: PLC0415

    began = now().timestamp() - clock()  # Unix seconds that go on evenly whatever happens to the machine's own
    return Sandbox(clock=lambda: began + clock())


def _twilio(clock: Callable[[], float], _: Callable[[], datetime]) -> Served:
    from dialer.providers.sandbox.twilio import TwilioSandbox  # noqa: PLC0415

    return TwilioSandbox(clock=clock)


def _stand_in(adapter: Adapter, make: Make, *, flow_id: str, stands_for: str = "") -> Adapter:
    """Give an adapter whose `connect` starts what is made in this process, and asks it as the provider is asked."""

    @asynccontextmanager
    async def connect(
        _: Env, *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
    ) -> AsyncIterator[Provider]:
        from dialer.providers.sandbox.server import serve  # noqa: PLC0415

        async with (
            serve(make(clock, now)) as url,
            adapter.connect(adapter.stand_in(url), timeout=timeout, clock=clock, now=now) as provider,
        ):
            yield provider

    return replace(
        adapter,
        name=SANDBOX,
        settings=(),
        complain=lambda _env, **_: (),
        connect=connect,
        ceiling=None,
        stands_for=stands_for,
        defaults={FLOW_ID: flow_id, CALLER_NUMBER: _CALLER},
    )


ADAPTER = _stand_in(CXONE, _cxone, flow_id="sandbox-flow")
_OTHERS = {TWILIO.name: _stand_in(TWILIO, _twilio, flow_id=f"FW{0:032x}", stands_for=TWILIO.name)}


def standing_in_for(provider: str | None) -> Adapter:
    """Give the stand-in that is asked as a provider is; CXone's where a provider has none."""
    return _OTHERS.get(provider or "", ADAPTER)

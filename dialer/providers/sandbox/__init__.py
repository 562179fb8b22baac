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

SANDBOX = "sandbox"
"""The provider's name of a run that rang nobody."""

_CALLER = "+12025550100"  #: of the numbers that are kept for fiction


@asynccontextmanager
async def connect(
    _: Env, *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
) -> AsyncIterator[Provider]:
    """Start a stand-in in this process for one session, and ask it as CXone is asked."""
    # What speaks HTTP takes a third of the time to start, which only commands that dial need to spend.
    from dialer.providers.sandbox.server import Sandbox, serve  # noqa: PLC0415

    began = now().timestamp() - clock()  # Unix seconds that go on evenly whatever happens to the machine's own
    async with (
        serve(Sandbox(clock=lambda: began + clock())) as url,
        CXONE.connect(CXONE.stand_in(url), timeout=timeout, clock=clock, now=now) as provider,
    ):
        yield provider


ADAPTER = replace(
    CXONE,
    name=SANDBOX,
    settings=(),
    complain=lambda _env, **_: (),
    connect=connect,
    defaults={FLOW_ID: "sandbox-flow", CALLER_NUMBER: _CALLER},
)


@asynccontextmanager
async def _connect_twilio(
    _: Env, *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
) -> AsyncIterator[Provider]:
    from dialer.providers.sandbox.server import serve  # noqa: PLC0415
    from dialer.providers.sandbox.twilio import TwilioSandbox  # noqa: PLC0415

    async with (
        serve(TwilioSandbox(clock=clock)) as url,
        TWILIO.connect(TWILIO.stand_in(url), timeout=timeout, clock=clock, now=now) as provider,
    ):
        yield provider


_TWILIO = replace(
    TWILIO,
    name=SANDBOX,
    settings=(),
    complain=lambda _env, **_: (),
    connect=_connect_twilio,
    ceiling=None,
    stands_for=TWILIO.name,
    defaults={FLOW_ID: f"FW{0:032x}", CALLER_NUMBER: _CALLER},
)


def standing_in_for(provider: str | None) -> Adapter:
    """Give the stand-in that is asked as a provider is; CXone's where a provider has none."""
    return _TWILIO if provider == TWILIO.name else ADAPTER

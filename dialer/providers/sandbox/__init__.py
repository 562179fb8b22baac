"""A stand-in for each provider, with numbers that misbehave on purpose; it rings nobody and needs no settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pkgutil import resolve_name
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from dialer.errors import SetupError
from dialer.providers.asterisk import ADAPTER as ASTERISK
from dialer.providers.connect import ADAPTER as CONNECT
from dialer.providers.cxone import ADAPTER as CXONE
from dialer.providers.cxone_scripts import ADAPTER as SCRIPTS
from dialer.providers.port import CALLER_NUMBER, FLOW_ID, SANDBOX
from dialer.providers.twilio import ADAPTER as TWILIO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime, timedelta

    from dialer.providers.port import Adapter, Env, Provider
    from dialer.providers.sandbox.server import SandboxOptions, Served

__all__ = ["ADAPTER", "SANDBOX", "STAND_INS", "StandIn", "rehearsing", "stand_in_for", "standing_in_for"]

_CALLER = "+12025550100"  #: of the numbers that are kept for fiction


class MakeServed(Protocol):
    """Makes what is served. `clock` gives Unix seconds that go on evenly whatever happens to the machine's own."""

    def __call__(
        self,
        options: SandboxOptions = ...,
        /,
        *,
        clock: Callable[[], float],
        heard: Callable[[str], None] | None = None,
    ) -> Served:
        """Make it; it has placed no call yet. `heard` is told of each request in a line, numbers masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """What stands in for a provider: how it is made, and with what it is asked."""

    adapter: Adapter
    served: str  #: MODULE:CLASS; what speaks HTTP takes a third of the time to start, so it is imported to be served
    flow_id: str  #: one that it has
    refuses: str  #: what it refuses beside its numbers, for a person
    caller_number: str = _CALLER
    has_tokens: bool = False  #: whether it grants tokens, which end
    says: Mapping[str, str] = field(default_factory=dict)  #: what its numbers do, where it is no word of CXone

    def make(self) -> MakeServed:
        """Give what makes the server."""
        made: MakeServed = resolve_name(self.served)
        return made

    def in_process(self) -> Adapter:
        """Give an adapter whose `connect` starts the server in this process, and asks it as the provider is asked."""

        @asynccontextmanager
        async def connect(
            _: Env, *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
        ) -> AsyncIterator[Provider]:
            from dialer.providers.sandbox.server import serve  # noqa: PLC0415 - as above

            began = now().timestamp() - clock()
            settings = self.adapter.stand_in
            async with (
                serve(self.make()(clock=lambda: began + clock())) as url,
                self.adapter.connect(settings(url), timeout=timeout, clock=clock, now=now) as provider,
            ):
                yield provider

        return replace(
            self.adapter,
            name=SANDBOX,
            settings=(),
            complain=lambda _env, **_: (),
            connect=connect,
            ceiling=None,
            account=lambda _: SANDBOX,
            stands_for="" if self.adapter is CXONE else self.adapter.name,
            defaults={FLOW_ID: self.flow_id, CALLER_NUMBER: self.caller_number},
        )


STAND_INS: Mapping[str, StandIn] = MappingProxyType(
    {
        each.adapter.name: each
        for each in (
            StandIn(
                adapter=CXONE,
                served=f"{__name__}.server:Sandbox",
                flow_id="sandbox-flow",
                refuses="the flow invalid-flow, callers that end in 0000, and the client id read-only",
                has_tokens=True,
            ),
            StandIn(
                adapter=SCRIPTS,
                served=f"{__name__}.cxone_scripts:CXoneScriptsSandbox",
                flow_id="Sandbox\\Script",
                refuses="the script No\\Such, and the access key read-only",
                caller_number="",
                has_tokens=True,
                says={"0190": "refused: 400 BadRequest", "0196": "placed, but the answer has no contactId"},
            ),
            StandIn(
                adapter=TWILIO,
                served=f"{__name__}.twilio:TwilioSandbox",
                flow_id=f"FW{0:032x}",
                refuses=f"the flow FW{'f' * 32}, callers that end in 0000, and secrets with wrong in them",
                says={"0190": "refused: 400 with the code 21216", "0196": "placed, but the answer has no sid"},
            ),
            StandIn(
                adapter=ASTERISK,
                served=f"{__name__}.asterisk:AsteriskSandbox",
                flow_id="flows,sandbox,start",
                refuses="the label missing, and the endpoint missing",
                says={
                    "0190": "placed, and busy",
                    "0191": "nobody is called: always 500 Allocation failed",
                    "0192": "nobody is called the first time (500 Allocation failed), placed after that",
                    "0196": "placed, but the answer has no id",
                    "0199": "placed, and rings for 30 s without an answer",
                },
            ),
            StandIn(
                adapter=CONNECT,
                served=f"{__name__}.connect:ConnectSandbox",
                flow_id="00000000-0000-4000-8000-000000000002",
                refuses="the flow ffffffff-ffff-4fff-bfff-ffffffffffff, callers that end in 0000, and other keys",
                says={
                    "0190": "refused: 403 DestinationNotAllowedException",
                    "0191": "always throttled: 429 TooManyRequestsException",
                    "0196": "placed, but the answer has no ContactId",
                },
            ),
        )
    }
)
"""By the names of the providers; rehearsals and what is served know no others."""

_IN_PROCESS = {name: each.in_process() for name, each in STAND_INS.items()}

ADAPTER = _IN_PROCESS[CXONE.name]


def stand_in_for(provider: str) -> StandIn:
    """Find what stands in for a provider; raises SetupError where nothing does."""
    if provider not in STAND_INS:
        raise SetupError(f"the sandbox has no stand-in for {provider!r}, but for {', '.join(sorted(STAND_INS))}")
    return STAND_INS[provider]


def rehearsing(provider: str) -> Adapter:
    """Give the stand-in in this process that is asked as a provider is; raises SetupError where it has none."""
    return _IN_PROCESS[stand_in_for(provider).adapter.name]


def standing_in_for(provider: str | None) -> Adapter:
    """Give the stand-in that is asked as a provider is; CXone's where a provider has none."""
    return _IN_PROCESS.get(provider or "", ADAPTER)

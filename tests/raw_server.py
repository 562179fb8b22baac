"""A raw server on loopback that answers step by step, and CXone's adapter connected to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

from dialer.domain.call import CallRequest
from dialer.providers.contract import fault_server
from dialer.providers.contract.dialect import NOW, PLENTY
from dialer.providers.contract.fault_server import http
from dialer.providers.cxone import connect
from dialer.providers.cxone.calls import TOKEN

REQUEST = CallRequest(
    caller_number="+12025550100",
    called_number="+12125550142",
    flow_id="flow-1",
    parameters={"first_name": "Zoë 李", "account": "0042"},
)
MOMENT = timedelta(seconds=0.1)


PLACED = http(body=b'{"callId": "c-1", "status": "queued"}')
GRANTED = http(body=b'{"access_token": "token-1", "expires_in": 3600}')


def tokens(head):
    """Grant CXone's tokens."""
    return GRANTED if TOKEN in head.splitlines()[0] else None


def serving(*steps, aside=tokens):
    """Serve while the block runs, as the contract's own server does."""
    return fault_server.serving(*steps, aside=aside)


@asynccontextmanager
async def connected(server, *, timeout=PLENTY):
    env = {"CXONE_BASE_URL": f"{server.url}/", "CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "s3cret"}
    async with connect(env, timeout=timeout, clock=lambda: 0.0, now=lambda: NOW) as provider:
        assert await provider.ready() is None
        yield provider


def placed(call_id, **headers):
    """Answer that a call was placed."""
    return http(body=f'{{"callId": "{call_id}", "status": "queued"}}'.encode(), **headers)


def after(seconds, *, left=True, meanwhile=None):
    """Let a request leave, or not, after so long."""

    async def leave():
        if meanwhile:
            meanwhile()
        await asyncio.sleep(seconds)
        return left

    return leave

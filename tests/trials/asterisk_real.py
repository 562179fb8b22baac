"""Ask a real Asterisk server for what the adapter believes of ARI: answers, states, events and a call's last word.

It rings NUMBER once, in E.164, by the settings of the environment (ASTERISK_URL, ASTERISK_USER, ASTERISK_PASSWORD,
ASTERISK_ENDPOINT and ASTERISK_FLOW). Where one is not set, nothing is asked.

    python tests/trials/asterisk_real.py +12025550142
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from dialer.domain.call import Accepted, CallRequest, NotSent, RunMustStop, Seen, UnknownTry
from dialer.providers.asterisk import ADAPTER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from dialer.providers.port import Provider

NEEDED = ("ASTERISK_URL", "ASTERISK_USER", "ASTERISK_PASSWORD", "ASTERISK_ENDPOINT", "ASTERISK_FLOW")
LONGEST = 120.0  #: seconds for the call to end: it rings for 30, and a flow takes a minute


class Score:
    """What was expected of the server, and what was not so."""

    def __init__(self) -> None:
        self.wrong = 0

    def expect(self, holds: object, says: str, found: object) -> None:
        self.wrong += not holds
        print(f"{'as expected' if holds else 'OTHERWISE  '}  {says}: {found}", flush=True)


def opened(env: Mapping[str, str]) -> AbstractAsyncContextManager[Provider]:
    seconds = timedelta(seconds=10)
    return ADAPTER.connect(env, timeout=seconds, clock=time.monotonic, now=lambda: datetime.now(UTC))


async def rings_nobody(env: Mapping[str, str], request: CallRequest, score: Score) -> None:
    """Ask for what is refused before anybody is dialled."""
    async with opened({**env, "ASTERISK_PASSWORD": f"{env['ASTERISK_PASSWORD']}-wrong"}) as provider:
        answer = await provider.ready()
        score.expect(isinstance(answer, RunMustStop), "a wrong password stops", answer)
    nowhere = {**env, "ASTERISK_ENDPOINT": "PJSIP/{number}@missing"}
    async with opened(nowhere) as provider:
        answer = await provider.ready()
        score.expect(isinstance(answer, RunMustStop), "a trunk that is not there stops", answer)
        placed = await provider.place(request._replace(token=uuid4().hex))
        score.expect(isinstance(placed, NotSent), "a call by it calls nobody, and may be tried again", placed)
    async with opened(env) as provider:
        context, extension, _ = request.flow_id.split(",")
        elsewhere = request._replace(flow_id=f"{context},{extension},missing", token=uuid4().hex)
        placed = await provider.place(elsewhere)
        score.expect(isinstance(placed, RunMustStop), "a label that is not there stops", placed)
        seen = await provider.look_up(uuid4().hex, _at_once)
        score.expect(seen == Seen("ended", final=True), "a channel that is not there has ended", seen)


async def rings_once(env: Mapping[str, str], request: CallRequest, score: Score) -> None:
    """Ring the number, and follow the call to its last word."""
    async with opened(env) as provider:
        ready = await provider.ready()
        score.expect(ready is None, "the server lets us in, has the trunk and tells events", ready)
        placed = await provider.place(request, _at_once)
        score.expect(isinstance(placed, Accepted), "the call is placed", placed)
        if not isinstance(placed, Accepted):
            return
        score.expect(placed.call_id == request.token, "its id is the token", placed.call_id)
        again = await provider.place(request, _at_once)
        score.expect(again == Accepted(request.token), "the same token while it lives is the same call", again)
        resolved = await provider.resolve(UnknownTry(request, datetime.now(UTC), None), _at_once)  # type: ignore[attr-defined]
        score.expect(isinstance(resolved, Accepted), "a try without an answer would be found", resolved)
        words, until = [], time.monotonic() + LONGEST
        while time.monotonic() < until:
            seen = await provider.look_up(request.token, _at_once)
            words.append(seen.status if isinstance(seen, Seen) else str(seen))
            if isinstance(seen, Seen) and seen.final:
                break
            await asyncio.sleep(0.2)
        told = " -> ".join(dict.fromkeys(words))
        is_heard = words[-1] in ADAPTER.final_statuses - {"ended"}
        score.expect(is_heard, "its last word was heard", told)


async def _at_once() -> bool:
    return True


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("number", nargs="?", help="whom to ring, once, in E.164")
    number = options.parse_args().number
    env = {name: value for name, value in os.environ.items() if value}
    if missing := [name for name in NEEDED if name not in env]:
        print(f"skipped: {', '.join(missing)} not set; without a server there is nothing to ask")
        return 0
    if not number:
        options.error("which number may be rung?")
    caller = env.get("DIALER_CALLER_NUMBER", "")
    if wrong := ADAPTER.complaints(env, flow_id=env["ASTERISK_FLOW"], caller_number=caller):
        print("\n".join(wrong), file=sys.stderr)
        return 2
    request = CallRequest(caller, number, env["ASTERISK_FLOW"], {"first_name": "Zoë 李"}, uuid4().hex)
    score = Score()
    asyncio.run(rings_nobody(env, request, score))
    asyncio.run(rings_once(env, request, score))
    print(f"{score.wrong} otherwise than expected")
    return bool(score.wrong)


if __name__ == "__main__":
    sys.exit(main())

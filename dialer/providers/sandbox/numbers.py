"""The numbers on which the sandbox misbehaves on purpose, and the course a call takes after it is placed.

Only numbers of the fictional shape +1 NPA 555 0189 to +1 NPA 555 0199 misbehave, in every area code alike.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

SLOW_SECONDS: Final = 45.0  #: longer than a campaign waits that says nothing of it, 30 s

_FICTIONAL: Final = re.compile(r"\+1[2-9][0-9]{2}555(01[0-9]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the sandbox sends back: after `after` seconds, or, when `cut`, a closed connection instead."""

    status: int
    text: str
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None
    after: float = 0.0
    cut: bool = False

    async def sent(self, request: web.Request, wait: Callable[[float], Awaitable[None]]) -> web.Response:
        """Return the reply once it is time, `wait` passing that time; or close the connection it was asked over."""
        if self.after:
            await wait(self.after)
        if self.cut and request.transport is not None:
            request.transport.close()
        return self.response()

    def response(self) -> web.Response:
        """Return the reply in aiohttp's terms."""
        return web.Response(status=self.status, text=self.text, content_type=self.content_type, headers=self.headers)


def json_reply(status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply with a JSON object in it."""
    return Reply(status=status, text=json.dumps(body), headers=headers)


def throttled(seconds: int) -> Reply:
    """Return the 429 that asks for a pause of so many seconds."""
    body = {"error": "Too Many Requests", "message": f"Rate limit exceeded, retry in {seconds} s"}
    return json_reply(429, body, {"Retry-After": str(seconds)})


class Course(IntEnum):
    """How a placed call goes on; the value fits a byte."""

    ORDINARY = 0
    FAILING = 1
    LATE = 2


#: Status words in order, each with the seconds after placing at which it begins (at speed 1).
STAGES: Final[Mapping[Course, tuple[tuple[float, str], ...]]] = MappingProxyType(
    {
        Course.ORDINARY: (
            (0.0, "queued"),
            (0.5, "initiated"),
            (1.0, "ringing"),
            (2.5, "answered"),
            (5.0, "completed"),
        ),
        Course.FAILING: ((0.0, "queued"), (0.5, "initiated"), (1.0, "ringing"), (4.0, "failed")),
        Course.LATE: (
            (0.0, "queued"),
            (0.5, "initiated"),
            (1.0, "ringing"),
            (40.0, "answered"),
            (60.0, "completed"),
        ),
    }
)


def stage_after(course: Course, seconds: float) -> tuple[float, str]:
    """Return the stage a call is in so many seconds after placing: when it began, and its status word."""
    stages = STAGES[course]
    return next((stage for stage in reversed(stages) if stage[0] <= seconds), stages[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the sandbox does when a number is called; by default it places the call and says so at once.

    `says` is one line for people. With `instead`, nothing is placed and that is the reply; with `once`, only
    the first time the number is called. `after` is in seconds at speed 1.
    """

    says: str
    instead: Reply | None = None
    once: bool = False
    after: float = 0.0
    cut: bool = False
    names_call: bool = True
    course: Course = Course.ORDINARY


ORDINARY: Final = Behaviour(says="placed")

_REFUSED = json_reply(400, {"error": "Number Not Allowed", "message": "This number may not be called"})
_FAULT = json_reply(500, {"error": {"code": "InternalServerError", "message": "Something broke on our side"}})
_GATEWAY_PAGE = Reply(
    status=502,
    text="<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    content_type="text/html",
)

#: The last four digits of +1 NPA 555 01NN, and what calling such a number does.
MISBEHAVING: Final[Mapping[str, Behaviour]] = MappingProxyType(
    {
        "0189": Behaviour(
            says="placed; ends as failed the first time, and is picked up after that", course=Course.FAILING, once=True
        ),
        "0190": Behaviour(says="refused: 400 Number Not Allowed", instead=_REFUSED),
        "0191": Behaviour(says="always throttled: 429 with Retry-After: 1", instead=throttled(1)),
        "0192": Behaviour(
            says="throttled the first time (429 with Retry-After: 1), placed after that",
            instead=throttled(1),
            once=True,
        ),
        "0193": Behaviour(says="slow: placed, but the answer takes 45 s", after=SLOW_SECONDS),
        "0194": Behaviour(says="cut off: placed, then the connection is closed without an answer", cut=True),
        "0195": Behaviour(says="server fault: 500 with a JSON error", instead=_FAULT),
        "0196": Behaviour(says="placed, but the answer has no callId", names_call=False),
        "0197": Behaviour(says="gateway page: 502 with HTML", instead=_GATEWAY_PAGE),
        "0198": Behaviour(says="placed, rings and ends as failed", course=Course.FAILING),
        "0199": Behaviour(says="placed, rings for 39 s and completes after 60 s", course=Course.LATE),
    }
)


def behaviour_of(number: str) -> Behaviour:
    """Return what calling a number in E.164 does: ORDINARY for all but the numbers of MISBEHAVING."""
    fictional = _FICTIONAL.fullmatch(number)
    return MISBEHAVING.get(fictional[1], ORDINARY) if fictional else ORDINARY


class Behaviours:
    """What calling each number does, as often as it is called."""

    def __init__(self) -> None:
        """Know of no call."""
        self._seen: set[str] = set()

    def of(self, number: str) -> Behaviour:
        """Return what the call that is made now does; what a number does once, it does not do again."""
        behaviour = behaviour_of(number)
        if not behaviour.once:
            return behaviour
        if number in self._seen:
            return ORDINARY
        self._seen.add(number)
        return behaviour

"""What the sandbox is asked to call, and its memory of the calls it placed."""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dialer.providers.sandbox.numbers import Course, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

INVALID_FLOW: Final = "invalid-flow"
BLOCKED_CALLER_ENDING: Final = "0000"

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_REQUIRED: Final = ("callerNumber", "calledNumber", "flowId")
_KNOWN: Final = frozenset({*_REQUIRED, "parameters"})
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_SERIAL: Final = re.compile(r"[0-9a-f]{12}")
_SERIES_LENGTH: Final = 24  #: characters of a UUID and its hyphens before the last group


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A call the sandbox was asked to place, its JSON checked."""

    number: str
    caller: str
    flow_id: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCall:
    """A call the sandbox placed; `at` is the sandbox clock's time."""

    at: float
    call_id: str
    number: str
    caller: str
    flow_id: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A request to place a call, whatever came of it.

    `number` is empty when the body could not be read. `outcome` is placed, refused, denied, throttled or
    fault; a call whose answer is late, cut off or without an id is placed all the same.
    """

    at: float
    number: str
    outcome: str


def read_order(raw: bytes) -> Order | Reply:
    """Return the order in a request's body, or the 400 that names everything wrong with its shape."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return _malformed("the body must be JSON")
    if not isinstance(body, dict):
        return _malformed("the body must be a JSON object")
    complaints = _complaints(body)
    if complaints:
        return _malformed("; ".join(complaints))
    return Order(
        number=body["calledNumber"],
        caller=body["callerNumber"],
        flow_id=body["flowId"],
        parameters=body.get("parameters", {}),
    )


def refusal_of(order: Order) -> Reply | None:
    """Return the 400 for an order with a flow, caller or called number that will not do, else nothing."""
    if order.flow_id in {"", INVALID_FLOW}:
        return _refused("Invalid Flow ID", "The flow does not exist, is not published or not accessible")
    if order.caller.endswith(BLOCKED_CALLER_ENDING) or not _E164.fullmatch(order.caller):
        return _refused("Invalid Caller Number", "The number is not provisioned, not E.164 or blocked")
    if not _E164.fullmatch(order.number):
        return _refused("Invalid Called Number", "calledNumber must be in E.164")
    return None


def _complaints(body: Mapping[str, object]) -> list[str]:
    complaints = [f"{name} must be text" for name in _REQUIRED if not isinstance(body.get(name), str)]
    complaints += [f"unknown field {name!r}" for name in sorted(set(body) - _KNOWN)]
    parameters = body.get("parameters", {})
    if not isinstance(parameters, dict) or not _PLAIN.issuperset(map(type, parameters.values())):
        complaints.append("parameters must be an object of plain values")
    return complaints


def _malformed(message: str) -> Reply:
    return _refused("Bad Request", message)


def _refused(error: str, message: str) -> Reply:
    return json_reply(400, {"error": error, "message": message})


class CallBook:
    """The time and course of every call placed, at nine bytes a call.

    A call's id is the first 24 characters of the book's UUID and the call's place in the book as twelve hex
    digits: a UUID by its look, and found again without being kept.
    """

    def __init__(self, series: str) -> None:
        self._series = series[:_SERIES_LENGTH]
        self._placed_at = array("d")
        self._courses = bytearray()

    def __len__(self) -> int:
        """Count the calls placed so far."""
        return len(self._courses)

    def add(self, course: Course, *, at: float) -> str:
        """Enter a call and return its id."""
        call_id = f"{self._series}{len(self):012x}"
        self._placed_at.append(at)
        self._courses.append(course)
        return call_id

    def find(self, call_id: str) -> tuple[float, Course] | None:
        """Return when a call was placed and its course, or nothing for an id of another book."""
        series, serial = call_id[:_SERIES_LENGTH], call_id[_SERIES_LENGTH:]
        if series != self._series or not _SERIAL.fullmatch(serial) or int(serial, 16) >= len(self):
            return None
        place = int(serial, 16)
        return self._placed_at[place], Course(self._courses[place])

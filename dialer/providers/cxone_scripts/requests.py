"""What CXone is sent to start a script: a query, byte for byte; what a script would not get as it stands is refused."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from dialer.domain.call import CallRequest

MOST_VALUES = 20  #: p1 to p20 of a script, the number among them
LARGEST = 32 * 1024  #: bytes of all values and what parts them: CXone's bound

_PARTS = "|"
_READ_BY_SCRIPTS = frozenset("{}|")  #: {name} is replaced by a variable of the script, and nothing escapes a bar


def query_of(request: CallRequest) -> bytes:
    """Write the part of the query that is of this call: its script and its values; ValueError says what cannot be sent.

    The first value is the number to call, the others are the parameters in their order.
    """
    values = [request.called_number, *(_text(name, value) for name, value in request.parameters.items())]
    if len(values) > MOST_VALUES:
        more = f"{len(values) - 1} parameters are more than the {MOST_VALUES - 1} that a script takes beside the number"
        raise ValueError(more)
    told = _PARTS.join(values)
    if (size := len(told.encode())) > LARGEST:
        larger = f"the values of a script take {size:,} bytes, more than {LARGEST:,}"
        raise ValueError(larger)
    flow = request.flow_id
    script = {"scriptId" if flow.isdecimal() else "scriptPath": flow} if flow else {}
    return urlencode({**script, "Parameters": told}, quote_via=quote, safe="").encode()


def _text(name: str, value: object) -> str:
    """Write a value as a script is told it: text as it stands, a number or a truth as JSON has it."""
    match value:
        case str():
            text = value
        case bool() | int():
            text = json.dumps(value)
        case float() if math.isfinite(value):
            text = json.dumps(value)
        case _:
            wrong = f"parameter {name} is no text, number, true or false, and a script takes nothing else"
            raise ValueError(wrong)
    if not _READ_BY_SCRIPTS.isdisjoint(text):
        wrong = f"parameter {name} holds {{, }} or |, which a script would not take as they stand"
        raise ValueError(wrong)
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        wrong = f"parameter {name} is not UTF-8 text"
        raise ValueError(wrong)
    return text

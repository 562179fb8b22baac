"""What Asterisk is asked for a call: whom to ring by which trunk, where to go on in the dialplan, and its variables."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import category

if TYPE_CHECKING:
    from dialer.domain.call import CallRequest

_AS_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

LARGEST_BODY = 4096
"""Bytes of JSON that Asterisk's HTTP server takes in every version that has ARI."""

_LONGEST_DEVICE = 79  #: characters behind TECHNOLOGY/: Asterisk cuts what is longer, and would ring somebody else
_LONGEST_NUMBER = "+123456789012345"  #: E.164 has no longer ones

# Contexts and extensions are cut at 79 characters. A label that begins like a number is no label to Asterisk: it is
# taken for a priority that nobody looks up, and whoever answers is cut off.
_FLOW = re.compile(r"[\w.-]{1,79},[\w.*#+-]{1,79},[A-Za-z][\w.-]{0,78}", re.ASCII)

_NAMED = r"\{(?:number|digits)\}"
_ENDPOINT = re.compile(
    rf"(?P<technology>[A-Za-z0-9]+)/(?:[\w.*#+-]*{_NAMED}[\w.*#+-]*@(?P<behind>[\w.-]+)"
    rf"|(?P<before>[\w.-]+)/[\w.:@*#+-]*{_NAMED}[\w.:@;=*#+-]*)",
    re.ASCII,
)

# A name that ends with a bracket would run a function of the dialplan. Names in capitals are Asterisk's own: some it
# acts upon, and others it never lets anybody set.
_VARIABLE = re.compile(r"(?=.*[a-z])[A-Za-z][A-Za-z0-9_]{0,79}", re.ASCII)
_EVALUATED = ("${", "$[")  #: what some applications of the dialplan evaluate again in what a variable holds


class Trunk(NamedTuple):
    """Where calls leave: an endpoint of a technology, as ARI lists them, and what is dialled there for a number."""

    technology: str
    resource: str
    template: str

    def device(self, number: str) -> str:
        """Give what is dialled for a number in E.164."""
        return self.template.replace("{number}", number).replace("{digits}", number.removeprefix("+"))


def trunk_of(endpoint: str) -> Trunk:
    """Read what rings a number; ValueError where it names no technology, trunk and number."""
    found = _ENDPOINT.fullmatch(endpoint)
    if not found:
        raise ValueError("ASTERISK_ENDPOINT must look like PJSIP/{number}@trunk")
    return Trunk(found["technology"], found["behind"] or found["before"], endpoint)


def endpoint_complaint(endpoint: str) -> str | None:
    """Say why no number can be rung by an endpoint, or None."""
    try:
        trunk = trunk_of(endpoint)
    except ValueError as problem:
        return str(problem)
    _, _, device = trunk.device(_LONGEST_NUMBER).partition("/")
    if len(device) > _LONGEST_DEVICE:
        return f"ASTERISK_ENDPOINT is too long: Asterisk cuts off what is above {_LONGEST_DEVICE} characters"
    return None


def is_flow(flow_id: str) -> bool:
    """Tell whether a flow is context, extension and label of a dialplan."""
    return bool(_FLOW.fullmatch(flow_id))


def body_of(request: CallRequest) -> bytes:
    """Write what is posted for a call; ValueError where a parameter cannot be JSON.

    Parameters are channel variables, and those are text: what is none is written as JSON writes it.
    """
    told: dict[str, object] = {"callerId": request.caller_number}
    told |= zip(("context", "extension", "label"), request.flow_id.split(",", 2), strict=False)
    told["variables"] = {
        name: value if isinstance(value, str) else _AS_JSON(value) for name, value in request.parameters.items()
    }
    return _AS_JSON({name: value for name, value in told.items() if value}).encode()


def misfit(request: CallRequest) -> str | None:
    """Say why a call cannot be sent: what is no channel variable, or would be more than one."""
    for name in request.parameters:
        if not _VARIABLE.fullmatch(name):
            return (
                f"{name} cannot be a channel variable: those begin with a letter, have letters, digits and _, "
                "and capitals alone are Asterisk's own; give it another name under [parameters]"
            )
    try:
        size = len(body_of(request))
    except ValueError:
        return "a parameter holds what JSON cannot carry"
    for name, value in request.parameters.items():
        text = value if isinstance(value, str) else _AS_JSON(value)
        if any(category(sign) == "Cc" for sign in text):
            return f"{name} holds a line break or another control character"
        if any(sign in text for sign in _EVALUATED):
            return f"{name} holds ${{ or $[, which a dialplan may evaluate"
    if size > LARGEST_BODY:
        return f"Asterisk takes {LARGEST_BODY} bytes for a call, and this one has {size}"
    return None

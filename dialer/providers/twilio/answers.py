"""What single answers of Twilio's say: codes, ids and times, and what to check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dialer.providers.http import as_json, is_id
from dialer.providers.status_codes import STOPPING, AddressNames
from dialer.providers.twilio import codes

if TYPE_CHECKING:
    from dialer.providers.request import Reply

ADDRESS = AddressNames("TWILIO_REGION, TWILIO_EDGE and TWILIO_BASE_URL", "TWILIO_BASE_URL")

_DEEPEST = 8  #: levels of a flow's context: a widget's own values stand at the third
_CALL = re.compile("CA[0-9A-Za-z]{1,60}")  #: more than any of its sids has
_CODE = re.compile("[0-9]{1,9}")  #: its codes have five digits
_QUEUED = re.compile("[0-9]{1,8}")  #: milliseconds: Twilio refuses a call that would wait for more than 24 hours


def tip_of(status: int) -> str | None:
    """Tell what to check where an answer has no code that is known, and its status alone is about every call."""
    known = {401: codes.TIP_CREDENTIALS, 403: codes.TIP_ACCOUNT, 404: codes.TIP_FLOW}
    return known.get(status) or (ADDRESS.in_tip(STOPPING[status]) if status in STOPPING else None)


def code_of(reply: Reply) -> int:
    """Read an answer's error code; 0 where it has none."""
    answer = as_json(reply.body, reply.content_type)
    code = answer.get("code") if isinstance(answer, dict) else None
    return int(code) if isinstance(code, int | str) and _CODE.fullmatch(str(code)) else 0


def conflicting(reply: Reply) -> str:
    """Name the execution that keeps another from being begun, where an answer does."""
    answer = as_json(reply.body, reply.content_type)
    details = answer.get("details") if isinstance(answer, dict) else None
    sid = details.get("conflicting_execution_sid") if isinstance(details, dict) else None
    return f", {sid}" if is_id(sid) else ""


def queued_for(queue_time: object) -> float:
    """Read a time in milliseconds, which is told as text; what no call can wait for is none."""
    return int(queue_time) / 1000 if isinstance(queue_time, int | str) and _QUEUED.fullmatch(str(queue_time)) else 0.0


def call_in(document: Any, *, depth: int = _DEEPEST) -> str | None:
    """Find the first CallSid in a flow's context, whichever widget has it."""
    if not depth or not isinstance(document, dict | list):
        return None
    if isinstance(document, dict) and isinstance(sid := document.get("CallSid"), str) and _CALL.fullmatch(sid):
        return sid
    inner = document.values() if isinstance(document, dict) else document
    return next((sid for each in inner if (sid := call_in(each, depth=depth - 1))), None)

"""What Amazon Connect is sent: a call's document, byte for byte, a search, and where a contact is described."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dialer.domain.call import CallRequest, UnknownTry

PLACE = "/contact/outbound-voice"
SEARCH = "/search-contacts"

_AS_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_NAME = re.compile("[A-Za-z0-9_-]+")
_MOST = 32_768  #: bytes of UTF-8 that the attributes of a contact may have, names and values together
_CLOCKS_APART = timedelta(minutes=5)  #: AWS takes no signature from a clock that is further from its own
_LONGEST_IN_FLIGHT = timedelta(days=1)  #: a request leaves within a minute of its claim; a computer may sleep meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What calls are made from: an instance, and the queue in whose name, '' for none."""

    id: str
    queue: str = ""

    def body(self, request: CallRequest) -> bytes:
        """Write the document that asks for a call; ValueError where a parameter cannot be written.

        The token is its ClientToken, and its Name as well, which is what contacts can be searched by.
        """
        fields: dict[str, object] = {
            "InstanceId": self.id,
            "ContactFlowId": request.flow_id,
            "DestinationPhoneNumber": request.called_number,
            "SourcePhoneNumber": request.caller_number,
            "QueueId": self.queue,
            "Attributes": attributes_of(request.parameters),
            "ClientToken": request.token,
            "Name": request.token,
        }
        return _AS_JSON({name: value for name, value in fields.items() if value}).encode()

    def contact(self, call_id: str) -> str:
        """Give the path at which a contact is described."""
        return f"/contacts/{quote(self.id, safe='')}/{quote(call_id, safe='')}"

    def search(self, unknown: UnknownTry, *, now: datetime) -> bytes:
        """Write the document that asks for the contacts of a try, by its token: there is no search by number."""
        ended = min(unknown.ended_at or unknown.claimed_at + _LONGEST_IN_FLIGHT, now)
        span = {
            "Type": "INITIATION_TIMESTAMP",
            "StartTime": int((unknown.claimed_at - _CLOCKS_APART).timestamp()),
            "EndTime": int((min(ended + _CLOCKS_APART, now)).timestamp()),
        }
        criteria = {
            "Name": {"SearchText": [unknown.request.token], "MatchType": "MATCH_EXACT"},
            "Channels": ["VOICE"],
            "InitiationMethods": ["API"],
        }
        return _AS_JSON({"InstanceId": self.id, "TimeRange": span, "SearchCriteria": criteria}).encode()


def attributes_of(parameters: Mapping[str, object]) -> dict[str, str]:
    """Make attributes of parameters; what is no text is written as JSON writes it, ValueError where it cannot be."""
    return {name: value if isinstance(value, str) else _AS_JSON(value) for name, value in parameters.items()}


def misfit_of(parameters: Mapping[str, object]) -> str | None:
    """Say why parameters cannot be the attributes of a contact, or None."""
    odd = [name for name in parameters if not _NAME.fullmatch(name)]
    if odd:
        return f"an attribute's name has letters, digits, - and _ only: {', '.join(map(repr, odd))}"
    try:
        size = sum(len(name) + len(value.encode()) for name, value in attributes_of(parameters).items())
    except ValueError:
        return "a parameter holds what JSON cannot carry"
    return f"the attributes of a call hold {_MOST} bytes, and these are {size}" if size > _MOST else None

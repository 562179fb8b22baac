"""What the names of AWS's errors prove: its HTTP statuses are shared by several. Each is without `Exception`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TIP_KEYS = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile of AWS_PROFILE"
TIP_SIGNATURE = "check AWS_SECRET_ACCESS_KEY, AWS_REGION, and that this machine's clock is right"
TIP_RIGHT = "allow whoever the keys belong to {action} on the instance (IAM), and check AWS_REGION"
TIP_THERE = "one of instance, flow, queue and caller number is not there: check CONNECT_INSTANCE_ID and the others"

ENDED = frozenset({"ExpiredToken"})
"""The keys that a request was signed with have ended."""

STOPPING: Mapping[str, str] = MappingProxyType(
    {
        "AccessDenied": TIP_RIGHT,
        "UnrecognizedClient": TIP_KEYS,
        "InvalidClientTokenId": TIP_KEYS,
        "MissingAuthenticationToken": TIP_KEYS,
        "IncompleteSignature": TIP_SIGNATURE,
        "InvalidSignature": TIP_SIGNATURE,
        "SignatureDoesNotMatch": TIP_SIGNATURE,
    }
)
"""Errors that every further request would meet, each with what to check; {action} is what was asked for."""

NOT_THERE = "ResourceNotFound"
"""For a call, instance, flow, queue or caller; for a look-up, the contact."""

OF_NUMBER = frozenset({"DestinationNotAllowed"})
"""About who was to be called: a country, or a kind of number, that the instance may not call."""

OF_ROW = frozenset({"OutboundContactNotPermitted", "InvalidParameter", "InvalidRequest"})
"""About one call; the two last may be about all, which shows when row after row meets them."""

SLOWER: Mapping[str, float | None] = MappingProxyType(
    {
        "TooManyRequests": None,
        "Throttling": None,
        # Lines are free when calls end, and a call lasts half a minute rather than a second.
        "LimitExceeded": 30.0,
    }
)
"""Errors that say that nothing was done and later it may be, each with the seconds to wait, None where nobody knows."""

_KNOWN = frozenset({*ENDED, *STOPPING, NOT_THERE, *OF_NUMBER, *OF_ROW, *SLOWER, "InternalService"})


def name_of(headers: Mapping[str, str], document: Any) -> str:
    """Read the name of an error, '' where it is none that is known: a header's own text is told to nobody.

    It stands in a header or in the body, may have an address behind a colon and a family in front of a hash.
    """
    in_body = (document.get(key) for key in ("__type", "code")) if isinstance(document, dict) else ()
    for said in (headers.get("x-amzn-errortype"), *in_body):
        if isinstance(said, str):
            name = said.partition(":")[0].rpartition("#")[2].strip().removesuffix("Exception")
            if name in _KNOWN:
                return name
    return ""


def message_of(document: Any) -> str:
    """Read what an error says, '' where it says nothing."""
    found = (document.get(key) for key in ("Message", "message")) if isinstance(document, dict) else ()
    return next((said for said in found if isinstance(said, str) and said.strip()), "")

"""What refusals prove by their status alone, and whether their words speak of the number that was called."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class AddressNames(NamedTuple):
    """The settings that a provider's address is made of, and the one that can hold the whole of it."""

    address: str
    url: str

    def in_tip(self, tip: str) -> str:
        """Name them where a tip speaks of {address} and {url}."""
        return tip.format(address=self.address, url=self.url)


TIP_ADDRESS = "what answers there takes no calls in this way: check {address}, and what stands between"
TIP_PROXY = "a proxy asks who you are: check HTTPS_PROXY, its user and password"
TIP_ACCOUNT = "the provider asks to be paid: check the account"

STOPPING: Mapping[int, str] = MappingProxyType(
    {
        # Every call of a run is made in the same way, and these are about the way: no row is refused by them.
        402: TIP_ACCOUNT,
        405: TIP_ADDRESS,  # the address takes no POST
        406: TIP_ADDRESS,  # it cannot answer in JSON
        407: TIP_PROXY,
        411: TIP_ADDRESS,  # it wants a length, which every call has: something in between takes it away
        412: TIP_ADDRESS,  # a condition failed, and no call has one
        415: TIP_ADDRESS,  # it takes no JSON
        417: TIP_ADDRESS,  # an expectation failed, and no call has one
        421: TIP_ADDRESS,  # another host is meant
        425: TIP_ADDRESS,  # it fears a repetition by TLS, and no call is sent early
        426: TIP_ADDRESS,  # another protocol is wanted
        428: TIP_ADDRESS,  # a condition is wanted
        431: TIP_ADDRESS,  # the headers are too large, and they are the same for every call
    }
)
"""Statuses that are never about one row, each with what to check; the run stops, and its rows stay pending."""

GAVE_UP = frozenset({408, 460, 499})
"""Statuses of a server or gateway that waited no longer: whoever stands behind it may have acted."""

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
_CALLER = re.compile(r"\b(caller|calling|from|source|sender|origin\w*|ani)\b")
_CALLED = re.compile(
    r"\b(numbers?|phones?|msisdn|destinations?|recipients?|callee|called|dial(l?ed)?|subscribers?|unallocated|dnc"
    r"|do not call)\b"
)


def is_of_number(said: str) -> bool:
    """Tell whether a refusal's words speak of who was to be called, and not of the caller."""
    words = " ".join(_WORDS.split(said)).lower()
    return bool(_CALLED.search(words)) and not _CALLER.search(words)

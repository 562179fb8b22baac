"""What Twilio's error codes prove: its HTTP statuses are not the same for the same code."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TIP_CREDENTIALS = "check TWILIO_ACCOUNT_SID, and TWILIO_API_KEY with TWILIO_API_SECRET, or TWILIO_AUTH_TOKEN"
TIP_ACCOUNT = "look at the account in Twilio's console: it is closed, suspended or has no right to do this"
TIP_TEST = "test credentials place plain calls from +15005550006 only, and execute no flow"
TIP_FLOW = "check TWILIO_FLOW_SID and TWILIO_ACCOUNT_SID: one of them is not there"
TIP_CALLER = "check the caller number: it must be a voice number of the account, or one that the account has verified"
TIP_SAYING = "check the address or the application that TWILIO_FLOW_SID names"

STOPPING: Mapping[int, str] = MappingProxyType(
    {
        20003: TIP_CREDENTIALS,
        70051: TIP_CREDENTIALS,  # the key has no right to this
        10001: TIP_ACCOUNT,
        10002: TIP_ACCOUNT,
        20005: TIP_ACCOUNT,
        20006: TIP_ACCOUNT,
        20010: TIP_ACCOUNT,
        20403: TIP_ACCOUNT,
        90010: TIP_ACCOUNT,
        20008: TIP_TEST,
        20404: TIP_FLOW,
        21210: TIP_CALLER,  # not verified
        21212: TIP_CALLER,  # no number at all
        21213: TIP_CALLER,  # none was sent
        21200: TIP_SAYING,
        21205: TIP_SAYING,
        21218: TIP_SAYING,
    }
)
"""Codes that every further call would meet, each with what to check; the run stops, and its rows stay pending."""

OF_NUMBER = frozenset({21201, 21202, 21203, 21211, 21214, 21215, 21216, 21217})
"""Codes about who was to be called: no number, one that cannot be reached, that is blocked, or in a closed country."""

OF_ROW = frozenset({21219, 81023, 84004})
"""Other codes about one row. The first is a trial account's, which calls only numbers that it verified."""

SLOWER = frozenset({20429, 10004, 22005})
"""Codes that say that nothing was done and later it may be: too many requests, too many calls, too long a queue."""

ALREADY = 20409
"""Code of an execution that is not begun because one for the same two numbers is still going on."""

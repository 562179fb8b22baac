"""What came of a try whose answer nobody knows, by what Twilio lists of its time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.domain.call import Accepted, NotMade, StillUnknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.domain.call import Resolved, UnknownTry
    from dialer.providers.twilio.lists import Listed

CLOCKS = timedelta(minutes=1)
"""How far Twilio's clock may be from this machine's for a call to be taken for the one that was asked for: machines
that keep the time at all are within seconds."""

BESIDE = timedelta(minutes=15)
"""How far from the try any call to its number keeps it from being called again: a clock may be wrong by minutes, and
who is rung twice is not rung back."""

LEAVES = timedelta(seconds=30)  #: after its claim a request has left, or leaves no more: the engine holds it back then

LISTED = timedelta(seconds=90)
"""After a request was given up, what a dead connection still delivers has been, and what was made of it is listed: a
system tries for some 100 seconds from its leaving on, and Twilio's lists are behind by seconds."""


def left_by(unknown: UnknownTry) -> datetime:
    """Tell when the request of a try had left at the latest, or was given up."""
    return unknown.ended_at or unknown.claimed_at + LEAVES


def resolved(unknown: UnknownTry, listed: Sequence[Listed], *, now: datetime, prefix: str = "") -> Resolved:
    """Tell what a list proves of a try, as it stood at a moment; `prefix` stands before the ids that are told.

    One call of the time of the try is its call. None at all, within a quarter of an hour, proves that none was made.
    """
    since, until = unknown.claimed_at - BESIDE, left_by(unknown) + BESIDE
    mine = [
        each
        for each in listed
        if each.number == unknown.request.called_number
        and f"{prefix}{each.sid}" not in unknown.other_calls
        and since <= each.at <= until
    ]
    close = [each for each in mine if unknown.claimed_at - CLOCKS <= each.at <= left_by(unknown) + CLOCKS]
    if len(mine) == 1 and close:
        return Accepted(f"{prefix}{close[0].sid}", close[0].status)
    if mine:
        told = ", ".join(f"{prefix}{each.sid} of {each.at:%H:%M:%S} UTC" for each in mine)
        return StillUnknown(f"Twilio lists what may be this call or another: {told}")
    certain = left_by(unknown) + LISTED
    if now < certain:
        return StillUnknown("Twilio lists no such call yet", again=(certain - now).total_seconds())
    return NotMade("Twilio lists no such call")

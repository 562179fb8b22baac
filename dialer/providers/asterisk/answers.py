"""What ARI's answers prove, and its words for where a call stands."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dialer.domain.call import Accepted, NotSent, Refused, RunMustStop, Throttled, Unclear
from dialer.providers.http import as_json, plain, retry_after, words
from dialer.providers.status_codes import GAVE_UP, STOPPING, AddressNames, is_of_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from dialer.domain.call import Answer
    from dialer.providers.request import Reply

ADDRESS = AddressNames("ASTERISK_URL", "ASTERISK_URL")

TIP_ADDRESS = "check ASTERISK_URL, and that http.conf and ari.conf enable ARI there"
TIP_USER = "check ASTERISK_USER and ASTERISK_PASSWORD against ari.conf"
TIP_READ_ONLY = "the user may only read: let ari.conf say read_only = no for it"
TIP_FLOW = "check ASTERISK_FLOW: the dialplan must have this context, extension and label"
TIP_REQUEST = "check ASTERISK_FLOW and ASTERISK_ENDPOINT; Asterisk's log may say more"
TIP_TRUNK = "check ASTERISK_ENDPOINT: Asterisk has no such endpoint"

_TIPS: Mapping[int, str] = MappingProxyType(
    {400: TIP_REQUEST, 401: TIP_USER, 403: TIP_READ_ONLY, 404: TIP_ADDRESS}
    | {status: ADDRESS.in_tip(tip) for status, tip in STOPPING.items()}
)

_LONGEST_WORD = 40  #: characters: several times what any of its words has
_WORDS: Mapping[str, str] = MappingProxyType(
    # A channel is Down until the called phone rings, and Ring is what a phone does that calls.
    dict.fromkeys(("down", "rsrvd", "offhook", "dialing", "dialing offhook"), "dialing")
    | dict.fromkeys(("ring", "ringing", "pre-ring"), "ringing")
    | {"up": "answered"}
)

_NO_ANSWER = frozenset({0, 18, 19})
"""Causes of a call that nobody picked up; older versions gave 0 where the time to answer ran out."""

_BUSY = 17


def document(reply: Reply) -> Mapping[str, Any]:
    """Read an answer's JSON object; an empty one where it has none."""
    answer = as_json(reply.body, reply.content_type)
    return answer if isinstance(answer, dict) else {}


def word_of(state: object) -> str:
    """Give the word for where a channel stands, '' where nothing is said of it."""
    said = plain(state)[:_LONGEST_WORD].lower() if isinstance(state, str) else ""
    return _WORDS.get(said, said)


def last_word(cause: object, *, was_up: bool) -> str:
    """Give a call's last word by the cause of its end, and whether it was picked up."""
    if was_up:
        return "failed" if cause == 0 else "completed"  # 0: the dialplan had nothing to run, and it was cut off
    if cause == _BUSY:
        return "busy"
    return "no-answer" if isinstance(cause, int) and cause in _NO_ANSWER else "failed"


def is_over(reply: Reply) -> bool:
    """Tell whether it is ARI that knows no such channel, and not something in between that knows no such address."""
    return reply.status == 404 and document(reply).get("message") == "Channel not found"


def tip_of(reply: Reply) -> str | None:
    """Tell what to check where every further request would be answered so, or None."""
    if reply.status == 404 and "label" in str(document(reply).get("message", "")):
        return TIP_FLOW
    return _TIPS.get(reply.status)


def read(reply: Reply, token: str, *, secrets: tuple[str, ...], now: Callable[[], datetime]) -> Answer:
    """Read what came of asking for a call whose channel is to have the token for its id."""
    told = document(reply)
    said = words(reply.status, reply.body, secrets=secrets, content_type=reply.content_type)
    if 200 <= reply.status < 300:
        # What bears another id is another's channel: ours has the one that it was asked for with.
        is_ours, word = told.get("id") == token, without(word_of(told.get("state")), secrets)
        return Accepted(token, word) if is_ours else Unclear(f"HTTP {reply.status} without the id of this call")
    if reply.status == 409 and told.get("message") == "Channel with given unique ID already exists":
        return Accepted(token)  # nobody else has it: this very request came twice, and the first one made the call
    if _has_called_nobody(reply, told):
        return NotSent(said, left=True)
    if reply.status == 429:
        return Throttled(said, retry_after(reply.retry_after, now=now()))
    if not 400 <= reply.status < 500 or reply.status in GAVE_UP:
        return Unclear(said)
    tip = tip_of(reply)
    return RunMustStop(said, tip) if tip else Refused(said, of_number=is_of_number(said))


def without(word: str, secrets: tuple[str, ...]) -> str:
    """Take secrets out of a word that Asterisk may have been given by whoever stands in between."""
    return plain(word, secrets=secrets)


def _has_called_nobody(reply: Reply, told: Mapping[str, Any]) -> bool:
    """Tell whether an answer is one that Asterisk gives only before it dials: no such trunk, or it is going down."""
    if reply.status == 500:
        return told == {"error": "Allocation failed"}
    return reply.status == 503 and b"Shutdown in progress" in (reply.body or b"")

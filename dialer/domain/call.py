"""A call: what is asked, what may be answered, what a row has come to, and which moves between those are legal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime


class Outcome(StrEnum):
    """Where a row of the contact list stands; these words and no others appear in results."""

    READY = "ready"
    PENDING = "pending"
    PLACED = "placed"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    SUPPRESSED = "suppressed"
    RECENT = "recent"
    REACHED = "reached"
    HELD = "held"
    DEFERRED = "deferred"
    REDIAL = "redial"
    REPLACED = "replaced"
    EXPIRED = "expired"


OPEN = frozenset({Outcome.READY, Outcome.PENDING, Outcome.DEFERRED, Outcome.REDIAL})
"""Outcomes that leave work to do; every other one is final."""

NOT_RUNG = frozenset({Outcome.SUPPRESSED, Outcome.RECENT, Outcome.REACHED, Outcome.HELD})
"""Final outcomes of contacts that screening kept from being dialled."""

CLOSED = frozenset({Outcome.REPLACED, Outcome.EXPIRED})
"""Final outcomes of contacts that a newer list of the campaign has closed."""

_SCREENED_OUT = NOT_RUNG | {Outcome.DEFERRED}

MOVES: Mapping[Outcome, frozenset[Outcome]] = {
    # A claimed contact is unknown until its answer is on disk: a crash needs no repair, it leaves the truth.
    Outcome.PENDING: frozenset({Outcome.UNKNOWN, *_SCREENED_OUT, *CLOSED}),
    Outcome.DEFERRED: frozenset({Outcome.UNKNOWN, Outcome.PENDING, *_SCREENED_OUT, *CLOSED}),
    Outcome.UNKNOWN: frozenset({Outcome.PLACED, Outcome.REJECTED, Outcome.FAILED, Outcome.PENDING, Outcome.REDIAL}),
    Outcome.PLACED: frozenset({Outcome.REDIAL}),
    # One that no try is left to is placed, as its last call was.
    Outcome.REDIAL: frozenset({Outcome.UNKNOWN, Outcome.PLACED, Outcome.SUPPRESSED, Outcome.HELD}),
    **dict.fromkeys((Outcome.REJECTED, Outcome.FAILED, Outcome.INVALID, Outcome.DUPLICATE), frozenset[Outcome]()),
    **dict.fromkeys(sorted(NOT_RUNG | CLOSED), frozenset[Outcome]()),
}
"""The legal moves of a row once it is in the ledger; staying put is always legal."""

SETTLED_BY_A_PERSON = (Outcome.PLACED, Outcome.REJECTED, Outcome.PENDING)
"""What a person may decide of a row that is unknown; pending means: dial it again."""


IN_FLIGHT = "may have rung: the program ended before an answer was recorded"
"""The error of a row that is claimed, until its answer is written: it stays where none ever is."""


class CallRequest(NamedTuple):
    """One call as a provider is asked to place it; numbers in E.164.

    `token` names this try and no other, in at most 64 letters, digits and hyphens; '' where nothing is to be placed.
    `closes` is when the called person's hours end, None where nothing ends them: the phone should have rung by then.
    """

    caller_number: str
    called_number: str
    flow_id: str
    parameters: Mapping[str, object] = MappingProxyType({})
    token: str = ""
    closes: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the call and gave it an id; the phone rings after `delay` seconds, as far as it tells."""

    word: ClassVar[str] = "accepted"
    call_id: str
    status: str = ""
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider refused this one call, in its own words; `of_number` where those speak of who was to be called."""

    word: ClassVar[str] = "refused"
    reason: str
    of_number: bool = False


@dataclass(frozen=True, slots=True)
class NotSent:
    """Proof that no call was made, and that the same one may be tried again.

    No connection was ever made; or the request `left`, and the provider said what means that it called nobody.
    """

    word: ClassVar[str] = "notsent"
    reason: str
    left: bool = False


@dataclass(frozen=True, slots=True)
class Throttled:
    """The provider asked everybody to slow down; `wait` is its own wish in seconds, if it had one."""

    word: ClassVar[str] = "throttled"
    reason: str
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class TokenEnded:
    """The access token was refused before the call was looked at; the next one will be new."""

    word: ClassVar[str] = "tokenended"
    reason: str


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The request could have left and was not let: it costs no try, and whoever asked may ask again."""

    reason: str


Leave: TypeAlias = "Callable[[], Awaitable[bool]]"
"""What a provider awaits before each request, once nothing else keeps it from leaving; False: it is held back."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The request may have been acted on and no call id is known."""

    word: ClassVar[str] = "unclear"
    reason: str


@dataclass(frozen=True, slots=True)
class RunMustStop:
    """Every further call would meet the same refusal; `tip` says what to check.

    With `is_setting` nobody was ever asked: something that was set on this machine is wrong.
    """

    word: ClassVar[str] = "runmuststop"
    reason: str
    tip: str
    is_setting: bool = False


Answer: TypeAlias = Accepted | Refused | NotSent | Throttled | TokenEnded | Unclear | RunMustStop
"""What can come of asking for one call. Providers return these and never raise for an ordinary day.

Each has a `word`, which the ledger keeps and the log tells: it outlives the name of the class.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look-up found: the provider's word for where a call stands.

    `final` where the provider says that it will not change any more; its `final_statuses` need not be said to be.
    """

    status: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class NotSeen:
    """A look-up found nothing; `gone` when the provider says there is no such call."""

    reason: str
    gone: bool = False


Found: TypeAlias = Seen | NotSeen | Throttled | TokenEnded | RunMustStop
"""What can come of asking where a call stands."""


class Told(NamedTuple):
    """What a provider last said of the call of a row, and whether it said that it is the last word."""

    row: int
    call_id: str
    status: str
    is_final: bool


class MayBeUp(NamedTuple):
    """A call that was placed, or may have been, and of which no end is known; `left_at` is when its request left.

    The id is '' where nobody knows it, and so is the status.
    """

    row: int
    call_id: str
    status: str
    left_at: datetime


class UnknownTry(NamedTuple):
    """A try of which nobody knows what came of it, as a provider is asked about it afterwards.

    Its request left, if it did, between `claimed_at` and `ended_at`; that is None where the program ended before it
    wrote one down. `other_calls` are the ids of calls to the same number that belong to other tries.
    """

    request: CallRequest
    claimed_at: datetime
    ended_at: datetime | None
    other_calls: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NotMade:
    """Proof that a try whose answer nobody knows has made no call, and will make none; `reason` says what it was."""

    reason: str


@dataclass(frozen=True, slots=True)
class StillUnknown:
    """A provider cannot tell what came of a try; `reason` says what was seen.

    `again` is in how many seconds it may be able to tell, None where asking later tells no more.
    """

    reason: str
    again: float | None = None


Resolved: TypeAlias = "Accepted | NotMade | StillUnknown | NotSent | Throttled | TokenEnded | RunMustStop"
"""What can come of asking about an unknown try: it made a call, it made none, or that is not known for now.

Here NotSent, Throttled and TokenEnded are about the question: it may be asked again.
"""


class Verdict(NamedTuple):
    """Where a row moves; `wait` is the seconds before a pending row may be tried again."""

    outcome: Outcome
    error: str = ""
    call_id: str = ""
    status: str = ""
    wait: float = 0.0


class Claim(NamedTuple):
    """A contact taken from the ledger to be dialled; its intent is on disk. `tries` includes this one.

    `token` is on disk with the intent, and new for each try, also of a contact that was given back meanwhile.
    `closes` is when the hours of the contact end, None where nothing ends them. So many of its tries were for calls
    `before` this one, which were made and by a rule are followed by another.
    """

    row: int
    number: str
    parameters: Mapping[str, object]
    tries: int
    token: str = ""
    closes: datetime | None = None
    before: int = 0

    def request(self, *, caller_number: str, flow_id: str) -> CallRequest:
        """Make what a provider is asked for this try."""
        return CallRequest(caller_number, self.number, flow_id, self.parameters, self.token, self.closes)


class Settlement(NamedTuple):
    """What is written once a claim's answer is known; `sent_at` is when its request left, None if it never did."""

    claim: Claim
    answer: Answer
    verdict: Verdict
    sent_at: datetime | None
    ended_at: datetime

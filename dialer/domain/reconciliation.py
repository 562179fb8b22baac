"""What becomes of a row that is unknown, by what its provider says when it is asked about its last try."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dialer.domain.call import IN_FLIGHT, Accepted, NotMade, NotSent, Outcome, StillUnknown, Unclear, Verdict
from dialer.domain.retry import judge

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.domain.call import UnknownTry

RECONCILED = (Outcome.PLACED, Outcome.PENDING, Outcome.FAILED, Outcome.UNKNOWN)
"""Where a row may stand when its provider was asked about it."""

NO_CALL = (Outcome.PENDING, Outcome.FAILED)
"""Those of them that say that the try made no call."""

Resolution: TypeAlias = Accepted | NotMade | StillUnknown
"""What a provider says of a try, where it says anything of it."""


class UnknownRow(NamedTuple):
    """A row whose last try, number `tries`, is unknown, and what its provider is asked.

    `answer` and `detail` are what was heard of the try. Where nobody may be asked, `unasked` says why.
    """

    row: int
    tries: int
    asked: UnknownTry
    answer: str
    detail: str
    unasked: str = ""


class Reconciled(NamedTuple):
    """What a provider was heard to say of an unknown row, at a moment, and where the row goes."""

    row: UnknownRow
    at: datetime
    verdict: Verdict
    seen: str


def reconcile(row: UnknownRow, told: Resolution, *, at: datetime, attempts: int, dice: float) -> Reconciled:
    """Decide where an unknown row goes; a try that made no call is one of the `attempts` that were allowed.

    Only the id of its call, or the proof that there is none and will be none, takes a row out of `unknown`.
    """
    match told:
        case Accepted(call_id, status, _):
            return Reconciled(row, at, Verdict(Outcome.PLACED, "", call_id, status), "")
        case NotMade(reason):
            verdict = judge(NotSent(reason, left=True), tries=row.tries, attempts=attempts, dice=dice)
            return Reconciled(row, at, verdict, reason)
        case StillUnknown(reason, _):
            return still_unknown(row, reason, at=at)


def still_unknown(row: UnknownRow, seen: str, *, at: datetime) -> Reconciled:
    """Leave a row unknown, and say in its error what was seen."""
    seen = seen or "nothing"
    return Reconciled(row, at, Verdict(Outcome.UNKNOWN, told_of(row.answer, row.detail, seen, at=at)), seen)


def told_of(answer: str, detail: str, seen: str, *, at: datetime) -> str:
    """Say of a row that is still unknown what was heard of its try, and what was seen when its provider was asked."""
    heard = f"may have rung: {detail}" if answer == Unclear.word else IN_FLIGHT
    return f"{heard}; asked on {at:%Y-%m-%d %H:%M} UTC: {seen}"

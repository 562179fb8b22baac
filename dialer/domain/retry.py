"""What becomes of a contact after an answer, and how long to wait before the next try."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dialer.domain.call import (
    Accepted,
    NotSent,
    Outcome,
    Refused,
    RunMustStop,
    Throttled,
    TokenEnded,
    Unclear,
    Verdict,
)

if TYPE_CHECKING:
    from dialer.domain.call import Answer

FIRST_WAIT = 2.0
LONGEST_WAIT = 120.0
LONGEST_ASKED_WAIT = 3600.0
BEHIND = (
    1.0  # whoever is due later is tried later: one row that stops each run must not keep the others from their turn
)


def judge(answer: Answer, *, tries: int, attempts: int, dice: float) -> Verdict:
    """Decide where a contact goes after its try number `tries` of `attempts`; `dice` is in [0, 1).

    Only answers that prove no call was made lead back to pending.
    """
    match answer:
        case Accepted(call_id, status):
            return Verdict(outcome=Outcome.PLACED, call_id=call_id, status=status)
        case Refused(reason):
            return Verdict(outcome=Outcome.REJECTED, error=reason)
        case Unclear(reason):
            return Verdict(outcome=Outcome.UNKNOWN, error=f"may have rung: {reason}")
        case NotSent(reason) | Throttled(reason) if tries >= attempts:
            return Verdict(outcome=Outcome.FAILED, error=f"not called after {_times(tries)}: {reason}")
        case NotSent(reason):
            return Verdict(outcome=Outcome.PENDING, error=reason, wait=backoff(tries, dice=dice))
        case Throttled(reason) | TokenEnded(reason) | RunMustStop(reason):
            wait = BEHIND if isinstance(answer, RunMustStop) else 0.0
            return Verdict(outcome=Outcome.PENDING, error=reason, wait=wait)
        case _:
            assert_never(answer)


def _times(tries: int) -> str:
    return "1 try" if tries == 1 else f"{tries} tries"


def backoff(times: int, *, dice: float = 1.0) -> float:
    """Seconds to wait after the `times`-th failure in a row: 2 doubling to 120, spread over its upper half."""
    wait = min(FIRST_WAIT * 2.0 ** min(max(times, 1) - 1, 20), LONGEST_WAIT)
    return wait * (0.5 + dice / 2)


def throttle_pause(times: int, asked: float | None) -> float:
    """Seconds everybody waits after the `times`-th throttling in a row; the provider's wish wins, up to an hour."""
    if asked is not None:
        return min(max(asked, 0.0), LONGEST_ASKED_WAIT)
    return backoff(times)

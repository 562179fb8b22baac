"""What becomes of a contact after an answer, and how long to wait before the next try."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

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

FIRST_WAIT = 2.0  #: seconds: what the provider's own manual says
FIRST_WAIT_AT_RANDOM = 0.25  #: seconds: where a slower pace makes no difference, waiting longer makes none either
LONGEST_WAIT = 120.0  #: seconds: an outage that ends is noticed in two minutes
LONGEST_ASKED_WAIT = 3600.0  #: seconds: a longer wish is a mistake, or a matter for a person
BEHIND = 1.0  #: seconds: who is due later is tried later; one row that stops each run keeps nobody from their turn


class Leniency(NamedTuple):
    """How a 429 is taken: whether it is about `everybody`, and so not about this contact, and how it waits if it is.

    Of its tries so many are `excused`, because they met a 429 that was about everybody.
    """

    everybody: bool = False
    excused: int = 0
    first_wait: float = FIRST_WAIT


STRICT = Leniency()
"""Every 429 is about the contact it was said of."""


def judge(answer: Answer, *, tries: int, attempts: int, dice: float, leniency: Leniency = STRICT) -> Verdict:
    """Decide where a contact goes after its try number `tries` of `attempts`; `dice` is in [0, 1).

    Only answers that prove no call was made lead back to pending.
    """
    match answer:
        case Accepted(call_id, status, _):
            return Verdict(Outcome.PLACED, "", call_id, status)
        case Refused(reason):
            return Verdict(outcome=Outcome.REJECTED, error=reason)
        case Unclear(reason):
            return Verdict(outcome=Outcome.UNKNOWN, error=f"may have rung: {reason}")
        case NotSent() | Throttled():
            return _not_called(answer, tries=tries, attempts=attempts, dice=dice, leniency=leniency)
        case TokenEnded(reason) | RunMustStop(reason):
            wait = BEHIND if isinstance(answer, RunMustStop) else 0.0
            return Verdict(outcome=Outcome.PENDING, error=reason, wait=wait)
        case _:
            assert_never(answer)


def _not_called(answer: NotSent | Throttled, *, tries: int, attempts: int, dice: float, leniency: Leniency) -> Verdict:
    counted = tries - leniency.excused
    if isinstance(answer, Throttled) and leniency.everybody:
        return Verdict(outcome=Outcome.PENDING, error=answer.reason)
    if counted >= attempts:
        all_tries = "1 try" if tries == 1 else f"{tries} tries"
        return Verdict(outcome=Outcome.FAILED, error=f"not called after {all_tries}: {answer.reason}")
    if not isinstance(answer, Throttled):
        wait = backoff(counted, dice=dice)
    elif answer.wait is None:
        wait = backoff(counted) * leniency.first_wait / FIRST_WAIT
    else:
        wait = min(max(answer.wait, 0.0), LONGEST_ASKED_WAIT)
    return Verdict(outcome=Outcome.PENDING, error=answer.reason, wait=wait)


def backoff(times: int, *, dice: float = 1.0) -> float:
    """Seconds to wait after the `times`-th failure in a row: 2 doubling to 120, spread over its upper half."""
    wait = min(FIRST_WAIT * 2.0 ** min(max(times, 1) - 1, 20), LONGEST_WAIT)
    return wait * (0.5 + dice / 2)

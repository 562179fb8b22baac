"""Whether a contact that was called again was so by a rule: what of its records says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.phone import mask
from dialer.domain.verify.history import UNRECORDED
from dialer.domain.verify.promises import Flaw, Promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.domain.redial import RedialDecision
    from dialer.domain.verify.history import Kept, Tried

_NEVER_CALLED = frozenset({"pending", "deferred", "recent"})
"""Outcomes of contacts to whom no call was made."""


_AFTER_A_CALL = frozenset({"redial", "placed", "suppressed", "held"})
"""Outcomes of contacts whose last call has ended, and is followed by another unless something is against it."""


def examine_again(kept: Kept, tried: Sequence[Tried]) -> Iterator[Flaw]:
    """Hold one row against what was decided of its ended calls, and against its attempts."""
    yield from _by_a_rule(kept, tried)
    yield from _not_once_reached(kept, tried)


def _by_a_rule(kept: Kept, tried: Sequence[Tried]) -> Iterator[Flaw]:
    """Hold what was decided of a contact's ended calls against its attempts."""
    for place, decision in enumerate(kept.again):
        yield from _decided(kept, tried, place, decision)
        after = [attempt for attempt in tried if attempt.nth > decision.nth]
        until = next((later.nth for later in kept.again[place + 1 :]), len(tried))
        for attempt in after:
            if attempt.nth <= until and attempt.answer != UNRECORDED:  # nobody knows when that was
                yield from _in_time(decision, attempt)
    last = kept.again[-1].nth if kept.again else 0
    if kept.again_after != last:
        expected = f"again_after {last}: the last attempt whose call is followed by another"
        yield Flaw(Promise.RECORDS, expected, f"{kept.again_after}")
    if not kept.again:
        return
    has_ended = last == len(tried)
    if kept.outcome in _NEVER_CALLED or (has_ended and kept.outcome not in _AFTER_A_CALL):
        yield Flaw(Promise.UNKNOWN, "redial, or why not: calls were made, and another is to follow", kept.outcome)


def _not_once_reached(kept: Kept, tried: Sequence[Tried]) -> Iterator[Flaw]:
    """See that nobody is called again of whom it is known that a call reached them."""
    if not kept.reached_by:
        return
    if kept.reached_by > len(tried):
        yield Flaw(Promise.AGAIN, f"an attempt {kept.reached_by}, whose call was picked up", "no such attempt")
    for attempt in tried:
        if attempt.nth > kept.reached_by:
            yield Flaw(
                Promise.AGAIN,
                f"no attempt after attempt {kept.reached_by}, whose call was picked up",
                f"attempt {attempt.nth} of {mask(kept.number)}",
            )
    for decision in kept.again:
        if decision.nth >= kept.reached_by:
            expected = f"no call to follow that of attempt {decision.nth}: one was picked up"
            yield Flaw(Promise.AGAIN, expected, f"one after {decision.word}")


def _decided(kept: Kept, tried: Sequence[Tried], place: int, decision: RedialDecision) -> Iterator[Flaw]:
    """Hold a decision against its rule, and against the attempt whose call had ended."""
    rule, after = decision.rule, f"after {decision.word}, that of attempt {decision.nth}"
    attempt = next((attempt for attempt in tried if attempt.nth == decision.nth), None)
    called = [one for one in tried if one.answer in {"", "accepted", "unclear", "unrecorded"}]
    if (
        attempt is None
        or attempt not in called
        or (attempt.answer == "accepted" and attempt.detail != decision.call_id)
    ):
        yield Flaw(Promise.AGAIN, f"the call {decision.call_id} of attempt {decision.nth}", "no such call")
    elif decision.at < attempt.claimed_at:
        yield Flaw(Promise.AGAIN, f"a decision {after}, and then", "one made before it")
    if decision.due != decision.at + rule.after:
        yield Flaw(Promise.AGAIN, f"due {rule.after} {after}", f"due {decision.due - decision.at} after it")
    first = (called[0].sent_at or called[0].claimed_at) if called else decision.at
    if decision.until != first + rule.until:
        yield Flaw(Promise.AGAIN, f"at most {rule.until} since the first call", f"{decision.until - first}")
    earlier = sum(other.word == decision.word for other in kept.again[:place])
    if earlier >= rule.times or place >= rule.in_all:
        expected = f"at most {rule.times} calls that follow {decision.word}, and {rule.in_all} in all"
        yield Flaw(Promise.AGAIN, expected, f"{earlier + 1}, and {place + 1} in all")


def _in_time(decision: RedialDecision, attempt: Tried) -> Iterator[Flaw]:
    at = attempt.claimed_at
    if not decision.due <= at <= decision.until:
        expected = f"attempt {attempt.nth} from {decision.due:%Y-%m-%d %H:%M:%S} to {decision.until:%Y-%m-%d %H:%M:%S}"
        yield Flaw(Promise.AGAIN, f"{expected} UTC", f"one at {at:%Y-%m-%d %H:%M:%S}")

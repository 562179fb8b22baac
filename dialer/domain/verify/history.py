"""One row's history: where it stands, its attempts, what was decided of it since, and what breaks a promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.domain.call import (
    Accepted,
    NotSent,
    Outcome,
    Refused,
    RunMustStop,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.domain.phone import mask
from dialer.domain.reconciliation import told_of
from dialer.domain.redaction import shown
from dialer.domain.verify.promises import SHOWN, Flaw, Promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dialer.domain.redial import RedialDecision

UNRECORDED = "unrecorded"
"""The answer of an attempt that may have been made: what the ledger knew of it was lost."""

_NO_CALL = frozenset({NotSent.word, Throttled.word, TokenEnded.word, RunMustStop.word})
_PROVEN: Mapping[str, str] = {Accepted.word: Outcome.PLACED, Refused.word: Outcome.REJECTED}
_CALLED = frozenset({Outcome.PLACED, Outcome.REJECTED, Outcome.UNKNOWN})
_REPEATED = frozenset({Outcome.REJECTED, Outcome.UNKNOWN, Outcome.FAILED})  #: their error ends with what was answered
_OPEN = frozenset({"", Unclear.word, UNRECORDED})  #: answers that leave something to decide
_UNSENT = frozenset({"", NotSent.word, TokenEnded.word, UNRECORDED})

MAY_HAVE_RUNG = ("", Accepted.word, Unclear.word, UNRECORDED)
"""Answers of attempts that rang or may have; every other one proves that nobody was rung."""

ANSWERS = ("", Accepted.word, Refused.word, Unclear.word, UNRECORDED, *sorted(_NO_CALL))
"""Every answer an attempt may have; an empty one was never heard."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the ledger says that a row stands; `again` is what was decided of its ended calls by a rule, in order.

    The call of its attempt `reached_by` was picked up, and the last of those that are followed by another by a rule is
    that of `again_after`; 0 where there is none.
    """

    number: str
    outcome: str
    call_id: str
    tries: int
    error: str = ""
    called_at: datetime | None = None
    reached_by: int = 0
    again_after: int = 0
    again: Sequence[RedialDecision] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """One recorded attempt; `token` is what its provider knows it by, '' where none was told."""

    nth: int
    number: str
    answer: str
    detail: str
    token: str
    claimed_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of a row that was unknown: by a person, or by what its provider said, being asked.

    A provider is asked about the attempt `nth`, and what was `seen` is why; of a person's decision `nth` is 0.
    """

    outcome: str
    call_id: str
    who: str
    nth: int = 0
    seen: str = ""
    at: datetime | None = None

    @property
    def told(self) -> str:
        """Say who decided it."""
        return "its provider was asked" if self.nth else "a person decided it"


def examine(kept: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> Iterator[Flaw]:
    """Hold one row against its attempts, and against what was decided of it, both in their order."""
    for check in CHECKS:
        yield from check(kept, tried, decided)


def _numbered(kept: Kept, tried: Sequence[Tried], _: Sequence[Decided]) -> Iterator[Flaw]:
    if len(tried) != kept.tries or any(attempt.nth != at for at, attempt in enumerate(tried, start=1)):
        found = ", ".join(str(attempt.nth) for attempt in tried[:SHOWN]) or "none"
        yield Flaw(Promise.ONCE, f"{kept.tries} attempts, numbered from 1", f"recorded attempts: {found}")
    for attempt in tried:
        if attempt.number != kept.number:
            numbers = mask(kept.number), mask(attempt.number)
            yield Flaw(Promise.ONCE, f"the row's number {numbers[0]}", f"attempt {attempt.nth} dialled {numbers[1]}")


def _timed(kept: Kept, tried: Sequence[Tried], _: Sequence[Decided]) -> Iterator[Flaw]:
    """Hold the times against each other: the pace is proved from them."""
    for attempt in tried:
        if bool(attempt.answer) != (attempt.ended_at is not None):
            told = "no time" if attempt.answer else "a time"
            expected = f"an answer of attempt {attempt.nth}, and its time"
            yield Flaw(Promise.RECORDS, expected, f"{told}, and it {_said(attempt)}")
        if attempt.sent_at is None and attempt.answer not in _UNSENT:
            yield Flaw(Promise.PACE, f"when attempt {attempt.nth} left", f"no time, and it {_said(attempt)}")
        times = [at for at in (attempt.claimed_at, attempt.sent_at, attempt.ended_at) if at is not None]
        if times != sorted(times):
            expected = f"attempt {attempt.nth} recorded before it left, and answered after"
            yield Flaw(Promise.PACE, expected, "times in another order")
    left = [attempt.sent_at for attempt in tried if attempt.sent_at is not None]
    if kept.called_at != (left[-1] if left else None):
        found = "no time" if kept.called_at is None else "another time"
        yield Flaw(Promise.RECORDS, "called_at: when the last request left", found)


def _again(kept: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> Iterator[Flaw]:
    for attempt in _unexplained(kept, tried, decided)[0]:
        yield Flaw(
            Promise.ONCE,
            f"no attempt after attempt {attempt.nth}, which {_said(attempt)}",
            f"attempt {attempt.nth + 1} of {mask(kept.number)}",
        )


def _unexplained(kept: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> tuple[list[Tried], list[Decided]]:
    """Return the attempts after which there should be none, and the decisions made after the last attempt."""
    left, found = list(decided), []
    for attempt in tried[:-1]:
        if attempt.answer in _NO_CALL:
            continue
        if _ended(kept, attempt):
            del left[: _until_placed(attempt, left)]
            continue
        again = _given_back(attempt, left)
        if again is None:
            found.append(attempt)
        else:
            del left[: again + 1]
    return found, left


def _ended(kept: Kept, attempt: Tried) -> bool:
    """Tell whether the call of an attempt is followed by another by a rule."""
    return any(decision.nth == attempt.nth for decision in kept.again)


def _until_placed(attempt: Tried, decided: Sequence[Decided]) -> int:
    """Count the decisions up to the one that an attempt made a call, where that was not clear from its answer."""
    if attempt.answer not in {"", Unclear.word, UNRECORDED}:
        return 0
    return next((at for at, decision in enumerate(decided, start=1) if decision.outcome == "placed"), 0)


def _given_back(attempt: Tried, decided: Sequence[Decided]) -> int | None:
    """Find the decision that let a row be dialled again; an answer that is clear leaves nothing to decide."""
    if attempt.answer not in _OPEN:
        return None
    sent_back = (at for at, decision in enumerate(decided) if decision.outcome == "pending")
    return next((at for at in sent_back if decided[at].nth in {0, attempt.nth}), None)


def _said(attempt: Tried) -> str:
    return f"was answered {attempt.answer}" if attempt.answer else "was never answered"


def _placed(kept: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> Iterator[Flaw]:
    for decision in decided:
        if bool(decision.call_id) != (decision.outcome == "placed"):
            expected = f"{decision.outcome} {'with' if decision.outcome == 'placed' else 'without'} an id"
            yield Flaw(Promise.PLACED, f"{expected}: {decision.told}", "one" if decision.call_id else "none")
    if kept.outcome != "placed":
        return
    given = [attempt.detail for attempt in tried if attempt.answer == Accepted.word][-1:]
    given += [decision.call_id for decision in decided if decision.outcome == "placed"]
    if kept.call_id not in given:
        expected = f"the id {given[-1]}" if given else "an id the provider gave, and none is recorded"
        yield Flaw(Promise.PLACED, expected, f"the id {kept.call_id}")


def _asked(_: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> Iterator[Flaw]:
    """Hold what a provider was asked against the attempts it was asked about."""
    known = {attempt.nth: attempt for attempt in tried}
    for decision in decided:
        attempt = known.get(decision.nth)
        if decision.nth and (attempt is None or attempt.answer not in _OPEN):
            expected = f"an attempt {decision.nth} of which nobody knew what came of it, since its provider was asked"
            yield Flaw(Promise.UNKNOWN, expected, f"one that {_said(attempt)}" if attempt else "no such attempt")


def _outcome(kept: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> Iterator[Flaw]:
    last = tried[-1] if tried else None
    left: Sequence[Decided] = _unexplained(kept, tried, decided)[1] if decided else ()
    answer = last.answer if last else TokenEnded.word
    told = left[-1].told if left else f"the last attempt {_said(last)}" if last else "no attempt"
    if left and (answer in _PROVEN or answer in _NO_CALL):
        told = f"the last attempt {_said(last)}" if last else "no attempt"
        yield Flaw(Promise.UNKNOWN, f"nothing to decide: {told}", f"{left[-1].outcome}: {left[-1].told}")
        left = ()
    if last and _ended(kept, last):
        return  # what may have become of it since is seen in `called_again`
    if answer in _PROVEN:
        expected = _PROVEN[answer]
    elif answer in _NO_CALL:
        expected = ""
    else:
        expected = left[-1].outcome if left else "unknown"
    if expected in {"", "pending"}:  # nobody was rung: every outcome that says so is open to it
        impossible = _called(kept) if last else _CALLED | {"failed"}
        if kept.outcome in impossible:
            yield Flaw(Promise.UNKNOWN, f"nothing that was called: {told}", kept.outcome)
        elif kept.outcome == "failed":
            yield from _worded(kept, last, ())
    elif kept.outcome != expected:
        yield Flaw(Promise.UNKNOWN, f"{expected}: {told}", kept.outcome)
    else:
        yield from _worded(kept, last, left)


def _called(kept: Kept) -> frozenset[Outcome]:
    """Name the outcomes of who was called; where none may follow any more, a contact is placed by the call before."""
    is_by_the_last = kept.again and kept.call_id == kept.again[-1].call_id
    return _CALLED - {Outcome.PLACED} if is_by_the_last else _CALLED


def _worded(kept: Kept, last: Tried | None, left: Sequence[Decided]) -> Iterator[Flaw]:
    """Hold the row's error against who decided it, or against what was answered."""
    if left and last:
        expected = _error_after(left[-1], last)
        if kept.error != expected and not (kept.outcome == Outcome.FAILED and kept.error.endswith(expected)):
            yield Flaw(Promise.UNKNOWN, f"error: {shown(expected)}", shown(kept.error))
    elif last and last.answer and kept.outcome in _REPEATED and not kept.error.endswith(last.detail):
        yield Flaw(Promise.UNKNOWN, f"error: {shown(last.detail)}, as it was answered", shown(kept.error))


def _error_after(decision: Decided, last: Tried) -> str:
    """Tell the error of a row after a decision; of a row that failed it is the end."""
    if not decision.nth or decision.at is None:
        return f"settled by {decision.who}"
    if decision.outcome == Outcome.UNKNOWN:
        # Words are taken out of old runs, and of whoever is forgotten.
        return told_of(last.answer, last.detail, decision.seen, at=decision.at) if decision.seen else ""
    return "" if decision.outcome == Outcome.PLACED else decision.seen


CHECKS = (_numbered, _timed, _again, _placed, _asked, _outcome)
"""Each takes a row, its attempts and its decisions, and yields what it finds wrong."""

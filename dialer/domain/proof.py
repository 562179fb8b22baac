"""What a run's records prove: the promises, what each row's history allows, and what breaks them."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from dialer.domain.phone import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHOWN = 20
"""How many breaches of one promise are kept; the others are only counted."""

_LONGEST_SHOWN = 80
_SECOND = 1_000_000
_DIGITS = re.compile(r"\+?[0-9]{7,}")
_NO_CALL = frozenset({"notsent", "throttled", "tokenended", "runmuststop"})
_PROVEN = {"accepted": "placed", "refused": "rejected"}
_CALLED = frozenset({"placed", "rejected", "unknown"})


class Promise(StrEnum):
    """What a run promises, in the words it is reported with."""

    COUNTS = "every row has one outcome, and the counts add up"
    ONCE = "no number is dialled twice"
    PLACED = "placed is said only with the id the provider gave"
    UNKNOWN = "outcomes are what the answers prove, and unknown is what may have rung"
    PACE = "no rolling second is over the pace"
    FINISHED = "finished is said only when every row is final"
    RESULTS = "the results file agrees with the ledger"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the ledger says that a row stands."""

    number: str
    outcome: str
    call_id: str
    tries: int


@dataclass(frozen=True, slots=True)
class Tried:
    """One recorded attempt; an empty answer was never heard."""

    nth: int
    number: str
    answer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided of a row."""

    outcome: str
    call_id: str


class Breach(NamedTuple):
    """One place where a promise is broken; `row` is None where no row alone is to blame."""

    row: int | None
    expected: str
    found: str


class Flaw(NamedTuple):
    """A breach of a row whose history was examined, and the promise it breaks."""

    promise: Promise
    expected: str
    found: str


@dataclass(slots=True)
class Finding:
    """What was found of one promise: how much was looked at, how often it is broken, and the first breaches."""

    promise: Promise
    checked: int = 0
    broken: int = 0
    breaches: list[Breach] = field(default_factory=list)

    def breach(self, row: int | None, *, expected: str, found: str) -> None:
        """Note one breach."""
        self.broken += 1
        if len(self.breaches) < SHOWN:
            self.breaches.append(Breach(row, expected, found))


def examine(kept: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> Iterator[Flaw]:
    """Hold one row against its attempts, and against what a person decided, both in their order."""
    if [attempt.nth for attempt in tried] != list(range(1, kept.tries + 1)):
        found = ", ".join(str(attempt.nth) for attempt in tried[:SHOWN]) or "none"
        yield Flaw(Promise.ONCE, f"{kept.tries} attempts, numbered from 1", f"recorded attempts: {found}")
    for attempt in tried:
        if attempt.number != kept.number:
            numbers = mask(kept.number), mask(attempt.number)
            yield Flaw(Promise.ONCE, f"the row's number {numbers[0]}", f"attempt {attempt.nth} dialled {numbers[1]}")
    left = list(decided)
    for attempt in tried[:-1]:
        if attempt.answer in _NO_CALL:
            continue
        again = _given_back(attempt, left)
        if again is None:
            yield Flaw(
                Promise.ONCE,
                f"no attempt after attempt {attempt.nth}, which {_said(attempt)}",
                f"attempt {attempt.nth + 1} of {mask(kept.number)}",
            )
        else:
            del left[: again + 1]
    yield from _placed(kept, tried, decided)
    yield from _outcome(kept, tried[-1] if tried else None, left)


def _given_back(attempt: Tried, decided: Sequence[Decided]) -> int | None:
    """Find the decision that let a row be dialled again; an answer that is clear leaves nothing to decide."""
    if attempt.answer not in {"", "unclear"}:
        return None
    return next((at for at, decision in enumerate(decided) if decision.outcome == "pending"), None)


def _said(attempt: Tried) -> str:
    return f"was answered {attempt.answer}" if attempt.answer else "was never answered"


def _placed(kept: Kept, tried: Sequence[Tried], decided: Sequence[Decided]) -> Iterator[Flaw]:
    if kept.outcome != "placed":
        return
    given = [attempt.detail for attempt in tried if attempt.answer == "accepted"][-1:]
    given += [decision.call_id for decision in decided if decision.outcome == "placed"]
    if kept.call_id not in given:
        expected = f"the id {given[-1]}" if given else "an id the provider gave, and none is recorded"
        yield Flaw(Promise.PLACED, expected, f"the id {kept.call_id}")


def _outcome(kept: Kept, last: Tried | None, decided: Sequence[Decided]) -> Iterator[Flaw]:
    if last is None:
        expected, told = "", "no attempt"
    elif last.answer in _PROVEN:
        expected, told = _PROVEN[last.answer], f"the last attempt {_said(last)}"
    elif last.answer in _NO_CALL:
        expected, told = "", f"the last attempt {_said(last)}"
    elif decided:
        expected, told = decided[-1].outcome, "a person decided it"
    else:
        expected, told = "unknown", f"the last attempt {_said(last)}"
    if expected in {"", "pending"}:  # nobody was rung: every outcome that says so is open to it
        impossible = _CALLED if last else _CALLED | {"failed"}
        if kept.outcome in impossible:
            yield Flaw(Promise.UNKNOWN, f"nothing that was called: {told}", kept.outcome)
    elif kept.outcome != expected:
        yield Flaw(Promise.UNKNOWN, f"{expected}: {told}", kept.outcome)


def crowded(
    sendings: Iterable[tuple[int, int]], sessions: Sequence[tuple[int, float]]
) -> Iterator[tuple[int, float, float]]:
    """Find each request that left too soon, as (row, its session's rate, seconds it and that many before it took).

    `sendings` are (row, microseconds) and `sessions` (microseconds, rate), both in the order of time. A rate that
    is not whole is kept over the shortest time in which it is: 2.5 a second is 3 in 1.2 seconds.
    """
    rates = deque(sessions)
    before: deque[int] = deque()
    rate = 0.0
    for row, at in sendings:
        while rates and (not rate or rates[0][0] <= at):
            begun = rates.popleft()[1]
            if begun != rate:
                rate, before = begun, deque(maxlen=math.ceil(begun))
        if len(before) == before.maxlen and at - before[0] < window(rate) * _SECOND - 1:  # times are whole microseconds
            yield row, rate, (at - before[0]) / _SECOND
        before.append(at)


def window(rate: float) -> float:
    """Tell over how many seconds a rate is counted."""
    return math.ceil(rate) / rate


def side_by_side(*streams: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, list[Any]]]:
    """Walk streams of (row, value) in the rows' order; who has nothing for a row gives None."""
    walks = [iter(stream) for stream in streams]
    heads = [next(walk, None) for walk in walks]
    while rows := [head[0] for head in heads if head]:
        row = min(rows)
        yield row, [head[1] if head and head[0] == row else None for head in heads]
        heads = [next(walk, None) if head and head[0] == row else head for walk, head in zip(walks, heads, strict=True)]


def shown(text: str) -> str:
    """Shorten foreign text, and mask what may be a number in it."""
    text = _DIGITS.sub(lambda found: mask(found[0]), text)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")

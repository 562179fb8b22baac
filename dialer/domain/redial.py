"""Whether a call that is over is followed by another one to the same contact: decided by a rule of its last word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from dialer.domain.campaign import AgainRules

_RULE = re.compile(r"([0-9]+)s, ([0-9]+) times, ([0-9]+) in all, for ([0-9]+)s")


class RedialRule(NamedTuple):
    """A rule as it is recorded: `after` so long, at most so many `times` by its word and `in_all`, `until` so late."""

    after: timedelta
    times: int
    in_all: int
    until: timedelta

    def __str__(self) -> str:
        """Write it as `read_rule` reads it."""
        after, until = (round(span.total_seconds()) for span in (self.after, self.until))
        return f"{after}s, {self.times} times, {self.in_all} in all, for {until}s"


def read_rule(text: str) -> RedialRule:
    """Read a rule as it was recorded; raises ValueError."""
    found = _RULE.fullmatch(text)
    if not found:
        raise ValueError("is no rule")
    after, times, in_all, until = map(int, found.groups())
    return RedialRule(timedelta(seconds=after), times, in_all, timedelta(seconds=until))


@dataclass(frozen=True, slots=True, kw_only=True)
class RedialTerms:
    """By which of a provider's words a campaign calls again; `words` are ours for those of its own that differ.

    `reached` are its words for a call that was picked up. `now` tells the time in UTC.
    """

    rules: AgainRules
    now: Callable[[], datetime]
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reached: Collection[str] = frozenset()

    @property
    def are_on(self) -> bool:
        """Whether anybody is called again."""
        return bool(self.rules.on)

    def word(self, status: str) -> str:
        """Tell our word for one of the provider's."""
        return self.words.get(status, status)

    def never_said(self, final: Iterable[str]) -> Sequence[str]:
        """Name the words of rules that the provider never says last, where its `final` words are known."""
        final = frozenset(final)
        if not final:
            return []
        said = {self.word(status) for status in final}
        return [word for word in self.rules.on if word not in said]


@dataclass(frozen=True, slots=True)
class RedialDecision:
    """That a contact is called again: the call of its try `nth` ended with a word, heard `at`; no sooner than `due`.

    After `until` it is not called any more. `status` is the provider's word, and `word` is ours for it.
    """

    nth: int
    status: str
    word: str
    rule: RedialRule
    at: datetime
    due: datetime
    until: datetime
    call_id: str

    def told(self, earlier: int) -> str:
        """Say for a person where the contact stands, of whom it was decided so often before."""
        return (
            f"{self.word} at {_clock(self.at)}; try {earlier + 2} of at most {self.rule.in_all + 1} "
            f"after {_clock(self.due)} UTC"
        )


def decide(
    status: str,
    terms: RedialTerms,
    *,
    nth: int,
    call_id: str,
    earlier: Sequence[str],
    first_at: datetime,
    now: datetime,
) -> RedialDecision | None:
    """Decide of a call that has ended, of a contact that nobody picked up so far; None where no rule has it again.

    `nth` is its try, `earlier` are the words of the decisions before, and `first_at` is when the first call left.
    """
    word = terms.word(status)
    rule = terms.rules.on.get(word)
    if rule is None or len(earlier) >= terms.rules.tries or earlier.count(word) >= rule.tries:
        return None
    recorded = str(RedialRule(rule.after, rule.tries, terms.rules.tries, terms.rules.until))
    whole = read_rule(recorded)  # in whole seconds, so that what is recorded proves what was decided
    due, until = now + whole.after, first_at + whole.until
    return RedialDecision(nth, status, word, whole, now, due, until, call_id) if due <= until else None


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"

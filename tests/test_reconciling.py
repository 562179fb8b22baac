"""Asking a provider about unknown rows, on a real ledger, a scripted provider and a clock that jumps."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from builders import START, HandClock, ScriptedProvider, a_run, contacts, in_jumping_time, number_of
from test_contract_unknown import dial

from dialer.domain.call import (
    Accepted,
    HeldBack,
    NotMade,
    NotSent,
    RunMustStop,
    StillUnknown,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.engine.pacing import LocalPace
from dialer.engine.ports import Resolver
from dialer.engine.questions import Questions
from dialer.engine.reconciling import Reconciler
from dialer.engine.rules import Clock
from dialer.errors import StoppedError


class Telling(ScriptedProvider):
    """A provider that can be asked; what it says of each number stands in `told`, the last for ever."""

    def __init__(self, told, **given):
        super().__init__(**given)
        self.told = {number: list(steps) for number, steps in told.items()}
        self.questions = []

    async def resolve(self, unknown, leave):
        if not await leave():
            return HeldBack("not let out")
        number = unknown.request.called_number
        self.questions.append((number, self._clock.seconds))
        await asyncio.sleep(0.1)
        steps = self.told.get(number, [StillUnknown("nothing")])
        return steps.pop(0) if len(steps) > 1 else steps[0]


class Asking:
    """A reconciler, and what stands around it; row 2 is told of first."""

    def __init__(self, ledger, *told, rate=1000.0, attempts=3, rows=None, **given):
        self.ledger = ledger
        rows = len(told) if rows is None else rows
        dial(ledger, a_run(ledger, contacts(rows)), *[Unclear("HTTP 500")] * rows)
        self.clock = HandClock()
        self.clock.forward(60)
        script = {number_of(row): steps for row, steps in enumerate(told, start=2)}
        self.provider = Telling(script, clock=self.clock, **given)
        assert isinstance(self.provider, Resolver)
        self.questions = Questions(self.provider, LocalPace(rate, clock=self.clock.ticks))
        self.heard = []
        self.reconciler = Reconciler(
            unknown=ledger.unknown_tries(1, account="a-1"),
            resolver=self.provider,
            questions=self.questions,
            in_flight=10,
            attempts=attempts,
            clock=Clock(now=self.clock.now, ticks=self.clock.ticks, dice=lambda: 0.0),
            told=self.heard.append,
        )

    def to_the_end(self):
        in_jumping_time(self.reconciler.ask(), self.clock)
        return self.reconciler.found

    def errors(self):
        return [(each.outcome, each.error.partition("UTC: ")[2]) for each in self.ledger.results(1)]


def test_each_unknown_row_goes_where_its_provider_proves_it_to_belong(ledger):
    asking = Asking(ledger, [Accepted("c-1")], [NotMade("none")], [StillUnknown("two")], [NotMade("none")])
    assert asking.to_the_end() == {"placed": 1, "pending": 2, "unknown": 1}
    assert ledger.counts(1) == {"placed": 1, "pending": 2, "unknown": 1}
    assert sorted((each.row.row, each.verdict.outcome) for each in asking.heard) == list(
        enumerate(["placed", "pending", "unknown", "pending"], start=2)
    )
    assert len(asking.provider.questions) == 4


def test_whoever_may_be_told_later_is_asked_about_again_for_two_minutes(ledger):
    asking = Asking(
        ledger,
        [StillUnknown("not yet", again=50.0), NotMade("none")],
        [StillUnknown("not yet", again=40.0)],
        [StillUnknown("too late", again=121.0)],
    )
    assert asking.to_the_end() == {"pending": 1, "unknown": 2}
    assert [(number, round(at)) for number, at in asking.provider.questions] == [
        (number_of(2), 60),
        (number_of(3), 60),
        (number_of(4), 60),
        (number_of(3), 100),
        (number_of(2), 110),
        (number_of(3), 140),
    ]
    assert asking.errors() == [("pending", ""), ("unknown", "not yet"), ("unknown", "too late")]


@pytest.mark.parametrize("answer", [Throttled("HTTP 429", 1.0), TokenEnded("HTTP 401"), HeldBack("held back")])
def test_a_question_that_is_turned_away_is_put_again(ledger, answer):
    asking = Asking(ledger, [answer, Accepted("c-1")])
    assert asking.to_the_end() == {"placed": 1}


def test_a_question_that_is_never_answered_says_nothing_of_its_row(ledger):
    asking = Asking(ledger, [NotSent("no connection")], [Accepted("c-1")])
    assert asking.to_the_end() == {"placed": 1}
    assert [each.error for each in ledger.results(1)] == ["may have rung: HTTP 500", ""]
    assert (asking.reconciler.silent, asking.reconciler.trouble) == (False, "no connection")


def test_a_provider_that_answers_nothing_is_not_asked_about_every_row(ledger):
    asking = Asking(ledger, *[[NotSent("no connection")]] * 40, rate=5.0)
    assert asking.to_the_end() == {}
    assert asking.reconciler.silent
    assert len(asking.provider.questions) <= 15


def test_a_provider_that_refuses_to_be_asked_stops_it_and_what_was_heard_stands(ledger):
    asking = Asking(ledger, [Accepted("c-1")], [RunMustStop("HTTP 401", "check the key")], rate=1.0)
    with pytest.raises(StoppedError, match="refuses look-ups: HTTP 401: check the key"):
        asking.to_the_end()
    assert ledger.counts(1) == {"placed": 1, "unknown": 1}


def test_what_was_heard_stands_when_asking_is_cancelled(ledger):
    asking = Asking(ledger, [Accepted("c-1")], [StillUnknown("not yet", again=100.0)], [Accepted("c-2")], rate=1.0)

    async def cancelled():
        task = asyncio.ensure_future(asking.reconciler.ask())
        await asyncio.sleep(1.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    in_jumping_time(cancelled(), asking.clock)
    assert ledger.counts(1) == {"placed": 1, "unknown": 2}
    assert [each.error for each in ledger.results(1)] == ["", *["may have rung: HTTP 500"] * 2]


def test_questions_keep_the_pace(ledger):
    asking = Asking(ledger, *[[StillUnknown("two")]] * 30, rate=5.0)
    asking.to_the_end()
    seconds = Counter(int(at) for _, at in asking.provider.questions)
    assert max(seconds.values()) <= 5


def test_a_row_that_cannot_be_told_apart_is_not_asked_about(ledger):
    asking = Asking(ledger, rows=1)
    dial(ledger, a_run(ledger, contacts(1), digest="d2"), Unclear("too"), now=START)
    assert asking.to_the_end() == {"unknown": 1}
    assert asking.provider.questions == []
    assert asking.errors() == [("unknown", "row 2 of run 2 is unknown, too, and of the same number")]

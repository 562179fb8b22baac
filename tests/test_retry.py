"""What becomes of a contact after an answer, and how long everybody waits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.call import (
    CLOSED,
    MOVES,
    OPEN,
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
from dialer.domain.retry import FIRST_WAIT_AT_RANDOM, LONGEST_ASKED_WAIT, LONGEST_WAIT, Leniency, backoff, judge

ANSWERS = [
    Accepted("c-1", "queued"),
    Refused("HTTP 400"),
    Unclear("HTTP 500"),
    NotSent("no connection"),
    Throttled("HTTP 429", 7.0),
    TokenEnded("HTTP 401"),
    RunMustStop("HTTP 403", "check the scope"),
]
SILLY = [-(10**9), -1, 0, 1, 2, 1024, 1025, 10**9, 10**400]


def test_the_words_of_answers_stay_as_ledgers_have_them():
    assert [answer.word for answer in ANSWERS] == [
        "accepted",
        "refused",
        "unclear",
        "notsent",
        "throttled",
        "tokenended",
        "runmuststop",
    ]


@pytest.mark.parametrize(
    ("answer", "tries", "verdict"),
    [
        (Accepted("c-1", "queued"), 1, Verdict(outcome=Outcome.PLACED, call_id="c-1", status="queued")),
        (Accepted("c-1"), 3, Verdict(outcome=Outcome.PLACED, call_id="c-1")),
        (Refused("HTTP 400: No"), 1, Verdict(outcome=Outcome.REJECTED, error="HTTP 400: No")),
        (Unclear("HTTP 500"), 1, Verdict(outcome=Outcome.UNKNOWN, error="may have rung: HTTP 500")),
        (Unclear("HTTP 500"), 3, Verdict(outcome=Outcome.UNKNOWN, error="may have rung: HTTP 500")),
        (NotSent("refused"), 1, Verdict(outcome=Outcome.PENDING, error="refused", wait=1.5)),
        (NotSent("refused"), 2, Verdict(outcome=Outcome.PENDING, error="refused", wait=3.0)),
        (NotSent("refused"), 3, Verdict(outcome=Outcome.FAILED, error="not called after 3 tries: refused")),
        (Throttled("HTTP 429", 7.0), 2, Verdict(outcome=Outcome.PENDING, error="HTTP 429", wait=7.0)),
        (Throttled("HTTP 429"), 1, Verdict(outcome=Outcome.PENDING, error="HTTP 429", wait=2.0)),
        (Throttled("HTTP 429"), 2, Verdict(outcome=Outcome.PENDING, error="HTTP 429", wait=4.0)),
        (Throttled("HTTP 429"), 3, Verdict(outcome=Outcome.FAILED, error="not called after 3 tries: HTTP 429")),
        (TokenEnded("HTTP 401"), 1, Verdict(outcome=Outcome.PENDING, error="HTTP 401")),
        (TokenEnded("HTTP 401"), 3, Verdict(outcome=Outcome.PENDING, error="HTTP 401")),
        (RunMustStop("HTTP 403", "tip"), 3, Verdict(outcome=Outcome.PENDING, error="HTTP 403", wait=1.0)),
    ],
)
def test_an_answer_leads_where_the_table_says(answer, tries, verdict):
    assert judge(answer, tries=tries, attempts=3, dice=0.5) == verdict


def test_a_single_try_is_told_as_one():
    verdict = judge(NotSent("refused"), tries=1, attempts=1, dice=0.0)
    assert verdict == Verdict(outcome=Outcome.FAILED, error="not called after 1 try: refused")


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("tries", SILLY)
def test_every_verdict_is_a_legal_move(answer, tries):
    for attempts in (1, 3, 20):
        verdict = judge(answer, tries=tries, attempts=attempts, dice=0.999)
        assert verdict.outcome in MOVES[Outcome.UNKNOWN] | {Outcome.UNKNOWN}
        assert 0 <= verdict.wait <= LONGEST_WAIT


def test_only_proof_that_nobody_was_rung_leads_to_another_try():
    again = {type(answer) for answer in ANSWERS if judge(answer, tries=1, attempts=3, dice=0).outcome in OPEN}
    assert again == {NotSent, Throttled, TokenEnded, RunMustStop}


@given(
    st.lists(st.sampled_from(ANSWERS), max_size=30),
    st.integers(1, 20),
    st.floats(0, 1, exclude_max=True),
)
def test_no_sequence_of_answers_rings_a_contact_twice(answers, attempts, dice):
    """Claimed (unknown) and judged again and again, a row stops for good at its first answer that may have rung."""
    outcome, rung = Outcome.PENDING, 0
    for tries, answer in enumerate(answers, start=1):
        if outcome is not Outcome.PENDING:
            break
        rung += isinstance(answer, Accepted | Unclear)
        outcome = judge(answer, tries=tries, attempts=attempts, dice=dice).outcome
    assert rung <= 1
    assert rung == (outcome in {Outcome.PLACED, Outcome.UNKNOWN})


def test_the_table_of_moves_is_closed_and_ends():
    assert {outcome for ends in MOVES.values() for outcome in ends} <= MOVES.keys()
    assert {outcome for outcome, ends in MOVES.items() if not ends} == MOVES.keys() - {
        Outcome.PENDING,
        Outcome.DEFERRED,
        Outcome.UNKNOWN,
        Outcome.PLACED,
        Outcome.REDIAL,
    }
    screened_out = {Outcome.SUPPRESSED, Outcome.RECENT, Outcome.REACHED, Outcome.HELD, *CLOSED}
    assert MOVES[Outcome.PENDING] == {Outcome.UNKNOWN, Outcome.DEFERRED, *screened_out}
    assert MOVES[Outcome.DEFERRED] == {Outcome.UNKNOWN, Outcome.PENDING, Outcome.DEFERRED, *screened_out}
    assert MOVES[Outcome.PLACED] == {Outcome.REDIAL}


@pytest.mark.parametrize(
    ("times", "seconds"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 64), (7, 120), (8, 120), (100, 120)]
)
def test_waits_double_from_two_seconds_to_two_minutes(times, seconds):
    assert backoff(times) == seconds
    assert backoff(times, dice=0.0) == seconds / 2


@pytest.mark.parametrize("times", SILLY)
def test_a_silly_number_of_tries_overflows_nothing(times):
    assert 1 <= backoff(times, dice=0.0) <= backoff(times) <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("tries", "asked", "seconds"),
    [
        (1, None, 2.0),
        (3, None, 8.0),
        (5, 7.0, 7.0),
        (5, 0.0, 0.0),
        (1, -3.0, 0.0),
        (1, 1e308, LONGEST_ASKED_WAIT),
        (1, math.inf, LONGEST_ASKED_WAIT),
        (10**9, None, LONGEST_WAIT),
    ],
)
def test_the_wish_of_the_provider_wins_up_to_an_hour(tries, asked, seconds):
    assert judge(Throttled("HTTP 429", asked), tries=tries, attempts=10**10, dice=0.0).wait == seconds


def test_a_429_about_everybody_costs_its_contact_neither_a_try_nor_a_wait():
    verdict = judge(Throttled("HTTP 429", 9.0), tries=50, attempts=3, dice=0.0, leniency=Leniency(everybody=True))
    assert verdict == Verdict(outcome=Outcome.PENDING, error="HTTP 429")


@pytest.mark.parametrize("answer", [Throttled("HTTP 429"), NotSent("refused")])
def test_excused_tries_count_neither_for_giving_up_nor_for_the_wait(answer):
    excused = Leniency(excused=4)
    assert judge(answer, tries=6, attempts=3, dice=1.0, leniency=excused).wait == 4.0
    assert judge(answer, tries=7, attempts=3, dice=1.0, leniency=excused).outcome is Outcome.FAILED


def test_who_met_a_429_at_random_waits_an_eighth():
    at_random = Leniency(first_wait=FIRST_WAIT_AT_RANDOM)
    waits = [judge(Throttled(""), tries=tries, attempts=9, dice=0.0, leniency=at_random).wait for tries in (1, 2, 3, 8)]
    assert waits == [0.25, 0.5, 1.0, 15.0]

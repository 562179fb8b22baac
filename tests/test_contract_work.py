"""What every ledger promises of the work it gives out and the answers it takes back: what is on disk, and when."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from builders import (
    START,
    a_claim,
    a_contact,
    a_reject,
    a_run,
    a_settlement,
    awaited,
    contacts,
    number_of,
    outcomes,
    work_of,
)

from dialer.domain.call import (
    IN_FLIGHT,
    Accepted,
    Claim,
    MayBeUp,
    NotSent,
    Refused,
    RunMustStop,
    Throttled,
    TokenEnded,
    Told,
    Unclear,
)
from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger

LATER = START + timedelta(hours=1)


@pytest.fixture
def ledger_path(any_ledger_path):
    return any_ledger_path


@pytest.fixture
def work(ledger):
    """Give out run 1, of four contacts."""
    return work_of(ledger, a_run(ledger, contacts(4)).number)


def attempts(ledger, run=1):
    """Tell of every attempt: its row and number, whether it left and ended, and what was answered."""
    with ledger.evidence(run) as evidence:
        return [
            (row, one.nth, one.sent_at is not None, one.ended_at is not None, one.answer, one.detail)
            for row, each in evidence.attempts()
            for one in each
        ]


def claimed(work, *, settled=(), want, now=START):
    """Claim as many, and leave their tokens out, which nobody can know before."""
    return [claim._replace(token="") for claim in awaited(work.turn(settled, want=want, now=now))]


def the_row(ledger, row=2, run=1):
    return next(result for result in ledger.results(run) if result.row == row)


def test_contacts_are_claimed_in_the_lists_order(work):
    assert claimed(work, want=3) == [a_claim(row) for row in (2, 3, 4)]


def test_no_contact_is_given_out_twice(work):
    given = [claim.row for _ in range(4) for claim in awaited(work.turn((), want=3, now=LATER))]
    assert given == [2, 3, 4, 5]


def test_a_claim_is_on_disk_before_it_is_given_out(ledger, ledger_path, work):
    awaited(work.turn((), want=2, now=START))
    with open_ledger(ledger_path) as second:
        assert outcomes(second, 1) == {2: "unknown", 3: "unknown", 4: "pending", 5: "pending"}
        assert the_row(second).error == IN_FLIGHT
        assert attempts(second) == [(2, 1, 0, 0, "", ""), (3, 1, 0, 0, "", "")]


def tokens(ledger, run=1):
    """Tell the token of every attempt that is on disk."""
    with ledger.evidence(run) as evidence:
        return [one.token for _, each in evidence.attempts() for one in each]


def test_a_claims_token_is_on_disk_before_it_is_given_out(ledger_path, work):
    claims = awaited(work.turn((), want=3, now=START))
    with open_ledger(ledger_path) as second:
        assert tokens(second) == [claim.token for claim in claims]


def test_every_try_has_a_token_of_its_own_that_any_provider_takes(ledger, work):
    given = awaited(work.turn((), want=4, now=START))
    awaited(work.release(given[:2]))
    given += awaited(work.turn([a_settlement(given[2], NotSent("no route"))], want=4, now=LATER))
    given += awaited(work.turn((), want=4, now=LATER + timedelta(minutes=1)))

    assert sorted(claim.row for claim in given) == [2, 2, 3, 3, 4, 4, 5]
    assert len({claim.token for claim in given}) == len(given)
    assert all(re.fullmatch("[A-Za-z0-9-]{16,64}", claim.token) for claim in given)


def test_rejects_are_never_given_out(ledger):
    run = a_run(ledger, [a_reject(2), a_contact(3), a_reject(4)])
    assert [claim.row for claim in awaited(work_of(ledger, run.number).turn((), want=9, now=START))] == [3]


def test_a_claim_carries_the_parameters_as_they_were_loaded(ledger):
    parameters = {"name": "Zoë “Z”", "balance": 12, "empty": "", "flag": True}
    run = a_run(ledger, [a_contact(2, parameters=parameters)])
    (claim,) = claimed(work_of(ledger, run.number), want=1)
    assert claim == Claim(row=2, number=number_of(2), parameters=parameters, tries=1)


@pytest.mark.parametrize(
    ("answer", "told", "recorded"),
    [
        (Accepted("c-1", "queued"), ("placed", "c-1", "queued", ""), ("accepted", "c-1")),
        (Refused("HTTP 422"), ("rejected", "", "", "HTTP 422"), ("refused", "HTTP 422")),
        (Unclear("lost"), ("unknown", "", "", "may have rung: lost"), ("unclear", "lost")),
        (NotSent("closing", left=True), ("pending", "", "", "closing"), ("notsent", "closing")),
        (Throttled("HTTP 429"), ("pending", "", "", "HTTP 429"), ("throttled", "HTTP 429")),
        (TokenEnded("HTTP 401"), ("pending", "", "", "HTTP 401"), ("tokenended", "HTTP 401")),
        (RunMustStop("HTTP 403", "scope"), ("pending", "", "", "HTTP 403"), ("runmuststop", "HTTP 403")),
    ],
)
def test_an_answer_is_written_to_its_row_and_its_attempt(ledger, work, answer, told, recorded):
    (claim,) = awaited(work.turn((), want=1, now=START))
    awaited(work.turn([a_settlement(claim, answer, at=LATER)], want=0, now=LATER))
    row = the_row(ledger)
    assert (row.outcome, row.call_id, row.status, row.error) == told
    assert (row.attempts, row.called_at) == (1, LATER)
    assert attempts(ledger) == [(2, 1, 1, 1, *recorded)]


def test_a_retry_is_given_out_only_when_it_is_due(work):
    (claim,) = awaited(work.turn((), want=1, now=START))
    awaited(work.turn([a_settlement(claim, NotSent("dns"))], want=0, now=START))
    assert 2 not in [claim.row for claim in awaited(work.turn((), want=9, now=START))]
    assert awaited(work.next_due(START)) == START + timedelta(seconds=1)
    assert claimed(work, want=9, now=START + timedelta(seconds=1)) == [a_claim(2, tries=2)]


def test_a_settlement_and_the_next_claim_share_one_turn(ledger, work):
    (claim,) = awaited(work.turn((), want=1, now=START))
    assert claimed(work, settled=[a_settlement(claim, Accepted("c-1"))], want=1) == [a_claim(3)]
    assert ledger.counts(1) == {"placed": 1, "unknown": 1, "pending": 2}


def test_a_turn_that_fails_writes_nothing_of_itself(ledger, work):
    claims = awaited(work.turn((), want=2, now=START))
    settled = [a_settlement(claims[0], Accepted("c-1")), a_settlement(claims[1], Accepted(""))]
    with pytest.raises(LedgerError, match=r"(?i)check constraint"):
        awaited(work.turn(settled, want=1, now=START))
    assert ledger.counts(1) == {"unknown": 2, "pending": 2}


def test_the_same_settlement_twice_is_written_once(ledger, work):
    (claim,) = awaited(work.turn((), want=1, now=START))
    for _ in range(2):
        awaited(work.turn([a_settlement(claim, Accepted("c-1"))], want=0, now=START))
    assert ledger.counts(1) == {"placed": 1, "pending": 3}


def test_a_final_row_is_not_moved_by_a_late_answer(ledger, work):
    (claim,) = awaited(work.turn((), want=1, now=START))
    awaited(work.turn([a_settlement(claim, Accepted("c-1"))], want=0, now=START))
    awaited(work.turn([a_settlement(claim, Refused("late"))], want=0, now=START))
    assert (the_row(ledger).outcome, the_row(ledger).call_id) == ("placed", "c-1")


def test_what_the_provider_says_is_kept_however_odd(ledger, work):
    claims = awaited(work.turn((), want=2, now=START))
    awaited(
        work.turn(
            [
                a_settlement(claims[0], Accepted("id-\ud800", "q\udfff")),
                a_settlement(claims[1], Refused("=1+1\x00\n\ud83d")),
            ],
            want=0,
            now=START,
        )
    )
    assert (the_row(ledger, 2).call_id, the_row(ledger, 2).status) == ("id-\\ud800", "q\\udfff")
    assert the_row(ledger, 3).error == "=1+1\x00\n\\ud83d"


def test_a_released_claim_is_as_if_never_made(ledger, work):
    before = list(ledger.results(1))
    awaited(work.release(awaited(work.turn((), want=3, now=START))))
    assert (list(ledger.results(1)), attempts(ledger)) == (before, [])
    assert claimed(work, want=1) == [a_claim(2)]


def test_a_released_retry_keeps_its_earlier_tries(ledger, work):
    (claim,) = awaited(work.turn((), want=1, now=START))
    awaited(work.turn([a_settlement(claim, TokenEnded("HTTP 401"))], want=0, now=START))
    retries = [claim for claim in awaited(work.turn((), want=9, now=LATER)) if claim.row == 2]
    awaited(work.release(retries))
    assert (the_row(ledger).outcome, the_row(ledger).attempts) == ("pending", 1)
    assert [attempt[:2] for attempt in attempts(ledger) if attempt[0] == 2] == [(2, 1)]


@pytest.mark.parametrize(
    ("answer", "outcome", "attempt"),
    [
        (Accepted("c-1"), "placed", (2, 1, 1, 1, "accepted", "c-1")),
        (Unclear("lost"), "unknown", (2, 1, 1, 1, "unclear", "lost")),
    ],
)
def test_a_call_that_was_answered_is_never_released(ledger, work, answer, outcome, attempt):
    (claim,) = awaited(work.turn((), want=1, now=START))
    awaited(work.turn([a_settlement(claim, answer)], want=0, now=START))
    awaited(work.release([claim]))
    assert (the_row(ledger).outcome, attempts(ledger)) == (outcome, [attempt])


def test_nothing_pending_is_never_due(work):
    assert awaited(work.next_due(START)) <= START
    awaited(work.turn((), want=9, now=START))
    assert awaited(work.next_due(START)) is None


def test_a_limit_leaves_the_rest_of_the_list_alone(ledger, ledger_path):
    a_run(ledger, contacts(5))
    work = work_of(ledger, 1, limit=2)
    assert [claim.row for claim in awaited(work.turn((), want=9, now=LATER))] == [2, 3]
    assert awaited(work.next_due(START)) is None
    assert ledger.counts(1) == {"unknown": 2, "pending": 3}


def test_a_limit_counts_only_rows_that_would_be_dialled(ledger):
    a_run(ledger, [a_reject(2), a_contact(3), a_reject(4), a_contact(5), a_contact(6)])
    assert [claim.row for claim in awaited(work_of(ledger, 1, limit=2).turn((), want=9, now=LATER))] == [3, 5]


def test_the_same_limit_again_dials_no_further(ledger):
    a_run(ledger, contacts(5))
    work = work_of(ledger, 1, limit=2)
    claims = awaited(work.turn((), want=9, now=START))
    awaited(work.turn([a_settlement(claim, Accepted(f"c{claim.row}")) for claim in claims], want=0, now=START))
    assert awaited(work_of(ledger, 1, limit=2).turn((), want=9, now=LATER)) == []


@pytest.mark.parametrize(("limit", "rows"), [(4, [4, 5]), (9, [4, 5, 6]), (None, [4, 5, 6])])
def test_a_wider_limit_goes_on_from_where_it_was(ledger, limit, rows):
    a_run(ledger, contacts(5))
    awaited(work_of(ledger, 1, limit=2).turn((), want=9, now=START))
    assert [claim.row for claim in awaited(work_of(ledger, 1, limit=limit).turn((), want=9, now=START))] == rows


def test_a_retry_within_the_limit_keeps_its_moment(ledger):
    a_run(ledger, contacts(3))
    work = work_of(ledger, 1, limit=1)
    (claim,) = awaited(work.turn((), want=9, now=START))
    awaited(work.turn([a_settlement(claim, NotSent("dns"))], want=0, now=START))
    assert awaited(work_of(ledger, 1, limit=1).next_due(START)) == START + timedelta(seconds=1)


def test_runs_do_not_give_out_each_others_contacts(ledger, work):
    other = a_run(ledger, contacts(2), digest="d2")
    assert len(awaited(work_of(ledger, other.number).turn((), want=9, now=START))) == 2
    assert len(awaited(work.turn((), want=9, now=START))) == 4


def place_all(ledger, *statuses):
    a_run(ledger, contacts(len(statuses)))
    work = work_of(ledger, 1)
    claims = awaited(work.turn((), want=len(statuses), now=START))
    answers = [Accepted(f"c{claim.row}", status) for claim, status in zip(claims, statuses, strict=True)]
    awaited(work.turn([a_settlement(*pair) for pair in zip(claims, answers, strict=True)], want=0, now=START))
    return ledger.placed(1, final={"completed", "failed"})


def test_only_calls_without_a_final_status_are_followed(ledger):
    placed = place_all(ledger, "queued", "completed", "failed", "", "odd")
    assert awaited(placed.to_follow(after_row=0, page=9)) == [(2, "c2"), (5, "c5"), (6, "c6")]


def test_calls_to_follow_come_page_by_page(ledger):
    placed = place_all(ledger, "queued", "queued", "queued")
    assert awaited(placed.to_follow(after_row=2, page=1)) == [(3, "c3")]
    assert awaited(placed.to_follow(after_row=4, page=1)) == []


def test_what_is_said_to_be_the_last_word_is_followed_no_more(ledger):
    placed = place_all(ledger, "queued", "queued")
    assert awaited(placed.set_statuses([Told(2, "c2", "moved", True), Told(3, "c3", "moved", False)])) == 2
    assert awaited(placed.to_follow(after_row=0, page=9)) == [(3, "c3")]
    assert placed.waiting() == 1
    assert awaited(placed.set_statuses([Told(2, "c2", "moved", True), Told(3, "c3", "moved", True)])) == 1


def test_a_status_is_set_on_placed_calls_only(ledger):
    placed = place_all(ledger, "queued")
    other = a_run(ledger, contacts(1), digest="d2").number
    assert awaited(placed.set_statuses([Told(2, "c2", "completed", False), Told(99, "c2", "completed", False)])) == 1
    assert awaited(placed.set_statuses([Told(2, "c2", "completed", False)])) == 0
    awaited(ledger.placed(other, final=()).set_statuses([Told(2, "c2", "completed", False)]))
    assert (the_row(ledger).status, the_row(ledger, run=other).status) == ("completed", "")


def test_calls_that_may_be_up_are_those_without_an_end_and_those_of_nobody_knows(ledger):
    a_run(ledger, contacts(7))
    work = work_of(ledger, 1)
    answers = {
        2: Accepted("c2", "queued"),
        3: Accepted("c3", "completed"),
        4: Accepted("c4", "ringing"),
        5: Unclear("HTTP 500"),
        6: Refused("HTTP 404"),
    }
    later = START + timedelta(minutes=1)
    for row, at in [(2, later), *((row, START) for row in range(3, 8))]:
        (claim,) = claimed(work, want=1, now=at)
        if claim.row in answers:
            awaited(work.turn([a_settlement(claim, answers[claim.row], at=at)], want=0, now=at))
        assert claim.row == row
    placed = ledger.placed(1, final={"completed", "failed"})
    awaited(placed.set_statuses([Told(4, "c4", "moved", True)]))

    unknown = [MayBeUp(5, "", "", START), MayBeUp(7, "", "", START)]
    assert awaited(placed.may_be_up(since=START)) == [*unknown, MayBeUp(2, "c2", "queued", later)]
    assert awaited(placed.may_be_up(since=later)) == [MayBeUp(2, "c2", "queued", later)]
    assert awaited(placed.may_be_up(since=later + timedelta(microseconds=1))) == []

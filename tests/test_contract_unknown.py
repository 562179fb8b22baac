"""What every ledger promises of unknown rows: which can be asked about, as what, and where asking leads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import START, a_run, a_settlement, awaited, contacts, number_of, outcomes, work_of

from dialer.domain.call import IN_FLIGHT, Accepted, NotMade, Outcome, StillUnknown, Told, Unclear
from dialer.domain.campaign import AgainRules
from dialer.domain.reconciliation import reconcile
from dialer.domain.redial import RedialTerms
from dialer.domain.retention import Taken
from dialer.domain.run import Decision
from dialer.domain.screening.candidate import Candidate

LATER = START + timedelta(minutes=5)
CALLS = {"flow_id": "flow-1", "caller_number": "+12025550100", "account": "a-1"}


@pytest.fixture
def ledger_path(any_ledger_path):
    return any_ledger_path


def dial(ledger, run, *answers, now=START, screening=None):
    """Give the next contacts of a session these answers; None leaves a call open, as a crash does."""
    ledger.begin_session(
        run, calls_per_second=5, screening={"calls": CALLS} if screening is None else screening, now=now
    )
    work = work_of(ledger, run.number, now=now)
    claims = awaited(work.turn((), want=len(answers), now=now))
    settled = [
        a_settlement(claim, answer, at=now) for claim, answer in zip(claims, answers, strict=True) if answer is not None
    ]
    awaited(work.turn(settled, want=0, now=now))
    return claims


def unknown(ledger, run=1, **given):
    return ledger.unknown_tries(run, **{"account": "a-1"} | given)


def to_ask(ledger, run=1, **given):
    return awaited(unknown(ledger, run, **given).to_ask(after_row=0, page=10))


def asked(ledger, told, *, row=2, run=1, at=LATER, attempts=3):
    """Write what a provider said of a row; return what was written."""
    rows = {each.row: each for each in to_ask(ledger, run)}
    found = reconcile(rows[row], told, at=at, attempts=attempts, dice=1.0)
    return awaited(unknown(ledger, run).reconcile([found]))


def result(ledger, row=2, run=1):
    return next(each for each in ledger.results(run) if each.row == row)


def test_an_unknown_row_is_asked_about_as_it_was_called(ledger):
    run = a_run(ledger, contacts(4))
    claims = dial(ledger, run, Unclear("HTTP 500"), Accepted("c-1"), None, Unclear("gone"))
    rows = to_ask(ledger)
    assert [(each.row, each.tries, each.answer, each.detail, each.unasked) for each in rows] == [
        (2, 1, "unclear", "HTTP 500", ""),
        (4, 1, "", "", ""),
        (5, 1, "unclear", "gone", ""),
    ]
    assert [each.asked.request for each in rows] == [
        claims[at].request(caller_number="+12025550100", flow_id="flow-1") for at in (0, 2, 3)
    ]
    assert [(each.asked.claimed_at, each.asked.ended_at) for each in rows] == [
        (START, START),
        (START, None),
        (START, START),
    ]
    assert unknown(ledger).waiting() == 3


def test_rows_are_fetched_page_by_page_and_only_of_late_tries_where_that_is_said(ledger):
    run = a_run(ledger, contacts(3))
    dial(ledger, run, Unclear("a"))
    dial(ledger, run, Unclear("b"), Unclear("c"), now=LATER)
    pages = unknown(ledger)
    assert [each.row for each in awaited(pages.to_ask(after_row=2, page=1))] == [3]
    assert [each.row for each in to_ask(ledger, since=LATER)] == [3, 4]
    assert unknown(ledger, since=LATER).waiting() == 2


def test_the_call_that_was_found_is_the_rows_own(ledger):
    run = a_run(ledger, contacts(1))
    dial(ledger, run, Unclear("HTTP 500"))
    ledger.close_if_over(1, now=START)
    [written] = asked(ledger, Accepted("c-9", "ringing"))
    assert written.verdict.outcome is Outcome.PLACED
    told = result(ledger)
    assert (told.outcome, told.call_id, told.status, told.error) == ("placed", "c-9", "ringing", "")
    assert ledger.run(1).ended_at == START
    assert to_ask(ledger) == []


def test_proof_that_no_call_was_made_opens_the_row_and_its_run_again(ledger):
    run = a_run(ledger, contacts(1))
    dial(ledger, run, Unclear("HTTP 500"))
    ledger.close_if_over(1, now=START)
    asked(ledger, NotMade("none listed"))
    assert (result(ledger).outcome, result(ledger).error) == ("pending", "none listed")
    assert ledger.run(1).ended_at is None

    work = work_of(ledger, 1, now=LATER)
    assert awaited(work.turn((), want=1, now=LATER)) == []
    [claim] = awaited(work.turn((), want=1, now=LATER + timedelta(seconds=2)))
    assert (claim.row, claim.tries) == (2, 2)


def test_a_row_without_tries_left_has_failed(ledger):
    dial(ledger, a_run(ledger, contacts(1)), Unclear("HTTP 500"))
    asked(ledger, NotMade("none listed"), attempts=1)
    assert (result(ledger).outcome, result(ledger).error) == ("failed", "not called after 1 try: none listed")


@pytest.mark.parametrize(("answer", "was"), [(Unclear("HTTP 500"), "may have rung: HTTP 500"), (None, IN_FLIGHT)])
def test_what_is_still_unknown_says_what_was_heard_and_what_was_seen(ledger, answer, was):
    dial(ledger, a_run(ledger, contacts(1)), answer)
    for at, seen in ((LATER, "two"), (LATER + timedelta(days=1), "three")):
        asked(ledger, StillUnknown(seen), at=at)
        assert result(ledger).error == f"{was}; asked on {at:%Y-%m-%d %H:%M} UTC: {seen}"
    assert ledger.counts(1) == {"unknown": 1}
    assert len(to_ask(ledger)) == 1


@pytest.mark.parametrize("told", [Accepted("c-9"), NotMade("none"), StillUnknown("two")])
def test_a_row_that_was_settled_meanwhile_stays_as_it_is(ledger, told):
    dial(ledger, a_run(ledger, contacts(1)), Unclear("HTTP 500"))
    [row] = to_ask(ledger)
    ledger.settle(1, Decision(outcome=Outcome.REJECTED, who="ann", at=LATER))
    before = result(ledger)
    found = reconcile(row, told, at=LATER, attempts=3, dice=0.0)
    assert awaited(unknown(ledger).reconcile([found])) == []
    assert result(ledger) == before
    with ledger.evidence(1) as evidence:
        assert [(at, [each.nth for each in decided]) for at, decided in evidence.decisions()] == [(2, [0])]


def test_the_call_of_another_row_stays_its_own_in_whichever_run(ledger):
    dial(ledger, a_run(ledger, contacts(1)), Accepted("c-9"))
    dial(ledger, a_run(ledger, contacts(3), digest="d2"), Unclear("a"), Unclear("b"), Unclear("c"), now=LATER)
    rows = to_ask(ledger, 2)
    answers = [Accepted("c-9"), Accepted("c-10"), Accepted("c-10")]
    found = [reconcile(row, told, at=LATER, attempts=3, dice=0.0) for row, told in zip(rows, answers, strict=True)]
    awaited(unknown(ledger, 2).reconcile(found))
    assert [(each.outcome, each.call_id, each.error.partition("UTC: ")[2]) for each in ledger.results(2)] == [
        ("unknown", "", "its call c-9 is that of row 2 of run 1"),
        ("placed", "c-10", ""),
        ("unknown", "", "its call c-10 is that of row 3 of run 2"),
    ]


def test_calls_of_the_same_number_that_are_others_are_told(ledger):
    dial(ledger, a_run(ledger, contacts(1)), Accepted("c-9"))
    dial(ledger, a_run(ledger, contacts(2), digest="d2"), Unclear("a"), Unclear("b"), now=LATER)
    assert [each.asked.other_calls for each in to_ask(ledger, 2)] == [{"c-9"}, frozenset()]


def test_two_unknown_tries_of_one_number_at_about_the_same_time_are_not_told_apart(ledger):
    dial(ledger, a_run(ledger, contacts(1)), Unclear("a"))
    dial(ledger, a_run(ledger, contacts(1), digest="d2"), Unclear("b"), now=LATER)
    dial(ledger, a_run(ledger, contacts(1), digest="d3"), Unclear("b"), now=START + timedelta(days=1))
    assert [[each.unasked for each in to_ask(ledger, run)] for run in (1, 2, 3)] == [
        ["row 2 of run 2 is unknown, too, and of the same number"],
        ["row 2 of run 1 is unknown, too, and of the same number"],
        [""],
    ]


@pytest.mark.parametrize(
    ("screening", "why"),
    [
        ({}, "by which flow and account it was called is not on record"),
        ({"calls": {**CALLS, "account": "a-2"}}, "it was called by another account"),
        ({"calls": CALLS, "clock_was_set": [60]}, "the clock was set while the run was dialled"),
    ],
)
def test_what_the_provider_cannot_tell_by_is_not_asked_about(ledger, screening, why):
    dial(ledger, a_run(ledger, contacts(1)), Unclear("a"), screening=screening)
    assert to_ask(ledger)[0].unasked.startswith(why)


def test_each_try_is_asked_about_by_the_flow_of_its_own_session(ledger):
    run = a_run(ledger, contacts(2))
    dial(ledger, run, Unclear("a"))
    dial(ledger, run, Unclear("b"), now=LATER, screening={"calls": {**CALLS, "flow_id": "flow-2"}})
    assert [each.asked.request.flow_id for each in to_ask(ledger)] == ["flow-1", "flow-2"]


def test_a_call_that_was_proved_not_to_be_made_counts_no_longer(ledger):
    dial(ledger, a_run(ledger, contacts(1)), Unclear("HTTP 500"))
    person = [Candidate(number_of(2))]

    def known():
        return ledger.past(None, sandbox=True).facts(person, since=START - timedelta(days=1))

    assert len(known()[number_of(2)].calls) == 1
    asked(ledger, StillUnknown("two"), at=LATER)
    assert len(known()[number_of(2)].calls) == 1
    asked(ledger, NotMade("none"), at=LATER + timedelta(minutes=1))
    assert known() == {}


def test_evidence_tells_what_was_asked_of_which_try_and_what_was_seen(ledger):
    dial(ledger, a_run(ledger, contacts(2)), Unclear("a"), Unclear("b"))
    asked(ledger, StillUnknown("two"), at=LATER)
    ledger.settle(1, Decision(outcome=Outcome.PENDING, who="ann", at=LATER + timedelta(minutes=1)), row=2)
    asked(ledger, Accepted("c-9"), row=3)
    with ledger.evidence(1) as evidence:
        told = {
            row: [(each.outcome, each.call_id, each.who, each.nth, each.seen) for each in decided]
            for row, decided in evidence.decisions()
        }
        evidence.prove_sound()
    assert told == {
        2: [("unknown", "", "", 1, "two"), ("pending", "", "ann", 0, "")],
        3: [("placed", "c-9", "", 1, "")],
    }
    assert list(outcomes(ledger, 1).values()) == ["pending", "placed"]


def test_nobody_is_asked_about_whom_nobody_could_call_again(ledger):
    for digest in ("d1", "d2"):
        dial(ledger, a_run(ledger, contacts(2), digest=digest), Unclear("a"), Unclear("b"))
        ledger.close_if_over(int(digest[1]), now=START)
    ledger.retention().take(1, Taken.CELLS, called_before=LATER, who="ann", now=LATER)
    ledger.retention().forget([(2, 2)], called_since=LATER, who="ann", now=LATER)
    assert (to_ask(ledger, 1), [each.row for each in to_ask(ledger, 2)]) == ([], [3])


def test_what_was_seen_is_taken_out_with_the_words_of_a_run_and_its_rows_with_them(ledger):
    dial(ledger, a_run(ledger, contacts(1)), Unclear("a"))
    asked(ledger, StillUnknown("two"))
    ledger.close_if_over(1, now=LATER)

    def seen():
        with ledger.evidence(1) as evidence:
            return [each.seen for _, decided in evidence.decisions() for each in decided]

    ledger.retention().take(1, Taken.CELLS, called_before=LATER, who="ann", now=LATER)
    assert seen() == [""]
    ledger.retention().take(1, Taken.ROWS, called_before=LATER + timedelta(days=1), who="ann", now=LATER)
    assert seen() == []


def test_an_earlier_call_of_the_same_row_is_another(ledger):
    dial(ledger, a_run(ledger, contacts(1)), Accepted("c-1"))
    rules = AgainRules.model_validate({"on": {"busy": {"after": "15m", "tries": 2}}})
    terms = RedialTerms(rules=rules, now=lambda: LATER)
    awaited(ledger.placed(1, final={"busy"}, redial=terms).set_statuses([Told(2, "c-1", "busy", True)]))
    dial(ledger, ledger.run(1), Unclear("a"), now=LATER + timedelta(minutes=16))
    [row] = to_ask(ledger)
    assert (row.tries, row.asked.other_calls) == (2, {"c-1"})
    asked(ledger, Accepted("c-1"))
    assert result(ledger).error.endswith("its call c-1 is that of another try")

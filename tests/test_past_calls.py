"""What the ledger remembers of numbers: which requests count as calls, for whom, and when it has changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import START, a_contact, a_run, a_settlement, awaited, contacts, number_of, work_of

from dialer.domain.call import Accepted, NotSent, Refused, RunMustStop, Throttled, TokenEnded, Unclear
from dialer.domain.screening.candidate import Candidate, Facts, PastCall
from dialer.ledger.port import open_ledger
from dialer.ledger.reading import past_on_record

LONG_AGO = START - timedelta(days=365)
ANN = number_of(2)


def minutes(count):
    return START + timedelta(minutes=count)


def called(ledger, answer, *, rows=1, at=START, provider="cxone", **changes):
    """Dial a list of so many rows, a minute after each other in the order of the list; `at` is when."""
    run = a_run(ledger, contacts(rows), provider=provider, **changes)
    work = work_of(ledger, run.number)
    for count in range(rows):
        moment = at + timedelta(minutes=count)
        claims = awaited(work.turn((), want=1, now=moment))
        if answer:
            awaited(work.turn([a_settlement(claim, answer, at=moment) for claim in claims], want=0, now=moment))
    return run.number


def facts(ledger, *numbers, run=None, sandbox=False, since=LONG_AGO, row=0):
    asked = [Candidate(number=number, row=row) for number in numbers or (ANN,)]
    return dict(ledger.past(run, sandbox=sandbox).facts(asked, since=since))


def known(*calls, listed=""):
    return Facts(listed=listed, calls=tuple(calls))


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (None, True),
        (Accepted("c-1"), True),
        (Unclear("HTTP 503"), True),
        (Refused("HTTP 400"), False),
        (NotSent("dns"), False),
        (Throttled("HTTP 429"), False),
        (TokenEnded("HTTP 401"), False),
        (RunMustStop("HTTP 403", "scope"), False),
    ],
    ids=["in flight", "accepted", "unclear", "refused", "notsent", "throttled", "tokenended", "runmuststop"],
)
def test_a_request_counts_unless_its_answer_proves_that_nobody_was_rung(ledger, answer, counts):
    called(ledger, answer)
    assert facts(ledger) == ({ANN: known(PastCall(at=START, campaign="spring"))} if counts else {})


def test_the_calls_of_all_runs_and_campaigns_come_newest_first(ledger):
    called(ledger, Accepted("c-1"), at=minutes(5), digest="d1")
    called(ledger, Unclear("lost"), at=minutes(9), campaign="winter")
    called(ledger, None, at=minutes(1), campaign="autumn")
    called(ledger, Accepted("c-2"), at=minutes(7), digest="d2")
    assert facts(ledger) == {
        ANN: known(
            PastCall(at=minutes(9), campaign="winter"),
            PastCall(at=minutes(7), campaign="spring"),
            PastCall(at=minutes(5), campaign="spring"),
            PastCall(at=minutes(1), campaign="autumn"),
        )
    }


def test_each_try_that_may_have_rung_counts(ledger):
    run = called(ledger, Unclear("lost"))
    ledger._db.execute("UPDATE contact SET outcome = 'pending'")
    work = work_of(ledger, run)
    awaited(work.turn((), want=1, now=minutes(3)))
    assert facts(ledger)[ANN].calls == (
        PastCall(at=minutes(3), campaign="spring"),
        PastCall(at=START, campaign="spring"),
    )


@pytest.mark.parametrize("sandbox", [True, False])
def test_calls_of_the_sandbox_and_real_ones_know_nothing_of_each_other(ledger, sandbox):
    called(ledger, Accepted("c-1"), provider="sandbox")
    called(ledger, Accepted("c-2"), at=minutes(1), provider="cxone", digest="d2")
    seen = START if sandbox else minutes(1)
    assert facts(ledger, sandbox=sandbox) == {ANN: known(PastCall(at=seen, campaign="spring"))}


def test_only_calls_since_a_moment_are_fetched(ledger):
    called(ledger, Accepted("c-1"))
    assert facts(ledger, since=START) == {}
    assert ANN in facts(ledger, since=START - timedelta(microseconds=1))


def test_a_call_is_its_rows_own_only_in_its_own_run_and_row(ledger):
    run = called(ledger, None)
    assert facts(ledger, run=run, row=2)[ANN].calls[0].own
    assert not facts(ledger, run=run, row=3)[ANN].calls[0].own
    assert not facts(ledger, run=run + 1, row=2)[ANN].calls[0].own
    assert not facts(ledger, run=None, row=2)[ANN].calls[0].own


def test_many_numbers_are_looked_up_at_once_and_unknown_ones_left_out(ledger):
    called(ledger, Accepted("c"), rows=1)
    ledger.suppressions().add([(number_of(4), "asked")], who="ann", now=START)
    assert facts(ledger, *(number_of(row) for row in range(2, 7))) == {
        ANN: known(PastCall(at=START, campaign="spring")),
        number_of(4): known(listed="on the do-not-call list of this ledger, since 2026-03-02 15:00 UTC (asked)"),
    }


def test_thousands_of_numbers_are_each_told_their_own_calls(ledger):
    people = [a_contact(row, number=f"+1212{5_550_000 + row}") for row in range(2, 3002)]
    run = a_run(ledger, people, provider="cxone")
    awaited(work_of(ledger, run.number).turn((), want=1500, now=START))
    found = facts(ledger, *(person.number for person in people))
    assert found == {person.number: known(PastCall(at=START, campaign="spring")) for person in people[:1500]}


def test_a_number_asked_for_twice_has_its_calls_once(ledger):
    called(ledger, Accepted("c-1"))
    assert facts(ledger, ANN, ANN) == {ANN: known(PastCall(at=START, campaign="spring"))}


def test_a_listed_number_that_was_called_is_both(ledger):
    called(ledger, Accepted("c-1"))
    ledger.suppressions().add([(ANN, "")], who="ann", now=minutes(1))
    listed = "on the do-not-call list of this ledger, since 2026-03-02 15:01 UTC"
    assert facts(ledger) == {ANN: known(PastCall(at=START, campaign="spring"), listed=listed)}


def test_the_do_not_call_list_holds_in_the_sandbox_too(ledger):
    ledger.suppressions().add([(ANN, "")], who="ann", now=START)
    assert facts(ledger, sandbox=True)[ANN].listed
    ledger.suppressions().remove([ANN], who="ann", now=START)
    assert facts(ledger, sandbox=True) == {}


def test_rows_without_a_number_are_nobodys_past(ledger):
    called(ledger, Accepted("c-1"))
    ledger._db.execute("UPDATE contact SET number = ''")
    assert facts(ledger, "", ANN) == {}


# Whether anything has changed


@pytest.fixture
def past(ledger):
    looking = ledger.past(None, sandbox=False)
    looking.has_changed()
    return looking


def test_nothing_has_changed_while_nobody_writes(past):
    assert [past.has_changed() for _ in range(3)] == [False] * 3


def test_what_the_ledgers_own_connection_writes_is_no_change(ledger, past):
    called(ledger, Accepted("c-1"))
    ledger.suppressions().add([(ANN, "")], who="ann", now=START)
    assert not past.has_changed()


@pytest.mark.parametrize(
    "write",
    [
        lambda other: other.suppressions().add([(ANN, "")], who="ann", now=START),
        lambda other: called(other, Accepted("c-1"), campaign="winter"),
    ],
    ids=["suppressed", "called"],
)
def test_what_another_program_writes_is_a_change_once(past, ledger_path, write):
    with open_ledger(ledger_path) as other:
        write(other)
    assert [past.has_changed() for _ in range(3)] == [True, False, False]


def test_a_change_is_seen_within_a_transaction_too(ledger, past, ledger_path):
    with open_ledger(ledger_path) as other:
        other.suppressions().add([(ANN, "")], who="ann", now=START)
    ledger._db.execute("BEGIN IMMEDIATE")
    seen = past.has_changed()
    ledger._db.execute("COMMIT")
    assert (seen, past.has_changed()) == (True, False)


def test_another_program_that_only_reads_changes_nothing(past, ledger_path):
    with open_ledger(ledger_path) as other:
        facts(other)
    assert not past.has_changed()


# What left in a campaign's last day


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (None, 1),
        (Accepted("c-1"), 1),
        (Throttled("HTTP 429"), 1),
        (NotSent("dns"), 0),
        (NotSent("going down", left=True), 1),
    ],
)
def test_every_request_that_left_counts_for_the_day(ledger, answer, counts):
    called(ledger, answer)
    assert ledger.past(None, sandbox=False).requests_of("spring", since=LONG_AGO) == [START] * counts


def test_only_the_campaigns_own_requests_since_a_moment_count_for_the_day(ledger):
    called(ledger, Accepted("c-1"), rows=3)
    called(ledger, Accepted("c-2"), campaign="winter")
    called(ledger, Accepted("c-3"), provider="sandbox", digest="d2")
    past = ledger.past(None, sandbox=False)
    assert sorted(past.requests_of("spring", since=START)) == [minutes(1), minutes(2)]


def test_a_run_that_ended_before_the_day_began_is_passed_over(ledger):
    run = called(ledger, Accepted("c-1"))
    ledger.close_if_over(run, now=minutes(1))
    past = ledger.past(None, sandbox=False)
    assert past.requests_of("spring", since=minutes(2)) == []
    assert past.requests_of("spring", since=START - timedelta(hours=1)) == [START]


# What numbers begin with


def test_the_prefixes_are_those_of_open_numbers(ledger):
    people = [
        a_contact(2, number="+12125550123"),
        a_contact(3, number="+33612345678"),
        a_contact(4, number="+61412345678"),
    ]
    run = a_run(ledger, people)
    awaited(work_of(ledger, run.number).turn((), want=1, now=START))
    ledger._db.execute("UPDATE contact SET outcome = 'deferred' WHERE row = 4")
    assert ledger.past(run.number, sandbox=True).prefixes(4) == {"3361", "6141"}


def test_a_ledger_is_looked_at_without_being_written(ledger, ledger_path):
    called(ledger, Accepted("c-1"))
    with past_on_record(ledger_path, sandbox=False) as past:
        assert ANN in past.facts([Candidate(number=ANN)], since=LONG_AGO)


def test_without_a_ledger_nothing_is_known_and_none_is_made(tmp_path):
    with past_on_record(tmp_path / "none.db", sandbox=False) as past:
        assert past is None
    assert list(tmp_path.iterdir()) == []

"""Giving out contacts that are screened: what is screened when, and what the ledger says of those set aside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import START, a_contact, a_run, a_settlement, awaited, contacts, outcomes, work_of

from dialer.domain.call import NotSent
from dialer.domain.screening.candidate import Candidate
from dialer.domain.screening.caps import DailyAllowance
from dialer.domain.screening.location import Address
from dialer.domain.screening.rules import DO_NOT_CALL, NO_CALLING_HOURS, OUTSIDE_HOURS, Barred, Clear

EVENING, MORNING = START + timedelta(hours=9), START + timedelta(hours=20)
OPEN = Clear(closes=EVENING)
CLOSED = Barred(ground=OUTSIDE_HOURS, reason="closed", opens=MORNING, closes=MORNING + timedelta(hours=12))


class ScriptedScreening:
    """Decides as told, by row; remembers what it was asked."""

    def __init__(self, verdict=OPEN, **rows):
        self.verdict, self.rows = verdict, {int(row[1:]): verdict for row, verdict in rows.items()}
        self.changed, self.asked = False, []

    def has_changed(self, _):
        changed, self.changed = self.changed, False
        return changed

    def screen(self, candidates, _):
        self.asked.append([candidate.row for candidate in candidates])
        self.candidates = list(candidates)
        return [self.rows.get(candidate.row, self.verdict) for candidate in candidates]


def rows_of(claims):
    return [claim.row for claim in claims]


def kept(ledger, *columns, run=1):
    return ledger._db.execute(f"SELECT {', '.join(columns)} FROM contact WHERE run = ? ORDER BY row", (run,)).fetchall()


def test_every_open_contact_is_screened_before_anybody_is_dialled(ledger):
    screening = ScriptedScreening(r3=CLOSED, r4=Barred(ground=NO_CALLING_HOURS, reason="where?"))
    a_run(ledger, contacts(4))
    work_of(ledger, 1, screening=screening)
    assert screening.asked == [[2, 3, 4, 5]]
    assert kept(ledger, "outcome", "error") == [
        ("pending", ""),
        ("deferred", "closed"),
        ("held", "where?"),
        ("pending", ""),
    ]


def test_screening_is_asked_with_the_address_of_the_list(ledger):
    address = Address(timezone="America/Chicago", zip_code="32401", state="FL", country="US")
    a_run(ledger, [a_contact(2, address=address), a_contact(3)])
    screening = ScriptedScreening()
    work_of(ledger, 1, screening=screening)
    assert screening.candidates == [
        Candidate(number="+12125550002", address=address, row=2),
        Candidate(number="+12125550003", row=3),
    ]


def test_what_was_screened_is_not_screened_again_within_its_hours(ledger):
    a_run(ledger, contacts(4))
    screening = ScriptedScreening()
    work = work_of(ledger, 1, screening=screening)
    assert rows_of(awaited(work.turn((), want=4, now=EVENING - timedelta(seconds=1)))) == [2, 3, 4, 5]
    assert len(screening.asked) == 1


@pytest.mark.parametrize("closes", [None, MORNING])
def test_a_claim_says_until_when_its_contact_may_be_rung_also_once_that_has_changed(ledger, closes):
    a_run(ledger, contacts(2))
    screening = ScriptedScreening()
    work = work_of(ledger, 1, screening=screening)
    (first,) = awaited(work.turn((), want=1, now=EVENING - timedelta(seconds=1)))
    screening.verdict = Clear(closes=closes)
    (second,) = awaited(work.turn((), want=1, now=EVENING))
    assert (first.closes, second.closes) == (EVENING, closes)


@pytest.mark.parametrize("verdict", [OPEN, CLOSED])
def test_at_the_closing_everybody_is_screened_again(ledger, verdict):
    a_run(ledger, contacts(2))
    screening = ScriptedScreening()
    work = work_of(ledger, 1, screening=screening)
    screening.verdict = verdict
    claims = awaited(work.turn((), want=2, now=EVENING))
    assert screening.asked[1] == [2, 3]
    assert rows_of(claims) == ([2, 3] if verdict is OPEN else [])


def test_after_a_change_everybody_is_screened_again_many_at_once(ledger):
    a_run(ledger, contacts(120))
    screening = ScriptedScreening()
    work = work_of(ledger, 1, screening=screening)
    screening.changed = True
    screening.rows = {row: Barred(ground=DO_NOT_CALL, reason="listed") for row in range(2, 100)}
    assert rows_of(awaited(work.turn((), want=1, now=START))) == [100]
    assert [len(asked) for asked in screening.asked] == [120, 50, 50]
    assert rows_of(awaited(work.turn((), want=1, now=START))) == [101]


def test_a_change_before_the_list_was_screened_is_none_afterwards(ledger):
    a_run(ledger, contacts(2))
    screening = ScriptedScreening()
    screening.changed = True
    awaited(work_of(ledger, 1, screening=screening).turn((), want=2, now=START))
    assert screening.asked == [[2, 3]]


def test_a_change_is_noticed_while_nobody_is_due(ledger):
    a_run(ledger, contacts(2))
    screening = ScriptedScreening(CLOSED)
    work = work_of(ledger, 1, screening=screening, wait=True)
    screening.changed = True
    due = awaited(work.next_due(START))
    screening.verdict = Barred(ground=DO_NOT_CALL, reason="listed")
    assert MORNING <= due < MORNING + timedelta(minutes=5)
    assert awaited(work.turn((), want=2, now=MORNING + timedelta(minutes=5))) == []
    assert outcomes(ledger, 1) == {2: "suppressed", 3: "suppressed"}


def test_nobody_is_screened_where_nobody_is_wanted(ledger):
    a_run(ledger, contacts(2))
    screening = ScriptedScreening()
    work = work_of(ledger, 1, screening=screening)
    screening.changed = True
    awaited(work.turn((), want=0, now=START))
    assert len(screening.asked) == 1


def test_who_was_deferred_is_pending_once_a_session_finds_them_open(ledger):
    a_run(ledger, contacts(1))
    work_of(ledger, 1, screening=ScriptedScreening(CLOSED))
    assert kept(ledger, "outcome", "error") == [("deferred", "closed")]
    work_of(ledger, 1, screening=ScriptedScreening())
    assert kept(ledger, "outcome", "error", "due") == [("pending", "", 0)]


def test_a_retry_keeps_its_moment_and_its_error_through_another_screening(ledger):
    a_run(ledger, contacts(1))
    work = work_of(ledger, 1, screening=ScriptedScreening())
    (claim,) = awaited(work.turn((), want=1, now=START))
    awaited(work.turn([a_settlement(claim, NotSent("dns"))], want=0, now=START))
    before = kept(ledger, "outcome", "error", "due", "tries")
    again = work_of(ledger, 1, screening=ScriptedScreening(Clear(closes=EVENING + timedelta(minutes=1))))
    assert kept(ledger, "outcome", "error", "due", "tries") == before
    assert awaited(again.next_due(START)) == START + timedelta(seconds=1)


def test_a_row_is_due_at_the_same_moment_each_time_it_is_deferred(ledger):
    a_run(ledger, contacts(50))
    work_of(ledger, 1, screening=ScriptedScreening(CLOSED))
    before = kept(ledger, "due")
    work_of(ledger, 1, screening=ScriptedScreening(CLOSED))
    assert kept(ledger, "due") == before
    assert len(set(before)) == 50


def test_a_short_window_is_filled_in_its_first_quarter(ledger):
    a_run(ledger, contacts(50))
    short = Barred(ground=OUTSIDE_HOURS, reason="closed", opens=MORNING, closes=MORNING + timedelta(minutes=4))
    work = work_of(ledger, 1, screening=ScriptedScreening(short), wait=True)
    assert len(awaited(work.turn((), want=99, now=MORNING + timedelta(minutes=1)))) == 50


def test_a_claim_that_did_not_leave_is_pending_again_though_it_was_deferred(ledger):
    a_run(ledger, contacts(1))
    work = work_of(ledger, 1, screening=ScriptedScreening(CLOSED), wait=True)
    opened = MORNING + timedelta(minutes=5)
    awaited(work.release(awaited(work.turn((), want=1, now=opened))))
    assert kept(ledger, "outcome", "error", "tries") == [("pending", "", 0)]
    assert rows_of(awaited(work.turn((), want=1, now=opened))) == [2]


def test_no_more_are_given_out_than_the_day_allows(ledger):
    a_run(ledger, contacts(9))
    work = work_of(ledger, 1, allowance=DailyAllowance(5, [START - timedelta(hours=23)]), wait=True)
    assert rows_of(awaited(work.turn((), want=9, now=START))) == [2, 3, 4, 5]
    assert awaited(work.turn((), want=9, now=START)) == []
    assert awaited(work.next_due(START)) == START + timedelta(hours=1)


def test_what_did_not_leave_is_given_back_to_the_day(ledger):
    a_run(ledger, contacts(9))
    work = work_of(ledger, 1, allowance=DailyAllowance(5))
    claims = awaited(work.turn((), want=5, now=START))
    awaited(work.release(claims[2:]))
    assert rows_of(awaited(work.turn((), want=9, now=START))) == [4, 5, 6]


def test_a_full_day_leaves_nothing_due_for_those_who_do_not_wait(ledger):
    a_run(ledger, contacts(2))
    work = work_of(ledger, 1, allowance=DailyAllowance(1))
    awaited(work.turn((), want=1, now=START))
    assert awaited(work.next_due(START)) is None


def test_a_limit_is_for_its_own_session(ledger):
    a_run(ledger, contacts(4))
    assert rows_of(awaited(work_of(ledger, 1, limit=2).turn((), want=9, now=START))) == [2, 3]
    assert rows_of(awaited(work_of(ledger, 1, limit=3).turn((), want=9, now=START))) == [4]
    assert rows_of(awaited(work_of(ledger, 1).turn((), want=9, now=START))) == [5]


def test_rows_beyond_the_limit_are_as_they_were_in_the_next_session(ledger):
    a_run(ledger, contacts(4))
    work_of(ledger, 1, screening=ScriptedScreening(r4=CLOSED, r5=CLOSED))
    before = kept(ledger, "outcome", "error", "due", "closes")
    limited = work_of(ledger, 1, screening=ScriptedScreening(r4=CLOSED, r5=CLOSED), limit=1, wait=True)
    assert rows_of(awaited(limited.turn((), want=9, now=START))) == [2]
    assert awaited(limited.next_due(START)) is None
    assert [row[:3] for row in kept(ledger, "outcome", "error", "due")[1:]] == [row[:3] for row in before[1:]]
    work_of(ledger, 1, screening=ScriptedScreening(r4=CLOSED, r5=CLOSED))
    assert kept(ledger, "outcome", "error", "due", "closes")[1:] == before[1:]

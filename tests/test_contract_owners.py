"""What every ledger promises of who dials: one process a campaign, what is in flight, and what a person decides."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from builders import START, a_run, a_settlement, awaited, contacts, is_free, work_of

from dialer.domain.call import Accepted, Outcome, Unclear
from dialer.domain.run import Decision
from dialer.errors import BusyError
from dialer.ledger.port import held_by, hold

LATER = START + timedelta(hours=1)

DIAL = """
import asyncio
import sys
from datetime import datetime
from pathlib import Path
from dialer.ledger.port import hold, open_ledger
from dialer.ledger.session_terms import SessionTerms
address, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
with hold(address, "spring", now=now), open_ledger(address) as ledger:
    run = ledger.run(int(sys.argv[3]))
    ledger.begin_session(run, calls_per_second=5, screening={}, now=now)
    asyncio.run(ledger.work(run.number, SessionTerms(), now=now).turn((), want=2, now=now))
    print("in flight", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def ledger_path(any_ledger_path):
    return any_ledger_path


def test_a_second_process_is_told_who_runs_the_campaign_since_when(ledger_path, holder):
    with pytest.raises(BusyError) as raised, hold(ledger_path, "spring", now=START):
        pass
    assert str(raised.value) == (
        f"the campaign 'spring' is being run by process {holder.pid} since 2026-03-02T15:00:00+00:00"
    )
    assert raised.value.exit == 4


def test_another_campaign_or_ledger_is_free_meanwhile(ledger_path, holder):
    assert is_free(ledger_path, "autumn")
    assert is_free(ledger_path.with_name("other.db"))
    assert not is_free(ledger_path)


def test_the_campaign_is_free_when_its_holder_ends(ledger_path, holder):
    holder.stdin.close()
    holder.wait()
    assert (holder.returncode, is_free(ledger_path)) == (0, True)


def test_the_lock_of_a_killed_process_is_taken_over(ledger_path, holder):
    holder.kill()
    holder.wait()
    assert is_free(ledger_path)


def test_who_holds_the_campaign_can_be_asked(ledger_path, holder):
    assert held_by(ledger_path, "spring") == f"process {holder.pid} since 2026-03-02T15:00:00+00:00"
    assert held_by(ledger_path, "autumn") == ""


def test_nobody_holds_the_campaign_of_a_killed_process(ledger_path, holder):
    holder.kill()
    holder.wait()

    assert (held_by(ledger_path, "spring"), is_free(ledger_path)) == ("", True)


@pytest.fixture
def dialling(ledger, ledger_path):
    """Let another process claim both rows of run 2, and await the answers until it is killed."""
    a_run(ledger, contacts(2))
    awaited(work_of(ledger, 1).turn((), want=1, now=START))
    a_run(ledger, contacts(2), digest="d2")
    command = [sys.executable, "-c", DIAL, str(ledger_path), LATER.isoformat(), "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "in flight\n"
        yield process
        process.kill()


def test_what_a_living_process_awaits_is_in_flight(ledger, dialling):
    assert ([ledger.in_flight(run) for run in (1, 2)], ledger.counts(2)) == ([0, 2], {"unknown": 2})


def test_no_run_is_closed_or_settled_while_its_calls_are_in_flight(ledger, dialling):
    assert not ledger.close_if_over(2, now=LATER)
    with pytest.raises(BusyError, match="calls of run 2 are in flight"):
        ledger.settle(2, decided(Outcome.PENDING))
    assert (ledger.run(2).ended_at, ledger.counts(2)) == (None, {"unknown": 2})


def test_what_has_no_living_owner_is_lost(ledger, dialling):
    dialling.kill()
    dialling.wait()
    assert (ledger.in_flight(2), ledger.close_if_over(2, now=LATER)) == (0, True)
    assert ledger.settle(2, decided(Outcome.PENDING)) == 2


def test_what_this_process_has_left_open_is_in_flight_for_nobody_else(ledger, ledger_path):
    a_run(ledger, contacts(1))
    with hold(ledger_path, "spring", now=START):
        awaited(work_of(ledger, 1).turn((), want=1, now=START))
        assert (ledger.in_flight(1), ledger.close_if_over(1, now=LATER)) == (0, True)


def decided(outcome, call_id=""):
    return Decision(outcome=outcome, who="ann", at=START, call_id=call_id)


@pytest.fixture
def settled(ledger):
    """Give a ledger whose run 1 has an unknown row 2, a placed row 3 and a pending row 4."""
    a_run(ledger, contacts(3))
    work = work_of(ledger, 1)
    lost, placed = awaited(work.turn([], want=2, now=START))
    answers = [a_settlement(lost, Unclear("HTTP 500")), a_settlement(placed, Accepted("c-3"))]
    awaited(work.turn(answers, want=0, now=START))
    return ledger


@pytest.mark.parametrize(
    ("decision", "after"),
    [
        (decided(Outcome.PLACED, "c-2"), {"placed": 2, "pending": 1}),
        (decided(Outcome.REJECTED), {"rejected": 1, "placed": 1, "pending": 1}),
        (decided(Outcome.PENDING), {"placed": 1, "pending": 2}),
    ],
)
def test_an_unknown_row_becomes_what_a_person_says(settled, decision, after):
    assert settled.settle(1, decision, row=2) == 1
    assert settled.counts(1) == after


@pytest.mark.parametrize("row", [3, 4, 99])
def test_only_unknown_rows_are_settled(settled, row):
    before = settled.counts(1)
    assert settled.settle(1, decided(Outcome.PENDING), row=row) == 0
    assert settled.counts(1) == before


def test_all_unknown_rows_are_settled_together(settled):
    assert settled.settle(1, decided(Outcome.PENDING)) == 1
    assert settled.counts(1) == {"placed": 1, "pending": 2}


def test_a_settled_row_is_dialled_again_with_the_next_try(settled):
    settled.settle(1, decided(Outcome.PENDING), row=2)
    claims = awaited(work_of(settled, 1).turn([], want=5, now=START))
    assert [(claim.row, claim.tries) for claim in claims] == [(2, 2), (4, 1)]

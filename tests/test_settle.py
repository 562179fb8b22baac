"""What a person decides of rows the program cannot know."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest
from builders import a_contact, a_run, awaited, work_of
from truth import Rule

from dialer.domain.call import Accepted, Outcome, Settlement, Unclear, Verdict
from dialer.domain.run import Decision
from dialer.ledger.port import open_ledger

pytest_plugins = ("commands",)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def decided(outcome, call_id=""):
    return Decision(outcome=outcome, who="ann", at=NOW, call_id=call_id)


@pytest.fixture
def ledger(tmp_path):
    """A ledger whose run 1 has an unknown row 2, a placed row 3 and a pending row 4."""
    with open_ledger(tmp_path / "ledger.db") as opened:
        a_run(opened, [a_contact(2), a_contact(3), a_contact(4)])
        work = work_of(opened, 1)
        first, second = awaited(work.turn([], want=2, now=NOW))
        lost = Verdict(outcome=Outcome.UNKNOWN, error="may have rung: HTTP 500")
        placed = Verdict(outcome=Outcome.PLACED, call_id="c-3")
        settled = [
            Settlement(claim=first, answer=Unclear("HTTP 500"), verdict=lost, sent_at=NOW, ended_at=NOW),
            Settlement(claim=second, answer=Accepted("c-3"), verdict=placed, sent_at=NOW, ended_at=NOW),
        ]
        awaited(work.turn(settled, want=0, now=NOW))
        yield opened


@pytest.mark.parametrize(
    ("decision", "after"),
    [
        (decided(Outcome.PLACED, "c-2"), {"placed": 2, "pending": 1}),
        (decided(Outcome.REJECTED), {"rejected": 1, "placed": 1, "pending": 1}),
        (decided(Outcome.PENDING), {"placed": 1, "pending": 2}),
    ],
)
def test_an_unknown_row_becomes_what_a_person_says(ledger, decision, after):
    assert ledger.settle(1, decision, row=2) == 1
    assert ledger.counts(1) == after


@pytest.mark.parametrize("row", [3, 4, 99])
def test_only_unknown_rows_are_settled(ledger, row):
    before = ledger.counts(1)
    assert ledger.settle(1, decided(Outcome.PENDING), row=row) == 0
    assert ledger.counts(1) == before


def test_all_unknown_rows_are_settled_together(ledger):
    assert ledger.settle(1, decided(Outcome.PENDING)) == 1
    assert ledger.counts(1) == {"placed": 1, "pending": 2}


def test_a_settled_row_is_dialled_again_with_the_next_try(ledger):
    ledger.settle(1, decided(Outcome.PENDING), row=2)
    claims = awaited(work_of(ledger, 1).turn([], want=5, now=NOW))
    assert [(claim.row, claim.tries) for claim in claims] == [(2, 2), (4, 1)]


def outcomes(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [(line["outcome"], line["callId"]) for line in csv.DictReader(file)]


@pytest.fixture
def unknown_run(dialling, truth):
    """A finished run of three rows, of which row 3 got a server fault."""
    (dialling.home / "list.csv").write_text("phone\n+12025550101\n+12025550102\n+12025550103\n")
    truth.tell(Rule(number="+12025550102", status=500, body="{}"))
    dialling.here("run", "list.csv", "--rate", "100", code=1)
    return dialling


def test_settling_is_written_to_the_results_and_the_exit_code_follows(unknown_run):
    unknown_run.here("settle", "1", "3", "placed", "--call-id", "c-77")
    assert outcomes(unknown_run.home / "list.results.csv")[1] == ("placed", "c-77")
    unknown_run.here("report", code=0)


def test_unknown_rows_are_rung_again_only_when_that_is_said(unknown_run, truth):
    unknown_run.here("resume", code=5)
    assert [call.number for call in truth.calls].count("+12025550102") == 1
    unknown_run.here("resume", "--redial-unknown", code=1)
    assert [call.number for call in truth.calls].count("+12025550102") == 2


@pytest.mark.parametrize(
    "words",
    [
        ("1", "3", "lost"),
        ("1", "3", "placed"),
        ("1", "3", "rejected", "--call-id", "x"),
        ("1", "2", "rejected"),
        ("1", "99", "rejected"),
        ("7", "3", "rejected"),
        ("1",),
        ("1", "--all-unknown", "placed", "--call-id", "x"),
    ],
)
def test_a_decision_that_makes_no_sense_changes_nothing(unknown_run, words):
    before = outcomes(unknown_run.home / "list.results.csv")
    unknown_run.here("settle", *words, code=2)
    assert outcomes(unknown_run.home / "list.results.csv") == before


def test_the_call_of_another_row_settles_none(unknown_run):
    taken = outcomes(unknown_run.home / "list.results.csv")[0][1]

    ran = unknown_run.here("settle", "1", "3", "placed", "--call-id", taken, code=2)

    assert f"row 2 of run 1 has the call '{taken}' already" in ran.err


def test_nobody_at_the_keyboard_settles_nothing(unknown_run):
    ran = unknown_run.here("settle", "1", "--all-unknown", "pending", "--json", code=2)

    assert ran.json == {"errors": ["nothing was settled: --yes does not ask"], "exit_code": 2}
    assert outcomes(unknown_run.home / "list.results.csv")[1] == ("unknown", "")


def test_many_rows_are_settled_only_after_a_yes(unknown_run):
    unknown_run.here("settle", "1", "--all-unknown", "pending", "--yes")
    unknown_run.here("runs")
    assert outcomes(unknown_run.home / "list.results.csv")[1] == ("pending", "")

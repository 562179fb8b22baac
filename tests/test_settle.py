"""What a person decides of rows the program cannot know."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest
from truth import Rule

pytest_plugins = ("commands",)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


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

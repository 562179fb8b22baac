"""What a person, or a script, reads at the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dialer.domain.call import Outcome
from dialer.domain.wording import span
from dialer.errors import Exit
from dialer.reports.summary import Summary


def a_summary(**changes):
    known = {
        "run": 7,
        "campaign": "spring",
        "rows": 1234,
        "outcomes": {Outcome.UNKNOWN: 1, Outcome.INVALID: 0, Outcome.PLACED: 1233},
        "list_path": Path("list.csv"),
        "results": Path("list.results.csv"),
        "seconds": 12.34567,
        "exit_code": Exit.PROBLEMS,
    }
    return Summary(**known | changes)


def test_a_summary_prints_counts_that_add_up():
    told = a_summary(notes=("look at the unknown",), statuses={"queued": 1200, "": 33}).as_text()
    assert told.splitlines() == [
        "run 7 of spring: 1,234 rows",
        "      placed      1,233",
        "     unknown          1",
        "              ---------",
        "        rows      1,234",
        "statuses: queued 1,200, no word 33",
        "look at the unknown",
        "list: list.csv",
        "results: list.results.csv",
    ]


def test_a_check_of_nothing_is_a_summary_too():
    told = a_summary(run=None, rows=0, outcomes={}, results=None, list_path=None).as_text()
    assert told.splitlines() == ["check of spring: 0 rows", "              ---------", "        rows          0"]


def test_the_json_is_one_line_with_everything():
    told = a_summary(notes=("Zoë",), statuses={"queued": 1233}, extra={"ended": "done"}).as_json()
    assert "\n" not in told
    assert json.loads(told) == {
        "run": 7,
        "campaign": "spring",
        "rows": 1234,
        "outcomes": {"placed": 1233, "unknown": 1},
        "list": "list.csv",
        "results": "list.results.csv",
        "seconds": 12.346,
        "exit_code": 1,
        "notes": ["Zoë"],
        "statuses": {"queued": 1233},
        "reached": None,
        "ended": "done",
    }


def test_the_json_of_a_check_names_no_run_and_no_results():
    told = json.loads(a_summary(run=None, results=None).as_json())
    assert (told["run"], told["results"]) == (None, None)


def test_the_json_can_be_printed_anywhere():
    told = a_summary(campaign="Früh李", results=Path("l\udce9.csv")).as_json()
    assert told.isascii()
    assert json.loads(told)["results"] == "l\udce9.csv"


def test_outcomes_stand_in_the_order_of_a_row_s_life():
    counts = dict.fromkeys(reversed(Outcome), 1)
    assert list(json.loads(a_summary(outcomes=counts).as_json())["outcomes"]) == [str(outcome) for outcome in Outcome]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a second"),
        (0.99, "less than a second"),
        (1, "1 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (720, "12 min"),
        (5369, "89 min"),
        (5371, "1 h 30 min"),
        (12_000, "3 h 20 min"),
        (3_600_000, "1,000 h 0 min"),
    ],
)
def test_a_length_of_time_is_told_in_words(seconds, said):
    assert span(seconds) == said


def test_calls_that_were_picked_up_are_counted_by_the_words_for_them():
    told = a_summary(statuses={"busy": 1, "talked": 2, "talking": 3}, reached={"talked", "talking", "answered"})

    assert "statuses: busy 1, talked 2, talking 3; picked up 5" in told.as_text().splitlines()
    assert json.loads(told.as_json())["reached"] == 5

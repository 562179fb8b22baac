"""`dialer verify`: a good run proves itself, and whatever is changed behind its back is found and named."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from builders import START, HandClock, ScriptedProvider, a_bench, a_contact, a_new_run, a_reject, contacts, number_of
from hypothesis import given
from hypothesis import strategies as st
from truth import Rule, numbers
from typer.testing import CliRunner

from dialer.cli import app
from dialer.domain.call import NotSent, Refused, Throttled, Unclear
from dialer.domain.proof import Decided, Kept, Promise, Tried, crowded, examine, shown, side_by_side
from dialer.intake.table import open_table
from dialer.ledger.ledger import Ledger
from dialer.reports.results import write_results

pytest_plugins = ("commands",)

RATE = 20.0
ANSWERS = {
    number_of(3): [Throttled("HTTP 429")],
    number_of(4): [Refused("HTTP 404")],
    number_of(5): [Unclear("timeout")],
    number_of(6): [NotSent("no connection")],
}


@pytest.fixture
def folder(tmp_path):
    """Keep a run of seven contacts and a reject that went as runs go: ledger, list and results."""
    rows = [*contacts(7), a_reject(9, cells=("0", "Bob"))]
    with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("phone", "name"), *(row.cells for row in rows)])
    new = a_new_run(
        list_path=tmp_path / "list.csv",
        digest=open_table(tmp_path / "list.csv").digest,
        results=tmp_path / "list.results.csv",
        settings={"pace": {"calls_per_second": RATE}},
    )
    with Ledger(tmp_path / "ledger.db") as ledger:
        run = ledger.load(new, [rows], now=START)
        ledger.begin_session(run, calls_per_second=RATE, now=START)
        clock = HandClock()
        a_bench(ledger.work(run.number), ScriptedProvider(ANSWERS, clock=clock), clock=clock, rate=RATE).run()
        ledger.close_if_over(run.number, now=START)
        write_results(new.results, new.headings, ledger.results(run.number))
    return tmp_path


def verify(folder, *words):
    return CliRunner().invoke(app, ["verify", "--ledger", str(folder / "ledger.db"), *words])


def found(folder, *words, code):
    """Verify; the breaches by promise, each as (row, expected, found)."""
    ran = verify(folder, "--json", *words)
    assert ran.exit_code == code, ran.output
    document = json.loads(ran.stdout)
    assert [promise["promise"] for promise in document["promises"]] == [str(promise) for promise in Promise]
    assert document["exit_code"] == code
    return {
        Promise(promise["promise"]): [
            (breach["row"], breach["expected"], breach["found"]) for breach in promise["breaches"]
        ]
        for promise in document["promises"]
        if not promise["holds"]
    }


def change(folder, *statements):
    with closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def report(folder):
    assert CliRunner().invoke(app, ["report", "--ledger", str(folder / "ledger.db")]).exit_code in {0, 1, 3}


def edit(folder, at_row, /, **cells):
    """Change cells of one line of the results file; without cells, take the line out."""
    path = folder / "list.results.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    at = next(at for at, line in enumerate(lines) if line["row"] == str(at_row))
    lines[at : at + 1] = [lines[at] | cells] if cells else []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)


# A run that went as runs go


def test_a_good_run_proves_every_promise(folder):
    ran = verify(folder)

    assert (ran.exit_code, ran.stdout.splitlines()) == (
        0,
        [
            f"holds   {promise} ({checked} checked)"
            for promise, checked in zip(Promise, (8, 9, 5, 8, 9, 8, 8), strict=True)
        ],
    )


def test_the_json_of_a_good_run_says_the_same(folder):
    document = json.loads(verify(folder, "1", "--json").stdout)

    assert {key: document[key] for key in ("run", "exit_code", "notes")} == {"run": 1, "exit_code": 0, "notes": []}
    assert document["promises"][0] == {
        "promise": str(Promise.COUNTS),
        "holds": True,
        "checked": 8,
        "broken": 0,
        "breaches": [],
    }


def test_a_row_without_cells_and_a_misfit_are_as_in_the_list(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text('phone,name\n+12125550002,Ann\n,\n+12125550004\n"a\nb",=Bob\n', encoding="utf-8")
    rows = [
        a_contact(2, cells=("+12125550002", "Ann")),
        a_reject(4, cells=("+12125550004",)),
        a_reject(5, cells=("a\nb", "=Bob")),
    ]
    table = open_table(path)
    new = a_new_run(list_path=path, digest=table.digest, results=tmp_path / "results.csv")
    with Ledger(tmp_path / "ledger.db") as ledger:
        run = ledger.load(new, [rows], now=START)
        write_results(new.results, new.headings, ledger.results(run.number))

    # The empty row counts for the numbers of the rows only.
    assert found(tmp_path, code=0) == {}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(("7",), "no run 7"), (("--ledger", "nowhere.db"), "there is no ledger at nowhere.db")],
)
def test_no_such_run_or_ledger_ends_with_2(folder, words, complaint):
    ran = verify(folder, *words)

    assert ran.exit_code == 2
    assert complaint in ran.stderr


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (Path.unlink, "cannot be read"),
        (lambda path: path.write_text("phone\n1\n", encoding="utf-8"), "has changed since the run was loaded"),
    ],
    ids=["gone", "changed"],
)
def test_a_list_that_is_gone_or_changed_is_a_note(folder, spoil, note):
    spoil(folder / "list.csv")
    ran = verify(folder)

    assert ran.exit_code == 0
    assert note in ran.stdout.splitlines()[-1]


# What a second session says otherwise


def test_a_run_resumed_at_another_pace_keeps_its_promises(dialling):
    contacts = dialling.write_list([number] for number in numbers(20))
    dialling.here("run", contacts, "--rate", 5, "--limit", 2, code=3)
    dialling.here("resume", "--rate", 1000)

    dialling.here("verify")


def test_a_run_continued_into_another_file_keeps_its_promises(dialling):
    contacts = dialling.write_list([number] for number in numbers(4))
    dialling.here("run", contacts, "--rate", 1000, "--limit", 2, code=3)
    dialling.here("run", contacts, "--rate", 1000, "--output", "other.csv")

    dialling.here("verify")


def test_what_was_redialled_on_purpose_keeps_its_promises(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(4))
    truth.tell(Rule(number=numbers(1)[0], status=500))
    dialling.here("run", contacts, "--rate", 1000, code=1)
    truth.tell()
    dialling.here("resume", "--rate", 1000, "--redial-unknown")

    assert dialling.here("verify", "--json").json["exit_code"] == 0


# The results file


@pytest.mark.parametrize(
    ("cells", "expected", "found_instead"),
    [
        ({"outcome": "placed"}, "outcome 'unknown'", "'placed' in the results file"),
        ({"callId": "x1"}, "callId ''", "'x1' in the results file"),
        ({"number": "+12125559999"}, "number '+12…05'", "'+12…99' in the results file"),
        ({"attempts": "2"}, "attempts '1'", "'2' in the results file"),
        ({"error": "call +12125559999"}, "error 'may have rung: timeout'", "'call +12…99' in the results file"),
        ({"name": "Eve"}, "the list's own 'name'", "something else in the results file"),
    ],
    ids=["outcome", "callId", "number", "attempts", "error", "own cell"],
)
def test_an_edited_cell_of_the_results_is_named(folder, cells, expected, found_instead):
    edit(folder, 5, **cells)

    assert found(folder, code=1) == {Promise.RESULTS: [(5, expected, found_instead)]}


def test_a_line_that_left_the_results_is_named(folder):
    edit(folder, 4)

    assert found(folder, code=1) == {Promise.RESULTS: [(4, "one line", "no line")]}


def test_a_line_that_moved_in_the_results_is_named(folder):
    edit(folder, 4, row="8")

    out_of_order = (5, "a row after 8 in record 5 of the results file", "row '5'")
    assert out_of_order in found(folder, code=1)[Promise.RESULTS]


def test_a_line_too_many_in_the_results_is_named(folder):
    path = folder / "list.results.csv"
    path.write_bytes(path.read_bytes() + b"+1,Eve,10,+12125550010,placed,c,,,1,\r\n")

    assert found(folder, code=1) == {Promise.RESULTS: [(10, "no line", "a line in the results file")]}


@pytest.mark.parametrize(
    ("content", "instead"),
    [
        (b"", "another heading line"),
        (b"phone,name\r\n", "another heading line"),
        (b"\xff\xfe", "it cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b'"phone', "it cannot be read: unexpected end of data"),
    ],
    ids=["empty", "heading", "bytes", "quote"],
)
def test_results_that_are_something_else_are_a_breach(folder, content, instead):
    (folder / "list.results.csv").write_bytes(content)

    assert [(row, text) for row, _, text in found(folder, code=1)[Promise.RESULTS]] == [(None, instead)]


def test_missing_results_say_what_writes_them(folder):
    path = folder / "list.results.csv"
    path.unlink()

    assert found(folder, code=1) == {Promise.RESULTS: [(None, str(path), "no results file: dialer report 1 writes it")]}


def test_only_the_first_twenty_breaches_are_printed(folder):
    path = folder / "list.results.csv"
    path.write_bytes(path.read_bytes() + b"".join(b",,%d,,,,,,,\r\n" % row for row in range(10, 40)))

    lines = verify(folder).stdout.splitlines()

    assert f"BROKEN  {Promise.RESULTS} (38 checked, 30 breaches)" in lines
    assert (sum(line.startswith("  run 1 row") for line in lines), "  … and 10 more" in lines) == (20, True)


# The ledger


def test_an_outcome_changed_in_the_ledger_is_named(folder):
    change(folder, "UPDATE contact SET outcome = 'failed' WHERE row = 4")
    report(folder)

    assert found(folder, code=1) == {
        Promise.UNKNOWN: [(4, "rejected: the last attempt was answered refused", "failed")]
    }


@pytest.mark.parametrize(
    ("outcome", "call_id", "flaw"),
    [
        ("pending", "", "pending"),
        ("rejected", "", "rejected"),
        ("placed", "invented", "placed"),
    ],
)
def test_an_unknown_row_that_is_called_something_else_is_named(folder, outcome, call_id, flaw):
    change(
        folder,
        f"UPDATE contact SET outcome = '{outcome}', call_id = '{call_id}' WHERE row = 5",
        "UPDATE run SET ended_at = NULL",
    )
    report(folder)
    breaches = found(folder, code=1)

    assert breaches[Promise.UNKNOWN] == [(5, "unknown: the last attempt was answered unclear", flaw)]
    assert breaches.get(Promise.PLACED, []) == (
        [(5, "an id the provider gave, and none is recorded", "the id invented")] if call_id else []
    )


def test_a_call_id_changed_in_the_ledger_is_named(folder):
    change(folder, "UPDATE contact SET call_id = 'other' WHERE row = 2")
    report(folder)
    ((row, expected, instead),) = found(folder, code=1)[Promise.PLACED]

    assert (row, expected.startswith("the id call-"), instead) == (2, True, "the id other")


def test_a_second_attempt_after_a_placed_call_is_named(folder):
    change(
        folder,
        "INSERT INTO attempt SELECT run, row, 2, number, claimed_at, NULL, ended_at, answer, detail"
        " FROM attempt WHERE row = 2",
    )

    assert found(folder, code=1) == {
        Promise.ONCE: [
            (2, "1 attempts, numbered from 1", "recorded attempts: 1, 2"),
            (2, "no attempt after attempt 1, which was answered accepted", "attempt 2 of +12…02"),
        ]
    }


def test_a_number_dialled_in_two_rows_is_named_and_masked(folder):
    change(
        folder,
        f"UPDATE attempt SET number = '{number_of(2)}' WHERE row = 7",
        f"UPDATE contact SET number = '{number_of(2)}' WHERE row = 7",
    )
    report(folder)

    assert found(folder, code=1) == {Promise.ONCE: [(7, "no call to +12…02, which row 2 dialled", "an attempt")]}


def test_an_attempt_to_another_number_is_named(folder):
    change(folder, "UPDATE attempt SET number = '+12125559999' WHERE row = 7")

    assert found(folder, code=1) == {Promise.ONCE: [(7, "the row's number +12…07", "attempt 1 dialled +12…99")]}


def test_an_attempt_taken_from_the_ledger_is_named(folder):
    change(folder, "DELETE FROM attempt WHERE row = 7")
    breaches = found(folder, code=1)

    assert breaches[Promise.ONCE] == [(7, "1 attempts, numbered from 1", "recorded attempts: none")]
    assert breaches[Promise.UNKNOWN] == [(7, "nothing that was called: no attempt", "placed")]


def test_send_times_pushed_together_are_over_the_pace(folder):
    (stamp,) = (round(START.timestamp() * 1_000_000),)
    change(
        folder,
        "UPDATE session SET calls_per_second = 2.5",
        f"UPDATE attempt SET sent_at = {stamp} + row * 1000000",
        f"UPDATE attempt SET sent_at = {stamp} + 4200000 + row * 100000 WHERE row IN (5, 6, 7)",
    )
    breaches = found(folder, code=1)

    assert list(breaches) == [Promise.PACE]
    assert {expected for _, expected, _ in breaches[Promise.PACE]} == {"at most 3 requests in 1.2 s"}


@pytest.mark.parametrize(
    ("tables", "promise", "breach"),
    [
        (("contact",), Promise.COUNTS, (8, "one outcome", "no outcome in the ledger")),
        (("list_row",), Promise.COUNTS, (8, "the row as it was read", "no such row in the ledger")),
        (("contact", "list_row"), Promise.COUNTS, (None, "8 rows, as the run was loaded", "7")),
        (("contact",), Promise.ONCE, (8, "no attempt of a row that is not in the run", "1 attempts")),
        (("contact",), Promise.RESULTS, (8, "no line", "a line in the results file")),
    ],
)
def test_a_row_taken_from_the_ledger_is_named(folder, tables, promise, breach):
    change(folder, *(f"DELETE FROM {table} WHERE row = 8" for table in tables))

    assert breach in found(folder, code=1)[promise]


def test_a_row_taken_from_ledger_and_results_is_missed_by_the_list(folder):
    change(
        folder,
        *(f"DELETE FROM {table} WHERE row = 8" for table in ("contact", "list_row", "attempt")),
        "UPDATE run SET row_count = 7",
    )
    report(folder)

    assert found(folder, code=1) == {
        Promise.COUNTS: [
            (8, "one outcome", "no outcome in the ledger"),
            (8, "the row as it was read", "no such row in the ledger"),
        ]
    }


def test_cells_changed_in_the_ledger_are_named(folder):
    change(folder, """UPDATE list_row SET cells = '["+12125550002","Eve"]' WHERE row = 2""")
    report(folder)

    assert found(folder, code=1) == {Promise.COUNTS: [(2, "the cells of the list file", "other cells in the ledger")]}


def test_damaged_cells_in_the_ledger_are_no_traceback(folder):
    change(folder, "UPDATE list_row SET cells = '[' WHERE row = 2")

    assert found(folder, code=1) == {
        Promise.COUNTS: [(2, "the cells of the list file", "other cells in the ledger")],
        Promise.RESULTS: [(None, "rows that can be read", "damaged cells in the ledger")],
    }


def test_a_finished_run_with_work_left_is_named(folder):
    change(folder, "UPDATE contact SET outcome = 'pending', call_id = '', status = '' WHERE row = 2")
    report(folder)

    assert found(folder, code=1)[Promise.FINISHED] == [(2, "a final outcome: the run is finished", "pending")]


def test_what_a_person_settled_is_no_breach(folder):
    change(
        folder,
        "INSERT INTO settlement VALUES (1, 5, 1, 'ann', 'unknown', 'placed', 'by-hand')",
        "UPDATE contact SET outcome = 'placed', call_id = 'by-hand' WHERE row = 5",
    )
    report(folder)

    assert found(folder, code=0) == {}


# One row's history

PENDING, UNANSWERED = Decided("pending", ""), ""


def flaws(outcome, answers, decided=(), *, call_id="c1"):
    kept = Kept("+12125550002", outcome, call_id if outcome == "placed" else "", len(answers))
    tried = [Tried(nth, kept.number, answer, "c1") for nth, answer in enumerate(answers, start=1)]
    return [promise.name for promise, _, _ in examine(kept, tried, decided)]


@pytest.mark.parametrize("answer", ["notsent", "throttled", "tokenended", "runmuststop"])
def test_an_answer_that_proves_no_call_allows_another(answer):
    assert flaws("placed", [answer, "accepted"]) == []


@pytest.mark.parametrize("answer", ["accepted", "refused", "unclear", UNANSWERED])
def test_any_other_answer_allows_no_other_attempt(answer):
    assert flaws("placed", [answer, "accepted"]) == ["ONCE"]


@pytest.mark.parametrize("answer", ["unclear", UNANSWERED])
def test_a_person_may_allow_what_may_have_rung_once_again(answer):
    assert flaws("placed", [answer, "accepted"], [PENDING]) == []
    assert flaws("placed", [answer, answer, "accepted"], [PENDING, PENDING]) == []
    assert flaws("placed", [answer, answer, "accepted"], [PENDING]) == ["ONCE"]


@pytest.mark.parametrize("answer", ["accepted", "refused"])
def test_nobody_may_allow_what_was_answered_once_again(answer):
    assert flaws("placed", [answer, "accepted"], [PENDING]) == ["ONCE"]


@pytest.mark.parametrize(
    ("outcome", "answers", "decided", "broken"),
    [
        ("unknown", [UNANSWERED], [], []),
        ("unknown", ["unclear"], [], []),
        ("unknown", ["accepted"], [], ["UNKNOWN"]),
        ("unknown", ["throttled"], [], ["UNKNOWN"]),
        ("unknown", [], [], ["UNKNOWN"]),
        ("pending", [], [], []),
        ("pending", ["unclear"], [], ["UNKNOWN"]),
        ("pending", ["unclear"], [PENDING], []),
        ("rejected", ["unclear"], [Decided("rejected", "")], []),
        ("unknown", ["unclear", "unclear"], [PENDING], []),
        ("rejected", ["unclear", "unclear"], [PENDING, Decided("rejected", "")], []),
        ("failed", ["notsent"], [], []),
        ("failed", [], [], ["UNKNOWN"]),
        ("deferred", ["throttled"], [], []),
        ("suppressed", [], [], []),
        ("rejected", ["refused"], [], []),
        ("rejected", ["accepted"], [], ["UNKNOWN"]),
    ],
)
def test_an_outcome_is_what_the_last_answer_proves(outcome, answers, decided, broken):
    assert flaws(outcome, answers, decided) == broken


# Rolling seconds, and walking side by side


@pytest.mark.parametrize(
    ("rate", "times", "too_soon"),
    [
        (2, [0, 1, 1_000_000, 1_000_001], []),
        (2, [0, 500_000, 999_000], [(2, 0.999)]),
        (2.5, [0, 1, 2, 1_200_000], []),
        (2.5, [0, 1, 2, 1_190_000], [(3, 1.19)]),
        (0.5, [0, 1_990_000, 4_000_000], [(1, 1.99)]),
        (1000, [], []),
    ],
)
def test_a_request_that_left_too_soon_is_found(rate, times, too_soon):
    assert [(row, took) for row, _, took in crowded(enumerate(times), [(0, rate)])] == too_soon


@given(st.lists(st.integers(0, 5_000_000), max_size=40).map(sorted), st.integers(1, 6))
def test_no_second_is_crowded_that_counting_finds_free(times, rate):
    by_counting = any(sum(start <= at < start + 999_999 for at in times) > rate for start in times)

    assert bool([(row, took) for row, _, took in crowded(enumerate(times), [(0, rate)])]) == by_counting


@given(st.lists(st.sets(st.integers(0, 20)), max_size=4))
def test_walking_side_by_side_meets_every_row_once(sets):
    met = defaultdict(list)
    for row, values in side_by_side(*([(row, row) for row in sorted(rows)] for rows in sets)):
        met[row].append(values)

    assert met == {row: [[row if row in rows else None for rows in sets]] for row in set().union(*sets)}


def test_what_may_be_a_number_is_masked_in_foreign_text():
    assert shown("to +12125550002 at 2026-03-02") == "'to +12…02 at 2026-03-02'"

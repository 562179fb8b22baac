"""`dialer verify`: a good run proves itself, and whatever is changed behind its back is found and named."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from builders import (
    START,
    HandClock,
    ScriptedProvider,
    a_bench,
    a_new_run,
    contacts,
    number_of,
    work_of,
)
from hypothesis import given
from hypothesis import strategies as st
from truth import Rule, numbers
from typer.testing import CliRunner

from dialer.cli import app
from dialer.domain.call import Accepted, NotSent, Outcome, Refused, Throttled, Unclear
from dialer.domain.campaign import ListRules
from dialer.domain.reconciliation import told_of
from dialer.domain.redaction import shown
from dialer.domain.run import Decision
from dialer.domain.verify.history import Decided, Kept, Tried, examine
from dialer.domain.verify.promises import Promise, crowded, side_by_side
from dialer.ledger.port import open_ledger
from dialer.lists.contacts import open_list
from dialer.reports.results import write_results
from dialer.session.plan import reader_of_lists

pytest_plugins = ("commands",)

RATE = 20.0
SETTINGS = {
    "choices": {},
    "pace": {"calls_per_second": RATE},
    "list": {},
    "parameters": None,
    "reader": reader_of_lists(),
}
ANSWERS = {
    number_of(3): [Throttled("HTTP 429")],
    number_of(4): [Refused("HTTP 404")],
    number_of(5): [Unclear("timeout")],
    number_of(6): [NotSent("no connection")],
}


@pytest.fixture
def folder(tmp_path):
    """Keep a run of seven contacts and a reject that went as runs go: ledger, list and results."""
    return a_folder(tmp_path, [*(row.cells for row in contacts(7)), ("0", "Bob")])


def a_folder(tmp_path, rows):
    """Dial the rows of a list; its campaign is at home nowhere, but its rules are in the run's settings."""
    with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("phone", "name"), *rows])
    opened = open_list(tmp_path / "list.csv", rules=ListRules(), parameters=None, region=None, today=START.date())
    new = a_new_run(
        list_path=tmp_path / "list.csv",
        digest=opened.digest,
        results=tmp_path / "list.results.csv",
        settings=SETTINGS,
    )
    with open_ledger(tmp_path / "ledger.db") as ledger:
        run = ledger.load(new, opened.items(), now=START)
        ledger.begin_session(run, calls_per_second=RATE, screening={"rules": {}}, now=START)
        clock = HandClock()
        a_bench(work_of(ledger, run.number), ScriptedProvider(ANSWERS, clock=clock), clock=clock, rate=RATE).run()
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
            f"holds       {promise} ({checked} checked)"
            for promise, checked in zip(Promise, (18, 8, 8, 9, 0, 5, 8, 8, 9, 8, 8), strict=True)
        ],
    )


BEFORE_TOKENS = (
    "DROP TRIGGER row_count_is_over",
    "DROP INDEX contact_redial",
    *(
        f"DROP TABLE {table}"
        for table in ("closing", "redial", "reconciliation", "row_count", "pruned", "ended_session", "forgetting")
    ),
    *(f"ALTER TABLE contact DROP COLUMN {column}" for column in ("again_after", "reached_by")),
    "ALTER TABLE list_row DROP COLUMN key",
    "ALTER TABLE attempt DROP COLUMN token",
    "ALTER TABLE contact DROP COLUMN is_final",
    "PRAGMA user_version = 5",
)


def test_a_ledger_from_before_tries_had_tokens_is_gone_on_with_and_proved(folder):
    change(folder, *BEFORE_TOKENS)
    clock = HandClock()
    clock.forward(3600)
    with open_ledger(folder / "ledger.db") as ledger:
        row = next(result.row for result in ledger.results(1) if result.outcome == "unknown")
        ledger.settle(1, Decision(outcome=Outcome.PENDING, who="ann", at=clock.now()), row=row)
        provider = ScriptedProvider({number_of(row): [Accepted("call-late", "queued")]}, clock=clock)
        a_bench(work_of(ledger, 1, now=clock.now()), provider, clock=clock).run()
        ledger.close_if_over(1, now=clock.now())
        with ledger.evidence(1) as evidence:
            tokens = {at: [len(each.token) for each in tries] for at, tries in evidence.attempts()}
    report(folder)

    assert tokens.pop(row)[-1] == 32
    assert {length for each in tokens.values() for length in each} == {0}
    assert found(folder, code=0) == {}


def test_the_json_of_a_good_run_says_the_same(folder):
    document = json.loads(verify(folder, "1", "--json").stdout)

    assert {key: document[key] for key in ("run", "exit_code", "notes")} == {"run": 1, "exit_code": 0, "notes": []}
    assert document["promises"][1] == {
        "promise": str(Promise.COUNTS),
        "state": "holds",
        "holds": True,
        "checked": 8,
        "broken": 0,
        "breaches": [],
        "not_looked_at": [],
    }


def test_a_row_without_cells_and_a_misfit_are_as_in_the_list(tmp_path):
    # The empty row counts for the numbers of the rows only.
    a_folder(tmp_path, [("+12125550002", "Ann"), ("", ""), ("+12125550004",), ("a\nb", "=Bob")])

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
    ("spoil", "why"),
    [
        (Path.unlink, "cannot be read"),
        (lambda path: path.write_text("phone\n1\n", encoding="utf-8"), "has changed since the run was loaded"),
    ],
    ids=["gone", "changed"],
)
def test_a_list_that_is_gone_or_changed_proves_nothing(folder, spoil, why):
    spoil(folder / "list.csv")
    ran = verify(folder)
    lines = ran.stdout.splitlines()

    assert (ran.exit_code, len(lines)) == (1, len(Promise) + 1)
    assert lines[1] == f"not proved  {Promise.COUNTS} (8 checked)"
    assert (lines[2].startswith("  not looked at: the list: "), why in lines[2]) == (True, True)
    assert all(line.startswith("holds ") for line in [lines[0], *lines[3:]])


def test_a_list_that_is_gone_is_screened_from_what_was_kept_of_it(folder):
    (folder / "list.csv").unlink()
    change(
        folder,
        "UPDATE contact SET outcome = 'invalid', number = '', call_id = '', status = '', tries = 0, called_at = NULL"
        " WHERE row = 2",
        "DELETE FROM attempt WHERE row = 2",
    )
    report(folder)

    assert found(folder, code=1)[Promise.LIST] == [
        (2, "a row that can be dialled", "invalid"),
        (2, "the number of its cells, +12…02", "none"),
    ]


# What a second session says otherwise


def test_a_run_resumed_at_another_pace_keeps_its_promises(dialling):
    contacts = dialling.write_list([number] for number in numbers(20))
    dialling.here("run", contacts, "--rate", 5, "--limit", 2, code=7)
    dialling.here("resume", "--rate", 1000)

    dialling.here("verify")


def test_a_run_continued_into_another_file_keeps_its_promises(dialling):
    contacts = dialling.write_list([number] for number in numbers(4))
    dialling.here("run", contacts, "--rate", 1000, "--limit", 2, code=7)
    dialling.here("run", contacts, "--rate", 1000, "--output", "other.csv")

    dialling.here("verify")


def test_what_was_redialled_on_purpose_keeps_its_promises(dialling, truth):
    contacts = dialling.write_list([number] for number in numbers(4))
    truth.tell(Rule(number=numbers(1)[0], status=500))
    dialling.here("run", contacts, "--rate", 1000, code=1)
    truth.tell()
    dialling.here("resume", "--rate", 1000, "--redial-unknown")

    assert dialling.here("verify", "--json").json["exit_code"] == 0


TYPED = """
name = "typed"
[list]
phone = "mobile"
region = "US"
duplicates = "last"
[parameters]
first = { column = "name", required = true, max_length = 9 }
due = { column = "due", type = "date", minimum = 2026-01-01 }
balance = { column = "owed", type = "decimal", minimum = 0.5, default = "1.25" }
on = { column = "on", type = "boolean" }
tries = { value = 3 }
greeting = { value = "Hello" }
"""


@pytest.mark.parametrize("list_is", ["there", "gone"])
def test_a_list_is_screened_by_the_rules_it_was_loaded_by(dialling, list_is):
    rows = [
        ("(212) 555-0101", "Ann", "2026-12-24", "10.50", "yes", "10001"),
        ("(212) 555-0102", "José", "2027-01-01", "", "no", "10002"),
        ("(212) 555-0101", "Cid", "2026-12-24", "7", "", ""),
        ("(212) 555-0103", "Bartholomew", "24.12.2026", "0.1", "perhaps", ""),
        ("nobody", "Dee", "", "", "", ""),
    ]
    contacts = dialling.write_list(rows, headings=("mobile", "name", "due", "owed", "on", "zip"))
    campaign = dialling.write_campaign(TYPED)
    dialling.here("run", contacts, "-c", campaign, "--rate", 1000)
    campaign.write_text('name = "another"')
    if list_is == "gone":
        contacts.unlink()

    told = dialling.here("verify", "--json", code=int(list_is == "gone")).json
    states = {promise["promise"]: promise["state"] for promise in told["promises"]}

    assert states == dict.fromkeys(map(str, Promise), "holds") | (
        {str(Promise.COUNTS): "not proved"} if list_is == "gone" else {}
    )


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

    hint = f"no results file: dialer report 1 --ledger {folder / 'ledger.db'} writes it"
    assert found(folder, code=1) == {Promise.RESULTS: [(None, str(path), hint)]}


def test_only_the_first_twenty_breaches_are_printed(folder):
    path = folder / "list.results.csv"
    path.write_bytes(path.read_bytes() + b"".join(b",,%d,,,,,,,\r\n" % row for row in range(10, 40)))

    lines = verify(folder).stdout.splitlines()

    assert f"BROKEN      {Promise.RESULTS} (38 checked, 30 breaches)" in lines
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


def test_times_are_not_proved_where_the_clock_was_set(folder):
    change(folder, "UPDATE session SET screening = json_set(screening, '$.clock_was_set', json('[-7200.0]'))")
    change(folder, "UPDATE attempt SET ended_at = sent_at - 7200000000, answer = answer WHERE row = 2")
    report(folder)

    assert found(folder, code=1) == {Promise.AGAIN: [], Promise.PACE: [], Promise.LAWFUL: []}
    assert "the clock was set (-7,200 s): times before and after do not fit" in " ".join(verify(folder).stdout.split())


def test_an_id_that_two_rows_have_is_named(folder):
    change(folder, "UPDATE attempt SET detail = (SELECT call_id FROM contact WHERE row = 2) WHERE row IN (3, 6)")
    change(folder, "UPDATE contact SET call_id = (SELECT call_id FROM contact WHERE row = 2) WHERE row IN (3, 6)")
    report(folder)
    breaches = found(folder, code=1)[Promise.PLACED]

    assert [(row, expected) for row, expected, _ in breaches] == [(3, "a call of its own"), (6, "a call of its own")]
    assert all(instead.endswith(", which row 2 has too") for _, _, instead in breaches)


def test_a_second_attempt_after_a_placed_call_is_named(folder):
    change(
        folder,
        "INSERT INTO attempt SELECT run, row, 2, number, claimed_at, sent_at, ended_at, answer, detail, 'a2'"
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

    assert found(folder, code=1) == {
        Promise.LIST: [(7, "the number of its cells, +12…07", "+12…02")],
        Promise.ONCE: [(7, "no call to +12…02, which row 2 dialled", "an attempt")],
    }


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
        "UPDATE run SET settings = json_set(settings, '$.pace.calls_per_second', 2.5)",
        f"UPDATE attempt SET sent_at = {stamp} + row * 1000000 + try",
        f"UPDATE attempt SET sent_at = {stamp} + 4200000 + row * 100000 + try WHERE row IN (5, 6, 7)",
        "UPDATE attempt SET claimed_at = sent_at, ended_at = sent_at",
        "UPDATE contact SET called_at = (SELECT max(sent_at) FROM attempt WHERE attempt.row = contact.row)",
    )
    report(folder)
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
        Promise.RECORDS: [(2, "list_row.cells as it is written", "something else")],
        Promise.COUNTS: [(2, "the row as it was read", "no such row in the ledger")],
        Promise.RESULTS: [(2, "no line", "a line in the results file")],
    }


def test_a_finished_run_with_work_left_is_named(folder):
    change(folder, "UPDATE contact SET outcome = 'pending', call_id = '', status = '' WHERE row = 2")
    report(folder)

    assert found(folder, code=1)[Promise.FINISHED] == [(2, "a final outcome: the run is finished", "pending")]


def test_what_a_person_settled_is_no_breach(folder):
    change(
        folder,
        "INSERT INTO settlement VALUES (1, 5, 1, 'ann', 'unknown', 'placed', 'by-hand')",
        "UPDATE contact SET outcome = 'placed', call_id = 'by-hand', error = 'settled by ann' WHERE row = 5",
    )
    report(folder)

    assert found(folder, code=0) == {}


# One row's history

PENDING, UNANSWERED = Decided("pending", "", "ann"), ""


def at(microseconds):
    return START + timedelta(microseconds=microseconds)


def flaws(outcome, answers, decided=(), *, call_id="c1"):
    number, by_hand = "+12125550002", bool(decided) and decided[-1].outcome == outcome != "pending"
    tried = [
        Tried(nth, number, answer, "c1", "t1", at(nth), at(nth) if answer else None, at(nth) if answer else None)
        for nth, answer in enumerate(answers, start=1)
    ]
    kept = Kept(
        number,
        outcome,
        call_id if outcome == "placed" else "",
        len(answers),
        "settled by ann" if by_hand else "it was c1",
        max((attempt.sent_at for attempt in tried if attempt.sent_at), default=None),
    )
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
    assert flaws("placed", [answer, "accepted"], [PENDING]) == ["ONCE", "UNKNOWN"]


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
        ("rejected", ["unclear"], [Decided("rejected", "", "ann")], []),
        ("unknown", ["unclear", "unclear"], [PENDING], []),
        ("rejected", ["unclear", "unclear"], [PENDING, Decided("rejected", "", "ann")], []),
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


# What a provider said of a row, being asked

MADE_NONE = Decided("pending", "", "", 1, "none is listed", at(9))
NO_IDEA = Decided("unknown", "", "", 1, "two are listed", at(9))
FOUND = Decided("placed", "c9", "", 1, "", at(9))
IN_VAIN = Decided("failed", "", "", 1, "none is listed", at(9))


def flaws_of_asked(outcome, answers, decided, *, error="", call_id=""):
    tried = [
        Tried(nth, "+1", answer, "HTTP 500", "t1", at(nth), at(nth) if answer else None, at(nth) if answer else None)
        for nth, answer in enumerate(answers, start=1)
    ]
    left = max((attempt.sent_at for attempt in tried if attempt.sent_at), default=None)
    kept = Kept("+1", outcome, call_id, len(answers), error, left)
    return [promise.name for promise, _, _ in examine(kept, tried, decided)]


@pytest.mark.parametrize("answer", ["unclear", UNANSWERED])
def test_what_a_provider_proves_is_no_breach(answer):
    still = told_of(answer, "HTTP 500", "two are listed", at=at(9))
    assert flaws_of_asked("placed", [answer], [FOUND], call_id="c9") == []
    assert flaws_of_asked("placed", [answer], [NO_IDEA, FOUND], call_id="c9") == []
    assert flaws_of_asked("unknown", [answer], [NO_IDEA], error=still) == []
    assert flaws_of_asked("pending", [answer], [MADE_NONE], error="none is listed") == []
    assert flaws_of_asked("failed", [answer], [IN_VAIN], error="not called after 1 try: none is listed") == []
    assert flaws_of_asked("unknown", [answer, answer], [MADE_NONE], error="may have rung: HTTP 500") == []


def test_words_that_were_pruned_are_not_missed():
    assert flaws_of_asked("unknown", ["unclear"], [Decided("unknown", "", "", 1, "", at(9))]) == []


@pytest.mark.parametrize("answer", ["unclear", UNANSWERED])
@pytest.mark.parametrize(
    ("outcome", "decided", "broken", "told"),
    [
        ("placed", [], ["PLACED", "UNKNOWN"], {"call_id": "c9"}),
        ("placed", [FOUND], ["PLACED"], {"call_id": "c8"}),
        ("placed", [NO_IDEA], ["PLACED", "UNKNOWN"], {"call_id": "c9"}),
        ("pending", [NO_IDEA], ["UNKNOWN"], {}),
        ("unknown", [NO_IDEA], ["UNKNOWN"], {"error": "may have rung: HTTP 500"}),
        ("unknown", [MADE_NONE], ["UNKNOWN"], {}),
        ("unknown", [FOUND], ["UNKNOWN"], {}),
        ("failed", [IN_VAIN], ["UNKNOWN"], {"error": "something else"}),
    ],
)
def test_what_a_provider_did_not_prove_is_one(answer, outcome, decided, broken, told):
    assert set(broken) <= set(flaws_of_asked(outcome, [answer], decided, **told))
    assert "ONCE" in flaws_of_asked(outcome, [answer] * 3, decided, **told)


@pytest.mark.parametrize("answer", ["accepted", "refused", "throttled"])
def test_nobody_is_asked_about_a_try_whose_answer_is_known(answer):
    assert "UNKNOWN" in flaws_of_asked("placed", [answer], [FOUND], call_id="c9")


def test_nobody_is_asked_about_a_try_that_was_not_made():
    asked = Decided("unknown", "", "", 2, "two are listed", at(9))
    assert "UNKNOWN" in flaws_of_asked("unknown", ["unclear"], [asked], error="may have rung: HTTP 500")


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
    assert [(row, took) for row, _, took in crowded(enumerate(map(at, times)), [(at(0), rate)])] == too_soon


@given(st.lists(st.integers(0, 5_000_000), max_size=40).map(sorted), st.integers(1, 6))
def test_no_second_is_crowded_that_counting_finds_free(times, rate):
    by_counting = any(sum(start <= at < start + 999_999 for at in times) > rate for start in times)

    assert bool([(row, took) for row, _, took in crowded(enumerate(map(at, times)), [(at(0), rate)])]) == by_counting


@given(st.lists(st.sets(st.integers(0, 20)), max_size=4))
def test_walking_side_by_side_meets_every_row_once(sets):
    met = defaultdict(list)
    for row, values in side_by_side(*([(row, row) for row in sorted(rows)] for rows in sets)):
        met[row].append(values)

    assert met == {row: [[row if row in rows else None for rows in sets]] for row in set().union(*sets)}


def test_what_may_be_a_number_is_masked_in_foreign_text():
    assert shown("to +12125550002 at 2026-03-02") == "'to +12…02 at 2026-03-02'"


def test_a_list_that_another_version_read_otherwise_is_not_proved(folder):
    change(
        folder,
        "UPDATE run SET settings = json_set(settings, '$.reader', 'dialer 0')",
        "UPDATE contact SET error = 'phone: another word for it' WHERE row = 9",
    )
    report(folder)
    told = json.loads(verify(folder, "--json").stdout)["promises"][2]

    assert (told["state"], told["broken"], len(told["not_looked_at"])) == ("not proved", 0, 1)
    assert told["not_looked_at"][0].startswith("rows that dialer 0 read otherwise than dialer ")


def test_a_list_that_another_version_read_alike_is_proved(folder):
    change(folder, "UPDATE run SET settings = json_set(settings, '$.reader', 'dialer 0')")

    assert found(folder, code=0) == {}

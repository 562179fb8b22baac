"""A ledger that was changed behind the program's back: `verify` names it, and no command breaks down over it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from builders import awaited

from dialer.domain.call import Accepted, StillUnknown, Told
from dialer.domain.campaign import AgainRules
from dialer.domain.reconciliation import reconcile
from dialer.domain.redial import RedialTerms
from dialer.ledger.port import open_ledger
from dialer.ledger.sqlite.redials import use_up
from dialer.providers.sandbox import SANDBOX

pytest_plugins = ("commands",)

ROWS = [
    ("+12125550101", "Ann"),
    ("+12125550102", "Bob"),
    ("+12125550190", "Cid"),
    ("+12125550195", "Dee"),
    ("+12125550104", "Eve"),
    ("nobody", "Fay"),
    ("+12125550101", "Gus"),
    ("+12125550103", "Hal"),
    ("+12125550197", "Ivy"),
    ("+12125550196", "Jon"),
]
BLOB, TEXT, HUGE, BELOW, NONE = "x'ff00'", "'x'", "9000000000000000000", "-1", "NULL"
WRONG = (BLOB, TEXT, HUGE, BELOW)
LATER = (BLOB, TEXT, BELOW)  #: any later moment may be right

#: Which row of a table is spoilt, and with what each of its columns.
SPOILT = {
    "run": (
        "id = 1",
        {
            "id": ("7",),
            "campaign": (BLOB, TEXT),
            "provider": (BLOB, TEXT),
            "list_path": (BLOB, TEXT, "'-'", "'/'", "'a' || char(0)"),
            "list_digest": (BLOB, TEXT),
            "results": (BLOB, TEXT, "'-'", "'/'", "'a' || char(0)"),
            "headings": (*WRONG, "'['", "'5'", "'[1]'", "'{}'", "'[\"phone\"]'", "'[]'"),
            "settings": (*WRONG, "'['", "'[]'", "'{}'", "'{\"choices\":5}'", "json_set(settings, '$.choices', 'x')"),
            "row_count": (*WRONG, "7", "9"),
            "started_at": (*WRONG, "'abc'", "999999999999999999", "1"),
            "loaded_at": (*WRONG, NONE, "'abc'", "1"),
            "ended_at": (*WRONG, NONE, "5"),
            "abandoned_at": (BLOB, TEXT, HUGE, BELOW, "5", "ended_at + 1"),
        },
    ),
    "list_row": (
        "run = 1 AND row = 2",
        {
            "run": ("7",),
            "row": (BLOB, TEXT, HUGE, BELOW, "77"),
            "cells": (
                *WRONG,
                "'['",
                "'5'",
                "'[5]'",
                "'[]'",
                '\'["+12125550101","Zed"]\'',
                '\'["+12125550109","Ann"]\'',
            ),
            "parameters": (*WRONG, "'['", "'[]'", "'{}'", '\'{"name":"Zed"}\''),
            "address": (BLOB, TEXT, BELOW, "'{}'", '\'["","10001","",""]\''),
            "checksum": (BLOB, TEXT),
            "key": (BLOB, TEXT, "'A-1'"),
        },
    ),
    "contact": (
        "run = 1 AND row = 2",
        {
            "run": ("7",),
            "row": (BLOB, TEXT, HUGE, BELOW, "77"),
            "number": (BLOB, TEXT, "'+12125550102'", "'+12125550109'"),
            "outcome": (BLOB, TEXT, "'ready'", "'pending'", "'unknown'", "'invalid'", "'suppressed'"),
            "due": LATER,
            "tries": (*WRONG, "0", "2", "9000000000000"),
            "call_id": (BLOB, TEXT, "''"),
            "status": (BLOB, TEXT),
            "error": (BLOB, TEXT),
            "called_at": (*WRONG, NONE, "5", "called_at + 1"),
            "closes": LATER,
            "is_final": (BLOB, TEXT, "2"),
            "again_after": (*WRONG, "1"),
            "reached_by": (*WRONG, "2"),
        },
    ),
    "attempt": (
        "run = 1 AND row = 2",
        {
            "run": ("7",),
            "row": (BLOB, TEXT, HUGE, BELOW, "77"),
            "try": (BLOB, TEXT, HUGE, BELOW, "0", "2"),
            "number": (BLOB, TEXT, "'+12125550102'", "'+12125550109'"),
            "claimed_at": (*WRONG, "'abc'", "5", "sent_at + 1"),
            "sent_at": (*WRONG, NONE, "'abc'", "5", "sent_at + 1", "ended_at + 1"),
            "ended_at": (*WRONG, NONE, "5", "sent_at - 1"),
            "answer": (BLOB, TEXT, "''", "'unclear'", "'throttled'", "'refused'"),
            "detail": (BLOB, TEXT, "''"),
            "token": (BLOB, "'a b'", "printf('%65d', 0)"),
        },
    ),
    "settlement": (
        "run = 1",
        {
            "run": ("7",),
            "row": (BLOB, TEXT, HUGE, BELOW, "2", "77"),
            "at": (BLOB, TEXT, HUGE, BELOW),
            "who": (BLOB, TEXT),
            "from_outcome": (BLOB, TEXT, "'pending'"),
            "to_outcome": (BLOB, TEXT, "'rejected'", "'pending'", "'failed'"),
            "call_id": (BLOB, TEXT, "''"),
        },
    ),
    "redial": (
        "run = 1 AND row = 9",
        {
            "run": ("7",),
            "row": (BLOB, TEXT, HUGE, BELOW, "2", "77"),
            "try": (*WRONG, "0", "2"),
            "status": (BLOB,),
            "word": (BLOB,),
            "rule": (BLOB, TEXT, "'60s, 2 times, 3 in all, for 259200s'", "'900s, 2 times, 3 in all, for 60s'"),
            "at": (*WRONG, "at + 1"),
            "due": (*WRONG, "due - 1"),
            "until": (*WRONG, "until + 1"),
            "call_id": (BLOB, TEXT, "''"),
        },
    ),
    "reconciliation": (
        "run = 1 AND row = 10",
        {
            "run": ("7",),
            "row": (BLOB, TEXT, HUGE, BELOW, "2", "77"),
            "try": (BLOB, TEXT, HUGE, BELOW, "0", "2"),
            "at": (BLOB, TEXT, HUGE, BELOW),
            "outcome": (BLOB, TEXT, "'pending'", "'failed'", "'unknown'", "'rejected'"),
            "call_id": (BLOB, TEXT, "''"),
            "seen": (BLOB,),
        },
    ),
    "session": (
        "run = 1",
        {
            "run": ("7",),
            "started_at": (BLOB, TEXT, HUGE, BELOW, "5", "started_at + 1000000000"),
            "calls_per_second": (*WRONG, "0", "1e9", "0.1", "999"),
            "screening": (*WRONG, "'['", "'[]'", "json_set(screening, '$.calls_per_second', 7)"),
        },
    ),
}
AGAIN = """
    INSERT INTO attempt SELECT run, row, 2, number, claimed_at, sent_at, ended_at, answer, '', 'a2' FROM attempt
     WHERE run = 1 AND row = 2
"""
CASES = [
    pytest.param(table, column, value, id=f"{table}.{column}={value}")
    for table, (_, columns) in SPOILT.items()
    for column, values in columns.items()
    for value in values
]


def call_again_too_late(path):
    """Let the call of row 9 be busy and be followed by another, and find that this would be too late."""
    rules = AgainRules.model_validate({"on": {"busy": {"after": "15m", "tries": 2}}})
    with open_ledger(path) as ledger:
        (call_id,) = [result.call_id for result in ledger.results(1) if result.row == 9]
        placed = ledger.placed(1, final={"busy"}, redial=RedialTerms(rules=rules, now=lambda: datetime.now(UTC)))
        awaited(placed.set_statuses([Told(9, call_id, "busy", True)]))
        with ledger._db.writing():
            ledger._db.execute("UPDATE contact SET due = due + 259200000000 WHERE run = 1 AND row = 9")
            use_up(ledger._db, 1, [9])
        ledger.close_if_over(1, now=datetime.now(UTC))


def ask_about_two(path):
    """Find the call of row 10 at its provider, and of row 11 see two that it may be."""
    with open_ledger(path) as ledger:
        unknown = ledger.unknown_tries(1, account=SANDBOX)
        rows = awaited(unknown.to_ask(after_row=0, page=10))
        told = (Accepted("found"), StillUnknown("two calls are listed"))
        found = [
            reconcile(row, says, at=datetime.now(UTC), attempts=3, dice=0.0)
            for row, says in zip(rows, told, strict=True)
        ]
        awaited(unknown.reconcile(found))


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Keep a finished run with rows settled, called again and asked about, an unfinished one, and a copy of all."""
    home = tmp_path_factory.mktemp("scene")
    from commands import Dialer  # pytest wants to be the first to import its plugins

    dialer = Dialer(home)
    words = ("--sandbox", "--ledger", home / "ledger.db")
    dialer.write_list(ROWS, headings=("phone", "name"))
    dialer.here("run", "list.csv", "--rate", 500, *words, code=1)
    dialer.here("settle", 1, 5, "placed", "--call-id", "by-hand", *words[1:])
    call_again_too_late(home / "ledger.db")
    ask_about_two(home / "ledger.db")
    dialer.here("report", 1, *words[1:], code=1)
    shutil.copy(home / "list.csv", home / "other.csv")
    dialer.here("run", "other.csv", "--new", "--limit", 1, *words, code=7)
    dialer.here("suppress", "add", "+12125550199", "--reason", "asked", *words[1:])
    keep = home / "kept"
    keep.mkdir()
    for name in ("ledger.db", "list.results.csv", "other.results.csv"):
        shutil.copy(home / name, keep)
    return dialer


@pytest.fixture
def spoil(scene):
    """Put everything back as it was, and give a way to change the ledger."""
    home = scene.home
    for path in home.glob("ledger.db*"):
        if not path.name.endswith(".toml"):
            path.unlink()
    for path in (home / "kept").iterdir():
        shutil.copy(path, home)

    def change(statement):
        with closing(sqlite3.connect(home / "ledger.db", isolation_level=None)) as db:
            db.execute("PRAGMA ignore_check_constraints = ON")
            assert db.execute(statement).rowcount

    return change


def command(scene, *words, code=None):
    return scene.here(*words, "--ledger", scene.home / "ledger.db", code=code)


def spoilt(table, column, value):
    return f"UPDATE {table} SET {column} = {value} WHERE {SPOILT[table][0]}"


def test_every_column_of_a_run_is_spoilt(scene, spoil):
    with closing(sqlite3.connect(scene.home / "ledger.db")) as db:
        tables = {
            table: {column for _, column, *_ in db.execute(f"PRAGMA table_info({table})")}
            for (table,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
        }

    tables.pop("suppression")
    tables.pop("dialling")  # of no run: what is spoilt there ends a run before it begins
    tables.pop("closing")  # tests/test_carry.py spoils it
    for of_years in ("row_count", "pruned", "ended_session", "forgetting"):
        tables.pop(of_years)  # what is kept once rows are not: no row is proved by it
    assert {table: set(columns) for table, (_, columns) in SPOILT.items()} == tables


def test_what_nobody_spoilt_is_proved(scene, spoil):
    ran = command(scene, "verify", 1, "--json")

    assert (ran.code, [promise["state"] for promise in ran.json["promises"]]) == (0, ["holds"] * 11), ran.out


@pytest.mark.parametrize(("table", "column", "value"), CASES)
def test_what_was_changed_is_named_and_no_command_breaks_down(scene, spoil, table, column, value):
    spoil(spoilt(table, column, value))

    ran = command(scene, "verify", 1, "--json")
    read = (("runs",), ("report", 1)) if table in {"run", "list_row", "contact"} else ()
    others = [command(scene, *words).code for words in read]

    assert ran.code == 1 or (ran.code == 2 and (table, column) in {("run", "id"), ("run", "loaded_at")}), ran.out
    if ran.code == 1:
        named = [promise for promise in ran.json["promises"] if promise["breaches"] or promise["not_looked_at"]]
        assert named
    assert set(others) <= {0, 1, 2, 3, 7}


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DELETE FROM {table} WHERE {where}" for table, (where, _) in SPOILT.items() if table != "run"),
        "DELETE FROM contact WHERE run = 1",
        "DELETE FROM attempt WHERE run = 1",
        AGAIN,
        "UPDATE reconciliation SET seen = 'one call is listed' WHERE row = 11",
        "UPDATE reconciliation SET at = at + 60000000 WHERE row = 11",
        "UPDATE reconciliation SET outcome = 'pending' WHERE row = 11",
        "DELETE FROM reconciliation WHERE row = 11",
        "INSERT INTO reconciliation VALUES (1, 3, 1, 1700000000000000, 'placed', 'x', '')",
        "INSERT INTO reconciliation VALUES (1, 77, 1, 1700000000000000, 'unknown', '', 'x')",
        "INSERT INTO settlement VALUES (1, 3, 1700000000000000, 'eve', 'unknown', 'placed', 'by-hand')",
        "INSERT INTO settlement VALUES (1, 77, 1700000000000000, 'eve', 'unknown', 'rejected', '')",
        "INSERT INTO session VALUES (1, 5, 3, '{}')",
    ],
)
def test_a_row_taken_away_or_put_in_is_named(scene, spoil, statement):
    spoil(statement)

    assert command(scene, "verify", 1, "--json").code == 1


def test_text_that_is_no_text_is_named(scene, spoil):
    spoil("UPDATE contact SET status = CAST(x'c328' AS TEXT) WHERE run = 1 AND row = 2")

    assert command(scene, "verify", 1, "--json").code == 1
    assert command(scene, "report", 1).code == 2


def test_a_ledger_that_is_cut_short_is_no_traceback(scene, spoil):
    path = scene.home / "ledger.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert {command(scene, *words).code for words in (("verify", 1), ("runs",), ("report", 1))} <= {1, 2}


@pytest.mark.parametrize("column", ["number", "outcome", "due", "tries", "call_id", "error", "called_at", "closes"])
@pytest.mark.parametrize("value", [BLOB, TEXT])
def test_a_spoilt_contact_is_not_dialled_blindly(scene, spoil, column, value):
    spoil(f"UPDATE contact SET {column} = {value} WHERE run = 2 AND row = 3")

    for words in (("resume", 2, "--sandbox", "--rate", 500), ("status", 2, "--sandbox"), ("settle", 2, 3, "rejected")):
        assert command(scene, *words).code in {0, 1, 2, 3, 7}
    assert command(scene, "verify", 2).code in {0, 1, 2}  # what is screened again is written again


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE list_row SET parameters = '[' WHERE run = 2 AND row = 3",
        "UPDATE list_row SET parameters = x'ff' WHERE run = 2 AND row = 3",
        "UPDATE list_row SET address = '[' WHERE run = 2 AND row = 3",
        "UPDATE list_row SET address = '5' WHERE run = 2 AND row = 3",
        "UPDATE run SET settings = json_set(settings, '$.choices.rate', 'x') WHERE id = 2",
        "UPDATE run SET settings = '[]' WHERE id = 2",
        "UPDATE attempt SET claimed_at = 'x', sent_at = 'x' WHERE run = 2",
        "UPDATE suppression SET added_at = 'x', number = '+12125550102'",
        "UPDATE suppression SET reason = x'ff', number = '+12125550102'",
    ],
)
def test_spoilt_records_end_a_resume_with_words(scene, spoil, statement):
    spoil(statement)

    for words in (("resume", 2, "--sandbox", "--rate", 500), ("suppress", "list"), ("verify", 2)):
        assert command(scene, *words).code in {0, 1, 2, 3, 7}


def test_a_breach_says_where_it_is(scene, spoil):
    spoil(spoilt("contact", "tries", "'x'"))

    ran = command(scene, "verify", 1, code=1)
    (said,) = [line for line in ran.out.splitlines() if "contact.tries" in line]
    assert said == """  run 1 row 2: expected contact.tries as it is written; found "'x'\""""
    report = command(scene, "report", 1, code=2)
    assert "the ledger is damaged in run 1 row 2: tries should be a whole number and is 'x'" in report.err
    assert json.loads(command(scene, "verify", 1, "--json").out)["exit_code"] == 1

"""A row that is not what was loaded any more: nobody is dialled with it, and nobody whom it does not name."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from builders import START, a_contact, a_run, awaited, work_of
from truth import Rule, numbers

from dialer.domain.screening.location import Address
from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger

pytest_plugins = ("commands",)

DAMAGES = (
    "UPDATE contact SET number = '+12125550199' WHERE row = 9",
    "UPDATE contact SET number = substr(number, 1, 10) || '77' WHERE row = 9",
    "UPDATE contact SET number = '' WHERE row = 9",
    "UPDATE contact SET number = CAST(x'2b31ff' AS TEXT) WHERE row = 9",
    "UPDATE list_row SET cells = CAST(x'416e6eff' AS TEXT) WHERE row = 9",
    """UPDATE list_row SET parameters = '{"name":"Zed"}' WHERE row = 9""",
    "UPDATE list_row SET parameters = '{}' WHERE row = 9",
    """UPDATE list_row SET address = '["","10001","",""]' WHERE row = 9""",
    "UPDATE list_row SET checksum = checksum + 1 WHERE row = 9",
    "UPDATE contact SET number = (SELECT number FROM contact WHERE row = 10) WHERE row = 9",
    "UPDATE contact SET row = 77 WHERE row = 9; UPDATE contact SET row = 9 WHERE row = 10",
    "UPDATE contact SET outcome = 'pending', call_id = '' WHERE row = 2",
    "UPDATE contact SET outcome = 'deferred', call_id = '', tries = 2 WHERE row = 3",
)


def change(path, script):
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"PRAGMA ignore_check_constraints = ON; {script};")


@pytest.fixture
def begun(dialling):
    """Half of a list is dialled."""
    dialling.here(
        "run",
        dialling.write_list(((number, "Ann") for number in numbers(12)), headings=("phone", "name")),
        *("--limit", 6, "--rate", 1000),
        code=7,
    )
    return dialling


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_with_a_damaged_row_is_not_resumed(begun, truth, damage):
    change(begun.home / "ledger.db", damage)

    ran = begun.here("resume", 1, code=2)

    assert "is damaged" in ran.err
    assert "Ann" not in ran.err
    assert len(truth.rang) == 6


def test_what_a_person_sent_back_is_no_damage(begun, truth):
    change(begun.home / "ledger.db", "UPDATE contact SET outcome = 'unknown', call_id = '' WHERE row = 2")
    begun.here("settle", 1, 2, "pending")

    begun.here("resume", 1, "--rate", 1000)

    assert Counter(number for number, _ in truth.rang)[numbers(1)[0]] == 2


def test_rows_that_an_older_program_loaded_are_dialled(begun, truth):
    change(begun.home / "ledger.db", "UPDATE list_row SET checksum = NULL")

    begun.here("resume", 1, "--rate", 1000)

    assert sorted(number for number, _ in truth.rang) == sorted(numbers(12))


@pytest.mark.parametrize("damage", [damage for damage in DAMAGES[:10] if "cells" not in damage])
def test_a_row_that_is_damaged_in_mid_run_is_not_claimed(ledger, damage):
    rows = [a_contact(row, address=Address("", "10002", "", "")) for row in range(2, 12)]
    work = work_of(ledger, a_run(ledger, rows).number)
    assert len(awaited(work.turn([], want=3, now=START))) == 3

    change(ledger.address, damage)

    with pytest.raises(LedgerError, match="damaged"):
        awaited(work.turn([], want=8, now=START))
    assert ledger.counts(1) == {"pending": 7, "unknown": 3}


def test_once_calls_were_made_a_damaged_ledger_leaves_work_and_quotes_nobody(dialling, truth):
    truth.tell(Rule(after=0.3))
    rows = dialling.write_list(((number, "Ann") for number in numbers(12)), headings=("phone", "name"))
    with dialling.started("run", rows, "--rate", 1000, "--in-flight", 2, "--json") as process:
        truth.wait_for_calls(2)
        change(dialling.home / "ledger.db", "UPDATE list_row SET cells = CAST(x'416e6eff' AS TEXT) WHERE row = 2")
        out, err = process.communicate(timeout=30)

    assert process.returncode == 3
    assert ("Traceback" in err, "Ann" in out + err, "damaged" in out) == (False, False, True)
    with open_ledger(dialling.home / "ledger.db") as ledger:
        ledger.prove_whole()

"""What the database itself refuses, whatever program writes to it."""

from __future__ import annotations

import sqlite3

import pytest
from builders import START, a_run, awaited, contacts, work_of


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'placed'",
        "call_id = 'c-1'",
        "outcome = NULL",
        "number = NULL",
        "due = NULL",
        "run = 99",
    ],
)
def test_a_row_the_contract_does_not_know_is_refused(ledger, change):
    a_run(ledger, contacts(1))
    with pytest.raises(sqlite3.IntegrityError):
        ledger._db.execute(f"UPDATE contact SET {change}")


def test_the_same_try_is_never_recorded_twice(ledger):
    a_run(ledger, contacts(1))
    awaited(work_of(ledger, 1).turn((), want=1, now=START))
    with pytest.raises(sqlite3.IntegrityError):
        ledger._db.execute("INSERT INTO attempt (run, row, try, number, claimed_at) VALUES (1, 2, 1, '', 0)")

"""Opening the ledger's file: its rights, its version, and who else holds it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing, suppress
from importlib.resources import files

import pytest

from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger
from dialer.ledger.sqlite.database import from_stamp, to_stamp, translated
from dialer.ledger.sqlite.opening import _statements, open_database

STEPS = sorted(files("dialer.ledger.sqlite").joinpath("schema").iterdir(), key=lambda step: step.name)

HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
db.execute("ROLLBACK")
"""

OPEN_AT = """
import sys, time
from pathlib import Path
from dialer.ledger.port import open_ledger
while time.time() < float(sys.argv[2]):
    pass
with open_ledger(Path(sys.argv[1])) as ledger:
    assert not list(ledger.runs())
"""


A_RUN = """
INSERT INTO run (campaign, provider, list_path, list_digest, results, headings, settings, started_at)
VALUES (?, 'sandbox', '', '', '', '[]', '{}', 0)
"""


@pytest.fixture
def opened(ledger_path):
    db = open_database(ledger_path)
    yield db
    db.close()


@pytest.fixture
def held(ledger_path):
    """Let another process hold the ledger's write lock until its input is closed."""
    open_ledger(ledger_path).__exit__()
    command = [sys.executable, "-c", HOLD, str(ledger_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.stdin.close()


def pragma(db, name):
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def complaint_about(path, **how):
    with pytest.raises(LedgerError) as raised:
        open_database(path, **how)
    return str(raised.value)


def other_database(path, *statements):
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def test_an_intent_outlives_a_power_cut(opened):
    full = 2
    assert (pragma(opened, "journal_mode"), pragma(opened, "synchronous")) == ("wal", full)


def test_a_new_ledger_has_the_newest_schema(opened):
    assert (pragma(opened, "user_version"), pragma(opened, "foreign_keys")) == (len(STEPS), 1)


def test_only_the_owner_can_read_a_ledger(ledger_path, opened):
    with opened.writing():
        opened.execute("DELETE FROM attempt")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ledger_path.parent.glob("ledger.db*")}
    assert modes == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), 0o600)


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o640, 0o606])
def test_what_others_could_read_they_cannot_any_more(ledger_path, mode):
    first = open_database(ledger_path)
    parts = [ledger_path.with_name(f"ledger.db{ending}") for ending in ("", "-wal", "-shm")]
    for part in parts:
        part.chmod(mode)
    second = open_database(ledger_path)

    assert [stat.S_IMODE(part.stat().st_mode) for part in parts] == [0o600] * 3
    second.close()
    first.close()


def test_a_text_that_is_none_is_not_quoted(opened, ledger_path):
    opened.execute("CREATE TABLE more (cell)")
    opened.execute("INSERT INTO more VALUES (CAST(x'416e6eff' AS TEXT))")
    with pytest.raises(LedgerError) as raised, translated(ledger_path):
        opened.execute("SELECT cell FROM more").fetchall()
    assert str(raised.value) == f"the ledger {ledger_path} is damaged: a text in it is none"


@pytest.mark.parametrize("found", [b'CREATE TABLE "contact"', b"contact_pending", b"'deferred'"])
def test_a_damaged_schema_is_no_traceback(ledger_path, found):
    open_database(ledger_path).close()
    damaged = bytearray(ledger_path.read_bytes())
    damaged[damaged.find(found) + 3] = 0xFF
    ledger_path.write_bytes(damaged)
    with suppress(LedgerError), closing(open_database(ledger_path)) as db, translated(ledger_path):
        db.execute("SELECT * FROM contact")


def test_the_folder_of_a_new_ledger_is_its_owners_alone(tmp_path):
    open_database(tmp_path / "new" / "ledger.db").close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_opening_again_changes_nothing(ledger_path):
    open_database(ledger_path).close()
    before = ledger_path.read_bytes()
    open_database(ledger_path).close()
    assert ledger_path.read_bytes() == before


def test_a_ledger_that_must_exist_is_not_made(ledger_path):
    assert "there is no ledger at" in complaint_about(ledger_path, create=False)
    assert not ledger_path.exists()


def test_an_empty_file_becomes_a_ledger(ledger_path):
    ledger_path.touch()
    with open_ledger(ledger_path, create=False) as ledger:
        assert list(ledger.runs()) == []


def test_a_ledger_of_a_newer_program_is_left_alone(ledger_path):
    open_database(ledger_path).close()
    newer = len(STEPS) + 1
    other_database(ledger_path, f"PRAGMA user_version = {newer}")
    assert complaint_about(ledger_path).endswith(f"was written by a newer dialer (schema {newer}): upgrade this one")


@pytest.mark.parametrize("version", [0, 1, 60])
def test_another_programs_database_is_left_as_it_was(ledger_path, version):
    other_database(ledger_path, "CREATE TABLE places (url TEXT)", f"PRAGMA user_version = {version}")
    before = ledger_path.read_bytes()
    assert complaint_about(ledger_path).endswith("is a database, but not a ledger: name another with --ledger")
    assert ledger_path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_as_it_was(ledger_path):
    ledger_path.write_text("phone,name\n" * 200)
    assert "not a ledger; name another with --ledger" in complaint_about(ledger_path)
    assert ledger_path.read_text() == "phone,name\n" * 200


def test_a_folder_in_place_of_a_ledger_is_said_so(tmp_path):
    assert "cannot be opened for writing" in complaint_about(tmp_path)


def test_a_file_in_place_of_a_folder_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    assert "cannot be opened for writing" in complaint_about(tmp_path / "file" / "ledger.db")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
def test_a_ledger_without_the_right_to_write_is_said_so(ledger_path):
    open_database(ledger_path).close()
    ledger_path.chmod(0o400)
    assert "cannot be opened for writing" in complaint_about(ledger_path)


def test_a_write_to_a_read_only_ledger_says_what_to_do(ledger_path):
    open_database(ledger_path).close()
    db = sqlite3.connect(f"{ledger_path.as_uri()}?mode=ro", uri=True)
    with pytest.raises(LedgerError, match="give yourself the right to write it"), translated(ledger_path):
        db.execute("DELETE FROM attempt")
    db.close()


def test_a_ledger_held_by_another_process_is_said_so(ledger_path, held):
    with open_ledger(ledger_path, patience=0.05) as ledger, pytest.raises(LedgerError) as raised:
        ledger.abandon(1, now=from_stamp(0))
    assert str(raised.value).endswith("(another program has held it for long; close that and resume)")


def test_a_ledger_another_process_writes_can_be_read_meanwhile(ledger_path, held):
    with open_ledger(ledger_path, patience=0.05) as ledger:
        assert list(ledger.runs()) == []


def test_a_writer_waits_until_another_is_done(ledger_path, held):
    with open_ledger(ledger_path, patience=10) as ledger:
        held.stdin.close()
        ledger.abandon(1, now=from_stamp(0))


def test_several_processes_may_make_the_same_ledger_at_once(ledger_path):
    start = str(time.time() + 0.4)
    command = [sys.executable, "-c", OPEN_AT, str(ledger_path), start]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[1] for process in processes] == [b""] * 3


def test_a_full_disk_is_called_by_its_name(opened):
    opened.execute(f"PRAGMA max_page_count = {pragma(opened, 'page_count')}")
    with pytest.raises(LedgerError, match="the disk is full; free some space and resume"), translated("file"):
        opened.executemany(A_RUN, [("x" * 900,)] * 1000)


def test_a_transaction_that_fails_leaves_nothing_behind(opened):
    def begin_and_die():
        with opened.writing():
            opened.execute(A_RUN, ("spring",))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin_and_die()
    assert opened.execute("SELECT count(*) FROM run").fetchone() == (0,)
    assert not opened._connection.in_transaction


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("", []),
        ("-- nothing yet\n", ["-- nothing yet\n"]),
        ("A (x);\nB;\n", ["A (x);\n", "B;\n"]),
        ("A (\n  x, -- one; and more\n  y\n);\nB;", ["A (\n  x, -- one; and more\n  y\n);\n", "B;"]),
        ("A ';\n';\nB;\n", ["A ';\n';\n", "B;\n"]),
        ("/* a;\n b; */ A;\nB", ["/* a;\n b; */ A;\n", "B"]),
        (
            "CREATE TRIGGER t AFTER DELETE ON x BEGIN\n  DELETE FROM y;\n  DELETE FROM z;\nEND;\nB;\n",
            ["CREATE TRIGGER t AFTER DELETE ON x BEGIN\n  DELETE FROM y;\n  DELETE FROM z;\nEND;\n", "B;\n"],
        ),
    ],
)
def test_a_script_is_split_into_whole_statements(script, statements):
    assert list(_statements(script)) == statements


def test_a_moment_is_kept_to_the_microsecond():
    stamps = [0, 1, 1_767_225_600_123_456, 4_102_444_800_999_999]
    assert [to_stamp(from_stamp(stamp)) for stamp in stamps] == stamps


def test_an_older_ledger_is_brought_up_to_date_and_keeps_what_it_knew(tmp_path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(STEPS[0].read_text("utf-8") + "PRAGMA user_version = 1;")
        old.execute("INSERT INTO run VALUES (7, 'spring', 'cxone', '', '', '', '[]', '{}', 0, 1, 1, 8, NULL)")
        old.execute("INSERT INTO contact VALUES (7, 2, '+49301', 'placed', 5, 1, 'c-1', 'ringing', '', 6)")
        old.commit()
    with closing(open_database(path)) as new, closing(open_database(tmp_path / "new.db")) as fresh:
        shape = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        assert new.execute(shape).fetchall() == fresh.execute(shape).fetchall()
        assert new.execute("SELECT id, campaign FROM run").fetchall() == [(7, "spring")]
        assert new.execute("SELECT * FROM contact").fetchall() == [
            (7, 2, "+49301", "placed", 5, 1, "c-1", "ringing", "", 6, 0, 0, 0, 0)
        ]
        assert new.execute("SELECT * FROM row_count").fetchall() == [(7, "placed", "ringing", 1)]
        new.execute("UPDATE contact SET status = 'completed'")
        assert new.execute("SELECT * FROM row_count").fetchall() == []

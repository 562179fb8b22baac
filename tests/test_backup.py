"""`dialer backup`: a copy that can be trusted, also while calls go on, and what becomes of one that is put back."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from builders import START, contacts
from builders import a_run as load
from truth import Rule, numbers

from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger

pytest_plugins = ("commands",)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "backups"
    path.mkdir()
    return path


def dialled(dialling, count=3):
    return dialling.here("run", dialling.write_list([number] for number in numbers(count)), "--rate", 1000)


def test_a_backup_is_one_sound_file_for_its_owner_alone(dialling, folder):
    dialled(dialling)

    told = dialling.here("backup", folder, "--json").json

    (copy,) = folder.iterdir()
    assert (told["backup"], told["bytes"], told["removed"]) == (str(copy), copy.stat().st_size, [])
    assert (stat.S_IMODE(copy.stat().st_mode), copy.name[:7], copy.suffix) == (0o600, "ledger-", ".db")
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert dialling.here("runs", "--ledger", copy).out == dialling.here("runs").out
    dialling.here("verify", "--ledger", copy)


def test_a_backup_during_a_run_is_of_one_moment_and_is_not_gone_on_with_blindly(dialling, truth, folder):
    truth.tell(Rule(after=0.05))
    command = ("run", dialling.write_list([number] for number in numbers(200)), "--rate", 500, "--in-flight", 20)
    with dialling.started(*command) as process:
        truth.wait_for_calls(50)
        copy = Path(dialling.here("backup", folder, "--json").json["backup"])
        process.communicate(timeout=60)

    counts = dialling.here("runs", "--json", "--ledger", copy).json["runs"][0]["outcomes"]
    verified = dialling.here("verify", "--ledger", copy, "--json", code=1).json["promises"]
    refused = dialling.here("resume", "--ledger", copy, code=2)

    assert (sum(counts.values()), counts["pending"] > 0, len(truth.rang)) == (200, True, 200)
    assert {each["state"] for each in verified if "results file" not in each["promise"]} <= {"holds", "not proved"}
    assert "copied or moved to another disk before that had ended" in refused.err
    assert dialling.here("runs", "--json").json["runs"][0]["outcomes"] == {"placed": 200}


def test_only_the_newest_backups_of_this_ledger_are_kept(ledger, folder):
    others = ["ledger-2020-01-01T000000Z.db.txt", "other-2020-01-01T000000Z.db", "ledger-notes.db", "ledger.db"]
    for name in others:
        (folder / name).write_text("")
    made = [ledger.backup(folder, now=START + timedelta(minutes=minute)) for minute in range(3)]

    assert (ledger.backups(folder), sorted(path.name for path in folder.iterdir())) == (
        made,
        sorted([*others, *(path.name for path in made)]),
    )


def test_keep_takes_the_oldest_away(dialling, folder):
    dialled(dialling)
    old = [folder / f"ledger-2020-01-0{day}T000000Z.db" for day in (1, 2, 3)]
    for path in old:
        path.write_text("an older one")

    told = dialling.here("backup", folder, "--keep", 2, "--json").json

    assert told["removed"] == [str(path) for path in old[:2]]
    assert sorted(folder.iterdir()) == [old[2], Path(told["backup"])]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "there is no folder nowhere"),
        ((".",), "is the ledger's own folder"),
        (("list.csv",), "there is no folder list.csv"),
        (("backups", "--keep", 0), "--keep"),
    ],
)
def test_a_backup_that_is_none_is_refused(dialling, folder, words, said):
    dialled(dialling)

    assert said in dialling.here("backup", *words, code=2).err
    assert list(folder.iterdir()) == []


def test_where_there_is_no_ledger_there_is_no_backup(dialling, folder):
    assert "there is no ledger" in dialling.here("backup", folder, code=2).err
    assert list(folder.iterdir()) == []


def test_a_second_backup_of_one_moment_leaves_the_first_as_it_was(ledger, folder):
    before = ledger.backup(folder, now=START).read_bytes()

    with pytest.raises(LedgerError, match="is there already"):
        ledger.backup(folder, now=START)
    assert [path.read_bytes() for path in folder.iterdir()] == [before]


def test_what_was_left_of_a_backup_that_died_is_taken_away(ledger, folder):
    for name in (".ledger-2020-01-01T000000Z.db.part", ".ledger-2020-01-01T000000Z.db.part-journal", ".other.part"):
        (folder / name).write_text("half")

    made = ledger.backup(folder, now=START)

    assert sorted(folder.iterdir()) == sorted([folder / ".other.part", made])


def test_a_damaged_ledger_is_not_kept_as_a_backup(ledger_path, folder):
    with open_ledger(ledger_path) as ledger:
        load(ledger, contacts(2000))
    size = ledger_path.stat().st_size
    with ledger_path.open("rb+") as file:
        file.seek(size // 2)
        file.write(os.urandom(8192))

    with open_ledger(ledger_path) as ledger, pytest.raises(LedgerError, match=r"damaged|malformed"):
        ledger.backup(folder, now=START)
    assert list(folder.iterdir()) == []


# Put back on another machine: nothing stands beside it but the results, where they are


@pytest.fixture
def moved(dialling, folder):
    """A run that was backed up half-way and dialled to its end; its backup is where no ledger was before."""
    contacts = dialling.write_list([number] for number in numbers(10))
    dialling.here("run", contacts, "--rate", 1000, "--limit", 5, code=7)
    copy = Path(dialling.here("backup", folder, "--json").json["backup"])
    dialling.here("resume")
    dialling.env["DIALER_LEDGER"] = str(copy.rename(folder / "moved.db"))
    return dialling


def test_a_copy_that_knows_less_than_the_results_is_not_gone_on_with_until_a_person_says_so(moved, truth):
    refused = moved.here("resume", code=2)
    settled = moved.here("settle", "--unproved", "--yes", "--json").json
    moved.here("resume", code=5)

    assert "list.results.csv tells of attempts that the ledger" in refused.err
    assert "dialer settle --unproved calls unknown whoever may have been rung" in refused.err
    assert (settled["runs"], settled["settled"], len(truth.rang)) == ([1], 5, 10)


@pytest.mark.parametrize("left", ["", "something else\n", "phone,row\n1,x\n"])
def test_results_that_are_none_say_nothing(moved, truth, left):
    (moved.home / "list.results.csv").write_text(left, encoding="utf-8")

    moved.here("resume")

    assert len(truth.rang) == 15

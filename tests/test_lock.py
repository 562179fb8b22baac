"""One process at a time runs a campaign on a ledger."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from builders import START, is_free

from dialer.errors import BusyError, LedgerError
from dialer.ledger.port import held_by, hold


def test_a_holder_that_left_no_word_is_another_process(ledger_path, holder):
    (note,) = ledger_path.parent.glob("*.holder")
    note.write_text("{}")
    with pytest.raises(BusyError, match="is being run by another process"), hold(ledger_path, "spring", now=START):
        pass


def test_the_holder_is_written_down_while_it_holds(ledger_path):
    with hold(ledger_path, "spring", now=START):
        (note,) = ledger_path.parent.glob("*.holder")
        assert json.loads(note.read_text()) == {"pid": os.getpid(), "since": "2026-03-02T15:00:00+00:00"}
    assert list(ledger_path.parent.glob("*.holder")) == []


def test_the_lock_is_nobody_elses_to_read(ledger_path):
    with hold(ledger_path, "spring", now=START):
        (lock,) = ledger_path.parent.glob("*.lock")
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600


@pytest.mark.parametrize("campaign", ["a b", "a-b", "../../etc", "Ünïcode", "x" * 300])
def test_every_name_of_a_campaign_makes_a_lock_beside_the_ledger(ledger_path, campaign):
    with hold(ledger_path, campaign, now=START):
        assert [path.parent for path in ledger_path.parent.glob("ledger.db.*.lock")] == [ledger_path.parent]


def test_campaigns_whose_names_look_alike_do_not_share_a_lock(ledger_path):
    with hold(ledger_path, "a b", now=START):
        assert is_free(ledger_path, "a-b")


def test_the_ledgers_folder_is_made_if_need_be(tmp_path):
    assert is_free(tmp_path / "new" / "folder" / "ledger.db")


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be taken"), hold(tmp_path / "file" / "l.db", "spring", now=START):
        pass


def test_a_link_to_the_ledger_leads_to_the_same_lock(ledger_path, holder):
    link = ledger_path.with_name("link.db")
    link.symlink_to(ledger_path)
    folder = ledger_path.parent / "elsewhere"
    folder.mkdir()
    (folder / "far.db").symlink_to(ledger_path)

    assert [is_free(path) for path in (link, folder / "far.db")] == [False, False]


def test_a_ledger_of_two_names_is_not_locked_by_one_of_them(ledger_path):
    ledger_path.touch()
    ledger_path.with_name("twin.db").hardlink_to(ledger_path)

    with pytest.raises(LedgerError, match=r"2 names \(hard links\)"), hold(ledger_path, "spring", now=START):
        pass


def test_a_lost_lock_file_lets_nobody_else_in(ledger_path, holder):
    (lock,) = ledger_path.parent.glob("*.lock")
    lock.unlink()

    assert not is_free(ledger_path)
    assert is_free(ledger_path, "autumn")


def test_another_name_of_the_ledgers_folder_leads_to_the_same_lock(ledger_path, holder, tmp_path):
    (tmp_path / "folder").symlink_to(ledger_path.parent)

    assert not is_free(tmp_path / "folder" / ledger_path.name)


@pytest.mark.parametrize("content", ["precious", ""])
def test_a_link_in_the_holders_place_is_not_followed(ledger_path, tmp_path, content):
    victim = tmp_path / "victim"
    victim.write_text(content)
    victim.chmod(0o644)
    with hold(ledger_path, "spring", now=START):
        (note,) = ledger_path.parent.glob("*.holder")
    note.symlink_to(victim)

    with hold(ledger_path, "spring", now=START):
        assert (note.is_symlink(), stat.S_IMODE(note.stat().st_mode)) == (False, 0o600)

    assert (victim.read_text(), stat.S_IMODE(victim.stat().st_mode)) == (content, 0o644)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder in which nothing can be made")
def test_a_folder_without_locks_is_not_called_another_process():
    with pytest.raises(LedgerError, match=r"(can be locked in the folder|cannot be taken)"):
        is_free(Path("/proc/self/ledger.db"))


def test_a_failure_while_holding_is_not_called_a_failing_lock(ledger_path):
    with pytest.raises(FileNotFoundError), hold(ledger_path, "spring", now=START):
        (ledger_path.parent / "missing").read_text()
    assert is_free(ledger_path)


def test_nobody_holds_the_campaign_of_a_killed_process(ledger_path, holder):
    holder.kill()
    holder.wait()

    assert (len(list(ledger_path.parent.glob("*.holder"))), held_by(ledger_path, "spring")) == (1, "")
    assert is_free(ledger_path)

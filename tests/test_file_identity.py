"""Where a ledger is: one file by one name, which stays where it is while it is in use."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from dialer.errors import LedgerError
from dialer.ledger.sqlite.file_identity import LedgerFile, mount_points, prove_one_name, saved_copies
from dialer.ledger.sqlite.opening import open_database

MOUNTED = """
mount --bind "$1" "$2" && exec "$3" -c '
import sys
from pathlib import Path
from dialer.errors import LedgerError
from dialer.ledger.port import open_ledger
for path in sys.argv[1:]:
    try:
        with open_ledger(Path(path)): print("opened")
    except LedgerError as problem: print(problem)
' "$4" "$5"
"""


def in_a_namespace(*words):
    """Run a script that may mount; skips where nobody may."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare")
    ran = subprocess.run(
        [unshare, "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if not ran.stdout:
        pytest.skip(f"nobody may mount here: {ran.stderr[-80:]}")
    return ran.stdout.splitlines()


def test_a_ledger_that_is_mounted_as_a_file_is_refused(tmp_path):
    there, here = tmp_path / "there.db", tmp_path / "here.db"
    open_database(there).close()
    here.touch()

    at_home, mounted = in_a_namespace(there, here, sys.executable, there, here)

    assert at_home == "opened"
    assert mounted.startswith(f"the ledger {here} is mounted as a single file")


def test_a_ledger_in_a_mounted_folder_is_opened(tmp_path):
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    open_database(there / "ledger.db").close()

    assert in_a_namespace(there, here, sys.executable, there / "ledger.db", here / "ledger.db") == ["opened"] * 2


def test_a_ledger_with_two_names_is_refused(ledger_path):
    open_database(ledger_path).close()
    ledger_path.with_name("twin.db").hardlink_to(ledger_path)

    with pytest.raises(LedgerError, match=r"2 names \(hard links\)"):
        open_database(ledger_path)


def test_a_symbolic_link_is_no_second_name(ledger_path):
    open_database(ledger_path).close()
    ledger_path.with_name("link.db").symlink_to(ledger_path)

    prove_one_name(ledger_path.with_name("link.db"))


def test_mount_points_are_read_as_the_kernel_writes_them():
    text = (
        "22 26 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n"
        "36 26 8:1 /a/ledger.db /data/my\\040folder/l\\134.db rw - ext4 /dev/sda1 rw\n"
        "half a line\n"
    )
    assert mount_points(text) == {"/proc", "/data/my folder/l\\.db"}


@pytest.mark.parametrize("part", ["ledger.db", "ledger.db-wal", "ledger.db-shm"])
@pytest.mark.parametrize("fate", ["deleted", "moved", "replaced"])
def test_a_file_that_goes_away_is_missed_at_once(ledger_path, part, fate):
    with_log = open_database(ledger_path)
    with_log.execute("CREATE TABLE more (a)")
    ledger_file, path = LedgerFile(ledger_path), ledger_path.with_name(part)
    ledger_file.prove()

    if fate == "replaced":
        shutil.copy(path, path.with_name("other"))
        path.with_name("other").replace(path)
    elif fate == "moved":
        path.rename(path.with_name("other"))
    else:
        path.unlink()

    with pytest.raises(LedgerError, match="deleted, moved or replaced while it was in use"):
        ledger_file.prove()
    with_log.close()


def test_a_link_that_leads_elsewhere_is_missed_too(ledger_path):
    link = ledger_path.with_name("link.db")
    open_database(ledger_path).close()
    open_database(ledger_path.with_name("other.db")).close()
    link.symlink_to(ledger_path)
    ledger_file = LedgerFile(link)
    link.unlink()
    link.symlink_to(ledger_path.with_name("other.db"))

    assert not ledger_file.is_kept()


def test_saved_copies_are_those_of_this_ledger(tmp_path):
    for name in ("l[1].db.saved", "l[1].db.saved-2", "l[1].db.saved.log", "l1.db.saved", "other.db.saved"):
        (tmp_path / name).touch()

    assert [path.name for path in saved_copies(tmp_path / "l[1].db")] == ["l[1].db.saved", "l[1].db.saved-2"]

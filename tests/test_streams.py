"""Printing cannot end a command: closed, full or abandoned streams leave the work and its exit code alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    "faketime" in os.environ.get("LD_PRELOAD", ""),
    reason="libfaketime puts a file of its own in the place of a stream that is closed",
)

CHECK, RUN = "check list.csv --at 2026-11-24T18:00", "run list.csv --sandbox --ledger ledger.db -o results.csv"
ENDINGS = [
    *((CHECK, lost, 0) for lost in (">&-", "2>&-", ">&- 2>&- <&-", "| true")),
    ("check nobody.csv --json", "2>&-", 2),
    (RUN, ">&-", 0),
    (RUN, "| true", 0),
]
ENDINGS_OF_A_FULL_DISK = [(f"{CHECK} --json", ">/dev/full 2>/dev/full", 0), (RUN, ">/dev/full", 0)]


def typed(folder, line):
    """Let a shell run a line; `$DIALER` is the program. Its own exit code is written to a file, whatever is piped."""
    (folder / "list.csv").write_text("phone,name\n+12025550123,Ann\n")
    env = {**os.environ, "HOME": str(folder), "DIALER": f"{sys.executable} -m dialer"}
    ran = subprocess.run(
        ("sh", "-c", line), cwd=folder, env=env, check=False, capture_output=True, text=True, timeout=60
    )
    return int((folder / "code").read_text()), ran


@pytest.mark.parametrize(
    ("words", "lost", "code"), [*ENDINGS, *(ENDINGS_OF_A_FULL_DISK if Path("/dev/full").exists() else ())]
)
def test_no_stream_that_is_lost_changes_what_a_command_ends_with(tmp_path, words, lost, code):
    redirected, piped = ("", lost) if lost.startswith("|") else (lost, "")

    ended, ran = typed(tmp_path, f"{{ $DIALER {words} {redirected}; echo $? >code; }} {piped}")

    assert ended == code
    assert "Traceback" not in ran.stdout + ran.stderr
    assert (tmp_path / "results.csv").exists() == (words == RUN)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_what_the_disk_did_not_take_is_said(tmp_path):
    _, ran = typed(tmp_path, "$DIALER check list.csv --json >/dev/full; echo $? >code")
    assert ran.stderr == "error: what was to be printed could not be written: No space left on device\n"


def test_a_reader_that_has_left_is_not_complained_of(tmp_path):
    _, ran = typed(tmp_path, "{ $DIALER rules; echo $? >code; } | true")
    assert ran.stderr == ""


def test_no_file_of_the_work_takes_the_place_of_a_closed_stream(tmp_path):
    """A file opened first would get the number of stdout, and be printed into."""
    typed(tmp_path, "$DIALER run list.csv --sandbox --ledger ledger.db -o results.csv >&- 2>&- <&-; echo $? >code")
    ended, _ = typed(tmp_path, "$DIALER verify --sandbox --ledger ledger.db; echo $? >code")
    assert ended == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_is_said_is_said_at_once(tmp_path, unbuffered):
    said = "from dialer.cli.streams import make_steady; import sys, time; make_steady(); "
    said += "sys.stderr.write('now\\n'); sys.stdin.read()"
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(
        (sys.executable, "-c", said), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stderr.readline() == "now\n"

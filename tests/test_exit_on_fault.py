"""A fault of the program itself: a code of its own, a sentence, and frames in the log, without anybody's data."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from dialer.cli.output import ending
from dialer.errors import SetupError
from dialer.session.choices import Choices

pytest_plugins = ("commands",)


def failing(folder, problem, *, as_json=False, log=None):
    """Run a command that raises `problem`; return its exit code and what it said."""
    app = typer.Typer()

    @app.command()
    def fail():
        with ending(Choices(ledger=folder / "ledger.db"), as_json=as_json, log=log):
            problem.__cause__ = KeyError("Ann Lee, +12025550123")
            raise problem

    return CliRunner().invoke(app, [])


def test_a_fault_has_a_code_of_its_own_and_its_frames_are_in_the_log(tmp_path):
    ran = failing(tmp_path, ZeroDivisionError("what +12025550123 owes"))

    assert ran.exit_code == 70
    assert ran.stderr == (
        "error: a fault of dialer, not of yours: ZeroDivisionError: 'what +12…23 owes'; "
        f"where it happened is in {tmp_path / 'ledger.db.log'}\n"
    )
    event = json.loads((tmp_path / "ledger.db.log").read_text())
    assert (event["event"], [each["kind"] for each in event["exceptions"]]) == (
        "program.fault",
        ["ZeroDivisionError", "KeyError"],
    )
    assert event["exceptions"][0]["frames"][-1].endswith(" fail")


def test_the_log_of_a_fault_names_nobody(tmp_path):
    failing(tmp_path, ValueError("Ann Lee, +12025550123"))
    written = (tmp_path / "ledger.db.log").read_text()
    assert [part for part in ("Ann", "5550123") if part in written] == []


def test_a_fault_is_json_where_that_was_asked_for(tmp_path):
    ran = failing(tmp_path, RuntimeError("x"), as_json=True)
    assert (ran.exit_code, json.loads(ran.stdout)["exit_code"]) == (70, 70)


def test_a_fault_goes_to_the_log_that_was_named(tmp_path):
    failing(tmp_path, RuntimeError("x"), log=tmp_path / "night.log")
    assert {path.name for path in tmp_path.iterdir()} == {"night.log"}


def test_without_a_log_the_frames_are_said(tmp_path):
    ran = failing(tmp_path, RuntimeError("x"), log=tmp_path / "nowhere" / "night.log")
    assert (ran.exit_code, "test_exit_on_fault.py" in ran.stderr) == (70, True)


@pytest.mark.parametrize(("problem", "code"), [(SetupError("no"), 2), (KeyboardInterrupt(), 3), (typer.Exit(5), 5)])
def test_what_was_thought_of_is_no_fault(tmp_path, problem, code):
    assert failing(tmp_path, problem).exit_code == code
    assert list(tmp_path.iterdir()) == []


def test_parts_that_cannot_be_loaded_are_a_fault(tmp_path):
    (tmp_path / "typer.py").write_text("raise MemoryError")
    ran = subprocess.run(
        (sys.executable, "-m", "dialer", "--help"),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (70, "")

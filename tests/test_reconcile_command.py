"""`dialer reconcile`, and the asking at the end of a run: what a person is told, and how it ends."""

from __future__ import annotations

import pytest
from truth import Rule

pytest_plugins = ("commands",)


@pytest.fixture
def unknown_run(dialling, truth):
    """A finished run of three rows, of which row 3 got a server fault."""
    (dialling.home / "list.csv").write_text("phone\n+12025550101\n+12025550102\n+12025550103\n")
    truth.tell(Rule(number="+12025550102", status=500, body="{}"))
    dialling.here("run", "list.csv", "--rate", "100", code=1)
    return dialling


def test_a_provider_that_cannot_be_asked_is_said_to_be_none(unknown_run, truth):
    before = len(truth.requests)
    told = unknown_run.here("reconcile", "--json", code=1).json
    assert told["notes"] == [
        "cxone cannot be asked what came of a call: look the rows up there",
        "1 row may have rung: dialer settle 1",
    ]
    assert (told["asked"], told["reconciled"], told["outcomes"]) == (0, {}, {"placed": 2, "unknown": 1})
    assert len(truth.requests) == before


def test_a_run_says_how_its_unknown_rows_are_decided(unknown_run):
    told = unknown_run.here("report", "--json", code=1).json
    assert told["outcomes"]["unknown"] == 1
    said = unknown_run.here("resume", "1", "--json", code=1).json
    assert "unknown rows may have rung and are not dialled again by themselves: dialer settle 1" in said["notes"]


def test_where_no_row_is_unknown_nobody_is_asked(unknown_run):
    unknown_run.here("settle", "1", "3", "rejected")
    told = unknown_run.here("reconcile", "1", "--json", code=1).json
    assert told["notes"] == ["no row is unknown"]


def test_the_sandbox_of_another_command_is_not_asked(dialer):
    contacts = dialer.write_list([["+12125550195"]])
    dialer.here("run", contacts, "--sandbox", "--provider", "twilio", code=1)
    told = dialer.here("reconcile", "--sandbox", "--json", code=1).json
    assert told["notes"][0].startswith("the sandbox of --sandbox forgets its calls when a command ends")


def test_an_abandoned_run_is_not_asked_about(dialling, truth):
    (dialling.home / "list.csv").write_text("phone\n+12025550101\n+12025550102\n")
    dialling.here("run", "list.csv", "--limit", "1", code=7)
    dialling.here("run", "list.csv", "--new", "--again", "--limit", "1", code=7)
    assert "run 1 was abandoned" in dialling.here("reconcile", "1", code=2).err


def test_a_run_that_is_not_there_cannot_be_asked_about(unknown_run):
    assert "no run 9" in unknown_run.here("reconcile", "9", code=2).err

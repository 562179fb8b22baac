"""A ledger whose file goes away while it is dialled from: calls stop, and what it knew is not lost."""

from __future__ import annotations

import json
import shutil
import stat
from collections import Counter

import pytest
from truth import Rule, numbers

pytest_plugins = ("commands",)

ROWS = 120


def deleted(home):
    for path in home.glob("*ledger.db*"):
        path.unlink()


def deleted_alone(home):
    (home / "ledger.db").unlink()


def moved(home):
    (home / "ledger.db").rename(home / "elsewhere.db")


def replaced_by_a_copy(home):
    shutil.copy(home / "ledger.db", home / "copy.db")
    (home / "copy.db").replace(home / "ledger.db")


def replaced_by_an_empty_file(home):
    (home / "empty").touch()
    (home / "empty").replace(home / "ledger.db")


def without_its_log(home):
    (home / "ledger.db-wal").unlink()


FATES = (deleted, deleted_alone, moved, replaced_by_a_copy, replaced_by_an_empty_file, without_its_log)


class Scene:
    """A run whose ledger met its fate in the middle."""

    def __init__(self, dialling, truth, fate):
        self.dialer, self.truth, self.home = dialling, truth, dialling.home
        truth.tell(Rule(after=0.02))
        self.command = ("run", dialling.write_list([number] for number in numbers(ROWS)), "--rate", 100)
        with dialling.started(*self.command, "--json") as process:
            truth.wait_for_calls(20)
            fate(self.home)
            self.calls_before = len(truth.calls)
            out, self.err = process.communicate(timeout=30)
        self.code, self.said = process.returncode, json.loads(out)

    def rang(self):
        return Counter(number for number, _ in self.truth.rang)


@pytest.fixture
def scene(dialling, truth, request):
    return Scene(dialling, truth, request.param)


@pytest.mark.parametrize("scene", FATES, indirect=True)
def test_calls_stop_and_all_goes_on_from_what_was_saved(scene):
    saved, before = scene.home / "ledger.db.saved", scene.rang()
    outcomes = Counter(line["outcome"] for line in scene.dialer.results())
    assert (scene.code, "Traceback" in scene.err) == (3, False)
    assert any(f"what it knew is in {saved}" in note for note in scene.said["notes"])
    assert len(scene.truth.calls) <= scene.calls_before + 10
    assert (outcomes["placed"], outcomes["pending"]) == (len(before), ROWS - len(before))
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600

    refused = scene.dialer.here(*scene.command, code=2)
    assert f"{saved} is what a ledger knew that vanished" in refused.err
    assert scene.rang() == before

    saved.replace(scene.home / "ledger.db")
    gone_on = scene.dialer.here(*scene.command, "--json").json
    assert (gone_on["run"], gone_on["outcomes"]) == (1, {"placed": ROWS})
    assert set(scene.rang().values()) == {1}


def test_where_nothing_can_be_saved_it_is_said(dialling, truth, tmp_path):
    folder, results = tmp_path / "ledgers", tmp_path / "results"
    folder.mkdir()
    results.mkdir()
    dialling.env["DIALER_LEDGER"] = str(folder / "ledger.db")
    truth.tell(Rule(after=0.02))
    command = ("run", dialling.write_list([number] for number in numbers(ROWS)), "--rate", 100)
    with dialling.started(*command, "-o", results / "out.csv", "--log", tmp_path / "log", "--json") as process:
        truth.wait_for_calls(20)
        folder.rename(tmp_path / "moved")
        out, err = process.communicate(timeout=30)

    assert (process.returncode, "Traceback" in err) == (3, False)
    assert any(f"what it knew is in {results / 'ledger.db.saved'}" in note for note in json.loads(out)["notes"])
    assert (results / "out.csv").exists()

"""What earlier runs have left is not forgotten: every summary names it, and one command goes on with all of it."""

from __future__ import annotations

import pytest
from truth import Rule, numbers

pytest_plugins = ("commands",)

FAST = ("--rate", 1000)


def night(dialer, first, count, *words, name="nightly", code=None):
    """Dial a new list of so many numbers, from the n-th on."""
    file = dialer.write_campaign(f'name = "{name}"\n')
    contacts = dialer.write_list([number] for number in numbers(first + count)[first:])
    return dialer.here("run", contacts, "-c", file, *FAST, *words, "--json", code=code).json


def notes_about(told, run):
    return [note for note in told["notes"] if note.startswith(f"run {run} of ")]


def rung(truth):
    return sorted(number for number, _ in truth.rang)


def test_open_work_of_earlier_nights_is_named_in_every_summary(dialling):
    night(dialling, 0, 4, "--limit", 1, code=7)
    tonight = night(dialling, 10, 2, code=0)

    told = [tonight, *(dialling.here(command, "--json", code=0).json for command in ("report", "status"))]

    assert [note.split(" has ")[1] for said in told for note in notes_about(said, 1)] == [
        "3 rows left (3 pending): dialer resume 1"
    ] * 3


def test_unknown_rows_of_earlier_nights_are_named_in_every_summary(dialling, truth):
    truth.tell(Rule(number=numbers(1)[0], cut=True))
    night(dialling, 0, 3, code=1)
    tonight = night(dialling, 10, 2, code=0)

    (note,) = notes_about(tonight, 1)
    assert note.endswith(" has 1 unknown row that may have rung: dialer settle 1")

    dialling.here("settle", "1", "2", "rejected")
    assert notes_about(night(dialling, 20, 2, code=0), 1) == []


def test_work_of_another_campaign_and_of_abandoned_runs_is_not_named(dialling):
    night(dialling, 0, 4, "--limit", 1, name="other", code=7)
    night(dialling, 10, 4, "--limit", 1, code=7)
    told = night(dialling, 10, 4, "--new", code=0)

    assert [notes_about(told, run) for run in (1, 2)] == [[], []]


def test_many_open_runs_are_counted_and_not_all_named(dialling):
    for place in range(5):
        night(dialling, 10 * place, 2, "--limit", 1, code=7)
    told = night(dialling, 90, 1, code=0)["notes"]

    assert [note[: len("run 1")] for note in told if note.startswith("run ")] == ["run 1", "run 2", "run 3"]
    assert "all of them: dialer resume" in told
    assert "2 more runs have something left: dialer runs" in told


def test_resume_without_a_number_goes_on_with_every_open_run_of_the_campaign_oldest_first(dialling, truth):
    night(dialling, 0, 3, "--limit", 1, name="other", code=7)
    for place in (10, 20):
        night(dialling, place, 3, "--limit", 1, code=7)
    night(dialling, 30, 1, code=0)
    before = len(truth.calls)

    told = dialling.here("resume", *FAST, "--json", code=0).json

    asked = [call.number for call in truth.calls[before:]]
    assert (set(asked[:2]), set(asked[2:])) == (set(numbers(13)[11:]), set(numbers(23)[21:]))
    assert [(run["run"], run["outcomes"]) for run in told["runs"]] == [(2, {"placed": 3}), (3, {"placed": 3})]
    assert (told["rows"], told["outcomes"], told["exit_code"]) == (6, {"placed": 6}, 0)
    assert [run["state"] for run in dialling.here("runs", "--json").json["runs"]] == ["finished"] * 3 + ["unfinished"]


def test_resume_with_a_campaign_goes_on_with_its_runs(dialling, truth):
    night(dialling, 0, 3, "--limit", 1, name="other", code=7)
    other = dialling.home / "other.toml"
    other.write_text((dialling.home / "campaign.toml").read_text())
    night(dialling, 10, 3, "--limit", 1, code=7)

    told = dialling.here("resume", "-c", other, *FAST, "--json", code=0).json

    assert (told["run"], told["campaign"], len(rung(truth))) == (1, "other", 4)


def test_resume_of_one_run_is_told_as_before(dialling):
    night(dialling, 0, 3, "--limit", 1, code=7)

    told = dialling.here("resume", *FAST, "--json", code=0).json

    assert (told["run"], "runs" in told) == (1, False)


def test_the_worst_end_counts(dialling, truth):
    for place in (0, 10):
        night(dialling, place, 3, "--limit", 1, code=7)
    truth.tell(Rule(number=numbers(2)[1], status=404, body={"error": "No Such Number"}))

    assert dialling.here("resume", *FAST, "--json", code=1).json["outcomes"] == {"placed": 5, "rejected": 1}


def test_what_ends_one_run_by_force_ends_them_all(dialling, truth):
    for place in (0, 10):
        night(dialling, place, 3, "--limit", 1, code=7)
    truth.tell(Rule(status=403))

    told = dialling.here("resume", *FAST, "--json", code=3).json

    assert [run["run"] for run in told["runs"]] == [1]


def test_a_run_that_cannot_be_gone_on_with_does_not_keep_the_others(dialling, truth):
    (dialling.home / "out").mkdir()
    night(dialling, 0, 3, "--limit", 1, "-o", "out/results.csv", code=7)
    night(dialling, 10, 3, "--limit", 1, code=7)
    (dialling.home / "out" / "results.csv").unlink()
    (dialling.home / "out").rmdir()

    told = dialling.here("resume", *FAST, "--json", code=3).json
    said = dialling.here("resume", *FAST, code=2).err

    assert [run["run"] for run in told["runs"]] == [2]
    assert "run 1: " in told["errors"][0]
    assert "there is no such folder" in said


def test_a_limit_is_for_all_of_them(dialling, truth):
    for place in (0, 10):
        night(dialling, place, 4, "--limit", 1, code=7)

    dialling.here("resume", *FAST, "--limit", 1, code=7)

    assert len(rung(truth)) <= 3


def everything_but_the_log(dialling):
    return {name: (dialling.home / name).read_bytes() for name in dialling.files() if not name.endswith(".log")}


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_resume_of_nothing_ends_with_5_and_changes_nothing(dialling, truth, words):
    night(dialling, 0, 2, code=0)
    before = everything_but_the_log(dialling)

    dialling.here("resume", *words, code=5)

    assert everything_but_the_log(dialling) == before


def test_a_finished_list_is_not_nothing_to_do_while_an_earlier_run_is_open(dialling, truth):
    night(dialling, 0, 3, "--limit", 1, code=7)
    night(dialling, 10, 2, code=0)
    again = night(dialling, 10, 2, code=7)

    assert "run 1 of" in again["errors"][0]
    assert again["errors"][0].endswith(" has 2 rows left (2 pending); dialer resume 1 goes on with it")
    assert len(rung(truth)) == 3


def test_a_setting_that_is_wrong_for_all_runs_is_said_once(dialling, truth):
    for place in (0, 10):
        night(dialling, place, 3, "--limit", 1, code=7)
    dialling.env["CXONE_BASE_URL"] = truth.url.replace("http:", "https:")

    told = dialling.here("resume", *FAST, "--json", code=2).json

    assert [run["run"] for run in told["runs"]] == [1]

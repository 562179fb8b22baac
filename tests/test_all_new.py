"""A campaign that picks all new lists dials each of them once, the oldest first, in a run of its own."""

from __future__ import annotations

import json
import os

import pytest
from truth import ANY_HOUR, numbers

pytest_plugins = ("commands",)

RULES = 'name = "nightly"\ncontacts = "lists/*.csv"\n[list]\npick = "all-new"\n'


@pytest.fixture
def nightly(dialling):
    (dialling.home / "lists").mkdir()
    dialling.file = dialling.write_campaign(RULES + ANY_HOUR)
    return dialling


def put(dialer, name, count, *, first=0, age=0.0):
    path = dialer.home / "lists" / name
    path.write_text("\n".join(["phone", *numbers(first + count)[first:], ""]))
    os.utime(path, (path.stat().st_mtime - age,) * 2)
    return path


def run(dialer, *words, code=0):
    return dialer.here("run", "-c", dialer.file, "--rate", 1000, *words, code=code)


def test_each_list_is_dialled_once_and_the_oldest_first(nightly, truth):
    put(nightly, "b.csv", 2, first=10, age=60)
    put(nightly, "a.csv", 3)
    put(nightly, "c.csv", 1, first=20, age=120)

    told = run(nightly, "--json").json
    again = run(nightly, code=5)
    put(nightly, "d.csv", 1, first=30)
    last = run(nightly, "--json").json

    assert [(each["list"].rpartition("/")[2], each["run"], each["rows"]) for each in told["runs"]] == [
        ("c.csv", 1, 1),
        ("b.csv", 2, 2),
        ("a.csv", 3, 3),
    ]
    assert (told["rows"], told["outcomes"], told["exit_code"]) == (6, {"placed": 6}, 0)
    assert "a.csv was dialled to its end by run 3 of nightly" in again.err
    assert (last["run"], last["rows"]) == (4, 1)
    assert len(truth.rang) == len(set(truth.rang)) == 7


def test_a_list_under_another_name_is_not_new_and_of_two_alike_one_is(nightly, truth):
    put(nightly, "a.csv", 2, age=60)
    run(nightly)
    put(nightly, "renamed.csv", 2)
    run(nightly, code=5)
    put(nightly, "x.csv", 1, first=10, age=9)
    put(nightly, "y.csv", 1, first=10)
    run(nightly)

    assert len(truth.rang) == 3


def test_one_that_is_refused_does_not_keep_the_others_and_its_end_counts(nightly, truth):
    nightly.file.write_text(nightly.file.read_text().replace('"all-new"\n', '"all-new"\nrows = { at_least = 2 }\n'))
    put(nightly, "short.csv", 1, first=10, age=60)
    put(nightly, "whole.csv", 2)

    ran = run(nightly, "--json", code=3).json

    assert ran["errors"][0].endswith(
        "fewer than 2 ([list] rows at_least); no run was begun; "
        f"dialer check {nightly.home}/lists/short.csv -c {nightly.file} says why"
    )
    assert (len(ran["runs"]), len(truth.rang)) == (1, 2)
    assert "fewer than 2" in run(nightly, code=6).err  # alone it is refused on each night


def test_a_list_that_was_left_half_way_is_gone_on_with(nightly, truth):
    put(nightly, "a.csv", 3, age=60)
    put(nightly, "b.csv", 2, first=10)
    first = run(nightly, "--limit", 1, "--json", code=7).json
    second = run(nightly, "--json").json

    assert (first["run"], first["list"].rpartition("/")[2]) == (1, "a.csv")
    assert [each["run"] for each in second["runs"]] == [1, 2]
    assert len(truth.rang) == 5


def test_a_check_tells_of_the_others(nightly):
    put(nightly, "a.csv", 1, age=60)
    put(nightly, "b.csv", 1, first=10)
    told = nightly.here("check", "-c", nightly.file, "--json").json
    assert told["list"].endswith("a.csv")
    assert "1 more list not yet run: b.csv" in told["notes"]


@pytest.mark.parametrize("word", ["--list-again", "--new"])
def test_all_lists_are_never_dialled_again_at_once(nightly, truth, word):
    put(nightly, "a.csv", 1)
    assert "name the one that is to be dialled again" in run(nightly, word, code=2).err
    assert truth.requests == []


def test_every_list_has_its_events(nightly):
    put(nightly, "a.csv", 1, age=60)
    put(nightly, "b.csv", 1, first=10)
    run(nightly)
    log = [json.loads(line) for line in (nightly.home / "ledger.db.log").read_text("utf-8").splitlines()]
    assert [event["event"] for event in log] == ["list.picked", "run.started", "call.settled", "run.ended"] * 2

"""`runs`, `report`, `status` and `settle` beside single calls, other files of a command, and a run that is going on."""

from __future__ import annotations

import pytest
from truth import Rule, numbers

from dialer.actions.runs import NEWEST
from dialer.errors import SetupError
from dialer.session.complaints import Complaints
from dialer.session.files import check_paths

pytest_plugins = ("commands",)

FAST = ("--rate", 1000)


def plain_list(dialer, count=3):
    return dialer.write_list([number] for number in numbers(count))


# Single calls


@pytest.mark.parametrize("words", [("status", 1), ("report", 1), ("resume", 1)])
def test_a_single_call_is_looked_at_without_writing_anything(dialling, words):
    dialling.here("call", numbers(1)[0])
    before = dialling.files()

    told = dialling.here(*words, "--json", code=None).json

    new = {name for name in dialling.files() - before if not name.endswith(".lock")}
    assert (told["run"], told["results"], new) == (1, None, set())


def test_settling_a_single_call_writes_no_results(dialling, truth):
    truth.tell(Rule(status=500))
    dialling.here("call", numbers(1)[0], code=1)
    before = {name for name in dialling.files() if ".lock" not in name}

    dialling.here("settle", 1, 1, "rejected")

    assert {name for name in dialling.files() if ".lock" not in name} == before
    assert dialling.here("report", 1, "--json", code=1).json["outcomes"] == {"rejected": 1}


def test_a_single_call_is_reported_into_a_file_that_was_named(dialling):
    dialling.here("call", numbers(1)[0])
    dialling.here("report", 1, "-o", "one.csv")

    assert [line["number"] for line in dialling.results("one.csv")] == [numbers(1)[0]]


def test_a_single_call_proves_itself(dialling):
    dialling.here("call", numbers(1)[0], "--param", "name=Ann")

    ran = dialling.here("verify", 1)
    assert ran.out.splitlines()[-1] == "a single call has no list and no results file"


@pytest.mark.parametrize("command", ["status", "report", "verify"])
def test_a_single_call_is_no_latest_run_and_that_is_said(dialling, command):
    dialling.here("call", numbers(1)[0])

    ran = dialling.here(command, code=2)

    assert "run 1 was a single call, which is asked for by its number: dialer status 1" in ran.err


def test_a_later_single_call_is_said_beside_the_latest_run(dialling):
    dialling.here("run", plain_list(dialling), *FAST)
    dialling.here("call", "+12125550142")

    told = dialling.here("status", "--json").json
    named = dialling.here("status", 1, "--json").json

    assert (told["run"], [note for note in told["notes"] if "run 2 was a single call" in note] != []) == (1, True)
    assert [note for note in named["notes"] if "single call" in note] == []


# Many runs


def test_the_newest_runs_are_listed_and_all_where_that_is_asked(dialling):
    contacts = plain_list(dialling, 1)
    for _ in range(NEWEST + 1):
        dialling.here("run", contacts, "--list-again", "--new", *FAST)

    ran, every = dialling.here("runs"), dialling.here("runs", "--all")

    assert ([line.split()[0] for line in ran.out.splitlines()], ran.err) == (
        [str(number) for number in range(NEWEST + 1, 1, -1)],
        "the older ones: dialer runs --all\n",
    )
    assert (len(every.out.splitlines()), every.err) == (NEWEST + 1, "")


# One file, one use


@pytest.mark.parametrize("output", ["list.csv", "ledger.db", "ledger.db-wal", "ledger.db.log.1", "link.csv"])
def test_a_report_is_written_over_nothing_that_is_needed(dialling, output):
    dialling.here("run", plain_list(dialling), *FAST)
    (dialling.home / "link.csv").symlink_to("list.csv")
    before = {name: (dialling.home / name).read_bytes() for name in ("list.csv", "ledger.db.log")}

    ran = dialling.here("report", "-o", output, code=2)

    assert (ran.err.count("would overwrite"), ran.err.count("name another file with -o")) == (1, 1)
    assert {name: (dialling.home / name).read_bytes() for name in before} == before
    assert dialling.here("runs", "--json").json["runs"][0]["run"] == 1


def said(**paths):
    complaints = Complaints()
    check_paths(complaints, **paths)
    try:
        complaints.raise_if_any()
    except SetupError as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    ("clash", "met"),
    [
        ({"results": "list.csv"}, "results would overwrite the contact list"),
        ({"results": "campaign.toml"}, "results would overwrite the campaign"),
        ({"results": "dnc/never.csv"}, "results would overwrite the do-not-call list"),
        ({"results": "ledger.db"}, "results would overwrite the ledger"),
        ({"results": "ledger.db-shm"}, "results would overwrite a part of the ledger"),
        ({"results": "ledger.db.spring-1.lock"}, "results would overwrite a part of the ledger"),
        ({"results": "events.log.2"}, "results would overwrite an older log"),
        ({"results": "sub/../list.csv"}, "results would overwrite the contact list"),
        ({"problems": "results.csv"}, "the bad rows would overwrite results"),
        ({"problems": "list.csv"}, "the bad rows would overwrite the contact list"),
        ({"log": "results.csv"}, "the log would overwrite results"),
        ({"log": "ledger.db"}, "the log would overwrite the ledger"),
        ({}, ""),
    ],
)
def test_no_two_files_of_a_command_are_one(tmp_path, clash, met):
    (tmp_path / "campaign.toml").write_text('name = "x"\n[suppression]\nfiles = [{ path = "dnc/never.csv" }]\n')
    (tmp_path / "sub").mkdir()
    known = {"ledger": "ledger.db", "campaign": "campaign.toml", "contacts": "list.csv", "results": "results.csv"}
    known |= {"log": "events.log"} | clash

    found = said(**{name: tmp_path / path for name, path in known.items()})

    assert (met in found, bool(found)) == (True, bool(met))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run", ("-o", "ledger.db")),
        ("run", ("--log", "list.results.csv")),
        ("run", ("--log", "list.csv")),
        ("check", ("-o", "ledger.db")),
        ("check", ("-o", "same.csv", "--problems", "same.csv")),
        ("call", ("--log", "ledger.db")),
    ],
)
def test_files_that_are_one_stop_a_command_before_anything_happens(dialling, truth, command, words):
    contacts = plain_list(dialling)
    whom = numbers(1)[0] if command == "call" else contacts

    ran = dialling.here(command, whom, *words, code=2)

    assert "would overwrite" in ran.err
    assert (dialling.files(), truth.requests) == ({"list.csv"}, [])


# A run that is going on


def test_a_run_that_is_going_on_is_not_called_broken(dialling, truth):
    truth.tell(Rule(after=30))
    with dialling.started("run", plain_list(dialling), *FAST) as process:
        truth.wait_for_calls(3)
        ran = dialling.here("verify", 1, code=1)

    running = f"  not looked at: process {process.pid} since"
    states = [line[:10].strip() for line in ran.out.splitlines() if not line.startswith("  ")]
    assert (states, ran.out.count(running)) == (["holds"] * 9 + ["not proved"] * 2, 2)


def test_a_run_whose_process_died_is_not_said_to_be_going_on(dialling, truth):
    truth.tell(Rule(after=30))
    with dialling.started("run", plain_list(dialling), *FAST) as process:
        truth.wait_for_calls(3)
        process.kill()
        process.wait()

    ran = dialling.here("verify", 1, code=1)
    assert ("runs the campaign" in ran.out, "no end: dialer resume 1 writes it" in ran.out) == (False, True)


# What may be kept


@pytest.mark.parametrize("command", ["run", "check", "call", "runs", "status"])
def test_a_ledger_in_memory_is_refused(dialling, truth, command):
    whom = {"run": [plain_list(dialling)], "check": [], "call": [numbers(1)[0]]}.get(command, [])
    if command == "check":
        dialling.env["DIALER_LEDGER"] = ":memory:"
        whom = [plain_list(dialling)]
    else:
        whom = [*whom, "--ledger", ":memory:"]

    assert "the ledger is a file that is kept" in dialling.here(command, *whom, code=2).err
    assert (truth.requests, dialling.files() - {"list.csv"}) == ([], set())


def test_a_file_that_is_no_ledger_gets_nothing_beside_it(dialling, truth):
    (dialling.home / "notes.txt").write_text("milk, eggs and something for the weekend\n" * 30)

    dialling.here("run", plain_list(dialling), "--ledger", "notes.txt", code=2)

    assert (dialling.files(), truth.requests) == ({"list.csv", "notes.txt"}, [])


@pytest.mark.parametrize("words", [("--rate", 0), ("--in-flight", 0)])
def test_a_pace_of_nothing_is_refused_when_a_run_goes_on(dialling, truth, words):
    dialling.here("run", plain_list(dialling), *FAST, "--limit", 1, code=7)

    assert words[0] in dialling.here("resume", *words, code=2).err
    assert len(truth.calls) == 1

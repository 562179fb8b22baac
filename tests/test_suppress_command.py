"""`dialer suppress` and what it is for: nobody on the list is rung; and runs and single calls keep to hours too."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from datetime import UTC, datetime
from time import monotonic, sleep
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from truth import ANY_HOUR, Rule, numbers

pytest_plugins = ("commands",)

ANN, BOB, CARL = numbers(3)
STOCKHOLM = "+46701234567"
FAST = ("--rate", 1000)


def on_list(dialer):
    return [
        (entry["number"], entry["reason"]) for entry in dialer.here("suppress", "list", "--json").json["suppressed"]
    ]


def closed_now(dialer, *, rules=""):
    """Write a campaign that lets Sweden be rung for two minutes a day, which are hours away."""
    hour = datetime.now(ZoneInfo("Europe/Stockholm")).hour
    window = f"{(hour + 12) % 24:02}:00-{(hour + 12) % 24:02}:02"
    return dialer.write_campaign(
        f"""
name = "closed"
[hours]
{rules}
[[hours.windows]]
country = "SE"
mon_fri = "{window}"
sat = "{window}"
sun = "{window}"
source = "a test"
"""
    )


def screenings(dialer):
    """Fetch what every session was screened by."""
    with sqlite3.connect(dialer.home / "ledger.db") as db:
        found = [json.loads(text) for (text,) in db.execute("SELECT screening FROM session ORDER BY started_at")]
    db.close()
    return found


# The list


def test_numbers_are_added_and_listed_with_time_person_and_reason(dialling):
    added = dialling.here("suppress", "add", ANN, "+1 (202) 555-0101", "--reason", "asked on the phone")
    assert added.out == "2 added to the do-not-call list, 0 on it already\n"
    lines = [line.split("  ") for line in dialling.here("suppress", "list").out.splitlines()]
    assert [(number, reason) for number, _, _, reason in lines] == [
        (ANN, "asked on the phone"),
        ("+12025550101", "asked on the phone"),
    ]
    now = datetime.now(UTC)
    assert all(abs(now - datetime.fromisoformat(since)).total_seconds() < 60 for _, since, _, _ in lines)


def test_a_number_is_added_once_and_keeps_its_first_reason(dialling):
    dialling.here("suppress", "add", ANN, "--reason", "first")
    again = dialling.here("suppress", "add", ANN, ANN, BOB, "--reason", "second", "--json").json
    assert again == {
        "added": 1,
        "says": "1 added to the do-not-call list, 1 on it already",
        "warnings": [],
        "exit_code": 0,
    }
    assert on_list(dialling) == [(ANN, "first"), (BOB, "second")]


def test_numbers_are_taken_off(dialling):
    dialling.here("suppress", "add", ANN, BOB)
    removed = dialling.here("suppress", "remove", ANN, CARL, "--json").json
    assert (removed["removed"], removed["says"]) == (1, "1 taken off the do-not-call list, 1 not on it")
    assert on_list(dialling) == [(BOB, "")]


@pytest.mark.parametrize("command", ["add", "remove"])
def test_one_unreadable_number_leaves_the_list_as_it_was(dialling, command):
    dialling.here("suppress", "add", BOB)
    ran = dialling.here("suppress", command, ANN, "nobody", BOB, "12", code=2)
    assert [line.split(":")[:2] for line in ran.err.splitlines()] == [["error", " 'nobody'"], ["error", " '12'"]]
    assert on_list(dialling) == [(BOB, "")]


def test_an_unreadable_number_makes_no_ledger(dialling):
    dialling.here("suppress", "add", "nobody", code=2)
    assert dialling.files() == set()


def test_numbers_without_a_plus_need_a_region(dialling):
    dialling.here("suppress", "add", "020 7946 0123", code=2)
    dialling.here("suppress", "add", "020 7946 0123", "--region", "GB")
    assert on_list(dialling) == [("+442079460123", "")]


def test_without_a_ledger_there_is_no_list(dialling):
    ran = dialling.here("suppress", "list", "--json", code=2)
    assert ran.json["errors"][0].startswith("there is no ledger at ")
    assert dialling.files() == set()


def test_a_foreign_reason_cannot_steer_the_terminal(dialling):
    dialling.here("suppress", "add", ANN, "--reason", "\x1b[2Jstop\nnow")
    (line,) = dialling.here("suppress", "list").out.splitlines()
    assert line.endswith(" [2Jstop now")


# A file of numbers


def test_a_file_is_imported_with_its_own_reasons_and_dates(dialling):
    file = dialling.home / "unsubscribed.csv"
    file.write_text(f"phone,date,reason\n{ANN},2026-03-01,by mail\n{BOB},,\n{ANN},2026-04-01,again\n")
    imported = dialling.here("suppress", "import", file, "--json").json
    assert imported == {
        "added": 2,
        "says": "2 added to the do-not-call list, 0 on it already, from 3 lines",
        "warnings": [],
        "exit_code": 0,
    }
    assert sorted(on_list(dialling)) == sorted(
        [(ANN, "by mail, 2026-03-01, line 2 of unsubscribed.csv"), (BOB, "line 3 of unsubscribed.csv")]
    )
    again = dialling.here("suppress", "import", file, "--reason", "other")
    assert again.out == "0 added to the do-not-call list, 2 on it already, from 3 lines\n"


def test_a_reason_of_ones_own_stands_for_a_whole_file(dialling):
    file = dialling.home / "own.txt"
    file.write_text("".join(f"{number}\n" for number in numbers(25)))
    assert dialling.here("suppress", "import", file, "--reason", "spring clean", "--json").json["added"] == 25
    assert {reason for _, reason in on_list(dialling)} == {"spring clean"}


def test_a_workbook_is_imported_as_any_file_is(dialling):
    file = dialling.home / "asked us.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("Phone", "Reason"), (ANN, "by mail"), (BOB, "")]):
            sheet.write_row(row, 0, cells)
    assert dialling.here("suppress", "import", file, "--json").json["added"] == 2
    assert on_list(dialling) == sorted([(ANN, "by mail, line 2 of asked us.xlsx"), (BOB, "line 3 of asked us.xlsx")])


@pytest.mark.parametrize("content", ["phone\nnobody\n+12025550101\n", "", "<html></html>\n", None])
def test_a_file_that_is_not_to_be_trusted_adds_nobody(dialling, content):
    dialling.here("suppress", "add", CARL)
    file = dialling.home / "bad.csv"
    if content is not None:
        file.write_text(content)
    ran = dialling.here("suppress", "import", file, code=2)
    assert "bad.csv" in ran.err
    assert on_list(dialling) == [(CARL, "")]


# Runs


def test_nobody_on_the_list_is_rung_by_the_next_run(dialling, truth):
    dialling.here("suppress", "add", BOB, "--reason", "asked")
    contacts = dialling.write_list([number] for number in numbers(5))
    assert dialling.here("run", contacts, *FAST, "--json").json["outcomes"] == {"placed": 4, "suppressed": 1}
    (row,) = [row for row in dialling.results() if row["outcome"] == "suppressed"]
    assert row["number"] == BOB
    assert row["error"].startswith("on the do-not-call list of this ledger, since ")
    assert row["error"].endswith(" (asked)")
    assert BOB not in [number for number, _ in truth.rang]


def test_who_is_taken_off_is_rung_again_by_the_next_run(dialling, truth):
    contacts = dialling.write_list([[ANN], [BOB]])
    dialling.here("suppress", "add", BOB)
    dialling.here("run", contacts, *FAST)
    dialling.here("suppress", "remove", BOB)
    dialling.here("run", contacts, *FAST, "--list-again")
    assert sorted(number for number, _ in truth.rang) == sorted([ANN, ANN, BOB])


def test_the_list_binds_the_next_call_of_a_run_that_is_going_on(dialling, truth):
    everybody = numbers(30)
    contacts = dialling.write_list([number] for number in everybody)
    with dialling.started("run", contacts, "--rate", 10, "--in-flight", 2, "--json") as process:
        truth.wait_for_calls(3)
        dialling.here("suppress", "add", *everybody[20:])
        out, _ = process.communicate(timeout=60)
    assert json.loads(out)["outcomes"] == {"placed": 20, "suppressed": 10}
    assert sorted(number for number, _ in truth.rang) == sorted(everybody[:20])


def test_a_list_in_the_sandbox_keeps_its_own_company(dialling):
    contacts = dialling.write_list([[ANN], [BOB]])
    dialling.here("suppress", "add", BOB, "--ledger", dialling.home / "practice.db")
    outcomes = dialling.here(
        "run", contacts, "--sandbox", "--ledger", dialling.home / "practice.db", *FAST, "--json"
    ).json["outcomes"]
    assert outcomes == {"placed": 1, "suppressed": 1}


# Runs outside hours


def test_a_run_outside_hours_ends_with_7_and_says_when_it_may_go_on(dialling, truth):
    contacts = dialling.write_list([[STOCKHOLM], ["+18005550123"]])
    ran = dialling.here("run", contacts, "-c", closed_now(dialling), "--json", code=7)
    assert ran.json["outcomes"] == {"deferred": 1, "held": 1}
    assert ran.json["notes"][0].startswith("1 row outside calling hours; the first open ")
    assert [row["outcome"] for row in dialling.results()] == ["deferred", "held"]
    assert dialling.here("resume", code=7).code == 7
    assert truth.calls == []


def test_a_run_that_waits_for_hours_can_be_stopped_and_resumed(dialling, truth):
    campaign = closed_now(dialling, rules='when_closed = "wait"')
    contacts = dialling.write_list([[STOCKHOLM]])
    log = dialling.home / "run.log"
    with dialling.started("run", contacts, "-c", campaign, "--log", log, "--json") as process:
        until = monotonic() + 20
        while not (log.exists() and "run.idle" in log.read_text()) and monotonic() < until:
            sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    told = json.loads(out)
    assert (told["outcomes"], told["ended"], told["exit_code"]) == ({"deferred": 1}, "interrupted", 3)
    assert truth.calls == []
    window = campaign.read_text()
    campaign.write_text(re.sub(r'"\d\d:00-\d\d:02"', '"00:00-24:00"', window))
    assert dialling.here("resume", "--json").json["outcomes"] == {"placed": 1}


def test_the_sandbox_is_not_held_back_by_hours_and_says_so(dialling):
    campaign, contacts = closed_now(dialling), dialling.write_list([[STOCKHOLM]])
    words = ("run", contacts, "-c", campaign, "--sandbox", "--ledger", dialling.home / "ledger.db", "--json")
    bound = dialling.here(*words, "--enforce-hours", code=7).json
    assert bound["outcomes"] == {"deferred": 1}
    free = dialling.here(*words).json
    assert free["outcomes"] == {"placed": 1}
    assert [note for note in free["notes"] if "--enforce-hours" in note]
    assert [screening["reason"] for screening in screenings(dialling)] == ["", "sandbox"]


# One call


def test_a_call_outside_hours_is_deferred_and_nobody_is_rung(dialling, truth):
    ran = dialling.here("call", STOCKHOLM, "-c", closed_now(dialling), "--json", code=7)
    assert ran.json["outcome"] == "deferred"
    assert ran.json["error"].startswith("outside the calling hours of SE; they open ")
    assert truth.calls == []


def test_a_call_that_is_forced_rings_and_is_recorded(dialling, truth):
    campaign = closed_now(dialling)
    ran = dialling.here("call", STOCKHOLM, "-c", campaign, "--force", "--json")
    assert (ran.json["outcome"], [number for number, _ in truth.rang]) == ("placed", [STOCKHOLM])
    assert "set aside by --force, which is recorded" in ran.json["notes"][0]
    (screening,) = screenings(dialling)
    assert (screening["hours"], screening["reason"]) == ("not enforced", "forced")


def test_a_call_is_recorded_with_what_it_was_screened_by(dialling):
    dialling.here("call", STOCKHOLM, "-c", closed_now(dialling), code=7)
    (screening,) = screenings(dialling)
    said = {name: screening[name] for name in ("hours", "reason", "redial_gap")}
    assert said == {"hours": "enforced", "reason": "", "redial_gap": "1 day, 0:00:00"}
    assert screening["rules"]["hours"]["voice"] == "automated"
    assert {"tzdata", "windows_as_of", "do_not_call"} <= screening.keys()


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["plain", "forced"])
def test_nobody_on_the_list_is_called_not_even_by_force(dialling, truth, force):
    dialling.here("suppress", "add", ANN, "--reason", "asked")
    ran = dialling.here("call", ANN, *force, "--json", code=1)
    assert ran.json["outcome"] == "suppressed"
    assert ran.json["error"].endswith("(asked)")
    assert truth.calls == []


def test_force_does_not_open_a_do_not_call_file(dialling, truth):
    (dialling.home / "own.txt").write_text(f"{ANN}\n")
    campaign = dialling.write_campaign(f'name = "own"\n{ANY_HOUR}[suppression]\nfiles = [{{ path = "own.txt" }}]\n')
    ran = dialling.here("call", ANN, "-c", campaign, "--force", "--json", code=1)
    assert (ran.json["outcome"], ran.json["error"]) == ("suppressed", "on the do-not-call list own.txt, line 1")
    assert truth.calls == []


def test_a_second_call_is_too_recent_and_may_be_forced(dialling, truth):
    campaign = dialling.write_campaign('name = "again"\n[hours]\nenforce = false\nreason = "a test"\n')
    dialling.here("call", ANN, "-c", campaign)
    ran = dialling.here("call", ANN, "-c", campaign, "--json", code=1)
    assert (ran.json["outcome"], ran.json["error"][:37]) == ("recent", "this campaign called the number at 20")
    dialling.here("call", ANN, "-c", campaign, "--force")
    assert [number for number, _ in truth.rang] == [ANN, ANN]


def test_a_call_that_was_refused_may_be_made_again_at_once(dialling, truth):
    campaign = dialling.write_campaign('name = "again"\n[hours]\nenforce = false\nreason = "a test"\n')
    truth.tell(Rule(number=ANN, status=404))
    dialling.here("call", ANN, "-c", campaign, code=1)
    truth.tell()
    dialling.here("call", ANN, "-c", campaign)
    assert [number for number, _ in truth.rang] == [ANN]


def test_a_call_to_nowhere_known_is_held(dialling, truth):
    campaign = dialling.write_campaign('name = "held"\n[hours]\n')
    ran = dialling.here("call", "+18005550123", "-c", campaign, "--json", code=1)
    assert (ran.json["outcome"], truth.calls) == ("held", [])

"""The command line as scripts and people rely on it: exit codes, JSON, complaints, signals."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections import Counter

import pytest
from terminals import a_terminal, read_until
from truth import Rule, numbers

pytest_plugins = ("commands",)

FAST = ("--rate", 1000)
SUMMARY = {"run", "rows", "outcomes", "results", "seconds", "exit_code"}
RUN = {
    "run",
    "campaign",
    "provider",
    "state",
    "rows",
    "outcomes",
    "started_at",
    "ended_at",
    "list",
    "results",
}
CALL = {"notes", "run", "number", "outcome", "callId", "status", "error", "exit_code"}
THE_SIX = {
    "CXONE_REALM": "na1",
    "CXONE_CLIENT_ID": "client",
    "CXONE_CLIENT_SECRET": "s3cret-of-the-client",
    "CXONE_CALLER_NUMBER": "+1 202 555 0100",
    "CXONE_FLOW_ID": "flow-1",
    "CXONE_DESTINATION_NUMBER": "+1 212 555 0142",
}


def plain_list(dialer, count=5):
    return dialer.write_list([number] for number in numbers(count))


def mixed_list(dialer):
    return dialer.write_list([[numbers(1)[0]], ["nobody"], [numbers(1)[0]]])


# Exit codes, command by command


def test_a_run_that_places_every_call_ends_with_0(dialling):
    ran = dialling.here("run", plain_list(dialling), *FAST)

    assert [line.split() for line in ran.out.splitlines()[:4]] == [
        ["run", "1", "of", "list:", "5", "rows"],
        ["placed", "5"],
        ["---------"],
        ["rows", "5"],
    ]


@pytest.mark.parametrize(("status", "outcome"), [(404, "rejected"), (500, "unknown")])
def test_a_run_with_trouble_ends_with_1(dialling, truth, status, outcome):
    truth.tell(Rule(number=numbers(1)[0], status=status))

    ran = dialling.here("run", plain_list(dialling), *FAST, "--json", code=1)

    assert ran.json["outcomes"] == {"placed": 4, outcome: 1}


def test_invalid_rows_alone_leave_a_run_at_0_and_a_check_at_1(dialling):
    contacts = mixed_list(dialling)

    assert dialling.here("run", contacts, *FAST, "--json").json["outcomes"] == {
        "placed": 1,
        "invalid": 1,
        "duplicate": 1,
    }
    assert dialling.here("check", contacts, "--json", code=1).json["outcomes"] == {
        "ready": 1,
        "invalid": 1,
        "duplicate": 1,
    }


@pytest.mark.parametrize("command", [["run", "list.csv"], ["call", "+12025550123"]])
def test_a_setting_that_only_the_provider_shows_to_be_wrong_ends_with_2(dialling, truth, command):
    plain_list(dialling)
    campaign = dialling.write_campaign('name = "x"\n[pace]\ntimeout = "200ms"\n')
    dialling.env["CXONE_BASE_URL"] = truth.url.replace("http:", "https:")

    ran = dialling.here(*command, "-c", campaign, "--json", code=2)

    assert ran.json["exit_code"] == 2
    assert "check the scheme and the port of CXONE_BASE_URL" in ran.out
    assert truth.calls == []


def test_a_check_of_a_clean_list_ends_with_0(dialer):
    assert dialer.here("check", plain_list(dialer), "--json").json["outcomes"] == {"ready": 5}


def test_a_limit_leaves_the_rest_for_resume_with_7(dialling, truth):
    contacts = plain_list(dialling, 9)

    limited = dialling.here("run", contacts, *FAST, "--limit", 4, "--json", code=7)
    resumed = dialling.here("resume", *FAST, "--json")

    assert limited.json["outcomes"] == {"pending": 5, "placed": 4}
    assert resumed.json["outcomes"] == {"placed": 9}
    assert sorted(number for number, _ in truth.rang) == sorted(numbers(9))


def test_an_open_run_is_continued_and_a_finished_one_only_begun_anew_when_it_is_meant(dialling, truth):
    contacts = plain_list(dialling, 4)

    runs = [
        dialling.here("run", contacts, *FAST, *words, "--json", code=None).json.get("run")
        for words in (["--limit", 2], ["--limit", 3], ["--new", "--limit", 1], [], [], ["--list-again"])
    ]

    assert runs == [1, 1, 2, 2, None, 3]
    assert sorted(number for number, _ in truth.rang) == sorted([*numbers(3), *numbers(4), *numbers(4)])
    assert [run["state"] for run in dialling.here("runs", "--json").json["runs"]] == [
        "finished",
        "finished",
        "abandoned",
    ]


@pytest.mark.parametrize("words", [("run", "list.csv"), ("resume",)], ids=["run", "resume"])
def test_a_campaign_that_is_being_run_ends_with_4(dialling, truth, words):
    truth.tell(Rule(after=30))
    contacts = plain_list(dialling)
    with dialling.started("run", contacts, *FAST) as process:
        truth.wait_for_calls(5)

        ran = dialling.here(*words, "--json", code=4)

        (complaint,) = ran.json["errors"]
        assert f"process {process.pid} since" in complaint
        assert (ran.json["exit_code"], len(truth.calls)) == (4, 5)


@pytest.mark.parametrize("command", ["resume", "report", "status", "runs"])
def test_without_a_ledger_there_is_nothing_to_look_at(dialling, command):
    ran = dialling.here(command, code=2)

    assert ran.out == ""
    assert ran.err.startswith("error: there is no ledger at ")
    assert dialling.files() == set()


@pytest.mark.parametrize("command", ["resume", "report", "status"])
def test_a_run_that_does_not_exist_ends_with_2(dialling, command):
    dialling.here("run", plain_list(dialling), *FAST)

    assert "has no run 7" in dialling.here(command, 7, code=2).err


@pytest.mark.parametrize("command", ["resume", "report", "status"])
def test_the_code_of_a_run_is_told_again_by_other_commands(dialling, truth, command):
    truth.tell(Rule(number=numbers(1)[0], status=404))
    dialling.here("run", plain_list(dialling), *FAST, code=1)

    ran = dialling.here(command, 1, "--json", code=1)

    assert (ran.json["exit_code"], ran.json["outcomes"]) == (1, {"placed": 4, "rejected": 1})


def test_an_unfinished_run_reports_and_looks_up_with_3(dialling):
    dialling.here("run", plain_list(dialling), *FAST, "--limit", 2, code=7)

    assert dialling.here("report", "--json", code=3).json["outcomes"] == {"pending": 3, "placed": 2}
    assert dialling.here("status", "--json", code=3).json["statuses"] == {"completed": 2}


@pytest.mark.parametrize(("status", "said"), [(403, "personal-connection:read"), (500, "no look-up was answered")])
def test_look_ups_that_fail_end_with_3(dialling, truth, status, said):
    truth.tell(Rule(on="status", status=status))
    dialling.here("run", plain_list(dialling), *FAST)

    ran = dialling.here("status", "--json", code=3)

    assert said in ran.json["notes"][-1]
    assert ran.json["statuses"] == {"queued": 5}


# JSON


def test_json_is_one_object_with_the_promised_keys(dialling, tmp_path):
    contacts = plain_list(dialling)
    results = str(tmp_path / "list.results.csv")
    told = {
        command: dialling.here(*words, "--json").json
        for command, words in {
            "check": ("check", contacts),
            "dry run": ("run", contacts, "--dry-run"),
            "run": ("run", contacts, *FAST),
            "resume": ("resume", 1),
            "report": ("report",),
            "status": ("status",),
        }.items()
    }

    assert {command: SUMMARY & found.keys() for command, found in told.items()} == dict.fromkeys(told, SUMMARY)
    assert {command: (found["run"], found["results"]) for command, found in told.items()} == {
        "check": (None, None),
        "dry run": (None, None),
        **dict.fromkeys(("run", "resume", "report", "status"), (1, results)),
    }
    assert {sum(found["outcomes"].values()) for found in told.values()} == {5}
    assert {found["rows"] for found in told.values()} == {5}


def test_json_of_runs_tells_each_run_newest_first(dialling):
    dialling.here("run", plain_list(dialling, 3), *FAST)
    dialling.here("run", plain_list(dialling, 4), *FAST, "--limit", 1, code=7)

    told = dialling.here("runs", "--json").json

    assert told["exit_code"] == 0
    assert [set(run) for run in told["runs"]] == [RUN, RUN]
    assert [(run["run"], run["state"], run["rows"], run["outcomes"]) for run in told["runs"]] == [
        (2, "unfinished", 4, {"pending": 3, "placed": 1}),
        (1, "finished", 3, {"placed": 3}),
    ]


def test_json_of_a_complaint_is_one_object_on_stdout(dialer):
    ran = dialer.here("run", "missing.csv", "--json", code=2)

    assert (ran.json["exit_code"], ran.err) == (2, "")
    assert any("missing.csv cannot be read" in complaint for complaint in ran.json["errors"])


def test_a_real_process_keeps_stdout_for_results(dialling):
    ran = dialling("run", mixed_list(dialling), *FAST, "--json")

    assert (ran.json["rows"], ran.err) == (3, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "list.csv", "--fast"), "--fast"),
        (("check", "list.csv", "--region", "USA"), "--region"),
        (("resume", "first"), "RUN"),
        (("settle", "1"), "name a ROW"),
        (("bogus",), "bogus"),
    ],
)
def test_wrong_usage_is_one_object_on_stdout_too(dialer, words, said):
    ran = dialer.here(*words, "--json", code=2)

    (complaint,) = ran.json["errors"]
    assert (said in complaint, ran.json["exit_code"], ran.err) == (True, 2, "")


# Bad input: everything at once, nothing dialled, nothing written


def test_everything_wrong_is_named_at_once(dialer):
    dialer.env["CXONE_BASE_URL"] = "http://example.com"
    campaign = dialer.write_campaign('name = "x"\npacee = 1\n[pace]\ncalls_per_second = 0\n')
    contacts = dialer.write_list([["Ann", "1"]], headings=("name", "age"))
    before = dialer.files()

    ran = dialer("run", contacts, "-c", campaign, "-o", "no/such/folder.csv", code=2)

    for wrong in (
        "CXONE_CLIENT_ID is not set",
        "CXONE_CLIENT_SECRET is not set",
        "CXONE_BASE_URL: plain http",
        "no flow id",
        "no caller number",
        "unknown key pacee; did you mean pace?",
        "pace.calls_per_second",
        "no column of the list is known as a phone column",
        "results cannot be written",
    ):
        assert wrong in ran.err
    assert all(line.startswith("error: ") for line in ran.err.splitlines())
    assert (ran.out, dialer.files()) == ("", before)


WRONG = {
    "missing list": (("run", "missing.csv"), "missing.csv cannot be read"),
    "no list": (("run",), "no contact list"),
    "missing campaign": (("run", "list.csv", "-c", "missing.toml"), "missing.toml cannot be read"),
    "no TOML": (("run", "list.csv", "-c", "list.csv"), "is not TOML"),
    "results folder": (("run", "list.csv", "-o", "nowhere/x.csv"), "there is no such folder"),
    "over the list": (("run", "list.csv", "-o", "list.csv"), "would overwrite the contact list"),
    "rate": (("run", "list.csv", "--rate", "0"), "--rate"),
    "in flight": (("run", "list.csv", "--in-flight", "0"), "--in-flight"),
    "limit": (("run", "list.csv", "--limit", "0"), "--limit"),
    "region": (("run", "list.csv", "--region", "USA"), "--region"),
    "caller": (("run", "list.csv", "--caller-number", "12"), "the caller number is"),
    "unknown option": (("run", "list.csv", "--fast"), "--fast"),
    "check of nothing": (("check",), "no contact list"),
    "check rate": (("check", "list.csv", "--rate", "-1"), "--rate"),
    "number": (("call", "12"), "the number cannot be called"),
    "no number": (("call",), "CXONE_DESTINATION_NUMBER"),
    "parameter": (("call", "+12025550123", "--param", "name"), "name=value"),
    "sandbox port": (("sandbox", "--port", "70000"), "--port"),
    "run number": (("resume", "first"), "RUN"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_ends_with_2_before_anything_happens(dialling, truth, case):
    words, said = WRONG[case]
    plain_list(dialling)

    ran = dialling.here(*words, code=2)

    assert said in ran.err
    assert (ran.out, dialling.files(), truth.requests) == ("", {"list.csv"}, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CXONE_BASE_URL", "ftp://example.com"),
        ("CXONE_BASE_URL", "https://user:word@example.com"),
        ("CXONE_BASE_URL", "http://localhost.example.com"),
        ("CXONE_BASE_URL", "no address"),
        ("CXONE_CLIENT_ID", " "),
        ("CXONE_CALLER_NUMBER", "tel:12"),
        ("DIALER_PROVIDER", "nobody"),
        ("DIALER_PROVIDER", "../cxone"),
    ],
)
def test_a_wrong_setting_ends_with_2_before_anything_happens(dialling, truth, name, value):
    dialling.env[name] = value

    ran = dialling.here("run", plain_list(dialling), code=2)

    assert ran.err.startswith("error: ")
    assert (ran.out, dialling.files(), truth.requests) == ("", {"list.csv"}, [])


BAD_LISTS = {
    "empty": b"",
    "no heading": b"\n\n+12025550101\n",
    "torn quotes": b'phone,name\n+12025550101,"Ann\n',
    "spreadsheet": b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00",
    "one name twice": b"phone,name,name\n+12025550101,Ann,Bob\n",
}


@pytest.mark.parametrize(
    ("command", "case"),
    [(command, case) for command in ("run", "check") for case in BAD_LISTS],
)
def test_a_list_that_is_none_ends_with_2_and_is_not_dialled(dialling, truth, command, case):
    (dialling.home / "list.csv").write_bytes(BAD_LISTS[case])

    ran = dialling.here(command, "list.csv", code=2)

    assert ran.err.startswith("error: ")
    assert (ran.out, dialling.files(), truth.requests) == ("", {"list.csv"}, [])


def test_check_touches_nothing_but_what_it_is_told_to_write(dialer):
    contacts = mixed_list(dialer)

    dialer("check", contacts, "-o", "checked.csv", code=1)

    assert dialer.files() == {"list.csv", "checked.csv"}
    assert [(line["row"], line["number"], line["outcome"]) for line in dialer.results("checked.csv")] == [
        ("2", numbers(1)[0], "ready"),
        ("3", "", "invalid"),
        ("4", numbers(1)[0], "duplicate"),
    ]


# One call


def test_a_call_needs_only_the_six_settings(dialer, truth):
    dialer.env |= {**THE_SIX, "CXONE_BASE_URL": truth.url}

    ran = dialer("call")

    ((number, call_id),) = truth.rang
    assert ran.out.splitlines() == ["outcome: placed", f"callId: {call_id}", "status: queued"]
    assert [call.body for call in truth.calls] == [
        {"callerNumber": "+12025550100", "calledNumber": number, "flowId": "flow-1"}
    ]


def test_a_call_finds_its_settings_in_a_file_and_the_environment_wins(dialer, truth):
    settings = {**THE_SIX, "CXONE_BASE_URL": truth.url, "CXONE_FLOW_ID": "from-file"}
    (dialer.home / ".env").write_text("".join(f"{name}={value!r}\n" for name, value in settings.items()))
    dialer.env["CXONE_FLOW_ID"] = "from-environment"

    told = dialer("call", "--param", "name=Ann = Bob", "--param", "greeting=Grüße", "--json").json

    assert set(told) == CALL
    assert (told["outcome"], told["number"], told["exit_code"]) == ("placed", "+12125550142", 0)
    assert [call.body for call in truth.calls] == [
        {
            "callerNumber": "+12025550100",
            "calledNumber": "+12125550142",
            "flowId": "from-environment",
            "parameters": {"name": "Ann = Bob", "greeting": "Grüße"},
        }
    ]


def test_a_number_that_is_named_wins_over_the_setting(dialling, truth):
    dialling.env["CXONE_DESTINATION_NUMBER"] = "+12125550142"

    dialling.here("call", "(415) 555-0133", "--region", "us")

    assert [number for number, _ in truth.rang] == ["+14155550133"]


CALLS = {
    "refused": (Rule(status=404, body={"error": "No Such Number"}), 1, "rejected", "HTTP 404: No Such Number"),
    "cut": (Rule(cut=True), 1, "unknown", "may have rung: "),
    "scope": (Rule(status=403), 3, "pending", "personal-connection:write"),
}


@pytest.mark.parametrize("case", CALLS)
def test_a_call_that_fails_says_what_it_proves(dialling, truth, case):
    rule, code, outcome, error = CALLS[case]
    truth.tell(rule)

    told = dialling.here("call", "+12125550142", "--json", code=code).json

    assert (told["outcome"], told["callId"], told["exit_code"]) == (outcome, "", code)
    assert error in told["error"]
    assert len(truth.calls) == 1


def test_a_call_without_settings_names_all_six(dialer):
    ran = dialer.here("call", code=2)

    for name in THE_SIX:
        assert name in ran.err
    assert (ran.out, dialer.files()) == ("", set())


def test_the_id_of_a_call_is_printed_as_it_is(dialling, truth):
    truth.tell(Rule(body={"callId": "-1=x", "status": "queued"}))

    assert dialling.here("call", "+12125550142").out.splitlines()[1] == "callId: -1=x"


# The sandbox


def test_the_sandbox_serves_until_it_is_told_to_stop(dialer):
    with dialer.started("sandbox", "--port", 0, "--json", "--quiet") as process:
        url = json.loads(process.stdout.readline())["url"]
        dialer.settle_on(url)
        placed = dialer.here("call", "+12125550142", "--json").json
        refused = dialer.here("call", "+12125550190", "--json", code=1).json
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert (placed["outcome"], refused["outcome"]) == ("placed", "rejected")
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken_ends_the_sandbox_with_2(dialer):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = dialer.here("sandbox", "--port", taken.getsockname()[1], code=2)

    assert ran.err.startswith("error: --port ")


def test_a_run_in_the_sandbox_needs_no_settings_and_no_network(dialer):
    ran = dialer("run", plain_list(dialer), *FAST, "--sandbox", "--json")

    assert ran.json["outcomes"] == {"placed": 5}
    assert "this was the sandbox: nobody was rung" in ran.json["notes"]
    assert dialer.here("runs", code=2).err.startswith("error: there is no ledger")
    assert dialer.here("runs", "--sandbox", "--json").json["runs"][0]["provider"] == "sandbox"


# Results that cannot be written after all


def test_results_that_cannot_be_written_are_blamed_for_it(dialling, truth):
    truth.tell(Rule(after=0.2))
    (dialling.home / "out").mkdir()
    with dialling.started("run", plain_list(dialling), *FAST, "-o", "out/results.csv") as process:
        truth.wait_for_calls(5)
        (dialling.home / "out").rmdir()
        _, err = process.communicate(timeout=20)

    (dialling.home / "out").mkdir()
    assert dialling.here("report", "--json").json["outcomes"] == {"placed": 5}
    assert process.returncode != 2  # which would say that nothing was dialled
    assert ("results" in err, "lock" in err, "Traceback" in err) == (True, False, False)


# Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_waits_for_open_calls_and_starts_no_more(dialling, truth, number):
    truth.tell(Rule(after=0.4))
    with dialling.started("run", plain_list(dialling, 50), *FAST, "--in-flight", 8, "--json") as process:
        truth.wait_for_calls(8)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)

    rung = dict(truth.rang)
    told = json.loads(out)
    assert (process.returncode, err) == (3, "")
    assert told["outcomes"] == {"pending": 50 - len(rung), "placed": len(rung)}
    assert {line["number"]: line["callId"] for line in dialling.results() if line["callId"]} == rung

    truth.tell()
    assert dialling.here("resume", *FAST, "--json").json["outcomes"] == {"placed": 50}
    assert sorted(number for number, _ in truth.rang) == sorted(numbers(50))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_leaves_at_once_and_open_calls_unknown(dialling, truth, number):
    truth.tell(Rule(after=60))
    terminal, its_end = pty.openpty()
    with dialling.started("run", plain_list(dialling, 50), *FAST, "--in-flight", 8, stderr=its_end) as process:
        os.close(its_end)
        truth.wait_for_calls(8)
        process.send_signal(number)
        shown = read_until(terminal, "once more to leave at once")
        process.send_signal(number)
        process.communicate(timeout=20)
    os.close(terminal)

    outcomes = [line["outcome"] for line in dialling.results()]
    assert (process.returncode, outcomes) == (3, ["unknown"] * 8 + ["pending"] * 42)
    assert "Traceback" not in shown

    truth.tell()
    dialling.here("resume", *FAST, code=1)
    assert sorted(number for number, _ in truth.rang) == sorted(numbers(50))


@pytest.mark.parametrize("first", [signal.SIGHUP, signal.SIGTERM])
def test_a_terminal_that_closes_more_than_once_loses_no_open_call(dialling, truth, first):
    truth.tell(Rule(after=1))
    with dialling.started("run", plain_list(dialling, 50), *FAST, "--in-flight", 8, "--json") as process:
        truth.wait_for_calls(8)
        for number in (first, signal.SIGHUP, signal.SIGHUP):
            process.send_signal(number)
        out, _ = process.communicate(timeout=20)

    assert (process.returncode, json.loads(out)["outcomes"]) == (3, {"pending": 42, "placed": 8})


def test_a_run_whose_terminal_is_gone_ends_with_its_results(dialling, truth):
    truth.tell(Rule(after=1))
    terminal, its_end = a_terminal(width=80)
    with dialling.started(
        "run", plain_list(dialling, 50), *FAST, "--in-flight", 8, "--yes", stdin=its_end, stderr=its_end
    ) as process:
        os.close(its_end)
        truth.wait_for_calls(8)
        os.close(terminal)  # which is a SIGHUP, and an error for whoever writes there
        process.communicate(timeout=20)

    assert (process.returncode, Counter(line["outcome"] for line in dialling.results())) == (
        3,
        {"pending": 42, "placed": 8},
    )


def test_a_run_under_nohup_outlives_its_terminal(dialling, truth):
    truth.tell(Rule(after=0.4))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with dialling.started("run", plain_list(dialling, 9), *FAST, "--json") as process:
            truth.wait_for_calls(9)
            process.send_signal(signal.SIGHUP)
            out, _ = process.communicate(timeout=20)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert (process.returncode, json.loads(out)["outcomes"]) == (0, {"placed": 9})


def test_a_run_that_waits_for_a_provider_can_be_stopped(dialling, truth):
    truth.tell(Rule(on="token", status=503))
    with dialling.started("run", plain_list(dialling), "--json") as process:
        truth.wait_for_requests(1)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)

    assert (process.returncode, json.loads(out)["outcomes"]) == (3, {"pending": 5})
    assert truth.calls == []


UNFINISHED = 'name = "x"\n[pace]\ncalls_per_second = 1000\nfollow = "10ms"\n'


@pytest.mark.parametrize(("words", "code"), [(("run", "list.csv", "--track"), 0), (("status", "--wait"), 3)])
def test_following_ends_when_statuses_do_not_change_any_more(dialling, truth, words, code):
    truth.script = type(truth.script)(course=("ringing",))
    campaign, contacts = dialling.write_campaign(UNFINISHED), plain_list(dialling)
    if words[0] == "status":
        dialling.here("run", contacts, "-c", campaign)

    ran = dialling.here(*words, *(["-c", campaign] if words[0] == "run" else []), "--json", code=code)

    assert (ran.json["statuses"], ran.json["exit_code"]) == ({"ringing": 5}, code)
    assert any("[pace] follow): 5" in note for note in ran.json["notes"])


def test_results_are_there_while_calls_are_followed(dialling, truth):
    truth.script = type(truth.script)(course=("ringing",))
    with dialling.started("run", plain_list(dialling), "--track", "--json", *FAST) as process:
        truth.wait_for_requests(1 + 5 + 5)  # token, calls, a round
        assert [line["outcome"] for line in dialling.results()] == ["placed"] * 5
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    assert process.returncode == 0


def test_the_status_of_a_run_that_is_going_on_is_what_its_ledger_knows(dialling, truth):
    truth.tell(Rule(after=30, skip=2))
    with dialling.started("run", plain_list(dialling), *FAST) as process:
        truth.wait_for_calls(5)
        before = len(truth.requests)

        ran = dialling.here("status", "--json", code=None)

        assert len(truth.requests) == before
        assert sum(ran.json["outcomes"].values()) == 5
        assert any(f"process {process.pid} since" in note for note in ran.json["notes"])
    assert not (dialling.home / "list.results.csv").exists()


def test_a_signal_ends_the_following_of_calls_and_keeps_what_is_known(dialling, truth):
    truth.script = type(truth.script)(course=("ringing",))
    dialling.here("run", plain_list(dialling), *FAST)
    with dialling.started("status", "--wait", "--json") as process:
        truth.wait_for_requests(1 + 5 + 1 + 5 + 5)  # token, calls, token, a round, the next one
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)

    assert (process.returncode, json.loads(out)["statuses"]) == (3, {"ringing": 5})


def test_help_waits_for_no_library_that_only_lists_or_calls_need():
    program = "import sys, dialer.cli; print({'pandas', 'aiohttp', 'xlsxwriter'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert ran.stdout == "set()\n"

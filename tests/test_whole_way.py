"""The whole way: the real command, a real network, a real ledger, and a provider that knows whom it rang."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from dataclasses import replace
from itertools import cycle, islice

import pytest
from truth import Rule, numbers

pytest_plugins = ("commands",)

FLOW = "11111111-2222-3333-4444-555555555555"
CALLER = "+12025550100"
FAST = ("--rate", 1000, "--json")
OURS = ("row", "number", "outcome", "callId", "status", "error", "attempts", "called_at")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

# What a spreadsheet, a database or a JSON encoder likes to change.
HEADINGS = ("First name", "phone", "note", "Größe", "number")
CELLS = (
    ("José", 'said "yes, no"', "1,5", "007"),
    ("Zoë 你好 🙂", "two\nlines", "NA", "+1"),
    ("O'Neill", " spaces around ", "null", "0"),
    ("", "tab\there; semicolon", "1e5", "-"),
    ("=1+1", "\\n \\u0041 %s {x}", "TRUE", "00.10"),
    ("<b>&amp;</b>", "carriage\r\nreturn", "2026-01-01", "'"),
)


def odd_rows(count):
    return [
        (first, number, *rest)
        for number, (first, *rest) in zip(numbers(count), islice(cycle(CELLS), count), strict=True)
    ]


def plain_list(dialer, count):
    return dialer.write_list([number] for number in numbers(count))


def outcomes(dialer):
    return dict(Counter(line["outcome"] for line in dialer.results()))


def placed_ids(dialer):
    return {line["number"]: line["callId"] for line in dialer.results() if line["outcome"] == "placed"}


def records(dialer):
    """The ledger's own words for rows that are not placed, for the message of a failing test."""
    with sqlite3.connect(dialer.home / "ledger.db") as db:
        found = db.execute("SELECT * FROM contact WHERE outcome <> 'placed' ORDER BY run, row").fetchall()
        tried = db.execute("SELECT * FROM attempt WHERE answer <> 'accepted' ORDER BY run, row, try").fetchall()
    db.close()
    return "\n".join(map(str, [*found, *tried]))


def test_every_row_is_rung_once_and_told_in_its_place(dialling, truth):
    rows = odd_rows(300)

    ran = dialling("run", dialling.write_list(rows, headings=HEADINGS), *FAST)

    ids = dict(truth.rang)
    own = ("First name", "phone", "note", "Größe", "input_number")
    called_at = [line.pop("called_at") for line in dialling.results()]
    assert len(truth.rang) == len(ids) == 300
    assert [{**line, "called_at": ""} for line in dialling.results()] == [
        {
            **dict(zip(own, cells, strict=True)),
            "row": str(row),
            "number": cells[1],
            "outcome": "placed",
            "callId": ids[cells[1]],
            "status": "queued",
            "error": "",
            "attempts": "1",
            "called_at": "",
        }
        for row, cells in enumerate(rows, start=2)
    ]
    assert all(map(MOMENT.fullmatch, called_at))
    assert (ran.json["rows"], ran.json["outcomes"]) == (300, {"placed": 300})


def test_parameters_arrive_as_they_stand_in_the_list(dialling, truth):
    rows = odd_rows(len(CELLS))

    dialling.here("run", dialling.write_list(rows, headings=HEADINGS), *FAST)

    assert sorted((call.body for call in truth.calls), key=lambda body: body["calledNumber"]) == [
        {
            "callerNumber": CALLER,
            "calledNumber": number,
            "flowId": FLOW,
            "parameters": {"First name": first, "note": note, "Größe": size, "number": code},
        }
        for first, number, note, size, code in rows
    ]


def test_every_row_of_a_messy_list_has_one_outcome(dialling, truth):
    good = numbers(40)
    cells = [*good, "", "12", "not a number", *good[:5], "+1 900 555 0134", *numbers(42)[40:]]
    contacts = dialling.write_list(([cell, "x"] for cell in cells), headings=("phone", "name"))
    contacts.write_text(contacts.read_text() + "+12025550199\n+12025550198,a,b\n")

    ran = dialling.here("run", contacts, *FAST)

    counts = {"placed": 42, "invalid": 6, "duplicate": 5}
    lines = dialling.results()
    assert (ran.json["rows"], ran.json["outcomes"], outcomes(dialling)) == (53, counts, counts)
    assert [line["row"] for line in lines] == [str(row) for row in range(2, 55)]
    assert Counter(number for number, _ in truth.rang) == dict.fromkeys(numbers(42), 1)
    assert all(line["error"] for line in lines if line["outcome"] != "placed")


# Where the provider rang and said nothing usable, the row is unknown; it is never rung a second time.
FAULTS = {
    "row refused": (Rule(status=404, body={"error": "No Such Number"}), "rejected", "HTTP 404: No Such Number"),
    "conflict": (Rule(status=409, body={"message": "busy"}), "rejected", "HTTP 409: busy"),
    "any other 400": (Rule(status=400, body={"error": {"code": "X1"}}), "rejected", "HTTP 400: X1"),
    "formula": (Rule(status=422, body="=HYPERLINK(1)"), "rejected", "HTTP 422: =HYPERLINK(1)"),
    "server fault": (Rule(status=500), "unknown", "HTTP 500: told to answer 500"),
    "fault that rang": (Rule(status=503, rings=True, body=""), "unknown", "HTTP 503"),
    "gateway page": (Rule(status=502, body="<html><h1>Bad gateway</h1></html>"), "unknown", "HTTP 502: Bad gateway"),
    "no id": (Rule(body={"status": "queued"}), "unknown", "HTTP 200 without a call id"),
    "page": (Rule(body="<html>Welcome</html>"), "unknown", "HTTP 200 without a call id"),
    "huge": (Rule(padding=1_000_000), "unknown", "HTTP 200 without a call id"),
    "redirect": (Rule(status=302, headers={"Location": "/v2/elsewhere"}), "unknown", "HTTP 302"),
    "cut": (Rule(cut=True), "unknown", "Error"),
    "cut, did not ring": (Rule(cut=True, rings=False), "unknown", "Error"),
    "late": (Rule(after=30), "unknown", "Timeout"),
    "slow bytes": (Rule(drip=0.1), "unknown", ""),
    "accepted": (Rule(status=202), "placed", ""),
    "id as a number": (Rule(body={"callId": 42}), "placed", ""),
}


def test_each_answer_proves_what_it_proves_and_no_more(dialling, truth):
    every = numbers(2 * len(FAULTS))
    asked = dict(zip(FAULTS, every[::2], strict=True))
    truth.tell(*(replace(FAULTS[name][0], number=number) for name, number in asked.items()))
    campaign = dialling.write_campaign('name = "faults"\n[pace]\ntimeout = "300ms"\nin_flight = 1\n')

    # A good number after each: faults in a row would hold the run back.
    ran = dialling.here("run", plain_list(dialling, len(every)), "-c", campaign, *FAST, code=1)

    lines = {line["number"]: line for line in dialling.results()}
    told = {name: (lines[number]["outcome"], lines[number]["error"]) for name, number in asked.items()}
    assert {name: outcome for name, (outcome, _) in told.items()} == {name: case[1] for name, case in FAULTS.items()}
    assert {name: told[name][1] for name in FAULTS if FAULTS[name][2] not in told[name][1]} == {}
    assert Counter(call.number for call in truth.calls) == dict.fromkeys(every, 1)
    assert ran.json["outcomes"] == {"placed": 19, "rejected": 4, "unknown": 11}


@pytest.mark.parametrize("script", [{"token_seconds": 0.4}, {"token_seconds": 0.4, "expires_in": 0.4}])
def test_a_token_that_ends_in_mid_run_costs_no_call(dialling, truth, script):
    truth.script = type(truth.script)(**script)

    ran = dialling.here("run", plain_list(dialling, 200), "--rate", 150, "--json")

    assert ran.json["outcomes"] == {"placed": 200}
    assert placed_ids(dialling) == dict(truth.rang)
    assert len(truth.rang) == 200


def test_a_revoked_token_costs_no_call(dialling, truth):
    with dialling.started("run", plain_list(dialling, 150), "--rate", 200, "--json") as process:
        for count in (20, 60, 110):
            truth.wait_for_calls(count)
            truth.revoke()
        process.communicate(timeout=30)

    assert process.returncode == 0
    assert len(truth.rang) == 150
    assert placed_ids(dialling) == dict(truth.rang)


def test_a_token_endpoint_that_recovers_is_waited_for(dialling, truth):
    truth.tell(Rule(on="token", status=503, times=1, skip=1))
    truth.script = type(truth.script)(rules=truth.script.rules, token_seconds=0.3)

    dialling.here("run", plain_list(dialling, 100), "--rate", 150)

    assert outcomes(dialling) == {"placed": 100}
    assert len(truth.rang) == 100


STOPS = {
    "scope": (Rule(status=403, body={"error": "insufficient_scope"}), "personal-connection:write"),
    "flow": (Rule(status=400, body={"error": "Invalid Flow ID"}), "flow is published"),
    "caller": (Rule(status=400, body={"message": "Invalid Caller Number"}), "caller number is provisioned"),
    "credentials": (Rule(status=401, body={"error": "invalid_client"}), "client id and secret"),
}


@pytest.mark.parametrize("why", STOPS)
def test_a_refusal_of_everything_stops_and_resume_goes_on(dialling, truth, why):
    rule, tip = STOPS[why]
    truth.tell(Rule(status=rule.status, body=rule.body, skip=30))

    stopped = dialling.here("run", plain_list(dialling, 100), "--rate", 300, "--json", code=3)
    rung = dict(truth.rang)

    assert tip in stopped.json["tip"]
    assert stopped.json["outcomes"] == {"pending": 70, "placed": 30}
    assert placed_ids(dialling) == rung

    truth.tell()
    resumed = dialling.here("resume", "--rate", 300, "--json")

    assert resumed.json["outcomes"] == {"placed": 100}
    assert Counter(number for number, _ in truth.rang) == dict.fromkeys(numbers(100), 1)
    assert placed_ids(dialling) == dict(truth.rang)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}], ids=["bare", "retry-after"])
def test_throttling_for_a_while_loses_and_doubles_nobody(dialling, truth, headers):
    truth.tell(Rule(status=429, limit=60, since=0.2, until=1.5, headers=headers))

    ran = dialling.here("run", plain_list(dialling, 120), "--rate", 100, "--json")

    assert ran.json["outcomes"] == {"placed": 120}
    assert any(call.status == 429 for call in truth.calls)
    assert Counter(number for number, _ in truth.rang) == dict.fromkeys(numbers(120), 1)
    assert placed_ids(dialling) == dict(truth.rang)


def test_throttling_to_the_end_is_a_failure_and_no_call(dialling, truth):
    truth.tell(Rule(status=429))
    campaign = dialling.write_campaign('name = "once"\n[pace]\nattempts = 1\n')

    ran = dialling.here("run", plain_list(dialling, 1), "-c", campaign, *FAST, code=1)

    assert ran.json["outcomes"] == {"failed": 1}
    assert (len(truth.calls), truth.rang) == (1, [])


def test_one_throttled_call_does_not_cripple_the_run(dialling, truth):
    truth.tell(Rule(status=429, times=1, headers={"Retry-After": "0"}))

    with dialling.started("run", plain_list(dialling, 60), "--rate", 100):
        truth.wait_for_calls(61)


@pytest.mark.parametrize("how", ["run --track", "status --wait"])
def test_statuses_are_followed_to_their_end(dialling, truth, how):
    truth.script = type(truth.script)(course=("ringing", "completed"))
    contacts = plain_list(dialling, 60)

    if how == "run --track":
        ran = dialling.here("run", contacts, "--track", *FAST)
    else:
        dialling.here("run", contacts, *FAST)
        dialling.here("status", "--json")
        assert {line["status"] for line in dialling.results()} == {"ringing"}
        ran = dialling.here("status", "--wait", "--json")

    assert ran.json["statuses"] == {"completed": 60}
    assert [line["status"] for line in dialling.results()] == ["completed"] * 60
    assert placed_ids(dialling) == dict(truth.rang)


def test_a_killed_run_doubles_nobody_and_loses_nobody(dialling, truth):
    truth.tell(Rule(after=0.05))
    contacts = plain_list(dialling, 300)
    command = ("run", contacts)
    for calls in (40, 41, 100, 160, 220):  # 41: killed just after it came up again
        with dialling.started(*command, "--rate", 400, "--in-flight", 30) as process:
            truth.wait_for_calls(max(calls, len(truth.calls) + 1))
            process.kill()
            process.wait(10)
        command = ("resume",)

    ran = dialling("resume", "--rate", 400, "--json", code=1)

    told = {line["number"]: line for line in dialling.results()}
    rung = Counter(number for number, _ in truth.rang)
    assert list(told) == numbers(300)
    assert set(rung.values()) == {1}, records(dialling)
    assert {line["outcome"] for line in told.values()} == {"placed", "unknown"}, records(dialling)
    assert {number for number in told if number not in rung and told[number]["outcome"] != "unknown"} == set()
    assert placed_ids(dialling).items() <= dict(truth.rang).items()
    # What was in flight, and what was answered in the last hundredths of a second before each of five deaths.
    assert ran.json["outcomes"]["unknown"] <= 5 * (30 + 10), records(dialling)
    assert sum(ran.json["outcomes"].values()) == 300


def test_a_run_killed_while_it_waits_goes_on_by_run(dialling, truth):
    truth.tell(Rule(status=429, headers={"Retry-After": "60"}, skip=20))
    contacts = plain_list(dialling, 50)
    with dialling.started("run", contacts, *FAST) as process:
        truth.wait_for_calls(21)
        process.kill()
    truth.tell()

    ran = dialling.here("run", contacts, *FAST, code=None)

    assert Counter(number for number, _ in truth.rang).most_common(1)[0][1] == 1
    assert (ran.json["run"], sum(ran.json["outcomes"].values())) == (1, 50)
    assert len(truth.rang) + ran.json["outcomes"].get("unknown", 0) >= 50


def test_a_report_repeats_the_results_byte_for_byte(dialling, truth):
    truth.tell(Rule(status=404, number=numbers(3)[2]), Rule(status=500, number=numbers(6)[5]))
    contacts = dialling.write_list([*odd_rows(50), ("x", "bad number", *CELLS[0][1:])], headings=HEADINGS)
    dialling.here("run", contacts, *FAST, code=1)
    first = (dialling.home / "list.results.csv").read_bytes()

    dialling.here("report", "-o", "again.csv", code=1)
    dialling.here("report", code=1)

    assert (dialling.home / "again.csv").read_bytes() == first
    assert (dialling.home / "list.results.csv").read_bytes() == first


def test_no_secret_is_left_in_any_file(dialling, truth):
    truth.tell(Rule(status=400, body={"error": "bad secret s3cret-of-the-client"}))
    dialling.here("run", plain_list(dialling, 3), *FAST, code=1)

    holding = [name for name in dialling.files() if b"s3cret-of" in (dialling.home / name).read_bytes()]

    assert (len(truth.calls), holding) == (3, [])

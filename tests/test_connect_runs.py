"""Whole runs through Amazon Connect's stand-in: each row ends as its fault proves, and nobody is rung twice."""

from __future__ import annotations

import threading
from collections import Counter
from time import time

import pytest
from served import FAST, FAULTS, served
from trials.common import to_the_end
from truth import numbers

from dialer.providers.connect import ADAPTER
from dialer.providers.connect.words import FINAL
from dialer.providers.sandbox.server import SandboxOptions

pytest.importorskip("botocore")

from dialer.providers.sandbox.connect import ConnectSandbox

pytest_plugins = ("commands",)


def settle(dialer, url):
    """Set everything that a run needs to dial the stand-in at an address, with quotas that hold nothing back."""
    dialer.env |= {
        **ADAPTER.stand_in(url),
        "CONNECT_CALLS_PER_SECOND": "1000",
        "CONNECT_CALLS_AT_A_TIME": "1000",
        "CONNECT_CONTACT_FLOW_ID": "00000000-0000-4000-8000-000000000002",
        "CONNECT_SOURCE_NUMBER": "+12025550100",
        "DIALER_PROVIDER": "connect",
        "DIALER_LEDGER": str(dialer.home / "ledger.db"),
    }


def test_calls_are_followed_until_each_has_one_of_the_last_words(dialer):
    reasons = {f"+121255501{n:02}": word.upper() for n, word in enumerate(sorted(FINAL - {"disconnected"}))}
    sandbox = ConnectSandbox(FAST, clock=time, reasons=reasons)
    with served(sandbox) as url:
        settle(dialer, url)
        dialer.here("run", dialer.write_list([[number] for number in reasons]), "--rate", 500, "--track")
    assert {row["number"]: row["status"].upper() for row in dialer.results()} == reasons
    assert sorted(each.number for each in sandbox.calls) == sorted(reasons)


def test_each_row_ends_as_its_fault_proves(dialer):
    listed = [f"+1{area}555{ending}" for area in (202, 415) for ending in FAULTS]
    sandbox = ConnectSandbox(FAST, clock=time)
    with served(sandbox) as url:
        settle(dialer, url)
        dialer.here("run", dialer.write_list([[number] for number in listed]), "--rate", 500, code=1)
        dialer.here("reconcile", code=1)  # by now all calls are over, and only then are they found
    asked = Counter(number for _, number in sandbox.requests)
    found = {row["number"]: (row["outcome"], asked[row["number"]]) for row in dialer.results()}
    assert found == {number: FAULTS[number[-4:]] for number in listed}
    ids = {each.number: each.id for each in sandbox.calls}
    assert [row["callId"] for row in dialer.results() if row["outcome"] == "placed"] == [
        ids[row["number"]] for row in dialer.results() if row["outcome"] == "placed"
    ]


def test_a_run_that_is_killed_rings_nobody_twice(dialer):
    listed, calls, enough = numbers(80), [], threading.Event()

    def heard(line):
        calls.append(line)
        if len(calls) == 30:
            enough.set()

    sandbox = ConnectSandbox(FAST, clock=time, heard=heard)
    with served(sandbox) as url:
        settle(dialer, url)
        command = ("run", dialer.write_list([[number] for number in listed]), "--rate", 100)
        with dialer.started(*command) as process:
            assert enough.wait(timeout=60)
            process.kill()
        code, _ = to_the_end(dialer, *command)
        dialer.here("verify")
    rung = Counter(each.number for each in sandbox.calls)
    ids = {each.number: each.id for each in sandbox.calls}
    rows = dialer.results()
    assert (max(rung.values()), code in {0, 1}) == (1, True)
    assert [row["number"] for row in rows] == listed
    assert {row["outcome"] for row in rows} <= {"placed", "unknown"}
    assert all(row["callId"] == ids[row["number"]] for row in rows if row["outcome"] == "placed")


def test_no_more_calls_are_up_at_a_time_than_the_instance_carries(dialer):
    listed, heard = numbers(12), []
    sandbox = ConnectSandbox(SandboxOptions(speed=20), clock=time, carries=3, heard=heard.append)
    with served(sandbox) as url:
        settle(dialer, url)
        dialer.env["CONNECT_CALLS_AT_A_TIME"] = "3"
        dialer.here("run", dialer.write_list([[number] for number in listed]), "--rate", 100)
    assert [line for line in heard if "throttled" in line] == []
    assert sorted(each.number for each in sandbox.calls) == sorted(listed)

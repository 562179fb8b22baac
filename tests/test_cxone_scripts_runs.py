"""Whole runs through CXone's scripts: each row ends as its fault proves, whatever becomes of token and program."""

from __future__ import annotations

import threading
from collections import Counter
from time import time

import pytest
from served import FAST, FAULTS, served
from trials.common import to_the_end
from truth import numbers

from dialer.providers.cxone_scripts import ADAPTER
from dialer.providers.sandbox.cxone_scripts import CXoneScriptsSandbox

pytest_plugins = ("commands",)


@pytest.fixture
def scripts(dialer):
    """Let every command ask CXone's scripts, and keep what it did."""
    dialer.env |= {
        "CXONE_SCRIPT_PATH": "Campaigns\\Spring",
        "DIALER_PROVIDER": "cxone_scripts",
        "DIALER_LEDGER": str(dialer.home / "ledger.db"),
    }
    return dialer


def ids_of(sandbox):
    return {each.values[0]: str(each.number) for each in sandbox.contacts}


@pytest.mark.parametrize("by", [{}, {"CXONE_CLIENT_ID": "", "CXONE_CLIENT_SECRET": ""}], ids=["application", "key"])
def test_each_row_ends_as_its_fault_proves(scripts, by):
    listed = [f"+1{area}555{ending}" for area in (202, 212, 213, 312, 415) for ending in FAULTS]
    sandbox = CXoneScriptsSandbox(FAST, clock=time)
    with served(sandbox) as url:
        scripts.env |= {**ADAPTER.stand_in(url), **by}
        scripts.here("run", scripts.write_list([[number] for number in listed]), "--rate", 500, code=1)
    asked = Counter(number for _, number in sandbox.requests)
    rows = scripts.results()
    assert {row["number"]: (row["outcome"], asked[row["number"]]) for row in rows} == {
        number: FAULTS[number[-4:]] for number in listed
    }
    assert [row for row in rows if row["callId"] not in {"", ids_of(sandbox).get(row["number"])}] == []


def test_a_token_that_is_revoked_again_and_again_costs_no_row_and_no_second_call(scripts):
    listed, calls = numbers(60), []

    def heard(line):
        if "script for" in line and line.endswith("202"):
            calls.append(line)
            if len(calls) % 20 == 0:
                sandbox.revoke_tokens()

    sandbox = CXoneScriptsSandbox(FAST, clock=time, heard=heard)
    with served(sandbox) as url:
        scripts.env |= ADAPTER.stand_in(url)
        scripts.here("run", scripts.write_list([[number] for number in listed]), "--rate", 200, "--in-flight", 5)
    assert sorted(each.values[0] for each in sandbox.contacts) == sorted(listed)
    assert {row["number"]: row["callId"] for row in scripts.results()} == ids_of(sandbox)


def test_a_run_that_is_killed_rings_nobody_twice(scripts):
    listed, calls, enough = numbers(80), [], threading.Event()

    def heard(line):
        calls.append(line)
        if len(calls) == 30:
            enough.set()

    sandbox = CXoneScriptsSandbox(clock=time, heard=heard)
    with served(sandbox) as url:
        scripts.env |= ADAPTER.stand_in(url)
        command = ("run", scripts.write_list([[number] for number in listed]), "--rate", 100)
        with scripts.started(*command) as process:
            assert enough.wait(timeout=60)
            process.kill()
        code, _ = to_the_end(scripts, *command)
        scripts.here("verify")
    rung = Counter(each.values[0] for each in sandbox.contacts)
    rows = scripts.results()
    assert (max(rung.values()), code in {0, 1}) == (1, True)
    assert [row["number"] for row in rows] == listed
    assert {row["outcome"] for row in rows} <= {"placed", "unknown"}
    assert [row for row in rows if row["callId"] not in {"", ids_of(sandbox).get(row["number"])}] == []

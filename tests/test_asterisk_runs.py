"""Whole runs through the stand-in for Asterisk: each row ends as was heard or proved, and nobody is rung twice."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import Counter
from contextlib import contextmanager
from time import time

from trials.common import to_the_end
from truth import numbers

from dialer.providers.asterisk import ADAPTER
from dialer.providers.sandbox.asterisk import AsteriskSandbox
from dialer.providers.sandbox.server import SandboxOptions, serve

pytest_plugins = ("commands",)

ANN, BUSY, DECLINES, RINGS = "+12125550101", "+12125550190", "+12125550198", "+12125550199"
FAULTS = {
    "0101": ("placed", "completed", 1),
    "0190": ("placed", "busy", 1),
    "0192": ("placed", "completed", 2),
    "0193": ("placed", "completed", 1),
    "0194": ("placed", "completed", 1),  # found by its token, when it is asked about
    "0195": ("unknown", "", 1),
    "0196": ("placed", "completed", 1),
    "0197": ("unknown", "", 1),
    "0198": ("placed", "failed", 1),
    "0199": ("placed", "no-answer", 1),
}
"""What comes of the numbers, and how often each is asked for."""


@contextmanager
def served(sandbox, *, restart=None):
    """Serve a stand-in from a thread of its own; it goes away and is back at its port once `restart` is set there."""
    loop, urls = asyncio.new_event_loop(), queue.Queue()
    over = asyncio.Event()

    async def stand():
        async with serve(sandbox) as url:
            urls.put(url)
            await (restart or over).wait()
        if restart:
            async with serve(sandbox, port=int(url.rpartition(":")[2])):
                await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(stand(),))
    thread.start()
    try:
        yield urls.get(timeout=10)
    finally:
        if restart:
            loop.call_soon_threadsafe(restart.set)
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def a_sandbox(*, speed=1000.0, heard=None):
    return AsteriskSandbox(SandboxOptions(speed=speed), clock=time, heard=heard)


def settle(dialer, url, **env):
    """Set everything that a run needs to dial the stand-in at an address."""
    dialer.env |= {
        **ADAPTER.stand_in(url),
        "DIALER_PROVIDER": "asterisk",
        "ASTERISK_FLOW": "flows,reminder,start",
        "DIALER_LEDGER": str(dialer.home / "ledger.db"),
        **env,
    }


def agrees_with(sandbox, rows, listed):
    """Whether nobody was rung twice, no row is lost, and each that is placed has the id of its own call."""
    rung, ids = Counter(each.number for each in sandbox.calls), {each.number: each.id for each in sandbox.calls}
    assert max(rung.values()) == 1
    assert [row["number"] for row in rows] == listed
    assert all(row["callId"] == ids[row["number"]] for row in rows if row["outcome"] == "placed")
    assert not [row for row in rows if row["outcome"] not in {"placed", "unknown"} and row["number"] in rung]
    return True


def test_calls_are_followed_to_the_end_on_every_word(dialer):
    with served(a_sandbox()) as url:
        settle(dialer, url)
        contacts = dialer.write_list([[number] for number in (ANN, BUSY, DECLINES, RINGS)])
        told = dialer.here("run", contacts, "--track", "--json").json
        dialer.here("verify")
    assert (told["outcomes"], told["statuses"], told["reached"]) == (
        {"placed": 4},
        {"busy": 1, "completed": 1, "failed": 1, "no-answer": 1},
        1,
    )


def test_each_row_ends_as_its_fault_proves(dialer):
    listed = [f"+1{area}555{ending}" for area in (202, 212, 213) for ending in FAULTS]
    sandbox = a_sandbox()
    with served(sandbox) as url:
        settle(dialer, url)
        dialer.here("run", dialer.write_list([[number] for number in listed]), "--rate", 500, "--track", code=1)
    asked = Counter(number for _, number in sandbox.requests)
    rows = dialer.results()
    found = {row["number"]: (row["outcome"], row["status"], asked[row["number"]]) for row in rows}
    assert found == {number: FAULTS[number[-4:]] for number in listed}
    assert agrees_with(sandbox, rows, listed)


def test_a_later_command_finds_calls_that_are_over_ended(dialer):
    sandbox = a_sandbox()
    with served(sandbox) as url:
        settle(dialer, url)
        dialer.here("run", dialer.write_list([[ANN]]))
        while sandbox.calls[0].state:
            pass
        assert dialer.here("status", "--wait", "--json").json["statuses"] == {"ended": 1}


class GoingDown(AsteriskSandbox):
    """Takes no call from the third on, and all from the sixth."""

    @property
    def is_going_down(self):
        return 3 <= len(self.requests) < 6

    @is_going_down.setter
    def is_going_down(self, _):
        pass


def test_a_server_that_is_going_down_costs_no_row(dialer):
    listed = numbers(8)
    sandbox = GoingDown(SandboxOptions(speed=1000), clock=time)
    with served(sandbox) as url:
        settle(dialer, url)
        told = dialer.here("run", dialer.write_list([[number] for number in listed]), "--track", "--json").json
    assert (told["outcomes"], told["statuses"]) == ({"placed": 8}, {"completed": 8})
    assert agrees_with(sandbox, dialer.results(), listed)


def test_a_server_that_is_gone_for_a_while_costs_no_row(dialer):
    listed, restart = numbers(60), asyncio.Event()
    sandbox = a_sandbox(heard=lambda _: restart.set() if len(sandbox.calls) == 20 else None)
    with served(sandbox, restart=restart) as url:
        settle(dialer, url)
        dialer.here("run", dialer.write_list([[number] for number in listed]), "--rate", 100, "--track", code=None)
        dialer.here("verify")
    rows = dialer.results()
    assert agrees_with(sandbox, rows, listed)
    assert {row["outcome"] for row in rows} <= {"placed", "unknown"}
    assert len([row for row in rows if row["outcome"] == "placed"]) > 40


def test_a_run_that_is_killed_rings_nobody_twice(dialer):
    listed, enough = numbers(80), threading.Event()
    sandbox = a_sandbox(heard=lambda _: enough.set() if len(sandbox.calls) == 30 else None)
    with served(sandbox) as url:
        settle(dialer, url)
        command = ("run", dialer.write_list([[number] for number in listed]), "--rate", 100)
        with dialer.started(*command) as process:
            assert enough.wait(timeout=60)
            process.kill()
        code, _ = to_the_end(dialer, *command)
        dialer.here("verify")
    rows = dialer.results()
    assert agrees_with(sandbox, rows, listed)
    assert code in {0, 1}
    assert {row["outcome"] for row in rows} <= {"placed", "unknown"}


def test_no_more_calls_are_up_at_a_time_than_the_trunk_carries(dialer):
    at_once = []
    sandbox = a_sandbox(speed=50, heard=lambda _: at_once.append(sum(call.state != "" for call in sandbox.calls)))
    listed = numbers(9)
    with served(sandbox) as url:
        settle(dialer, url, ASTERISK_CALLS_AT_A_TIME="3")
        told = dialer.here("run", dialer.write_list([[number] for number in listed]), "--rate", 500, "--json").json
    assert (told["outcomes"], max(at_once)) == ({"placed": 9}, 3)


def test_what_cannot_be_sent_is_invalid_at_check(dialer):
    rows = [[ANN, "Ann"], ["+12125550102", "${SHELL(id)}"]]
    settle(dialer, "http://127.0.0.1:1")
    told = dialer.here("check", dialer.write_list(rows, headings=("phone", "name")), "--json", code=1).json
    assert told["outcomes"] == {"ready": 1, "invalid": 1}

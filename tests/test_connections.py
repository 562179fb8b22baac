"""Which connections a call may go over, and whose answer is whose: against a raw server that counts connections."""

from __future__ import annotations

import json

import pytest
from raw_server import REQUEST, after, connected, http, placed, serving

from dialer.domain.call import Accepted, NotSent, Unclear
from dialer.providers.connections import LONGEST_REST, Habit
from dialer.providers.contract.dialect import PLENTY
from dialer.providers.contract.fault_server import reset
from dialer.providers.http import attempt
from dialer.providers.request import ask, leave_at_once, open_session

FOREIGN = placed("foreign")
OWN = Accepted("own", "queued")
UNREADABLE = Unclear("ClientResponseError: the answer cannot be read as HTTP")

UNASKED = {
    "a second answer": FOREIGN,
    "a refusal": http(400, b'{"error": "Number Not Allowed"}'),
    "the answer to a wait too long": http(408, Connection="close"),
    "half a head": FOREIGN[:20],
    "a head without its body": FOREIGN[:-10],
    "the beginning of a line": b"H",
    "an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n",
    "an empty line": b"\r\n",
    "noise": b"\x00\xff" * 50,
    "an alert of TLS": b"\x15\x03\x03\x00\x02\x02\x28",
}


def unasked(server, connection, data):
    return after(0.02, meanwhile=lambda: server.connections[connection].write(data))


@pytest.mark.parametrize("data", UNASKED.values(), ids=UNASKED)
async def test_what_comes_unasked_on_a_connection_at_rest_is_nobodys_answer(data):
    async with serving(placed("first"), placed("own")) as server, connected(server) as provider:
        assert await provider.place(REQUEST) == Accepted("first", "queued")
        await unasked(server, 0, data)()
        assert await provider.place(REQUEST) == OWN
    assert server.over == [1, 2]


@pytest.mark.parametrize("data", UNASKED.values(), ids=UNASKED)
async def test_what_comes_while_a_call_waits_to_leave_is_not_its_answer(data):
    async with serving(placed("first"), placed("own")) as server, connected(server) as provider:
        await provider.place(REQUEST)
        once = iter([0])
        leave = after(0.02, meanwhile=lambda: next(once, None) == 0 and server.connections[0].write(data))
        assert await provider.place(REQUEST, leave) == OWN
    assert server.over == [1, 2]


@pytest.mark.parametrize("data", UNASKED.values(), ids=UNASKED)
async def test_what_comes_on_a_new_connection_before_the_call_has_left_is_not_its_answer(data):
    closing = placed("first", Connection="close")
    async with serving(closing, placed("own")) as server, connected(server) as provider:
        await provider.place(REQUEST)
        once = iter([0])
        leave = after(0.02, meanwhile=lambda: next(once, None) == 0 and server.connections[-1].write(data))
        assert await provider.place(REQUEST, leave) == OWN
    assert server.over == [1, 3]


async def test_a_server_that_speaks_first_on_every_connection_is_sent_nothing():
    async with serving() as server, connected(server) as provider:
        leave = after(0.02, meanwhile=lambda: server.connections[-1].write(FOREIGN))
        assert isinstance(await provider.place(REQUEST, leave), NotSent)
    assert server.requests == []


def chunked(body, *, behind=b"", **headers):
    lines = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) + behind


ID = json.dumps({"callId": "first"}).encode()
FIRST = Accepted("first", "queued")
ODD = {
    # what is answered, what it proves, and the connection of the next call
    "two answers at once": (placed("first") + FOREIGN, FIRST, 2),
    "a refusal behind an answer": (placed("first") + http(400), FIRST, 2),
    "noise behind an answer": (placed("first") + b"{}", UNREADABLE, 2),
    "an answer behind the chunks": (chunked(ID, behind=FOREIGN), Accepted("first"), 2),
    "a length that is too short": (http(body=ID).replace(b"Length: 19", b"Length: 9"), UNREADABLE, 2),
    "a length and chunks": (chunked(ID, Content_Length=3), UNREADABLE, 2),
    "two lengths": (http(body=ID, content_length=3), UNREADABLE, 2),
    "interim answers": (b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n" + http(body=ID), Accepted("first"), 1),
    "another protocol": (b"HTTP/1.1 101 X\r\nUpgrade: y\r\nConnection: Upgrade\r\n\r\n", Unclear("HTTP 101"), 2),
    "a body where none is allowed": (http(204, ID), UNREADABLE, 2),
    "a body that has not changed": (http(304, ID), UNREADABLE, 2),
}


@pytest.mark.parametrize(("answer", "proves", "next_over"), ODD.values(), ids=ODD)
async def test_no_byte_of_an_odd_answer_is_taken_for_the_next_calls(answer, proves, next_over):
    async with serving(answer, placed("own")) as server, connected(server) as provider:
        assert await provider.place(REQUEST) == proves
        assert await provider.place(REQUEST) == OWN
    assert server.over == [1, next_over]


@pytest.mark.parametrize(
    ("says", "connections"),
    [
        ({}, [1, 1]),
        ({"Keep_Alive": "timeout=60, max=100"}, [1, 1]),
        ({"Keep_Alive": "timeout=soon"}, [1, 1]),
        ({"Keep_Alive": "timeout=0"}, [1, 2]),
        ({"Keep_Alive": 'max=7, Timeout = "0"'}, [1, 2]),
        ({"Connection": "close"}, [1, 2]),
    ],
)
async def test_a_connection_rests_no_longer_than_half_of_what_its_server_says(says, connections):
    async with serving(placed("first", **says), placed("own")) as server, connected(server) as provider:
        await provider.place(REQUEST)
        assert await provider.place(REQUEST) == OWN
    assert server.over == connections


async def test_after_a_call_on_a_dead_connection_none_is_used_twice():
    steps = [placed("first"), None, placed("own"), placed("own")]
    async with serving(*steps) as server, connected(server) as provider:
        answers = [await provider.place(REQUEST) for _ in steps]
    assert answers == [Accepted("first", "queued"), Unclear("ServerDisconnectedError: Server disconnected"), OWN, OWN]
    assert server.over == [1, 1, 2, 3]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("before", [(), (placed("first"),)], ids=["new", "rested"])
@pytest.mark.parametrize("fault", [None, reset], ids=["closed", "reset"])
async def test_what_may_ring_somebody_goes_out_once_whatever_its_method(method, before, fault):
    async with serving(*before, fault) as server, open_session(timeout=PLENTY, proxies=False) as session:
        for _ in before:
            await ask(session, method, server.url, data=b"{}")
        found = await attempt(session, method, server.url, leave=leave_at_once, data=b"{}")
    assert isinstance(found, Unclear)
    assert len(server.requests) == len(before) + 1


def test_a_connection_may_rest_for_less_than_the_shortest_time_after_which_servers_close_one():
    assert Habit().longest_rest(1e6) == LONGEST_REST < 1


@pytest.mark.parametrize(("closed_after", "rest"), [(5.0, LONGEST_REST), (1.6, LONGEST_REST), (1.0, 0.5), (0.2, 0.1)])
def test_connections_rest_for_half_the_time_after_which_the_server_closed_one(closed_after, rest):
    habit = Habit()
    habit.closed(closed_after, now=1000.0)
    assert habit.longest_rest(1000.0) == pytest.approx(rest)


@pytest.mark.parametrize("closed_after", [0.0, 0.0001, 0.04])
def test_no_connection_is_used_twice_that_the_server_closes_behind_its_answer(closed_after):
    habit = Habit()
    habit.closed(closed_after, now=1000.0)
    assert [habit.longest_rest(at) for at in (1000.0, 1059.0, 1060.0)] == [-1.0, -1.0, LONGEST_REST]


def test_what_a_server_did_once_is_forgotten_in_minutes():
    habit = Habit()
    habit.closed(0.2, now=1000.0)
    assert [round(habit.longest_rest(1000.0 + 60 * minutes), 3) for minutes in range(4)] == [0.1, 0.2, 0.4, 0.75]


def test_a_dead_connection_is_trusted_later_each_time():
    habit = Habit()
    habit.died(now=1000.0)
    assert [habit.longest_rest(at) for at in (1000.0, 1059.9, 1060.0)] == [-1.0, -1.0, LONGEST_REST]
    habit.died(now=1060.0)
    assert [habit.longest_rest(at) for at in (1060.0, 1179.9, 1180.0)] == [-1.0, -1.0, LONGEST_REST]


def test_many_connections_that_die_at_once_are_one_death():
    habit = Habit()
    for _ in range(20):
        habit.died(now=1000.0)
    assert habit.longest_rest(1060.0) == LONGEST_REST

"""What the sandbox accepts as an order, and how it finds a call again."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest

from dialer.providers.sandbox.calls import CallBook, Order, read_order, refusal_of
from dialer.providers.sandbox.numbers import Course, Reply

ORDER = {"callerNumber": "+13125550100", "calledNumber": "+12125550123", "flowId": "spring"}
SERIES = "00000000-0000-4000-8000-000000000000"


def complaint(raw: bytes) -> str:
    reply = read_order(raw)
    assert isinstance(reply, Reply)
    assert reply.status == 400
    return str(json.loads(reply.text)["message"])


@pytest.mark.parametrize("parameters", [{"name": "Zoë", "balance": 12.5, "vip": True, "note": None}, {}])
def test_an_order_is_read_as_it_was_sent(parameters):
    assert read_order(json.dumps(ORDER | {"parameters": parameters}).encode()) == Order(
        number="+12125550123", caller="+13125550100", flow_id="spring", parameters=parameters
    )


def test_parameters_may_be_left_out():
    order = read_order(json.dumps(ORDER).encode())
    assert isinstance(order, Order)
    assert order.parameters == {}


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_body_must_be_json(raw):
    assert complaint(raw) == "the body must be JSON"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([ORDER], "the body must be a JSON object"),
        (ORDER | {"calledNumber": 12125550123}, "calledNumber must be text"),
        (ORDER | {"flowId": None}, "flowId must be text"),
        (ORDER | {"params": {}}, "unknown field 'params'"),
        (ORDER | {"parameters": "name=Ann"}, "parameters must be an object of plain values"),
        (ORDER | {"parameters": {"name": ["Ann"]}}, "parameters must be an object of plain values"),
        (
            {"flowId": "spring", "to": 1},
            "callerNumber must be text; calledNumber must be text; unknown field 'to'",
        ),
    ],
)
def test_everything_wrong_with_the_shape_is_said_at_once(body, message):
    assert complaint(json.dumps(body).encode()) == message


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"flowId": "invalid-flow"}, "Invalid Flow ID"),
        ({"flowId": ""}, "Invalid Flow ID"),
        ({"callerNumber": "+13125550000"}, "Invalid Caller Number"),
        ({"callerNumber": "3125550100"}, "Invalid Caller Number"),
        ({"calledNumber": "(212) 555-0123"}, "Invalid Called Number"),
        ({"calledNumber": "+1212555012345678"}, "Invalid Called Number"),
        ({"calledNumber": "+02125550123"}, "Invalid Called Number"),
        ({"calledNumber": "+12125550123\n"}, "Invalid Called Number"),
    ],
)
def test_a_flow_caller_or_number_that_will_not_do_is_refused_by_name(changes, error):
    order = read_order(json.dumps(ORDER | changes).encode())
    assert isinstance(order, Order)
    refusal = refusal_of(order)
    assert refusal is not None
    assert (refusal.status, json.loads(refusal.text)["error"]) == (400, error)


def test_the_book_finds_each_call_by_its_id():
    book = CallBook(SERIES)
    ids = [book.add(course, at=float(course)) for course in Course]
    assert ids[:2] == [SERIES, SERIES[:-1] + "1"]
    assert [book.find(call_id) for call_id in ids] == [(float(course), course) for course in Course]


@pytest.mark.parametrize(
    "call_id",
    [
        SERIES[:-1] + "1",
        "00000000-0000-4000-9000-000000000000",
        SERIES[:24] + "+00000000000",
        SERIES[:24] + "00000000000A",
        SERIES + "0",
        "call-1",
        "",
    ],
)
def test_the_book_does_not_know_any_other_id(call_id):
    book = CallBook(SERIES)
    book.add(Course.ORDINARY, at=0)
    assert book.find(call_id) is None


def test_every_id_is_a_uuid_of_its_own():
    book = CallBook(str(uuid4()))
    ids = [book.add(Course.ORDINARY, at=0) for _ in range(1000)]
    assert {UUID(call_id).version for call_id in ids} == {4}
    assert len(set(ids)) == 1000

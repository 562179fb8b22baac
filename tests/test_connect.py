"""Amazon Connect: what is sent is what botocore would send, what errors prove by their name, and whose keys sign."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from raw_server import NOW, serving

from dialer.domain.call import (
    Accepted,
    CallRequest,
    HeldBack,
    NotSeen,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.providers.connect import ADAPTER, address
from dialer.providers.contract.dialect import PLENTY
from dialer.providers.contract.fault_server import http
from dialer.providers.port import Ceiling

botocore = pytest.importorskip("botocore")

from botocore.auth import SigV4Auth  # noqa: E402 - the test is skipped without it
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.loaders import Loader  # noqa: E402
from botocore.model import ServiceModel  # noqa: E402
from botocore.parsers import create_parser  # noqa: E402
from botocore.serialize import create_serializer  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402

from dialer.providers.connect.credentials import KeyKeeper  # noqa: E402
from dialer.providers.connect.signing import Keys, signed  # noqa: E402

CALLER, CALLED = "+12025550100", "+12125550142"
INSTANCE, FLOW, QUEUE = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
GOOD = {**ADAPTER.stand_in("https://example.com"), "CONNECT_BASE_URL": ""}


def a_call(number=CALLED, caller=CALLER, token="t1", **parameters):
    return CallRequest(caller, number, FLOW, parameters, token)


@asynccontextmanager
async def connected(url, *, clock=lambda: 0.0, **env):
    given = {**ADAPTER.stand_in(url), **env}
    async with ADAPTER.connect(given, timeout=PLENTY, clock=clock, now=lambda: NOW) as provider:
        assert await provider.ready() is None
        yield provider


@asynccontextmanager
async def asked(*steps, **options):
    """Open Amazon Connect against a server that answers so, once each."""
    async with serving(*steps, aside=lambda _: None) as server, connected(server.url, **options) as provider:
        yield provider, server


def answer(status=200, /, **document):
    return http(status, json.dumps(document).encode())


def fault(name, status=400, said="No", **headers):
    return http(status, json.dumps({"Message": said}).encode(), x_amzn_ErrorType=name, **headers)


async def placed(step, request=None, **options):
    async with asked(step, **options) as (provider, _):
        return await provider.place(request or a_call())


# What is sent


@pytest.fixture(scope="module")
def model():
    return ServiceModel(Loader().load_service_model("connect", "service-2"), "connect")


def by_botocore(model, operation, params):
    """What botocore would send, once it has found nothing wrong with it."""
    shape = model.operation_model(operation)
    assert ParamValidator().validate(params, shape.input_shape).generate_report() == ""
    made = create_serializer("rest-json").serialize_to_request(params, shape)
    return made["method"], made["url_path"], json.loads(made["body"] or b"null")


def as_sent(asked_):
    method, path, *_ = asked_.head.split()
    return method, path, json.loads(asked_.body or b"null")


COMMON = {"InstanceId": INSTANCE, "ContactFlowId": FLOW, "DestinationPhoneNumber": CALLED}
NAMED = {"ClientToken": "t1", "Name": "t1"}


@pytest.mark.parametrize(
    ("request_", "env", "params"),
    [
        (a_call(), {}, {"SourcePhoneNumber": CALLER}),
        (a_call(caller=""), {"CONNECT_QUEUE_ID": QUEUE}, {"QueueId": QUEUE}),
        (a_call(), {"CONNECT_QUEUE_ID": QUEUE}, {"SourcePhoneNumber": CALLER, "QueueId": QUEUE}),
        (
            a_call(name="Zoë & Co", n=4, paid=True, sum=12.5),
            {},
            {
                "SourcePhoneNumber": CALLER,
                "Attributes": {"name": "Zoë & Co", "n": "4", "paid": "true", "sum": "12.5"},
            },
        ),
    ],
    ids=["caller", "queue", "both", "parameters"],
)
async def test_a_call_is_asked_for_as_botocore_would(model, request_, env, params):
    async with asked(answer(ContactId="c1"), **env) as (provider, server):
        assert await provider.place(request_) == Accepted("c1")
    assert as_sent(server.requests[0]) == by_botocore(model, "StartOutboundVoiceContact", {**COMMON, **NAMED, **params})


@pytest.mark.parametrize("contact", ["c1", f"{INSTANCE}", "a b/c%é"])
async def test_a_contact_is_described_as_botocore_would(model, contact):
    async with asked(answer(Contact={})) as (provider, server):
        await provider.look_up(contact)
    wanted = by_botocore(model, "DescribeContact", {"InstanceId": INSTANCE, "ContactId": contact})
    assert as_sent(server.requests[0]) == wanted


@pytest.mark.parametrize("token", ["", "session-token"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "/contact/outbound-voice", b'{"a": "\xc3\xab"}'), ("GET", "/contacts/i/a%20b%2Fc", b"")],
)
def test_a_request_is_signed_as_botocore_signs_it(token, method, path, body):
    keys, url = Keys("AKIDEXAMPLE", "secret", token), f"https://connect.eu-west-2.amazonaws.com{path}"
    theirs = AWSRequest(method, url, data=body, headers={"Content-Type": "application/json"} if body else {})
    SigV4Auth(keys, "connect", "eu-west-2").add_auth(theirs)
    at = datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert signed(keys, method, url, body, region="eu-west-2", at=at) == dict(theirs.headers)


async def test_what_has_waited_for_too_long_is_signed_anew():
    time = [0.0]

    async def leave():
        time[0] += 121.0
        return True

    async with asked(clock=lambda: time[0]) as (provider, _):
        assert isinstance(await provider.place(a_call(), leave), HeldBack)
        assert isinstance(await provider.look_up("c1", leave), HeldBack)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"name": "Zoë", "a-B_9": 1, "odd": None}, None),
        ({"first name": "Zoë", "é": ""}, "an attribute's name has letters, digits, - and _ only: 'first name', 'é'"),
        ({"name": "é" * 16_382}, None),
        ({"name": "é" * 16_382 + "x"}, "the attributes of a call hold 32768 bytes, and these are 32769"),
        ({"odd": float("nan")}, "a parameter holds what JSON cannot carry"),
        ({"odd": "\ud800"}, "a parameter holds what JSON cannot carry"),
    ],
)
def test_attributes_have_plain_names_and_a_size(parameters, said):
    assert ADAPTER.misfit(a_call(**parameters)) == said


# What an answer proves


@pytest.mark.parametrize("status", [400, 403, 429])
@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("DestinationNotAllowed", "OutboundContactNotPermitted", "InvalidParameter", "InvalidRequest"), Refused),
        (("ResourceNotFound", "AccessDenied", "UnrecognizedClient", "InvalidSignature"), RunMustStop),
        (("MissingAuthenticationToken", "InvalidClientTokenId", "SignatureDoesNotMatch"), RunMustStop),
        (("TooManyRequests", "Throttling", "LimitExceeded"), Throttled),
    ],
)
async def test_a_name_decides_whatever_the_status(status, names, kind):
    for name in names:
        found = await placed(fault(f"{name}Exception:http://internal.amazon.com/", status))
        assert isinstance(found, Throttled if status == 429 else kind), name
        assert found.reason == f"HTTP {status}: {name}: No"


@pytest.mark.parametrize("raw", ["header", "__type", "code"])
async def test_an_error_is_named_as_botocores_parser_names_it(model, raw):
    name, document = "DestinationNotAllowedException", {"message": "Not there"}
    headers = {"x-amzn-errortype": f"{name}:http://x"} if raw == "header" else {}
    document |= {raw: f"com.amazonaws.connect#{name}"} if raw != "header" else {}
    body = json.dumps(document).encode()
    shape = model.operation_model("StartOutboundVoiceContact").output_shape
    parsed = create_parser("rest-json").parse({"status_code": 403, "headers": headers, "body": body}, shape)["Error"]
    found = await placed(http(403, body, **{key.replace("-", "_"): value for key, value in headers.items()}))
    assert found == Refused("HTTP 403: DestinationNotAllowed: Not there", of_number=True)
    assert parsed == {"Code": name, "Message": "Not there"}


@pytest.mark.parametrize("name", ["InternalService", "ResourceNotFound", "LimitExceeded", "ExpiredToken"])
async def test_a_fault_of_the_server_leaves_it_open_whatever_the_name(name):
    assert isinstance(await placed(fault(f"{name}Exception", 500)), Unclear)


@pytest.mark.parametrize("name", ["ExpiredToken", "Throttling", "LimitExceeded", "AccessDenied"])
@pytest.mark.parametrize("status", [200, 302, 408, 499])
async def test_what_is_no_refusal_leaves_it_open_whatever_the_name(status, name):
    assert isinstance(await placed(fault(f"{name}Exception", status)), Unclear)


async def test_a_success_with_an_id_is_a_call_placed_whatever_error_it_names():
    name = "ExpiredTokenException"
    step = http(200, json.dumps({"ContactId": "c1", "__type": name}).encode(), x_amzn_ErrorType=name)
    assert await placed(step) == Accepted("c1")


@pytest.mark.parametrize(
    ("step", "wait"),
    [
        (fault("LimitExceededException", 429), 30.0),
        (fault("LimitExceededException", 429, Retry_After="60"), 60.0),
        (fault("TooManyRequestsException", 429), None),
        (fault("ThrottlingException", 400, Retry_After="2"), 2.0),
    ],
)
async def test_a_full_instance_is_left_alone_for_half_a_minute(step, wait):
    assert (await placed(step)).wait == wait


async def test_only_what_is_about_the_number_may_come_many_times_in_a_row():
    assert (await placed(fault("InvalidParameterException", said="DestinationPhoneNumber is invalid"))).of_number
    assert not (await placed(fault("InvalidParameterException", said="SourcePhoneNumber is invalid"))).of_number
    assert not (await placed(fault("OutboundContactNotPermittedException", 403))).of_number


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, RunMustStop), (403, RunMustStop), (404, RunMustStop), (422, Refused), (408, Unclear), (302, Unclear)],
)
async def test_what_has_no_name_is_taken_by_its_status(status, kind):
    assert isinstance(await placed(http(status, b"<h1>No</h1>")), kind)


async def test_a_name_that_nobody_knows_is_told_to_nobody():
    assert await placed(fault("Rude\tException", 422)) == Refused("HTTP 422: No")


# Where a call stands


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        ({}, Seen("dialling")),
        ({"ConnectedToSystemTimestamp": None, "RingStartTimestamp": 1.0}, Seen("ringing")),
        ({"ConnectedToSystemTimestamp": 2.0, "RingStartTimestamp": 1.0}, Seen("answered")),
        ({"DisconnectTimestamp": 3.0}, Seen("disconnected")),
        ({"DisconnectTimestamp": 3.0, "DisconnectReason": "TELECOM_BUSY"}, Seen("telecom_busy")),
        ({"DisconnectTimestamp": 3.0, "DisconnectReason": "ABDUCTED"}, Seen("abducted", final=True)),
        ({"DisconnectReason": "TELECOM_BUSY"}, Seen("dialling")),
    ],
)
async def test_a_contacts_word_is_told_from_its_times_and_its_reason(contact, found):
    async with asked(answer(Contact=contact)) as (provider, _):
        assert await provider.look_up("c1") == found


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (fault("ResourceNotFoundException", 404), NotSeen("HTTP 404: ResourceNotFound: No", gone=True)),
        (fault("ThrottlingException", 429), Throttled("HTTP 429: Throttling: No")),
        (fault("InvalidRequestException", 400), NotSeen("HTTP 400: InvalidRequest: No")),
        (answer(Contact=None), NotSeen("HTTP 200 without a contact")),
    ],
)
async def test_a_contact_that_cannot_be_described_says_nothing_of_its_call(step, found):
    async with asked(step) as (provider, _):
        assert await provider.look_up("c1") == found


async def test_a_right_that_is_missing_is_named():
    async with asked(*[fault("AccessDeniedException", 403)] * 2) as (provider, _):
        tips = [(await provider.place(a_call())).tip, (await provider.look_up("c1")).tip]
    assert ["connect:StartOutboundVoiceContact" in tips[0], "connect:DescribeContact" in tips[1]] == [True, True]


# Keys


class Source:
    """Finds one key after the other, a new one each time it is told to forget."""

    def __init__(self, *found):
        self.found = list(found)
        self.asked = self.forgot = 0

    def find(self):
        self.asked += 1
        key = self.found[min(self.forgot, len(self.found) - 1)]
        if isinstance(key, Exception):
            raise key
        return key

    def forget(self):
        self.forgot += 1


FIRST, SECOND = Keys("AKIA1", "s1", "t1"), Keys("AKIA2", "s2", "t2")


async def test_found_keys_are_asked_for_again_each_minute():
    time, source = [0.0], Source(FIRST)
    keeper = KeyKeeper(None, source, clock=lambda: time[0])
    for time[0] in (0.0, 1.0, 59.0, 60.0, 61.0, 120.0):
        assert await keeper.ensure() is None
    assert (source.asked, keeper.keys) == (3, FIRST)


async def test_keys_that_have_ended_are_looked_for_once_more_and_then_the_run_stops():
    source = Source(FIRST, SECOND)
    keeper = KeyKeeper(None, source, clock=lambda: 0.0)
    assert await keeper.ensure() is None
    assert keeper.ended(FIRST, "ended") == TokenEnded("ended")
    assert keeper.keys is None
    assert keeper.ended(FIRST, "ended") == TokenEnded("ended"), "a request that was open meanwhile"
    assert await keeper.ensure() is None
    assert keeper.keys == SECOND
    assert isinstance(keeper.ended(SECOND, "ended"), RunMustStop)


async def test_keys_that_aws_knew_may_end_another_day():
    keeper = KeyKeeper(None, Source(FIRST, SECOND, FIRST), clock=lambda: 0.0)
    for keys in (FIRST, SECOND):
        assert await keeper.ensure() is None
        keeper.took(keeper.keys)
        assert isinstance(keeper.ended(keeper.keys, "ended"), TokenEnded), keys


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (botocore.exceptions.NoCredentialsError(), RunMustStop),
        (botocore.exceptions.ProfileNotFound(profile="none"), RunMustStop),
        (botocore.exceptions.UnauthorizedSSOTokenError(), RunMustStop),
        (PermissionError("not yours"), RunMustStop),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="https://sts"), NotSent),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="https://sts"), NotSent),
    ],
)
async def test_keys_that_are_not_found_stop_the_run_unless_a_network_was_away(problem, kind):
    found = await KeyKeeper(None, Source(problem), clock=lambda: 0.0).ensure()
    assert isinstance(found, kind)
    assert found.reason.startswith("no keys of AWS: ")


async def test_a_renewal_that_fails_is_tried_again():
    source = Source(FIRST, botocore.exceptions.NoCredentialsError())
    keeper = KeyKeeper(None, source, clock=lambda: 0.0)
    assert await keeper.ensure() is None
    keeper.ended(FIRST, "ended")
    assert isinstance(await keeper.ensure(), NotSent)


async def test_a_row_that_meets_ended_keys_keeps_its_try(tmp_path, monkeypatch):
    profile = tmp_path / "credentials"
    keys = "[spring]\naws_access_key_id = {0}\naws_secret_access_key = s3cret\naws_session_token = {0}\n"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profile))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    profile.write_text(keys.format("FIRST"), "utf-8")
    given = {"AWS_PROFILE": "spring", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    async with asked(fault("ExpiredTokenException", 403), answer(ContactId="c1"), **given) as (provider, server):
        profile.write_text(keys.format("SECOND"), "utf-8")
        ended = await provider.place(a_call())
        held = await provider.place(a_call())
        assert await provider.ready() is None
        found = await provider.place(a_call())
    assert (ended, type(held), found) == (
        TokenEnded("HTTP 403: ExpiredToken: No"),
        HeldBack,
        Accepted("c1"),
    )
    tokens = [head.lower().partition("x-amz-security-token: ")[2].split()[0] for head, _ in server.requests]
    assert tokens == ["first", "second"]


async def test_a_key_that_was_set_by_hand_and_has_ended_stops_the_run():
    assert isinstance(await placed(fault("ExpiredTokenException", 403)), RunMustStop)


# Settings


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, []),
        ({"CONNECT_QUEUE_ID": QUEUE}, []),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, []),
        ({"AWS_REGION": "us-east-1.evil"}, ["AWS_REGION must be a region such as us-east-1"]),
        ({"AWS_REGION": ""}, ["AWS_REGION is not set (the region of the instance, such as us-east-1)"]),
        ({"CONNECT_INSTANCE_ID": "mine"}, ["CONNECT_INSTANCE_ID must be a UUID: the last part of the instance's ARN"]),
        ({"CONNECT_QUEUE_ID": "mine"}, ["CONNECT_QUEUE_ID must be a UUID: the last part of the queue's ARN"]),
        ({"CONNECT_CALLS_PER_SECOND": "0.0"}, ["CONNECT_CALLS_PER_SECOND must be a number above 0"]),
        ({"CONNECT_CALLS_AT_A_TIME": "2.5"}, ["CONNECT_CALLS_AT_A_TIME must be a whole number above 0"]),
        (
            {"AWS_SECRET_ACCESS_KEY": ""},
            ["AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set together, or neither"],
        ),
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "t"},
            ["AWS_SESSION_TOKEN is set without the keys that it belongs to"],
        ),
    ],
)
def test_what_cannot_be_used_is_named(env, said):
    assert ADAPTER.complaints(GOOD | env, flow_id=FLOW, caller_number=CALLER) == said


def test_a_call_needs_a_flow_and_a_caller_or_a_queue():
    neither = "neither a caller number (CONNECT_SOURCE_NUMBER) nor CONNECT_QUEUE_ID, whose queue has one, is set"
    assert ADAPTER.complaints(GOOD, flow_id="spring", caller_number="") == [
        "the flow must be a UUID: the last part of the flow's ARN",
        neither,
    ]
    assert ADAPTER.complaints(GOOD | {"CONNECT_QUEUE_ID": QUEUE}, flow_id=FLOW, caller_number="") == []


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"AWS_REGION": "eu-west-2"}, "https://connect.eu-west-2.amazonaws.com"),
        ({"AWS_REGION": "us-gov-west-1"}, "https://connect.us-gov-west-1.amazonaws.com"),
        ({"AWS_REGION": "eu-west-2", "CONNECT_BASE_URL": "https://example.com/"}, "https://example.com"),
    ],
)
def test_the_region_is_part_of_the_address(env, found):
    assert address(env) == found


def test_quotas_that_were_raised_raise_the_ceiling():
    usual = ADAPTER.ceiling({})
    assert usual == Ceiling(2.0, 10.0, usual.why, 10)
    raised = ADAPTER.ceiling({"CONNECT_CALLS_PER_SECOND": "7.5", "CONNECT_CALLS_AT_A_TIME": "100"})
    assert raised == Ceiling(7.5, 10.0, usual.why, 100)


# Without botocore

WITHOUT = """
import sys
sys.modules["botocore"] = None  # as if it were not installed
from dialer.providers.connect import ADAPTER
print(*ADAPTER.complaints(ADAPTER.stand_in("http://127.0.0.1:1"), flow_id=sys.argv[1], caller_number="+12025550100"))
sys.argv[1:] = ["call", "+12125550142", "--sandbox", "--provider", "connect", "--yes"]
from dialer.__main__ import main
sys.exit(main())
"""
SENTENCE = "botocore, which signs what Amazon Connect is asked, is not installed: pip install 'dialer[connect]'"


def test_what_to_install_is_said_in_one_sentence(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, FLOW], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, f"{SENTENCE}\n", f"error: {SENTENCE}\n")


def test_nothing_of_botocore_is_imported_before_a_session_opens():
    told = (
        "import sys; from dialer.providers.connect import ADAPTER; from dialer.providers.port import find_adapter; "
        "import dialer.cli, dialer.providers.sandbox, dialer.providers.sandbox.connect; "
        "ADAPTER.misfit.__call__; print(sorted(name for name in sys.modules if name.startswith('botocore')))"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "[]\n"

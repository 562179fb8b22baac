"""Amazon Connect: each call starts a flow of an instance, asked for with requests that AWS's own keys sign."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

from dialer.errors import SetupError
from dialer.providers.connect.words import FINAL, OURS, REACHED
from dialer.providers.port import CALLER_NUMBER, DESTINATION_NUMBER, FLOW_ID, Adapter, Ceiling, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from dialer.domain.call import CallRequest
    from dialer.providers.port import Env, Provider

_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PRINTED = re.compile("[!-~]+")
_SHAPES = {
    "AWS_REGION": (re.compile("[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}"), "a region such as us-east-1"),
    "AWS_ACCESS_KEY_ID": (re.compile("[A-Za-z0-9_]{16,128}"), "16 to 128 letters and digits"),
    "AWS_SECRET_ACCESS_KEY": (_PRINTED, "letters, digits and signs"),
    "AWS_SESSION_TOKEN": (_PRINTED, "letters, digits and signs"),
    "CONNECT_INSTANCE_ID": (_UUID, "a UUID: the last part of the instance's ARN"),
    "CONNECT_QUEUE_ID": (_UUID, "a UUID: the last part of the queue's ARN"),
    "CONNECT_CALLS_PER_SECOND": (re.compile(r"(?=.*[1-9])[0-9]{1,4}(\.[0-9]{1,3})?"), "a number above 0"),
    "CONNECT_CALLS_AT_A_TIME": (re.compile("[1-9][0-9]{0,5}"), "a whole number above 0"),
}
_USUAL_RATE = 2.0  #: calls a second that AWS lets an account of a region ask for, unless its quota was raised
_USUAL_CALLS = 10  #: calls that an instance carries at once, unless its quota was raised
_LOOK_UPS = 10.0  #: a second: AWS's usual quota of DescribeContact
_MISSING = "botocore, which signs what Amazon Connect is asked, is not installed: pip install 'dialer[connect]'"

# What speaks HTTP takes a third of the time to start, and botocore a tenth of a second, which only commands that dial
# need to spend: they are imported where they are used.


def complain(env: Env, *, flow_id: str, caller_number: str) -> Sequence[str]:
    """Name every setting that cannot be used, a flow that is none, a call that nobody makes, and a missing library."""
    from dialer.providers.http import base_url_complaint  # noqa: PLC0415
    from dialer.providers.proxies import surroundings_complaints  # noqa: PLC0415

    wrong = [] if find_spec("botocore") else [_MISSING]
    wrong += [
        f"{name} must be {looks}"
        for name, (shape, looks) in _SHAPES.items()
        if env.get(name) and not shape.fullmatch(env[name])
    ]
    if bool(env.get("AWS_ACCESS_KEY_ID")) is not bool(env.get("AWS_SECRET_ACCESS_KEY")):
        wrong.append("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set together, or neither")
    elif env.get("AWS_SESSION_TOKEN") and not env.get("AWS_ACCESS_KEY_ID"):
        wrong.append("AWS_SESSION_TOKEN is set without the keys that it belongs to")
    if flow_id and not _UUID.fullmatch(flow_id):
        wrong.append("the flow must be a UUID: the last part of the flow's ARN")
    if not caller_number and not env.get("CONNECT_QUEUE_ID"):
        wrong.append(
            "neither a caller number (CONNECT_SOURCE_NUMBER) nor CONNECT_QUEUE_ID, whose queue has one, is set"
        )
    at = env.get("CONNECT_BASE_URL")
    if at and (unusable := base_url_complaint("CONNECT_BASE_URL", at)):
        return [*wrong, unusable]
    return wrong or surroundings_complaints(env, address(env))


def need_botocore() -> None:
    """Raise SetupError where botocore is missing."""
    if find_spec("botocore") is None:
        raise SetupError(_MISSING)


def address(env: Env) -> str:
    """Give the address of the API in the region, without a slash at its end."""
    if at := env.get("CONNECT_BASE_URL"):
        return at.rstrip("/")
    region = env.get("AWS_REGION", "")
    return f"https://connect.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def ceiling(env: Env) -> Ceiling:
    """Tell how many calls a second AWS takes, and how many the instance carries at once."""
    return Ceiling(
        calls=float(env.get("CONNECT_CALLS_PER_SECOND") or _USUAL_RATE),
        look_ups=_LOOK_UPS,
        why="AWS refuses what is above its quotas; CONNECT_CALLS_PER_SECOND and CONNECT_CALLS_AT_A_TIME say what "
        "they were raised to",
        at_a_time=int(env.get("CONNECT_CALLS_AT_A_TIME") or _USUAL_CALLS),
    )


def connect(
    env: Env, *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
) -> AbstractAsyncContextManager[Provider]:
    """Open the provider for one session; `timeout` is for one answer. SetupError where botocore is missing."""
    need_botocore()
    from dialer.providers.connect import calls  # noqa: PLC0415

    return calls.connect(address(env), env, timeout=timeout, clock=clock, now=now)


def body(request: CallRequest) -> bytes:
    """Return what is sent for a call, but for the instance and the queue; ValueError for what cannot be written."""
    from dialer.providers.connect.requests import Instance  # noqa: PLC0415

    return Instance(id="").body(request)


def misfit(request: CallRequest) -> str | None:
    """Say why a call cannot be sent: names that no attribute can have, too much of them, or what cannot be written."""
    from dialer.providers.connect.requests import misfit_of  # noqa: PLC0415

    return misfit_of(request.parameters)


def stand_in(url: str) -> Env:
    """Ask a stand-in, with the keys that it knows."""
    return {
        "CONNECT_BASE_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "ONLYFORTHESANDBOX",
        "AWS_SECRET_ACCESS_KEY": "only-for-the-sandbox",
        "CONNECT_INSTANCE_ID": "00000000-0000-4000-8000-000000000001",
    }


ADAPTER = Adapter(
    name="connect",
    settings=(
        Setting("AWS_REGION", "the region of the instance, such as us-east-1"),
        Setting("CONNECT_INSTANCE_ID", "the instance's id, the last part of its ARN"),
        Setting("AWS_PROFILE", "a profile of AWS's own files, where no key is set", needed=False),
        Setting("AWS_ACCESS_KEY_ID", "an access key's id", needed=False),
        Setting("AWS_SECRET_ACCESS_KEY", "the access key's secret", secret=True, needed=False),
        Setting("AWS_SESSION_TOKEN", "the token of a key that ends", secret=True, needed=False),
        Setting("CONNECT_QUEUE_ID", "a queue in whose name is called, with its caller number", needed=False),
        Setting("CONNECT_CALLS_PER_SECOND", "how many calls a second AWS takes, 2 unless raised", needed=False),
        Setting(
            "CONNECT_CALLS_AT_A_TIME", "how many calls the instance carries at once, 10 unless raised", needed=False
        ),
        Setting("CONNECT_BASE_URL", "another address, in place of the region's", needed=False),
    ),
    own_names={
        FLOW_ID: "CONNECT_CONTACT_FLOW_ID",
        CALLER_NUMBER: "CONNECT_SOURCE_NUMBER",
        DESTINATION_NUMBER: "CONNECT_DESTINATION_NUMBER",
    },
    needs_caller=False,  # a queue has one
    final_statuses=FINAL,
    reached_statuses=REACHED,
    words=OURS,
    complain=complain,
    connect=connect,
    body=body,
    misfit=misfit,
    ceiling=ceiling,
    stand_in=stand_in,
    account=lambda env: " ".join(
        filter(None, (env["AWS_REGION"], env["CONNECT_INSTANCE_ID"], env.get("CONNECT_BASE_URL")))
    ),
)

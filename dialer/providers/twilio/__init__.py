"""Twilio: a flow of Studio is executed for each call, or a plain call asks an address or an application what to say.

Which of the two it is, is told by the shape of the flow id.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.providers.port import CALLER_NUMBER, DESTINATION_NUMBER, FLOW_ID, Adapter, Ceiling, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from dialer.domain.call import CallRequest
    from dialer.providers.port import Env, Provider

_SID = "[0-9a-fA-F]{32}"
_FLOW = re.compile(f"(FW|AP){_SID}|https://[^\\s/?#]+[^\\s#]*")
_PLACE = re.compile("[a-z0-9-]{1,40}")
_RATE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_SHAPES = {
    "TWILIO_ACCOUNT_SID": (re.compile(f"AC{_SID}"), "AC and 32 hexadecimal digits"),
    "TWILIO_API_KEY": (re.compile(f"SK{_SID}"), "SK and 32 hexadecimal digits"),
    "TWILIO_AUTH_TOKEN": (re.compile("[!-~]+"), "letters and digits"),
    "TWILIO_API_SECRET": (re.compile("[!-~]+"), "letters and digits"),
    "TWILIO_REGION": (_PLACE, "a region such as ie1"),
    "TWILIO_EDGE": (_PLACE, "an edge such as dublin"),
    "TWILIO_CALLS_PER_SECOND": (_RATE, "a number above 0"),
}
_USUAL_RATE = 1.0  #: calls a second that Twilio makes for an account of which it has approved no more
_LOOK_UPS = 20.0  #: a second: what Studio takes of new executions, as nothing is told of look-ups

# What speaks HTTP takes a third of the time to start, which only commands that dial need to spend: it is imported where
# it is used.


def complain(env: Env, *, flow_id: str, **_: str) -> Sequence[str]:
    """Name every setting that cannot be used, and a flow that is none of Twilio's."""
    from dialer.providers.http import base_url_complaint  # noqa: PLC0415
    from dialer.providers.proxies import surroundings_complaints  # noqa: PLC0415

    wrong = [
        f"{name} must be {looks}" for name, (shape, looks) in _SHAPES.items() if not _fits(shape, env.get(name, ""))
    ]
    if not env.get("TWILIO_AUTH_TOKEN") and not (env.get("TWILIO_API_KEY") and env.get("TWILIO_API_SECRET")):
        wrong.append("neither TWILIO_AUTH_TOKEN nor TWILIO_API_KEY with TWILIO_API_SECRET is set")
    if flow_id and not _FLOW.fullmatch(flow_id):
        wrong.append(
            "the flow must be a Studio flow (FW and 32 hexadecimal digits), a TwiML application (AP …) "
            "or an https address"
        )
    at = env.get("TWILIO_BASE_URL")
    if at and (unusable := base_url_complaint("TWILIO_BASE_URL", at)):
        return [*wrong, unusable]
    return wrong or surroundings_complaints(env, address(env, "api"))


def _fits(shape: re.Pattern[str], value: str) -> bool:
    if not value:
        return True
    return bool(shape.fullmatch(value)) and (shape is not _RATE or float(value) > 0)


def address(env: Env, product: str) -> str:
    """Give the address of one of Twilio's products, such as `api`, without a slash at its end."""
    if at := env.get("TWILIO_BASE_URL"):
        return at.rstrip("/")
    edge, region = env.get("TWILIO_EDGE", ""), env.get("TWILIO_REGION", "")
    places = [part for part in (edge, region or (edge and "us1")) if part]  # an edge alone leads to the first region
    return f"https://{'.'.join([product, *places, 'twilio.com'])}"


def ceiling(env: Env) -> Ceiling:
    """Tell how many calls a second Twilio makes for the account; what is above it takes, and rings later."""
    rate = float(env.get("TWILIO_CALLS_PER_SECOND") or _USUAL_RATE)
    why = "Twilio queues what is above, and rings later; TWILIO_CALLS_PER_SECOND says what the account was raised to"
    return Ceiling(calls=rate, look_ups=_LOOK_UPS, why=why)


def account(env: Env) -> str:
    """Name the account and the region that keeps its calls; another region knows nothing of them."""
    return " ".join(filter(None, (env["TWILIO_ACCOUNT_SID"], env.get("TWILIO_REGION"), env.get("TWILIO_BASE_URL"))))


def connect(
    env: Env, *, timeout: timedelta, now: Callable[[], datetime], **_: object
) -> AbstractAsyncContextManager[Provider]:
    """Open the provider for one session; `timeout` is for one answer."""
    from dialer.providers.twilio import calls  # noqa: PLC0415

    key = env.get("TWILIO_API_KEY", ""), env.get("TWILIO_API_SECRET", "")
    sid = env["TWILIO_ACCOUNT_SID"]
    credentials = key if all(key) else (sid, env.get("TWILIO_AUTH_TOKEN", ""))
    places = calls.Places(api=address(env, "api"), studio=address(env, "studio"), account=sid)
    return calls.connect(places, credentials, env, timeout=timeout, now=now)


def body(request: CallRequest) -> bytes:
    """Return what is posted for a call, byte for byte; ValueError where a parameter cannot be JSON."""
    from dialer.providers.twilio.requests import form_of  # noqa: PLC0415

    return form_of(request)


def misfit(request: CallRequest) -> str | None:
    """Say why a call cannot be sent: an application has no parameters, and what JSON cannot carry goes nowhere."""
    if request.flow_id.startswith("AP") and request.parameters:
        names = ", ".join(request.parameters)
        return f"a TwiML application is told no parameters ({names}): let it be a Studio flow or an https address"
    try:
        body(request)
    except ValueError:
        return "a parameter holds what JSON cannot carry"
    return None


def stand_in(url: str) -> Env:
    """Ask a stand-in, as any account."""
    return {"TWILIO_BASE_URL": url, "TWILIO_ACCOUNT_SID": f"AC{0:032x}", "TWILIO_AUTH_TOKEN": "only-for-the-sandbox"}


ADAPTER = Adapter(
    name="twilio",
    settings=(
        Setting("TWILIO_ACCOUNT_SID", "the account's id, AC …"),
        Setting("TWILIO_API_KEY", "an API key's id, SK …", needed=False),
        Setting("TWILIO_API_SECRET", "the API key's secret", secret=True, needed=False),
        Setting("TWILIO_AUTH_TOKEN", "the account's own token, in place of an API key", secret=True, needed=False),
        Setting("TWILIO_CALLS_PER_SECOND", "how many calls a second the account makes, 1 unless raised", needed=False),
        Setting("TWILIO_REGION", "where the account's data are, such as ie1", needed=False),
        Setting("TWILIO_EDGE", "where Twilio is entered, such as dublin", needed=False),
        Setting("TWILIO_BASE_URL", "another address, in place of Twilio's", needed=False),
    ),
    own_names={
        FLOW_ID: "TWILIO_FLOW_SID",
        CALLER_NUMBER: "TWILIO_FROM_NUMBER",
        DESTINATION_NUMBER: "TWILIO_TO_NUMBER",
    },
    final_statuses=frozenset({"completed", "busy", "failed", "no-answer", "canceled", "ended"}),
    reached_statuses=frozenset({"in-progress", "completed"}),
    complain=complain,
    connect=connect,
    body=body,
    misfit=misfit,
    ceiling=ceiling,
    account=account,
    stand_in=stand_in,
)

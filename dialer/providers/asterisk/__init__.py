"""Asterisk: a server of one's own, told by ARI whom to ring and where its dialplan goes on once that is answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.providers.asterisk import requests
from dialer.providers.port import FLOW_ID, Adapter, Ceiling, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from dialer.domain.call import CallRequest
    from dialer.providers.port import Env, Provider

_APP = "dialer"
_LOOK_UPS = 200.0  #: a second: a look into the memory of a machine that has calls to carry; what was heard needs none
_SHAPES = {
    "ASTERISK_USER": (re.compile("[!-9;-~]+"), "letters and digits, without a colon"),
    "ASTERISK_PASSWORD": (re.compile("[ -~]+"), "letters and digits"),
    "ASTERISK_APP": (re.compile("[A-Za-z0-9_-]{1,40}"), "letters, digits, hyphens and underscores"),
    "ASTERISK_CALLS_AT_A_TIME": (re.compile("[1-9][0-9]{0,5}"), "a whole number above 0"),
}

# What speaks HTTP takes a third of the time to start, which only commands that dial need to spend: it is imported where
# it is used.


def complain(env: Env, *, flow_id: str, **_: str) -> Sequence[str]:
    """Name every setting that cannot be used, and a flow that is no place of a dialplan."""
    from dialer.providers.http import base_url_complaint  # noqa: PLC0415
    from dialer.providers.proxies import surroundings_complaints  # noqa: PLC0415

    wrong = [
        f"{name} must be {looks}"
        for name, (shape, looks) in _SHAPES.items()
        if env.get(name) and not shape.fullmatch(env[name])
    ]
    if endpoint := env.get("ASTERISK_ENDPOINT"):
        wrong += filter(None, [requests.endpoint_complaint(endpoint)])
    if flow_id and not requests.is_flow(flow_id):
        wrong.append("the flow must be CONTEXT,EXTENSION,LABEL of the dialplan, and the label begin with a letter")
    if not (at := env.get("ASTERISK_URL")):
        return wrong
    if unusable := base_url_complaint("ASTERISK_URL", at):
        return [*wrong, unusable]
    return wrong or surroundings_complaints(env, at)


def address(env: Env) -> str:
    """Give the address of ARI, without a slash at its end."""
    return f"{env['ASTERISK_URL'].rstrip('/').removesuffix('/ari')}/ari"


def ceiling(env: Env) -> Ceiling:
    """Tell how many calls the trunk carries at once, if that was said: ARI has no limit of its own."""
    lines = env.get("ASTERISK_CALLS_AT_A_TIME")
    why = "ASTERISK_CALLS_AT_A_TIME says how many calls the trunk carries"
    return Ceiling(calls=None, look_ups=_LOOK_UPS, why=why, at_a_time=int(lines) if lines else None)


def connect(
    env: Env, *, timeout: timedelta, now: Callable[[], datetime], **_: object
) -> AbstractAsyncContextManager[Provider]:
    """Open the provider for one session; `timeout` is for one answer."""
    from dialer.providers.asterisk import calls  # noqa: PLC0415

    server = calls.Server(
        url=address(env),
        user=env["ASTERISK_USER"],
        password=env["ASTERISK_PASSWORD"],
        app=env.get("ASTERISK_APP") or _APP,
        trunk=requests.trunk_of(env["ASTERISK_ENDPOINT"]),
    )
    return calls.connect(server, env, timeout=timeout, now=now)


def body(request: CallRequest) -> bytes:
    """Return what is posted for a call, byte for byte; ValueError where a parameter cannot be JSON."""
    return requests.body_of(request)


def stand_in(url: str) -> Env:
    """Ask a stand-in, as any user."""
    return {
        "ASTERISK_URL": url,
        "ASTERISK_USER": "dialer",
        "ASTERISK_PASSWORD": "only-for-the-sandbox",
        "ASTERISK_ENDPOINT": "PJSIP/{number}@trunk",
    }


ADAPTER = Adapter(
    name="asterisk",
    settings=(
        Setting("ASTERISK_URL", "where Asterisk's HTTP server is, such as https://pbx.example.com:8089"),
        Setting("ASTERISK_USER", "the user of ari.conf"),
        Setting("ASTERISK_PASSWORD", "the user's password", secret=True),
        Setting("ASTERISK_ENDPOINT", "what rings a number, such as PJSIP/{number}@trunk"),
        Setting("ASTERISK_APP", "the name by which events are asked for, dialer unless set", needed=False),
        Setting("ASTERISK_CALLS_AT_A_TIME", "how many calls the trunk carries at once", needed=False),
    ),
    own_names={FLOW_ID: "ASTERISK_FLOW"},
    needs_caller=False,
    final_statuses=frozenset({"completed", "busy", "no-answer", "failed", "ended"}),
    reached_statuses=frozenset({"answered", "completed"}),
    complain=complain,
    connect=connect,
    body=body,
    misfit=requests.misfit,
    ceiling=ceiling,
    stand_in=stand_in,
    account=lambda env: env["ASTERISK_URL"].rstrip("/"),
)

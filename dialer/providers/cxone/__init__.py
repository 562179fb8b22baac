"""NICE CXone's personal-connection calls, as the tutorial behind this program describes them.

The vendor's public documentation does not show this family of addresses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.providers.port import CALLER_NUMBER, DESTINATION_NUMBER, FLOW_ID, Adapter, Setting
from dialer.providers.status_codes import AddressNames

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from dialer.domain.call import CallRequest
    from dialer.providers.port import Env, Provider

ADDRESS = AddressNames("CXONE_REALM and CXONE_BASE_URL", "CXONE_BASE_URL")

_SENT = ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET")
_REALM = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,2}")

# What speaks HTTP takes a third of the time to start, which only commands that dial need to spend: it is imported where
# it is used.


def complain(env: Env, **_: str) -> list[str]:
    """Name every setting that cannot be used."""
    from dialer.providers.http import base_url_complaint  # noqa: PLC0415
    from dialer.providers.proxies import surroundings_complaints  # noqa: PLC0415

    garbled = [f"{name} is not UTF-8 text" for name in _SENT if not _is_text(env.get(name, ""))]
    if env.get("CXONE_BASE_URL"):
        wrong = base_url_complaint("CXONE_BASE_URL", env["CXONE_BASE_URL"])
    elif not env.get("CXONE_REALM"):
        wrong = "CXONE_REALM is not set (the first part of https://REALM.api.niceincontact.com)"
    else:
        wrong = None if _REALM.fullmatch(env["CXONE_REALM"]) else "CXONE_REALM must be letters, digits and hyphens"
    return [*garbled, *([wrong] if wrong else surroundings_complaints(env, _base(env)))]


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _base(env: Env) -> str:
    return env.get("CXONE_BASE_URL") or f"https://{env['CXONE_REALM']}.api.niceincontact.com"


def connect(
    env: Env, *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
) -> AbstractAsyncContextManager[Provider]:
    """Open the provider for one session; `timeout` is for one answer."""
    from dialer.providers.cxone import calls  # noqa: PLC0415

    credentials = env["CXONE_CLIENT_ID"], env["CXONE_CLIENT_SECRET"]
    return calls.connect(_base(env), credentials, env, address=ADDRESS, timeout=timeout, clock=clock, now=now)


def body(request: CallRequest) -> bytes:
    """Return what is posted for a call, byte for byte; ValueError where a parameter cannot be JSON."""
    from dialer.providers.cxone import calls  # noqa: PLC0415

    return calls.body(request)


def stand_in(url: str) -> Env:
    """Ask a stand-in, as any client."""
    return {"CXONE_BASE_URL": url, "CXONE_CLIENT_ID": "rehearsal", "CXONE_CLIENT_SECRET": "only-for-the-sandbox"}


ADAPTER = Adapter(
    name="cxone",
    settings=(
        Setting("CXONE_CLIENT_ID", "the OAuth client's id"),
        Setting("CXONE_CLIENT_SECRET", "the OAuth client's secret", secret=True),
        Setting("CXONE_REALM", "the first part of https://REALM.api.niceincontact.com", needed=False),
        Setting("CXONE_BASE_URL", "another address, in place of the realm's", needed=False),
    ),
    own_names={
        FLOW_ID: "CXONE_FLOW_ID",
        CALLER_NUMBER: "CXONE_CALLER_NUMBER",
        DESTINATION_NUMBER: "CXONE_DESTINATION_NUMBER",
    },
    final_statuses=frozenset({"completed", "failed"}),
    reached_statuses=frozenset({"answered", "completed"}),
    complain=complain,
    connect=connect,
    body=body,
    stand_in=stand_in,
)

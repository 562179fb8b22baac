"""NICE CXone by its documented way: a script of the tenant is started for each call, and places it.

The tutorial's way is another provider, `cxone`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dialer.providers.port import DESTINATION_NUMBER, FLOW_ID, Adapter, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from dialer.domain.call import CallRequest
    from dialer.providers.port import Env, Provider

_PRINTED = re.compile("[!-~]+")
_SHAPES = {
    "CXONE_ACCESS_KEY_ID": (_PRINTED, "letters, digits and signs without a space"),
    "CXONE_ACCESS_KEY_SECRET": (_PRINTED, "letters, digits and signs without a space"),
    "CXONE_CLIENT_ID": (re.compile("[!-9;-~]+"), "letters, digits and signs without a space or a colon"),
    "CXONE_CLIENT_SECRET": (_PRINTED, "letters, digits and signs without a space"),
    "CXONE_AREA": (re.compile("[A-Za-z0-9]{1,20}"), "an area such as na1"),
    "CXONE_API_VERSION": (re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}"), "a version such as v33.0"),
    "CXONE_SKILL_ID": (re.compile("[0-9]{1,18}"), "a skill's number"),
}

# What speaks HTTP takes a third of the time to start, which only commands that dial need to spend: it is imported where
# it is used.


def complain(env: Env, *, flow_id: str, caller_number: str) -> Sequence[str]:
    """Name every setting that cannot be used, a script that cannot be one, and a caller that would not be shown."""
    from dialer.providers.cxone_scripts.hosts import token_url  # noqa: PLC0415
    from dialer.providers.http import base_url_complaint  # noqa: PLC0415
    from dialer.providers.proxies import surroundings_complaints  # noqa: PLC0415

    wrong = [
        f"{name} must be {looks}"
        for name, (shape, looks) in _SHAPES.items()
        if env.get(name) and not shape.fullmatch(env[name])
    ]
    client, secret, at = (env.get(f"CXONE_{name}") for name in ("CLIENT_ID", "CLIENT_SECRET", "SCRIPTS_BASE_URL"))
    if bool(client) != bool(secret):
        wrong.append("CXONE_CLIENT_ID and CXONE_CLIENT_SECRET are set together, or neither")
    if not client and not at and not env.get("CXONE_AREA"):
        wrong.append("CXONE_AREA is not set (such as na1): an access key without CXONE_CLIENT_ID is asked about there")
    if flow_id and not flow_id.isprintable():
        wrong.append("the script must be the path that Studio shows, or a number")
    if caller_number:
        wrong.append(
            f"a script takes no caller number, its skill has one: leave {caller_number} out, "
            "or send it as a parameter that the script reads"
        )
    if at and (unusable := base_url_complaint("CXONE_SCRIPTS_BASE_URL", at)):
        wrong.append(unusable)
    return wrong or surroundings_complaints(env, token_url(env))


def connect(
    env: Env, *, timeout: timedelta, clock: Callable[[], float], now: Callable[[], datetime]
) -> AbstractAsyncContextManager[Provider]:
    """Open the provider for one session; `timeout` is for one answer."""
    from dialer.providers.cxone_scripts import calls  # noqa: PLC0415

    return calls.connect(env, timeout=timeout, clock=clock, now=now)


def body(request: CallRequest) -> bytes:
    """Return what is asked with for a call behind `skillId=…&`, byte for byte; ValueError where it cannot be sent."""
    from dialer.providers.cxone_scripts.requests import query_of  # noqa: PLC0415

    return query_of(request)


def misfit(request: CallRequest) -> str | None:
    """Say why a call cannot be sent: a script has 20 places, of text and numbers without its own signs, in 32 KB."""
    try:
        body(request)
    except ValueError as problem:
        return str(problem)
    return None


def stand_in(url: str) -> Env:
    """Ask a stand-in as any application, with any access key and any skill."""
    return {
        "CXONE_SCRIPTS_BASE_URL": url,
        "CXONE_ACCESS_KEY_ID": "rehearsal",
        "CXONE_ACCESS_KEY_SECRET": "only-for-the-sandbox",
        "CXONE_CLIENT_ID": "rehearsal",
        "CXONE_CLIENT_SECRET": "only-for-the-sandbox",
        "CXONE_SKILL_ID": "1",
    }


ADAPTER = Adapter(
    name="cxone_scripts",
    settings=(
        Setting("CXONE_ACCESS_KEY_ID", "the access key's id"),
        Setting("CXONE_ACCESS_KEY_SECRET", "the access key's secret", secret=True),
        Setting("CXONE_SKILL_ID", "the number of the skill that the script is started with"),
        Setting("CXONE_CLIENT_ID", "the registered application's id, where there is one", needed=False),
        Setting("CXONE_CLIENT_SECRET", "the registered application's secret", secret=True, needed=False),
        Setting("CXONE_AREA", "the area of the tenant, such as na1", needed=False),
        Setting("CXONE_API_VERSION", "the version of CXone's services, v33.0 unless said", needed=False),
        Setting("CXONE_SCRIPTS_BASE_URL", "another address, in place of CXone's sign-on", needed=False),
    ),
    own_names={FLOW_ID: "CXONE_SCRIPT_PATH", DESTINATION_NUMBER: "CXONE_SCRIPT_NUMBER"},
    # The words for where a contact stands are the tenant's own: which is the last one is told with it, and which mean
    # that somebody answered is not known.
    final_statuses=frozenset(),
    reached_statuses=frozenset(),
    complain=complain,
    connect=connect,
    body=body,
    misfit=misfit,
    stand_in=stand_in,
    # Contacts are searched for by their skill; the key may be another one by now, of the same tenant.
    account=lambda env: " ".join(
        filter(None, (env["CXONE_SKILL_ID"], env.get("CXONE_AREA"), env.get("CXONE_SCRIPTS_BASE_URL")))
    ),
    needs_caller=False,
    takes_caller=False,
    by_place=True,
)

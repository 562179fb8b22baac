"""Hold every request that the adapter makes of Twilio against its own API description, and against what its SDK sends.

Both are fetched by whoever runs this, and neither is in the repository:

    npm pack @twilio/cli-core@8.3.2     # and unpack twilio_studio_v2.json and twilio_api_v2010.json into a folder
    pip install openapi-core twilio
    python tests/trials/twilio_official.py FOLDER
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp
from raw_server import NOW, PLENTY, http, serving

from dialer.domain.call import CallRequest, UnknownTry
from dialer.providers.twilio import ADAPTER

ACCOUNT, KEY, FLOW, EXECUTION, CALL = (f"{kind}{7:032x}" for kind in ("AC", "SK", "FW", "FN", "CA"))
CALLER, CALLED, ADDRESS = "+12025550100", "+12125550142", "https://example.com/say?team=1"
TOLD = {"name": "Zoë & Co", "balance": 12.5}
LISTED_FROM = NOW.replace(minute=0, second=0, microsecond=0)  #: what was called then is in three quarters of an hour
HOSTS = {"api_v2010": "https://api.twilio.com", "studio_v2": "https://studio.twilio.com"}


def answer(code: int, /, **document: object) -> bytes:
    return http(code, json.dumps(document).encode())


async def sent_by_the_adapter() -> list[tuple[str, str, dict[str, list[str]], str]]:
    """Place one call of each kind, take one back, look one up and for one of each in lists; return what was sent."""
    steps = [
        answer(201, sid=EXECUTION, status="active"),
        answer(201, sid=CALL, status="queued", queue_time="60000"),
        answer(200, sid=CALL, status="canceled"),
        answer(201, sid=CALL, status="queued", queue_time="0"),
        answer(200, sid=EXECUTION, status="ended"),
        answer(200, context={"widgets": {"ring": {"CallSid": CALL}}}),
        answer(200, sid=CALL, status="completed"),
        *[answer(200, executions=[], meta={})] * 3,
        answer(200, calls=[]),
    ]
    async with serving(*steps, aside=lambda _: None) as server:
        env = {
            "TWILIO_BASE_URL": server.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_API_KEY": KEY,
            "TWILIO_API_SECRET": "s",
        }
        async with ADAPTER.connect(env, timeout=PLENTY, clock=lambda: 0.0, now=lambda: NOW) as provider:
            await provider.place(CallRequest(CALLER, CALLED, FLOW, TOLD))
            await provider.place(CallRequest(CALLER, CALLED, ADDRESS, TOLD, "t", NOW + timedelta(seconds=1)))
            await provider.place(CallRequest(CALLER, CALLED, f"AP{7:032x}"))
            await provider.look_up(f"{FLOW}/{EXECUTION}")
            for flow in (FLOW, ADDRESS):
                await provider.resolve(UnknownTry(CallRequest(CALLER, CALLED, flow), LISTED_FROM, LISTED_FROM))
    return [_parted(head, body) for head, body in server.requests]


def _parted(head: str, body: bytes) -> tuple[str, str, dict[str, list[str]], str]:
    method, path, *_ = head.split()
    sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
    asked = urlsplit(path)
    return method, asked.path, parse_qs(body.decode() or asked.query), sent["authorization"]


def sent_by_the_sdk() -> list[tuple[str, str, dict[str, list[str]], str]]:
    """Ask Twilio's own SDK for the same, and keep what it would have sent."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.http.response import Response
    from twilio.rest import Client

    kept: list[tuple[str, str, dict[str, list[str]], str]] = []

    class Keeping(TwilioHttpClient):
        def request(self, method: str, url: str, *_: Any, **sent: Any) -> Response:
            fields = {name: [str(value)] for name, value in (sent.get("data") or sent.get("params") or {}).items()}
            kept.append((method, urlsplit(url).path, fields, aiohttp.encode_basic_auth(*sent["auth"])))
            return Response(
                200 if method == "GET" else 201, '{"calls": [], "executions": [], "meta": {"key": "executions"}}'
            )

    client = Client(KEY, "s", ACCOUNT, http_client=Keeping())
    flow, say = client.studio.v2.flows(FLOW), f"{ADDRESS}&name=Zo%C3%AB+%26+Co&balance=12.5"
    for ask in (
        lambda: flow.executions.create(to=CALLED, from_=CALLER, parameters=TOLD),
        lambda: client.calls.create(to=CALLED, from_=CALLER, url=say),
        lambda: client.calls(CALL).update(status="canceled"),
        lambda: client.calls.create(to=CALLED, from_=CALLER, application_sid=f"AP{7:032x}"),
        lambda: flow.executions(EXECUTION).fetch(),
        lambda: flow.executions(EXECUTION).execution_context().fetch(),
        lambda: client.calls(CALL).fetch(),
        *(
            partial(
                flow.executions.list,
                date_created_from=LISTED_FROM + timedelta(minutes=quarter),
                date_created_to=LISTED_FROM + timedelta(minutes=quarter + 15),
                page_size=100,
            )
            for quarter in (-15, 0, 15)
        ),
        lambda: client.calls.list(to=CALLED, from_=CALLER, page_size=100),
    ):
        ask()
    return kept


def described(folder: Path, request: tuple[str, str, dict[str, list[str]], str]) -> str:
    """Hold a request against the description of its API; return what is wrong with it, '' where nothing is."""
    from openapi_core import OpenAPI
    from openapi_core.exceptions import OpenAPIError
    from openapi_core.testing import MockRequest

    method, path, fields, authorization = request
    name = "studio_v2" if path.startswith("/v2/") else "api_v2010"
    known = OpenAPI.from_dict(json.loads((folder / f"twilio_{name}.json").read_text("utf-8")))
    asked = MockRequest(
        HOSTS[name],
        method.lower(),
        path,
        args={name: value[0] for name, value in fields.items()} if method == "GET" else None,
        data=urlencode(fields, doseq=True).encode() if fields and method != "GET" else None,
        headers={"Authorization": authorization},
        content_type="application/x-www-form-urlencoded",
    )
    try:
        known.validate_request(asked)
    except OpenAPIError as problem:
        return f"{type(problem).__name__}: {problem.__cause__ or problem}"
    return ""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, help="where twilio_studio_v2.json and twilio_api_v2010.json are")
    folder = options.parse_args().folder
    ours, theirs = asyncio.run(sent_by_the_adapter()), sent_by_the_sdk()
    wrong = 0
    for mine, official in zip(ours, theirs, strict=True):
        same = _comparable(mine) == _comparable(official)
        said = described(folder, mine)
        wrong += (not same) + bool(said)
        print(f"{mine[0]:4} {mine[1]}: {said or 'as described'}; {'as' if same else 'not as'} the SDK sends it")
        if not same:
            print(f"     ours {_comparable(mine)}\n     SDK  {_comparable(official)}")
    print(f"{len(ours)} requests, {wrong} differences")
    return bool(wrong)


def _comparable(request: tuple[str, str, dict[str, list[str]], str]) -> tuple[object, ...]:
    method, path, fields, authorization = request
    read = {name: json.loads(value[0]) if name == "Parameters" else value for name, value in fields.items()}
    return method, path, read, authorization


if __name__ == "__main__":
    sys.exit(main())

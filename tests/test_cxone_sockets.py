"""What broken connections prove, and what really goes over the wire: CXone's adapter against loopback sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import asynccontextmanager, closing, suppress

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver
from raw_server import MOMENT, NOW, PLACED, PLENTY, REQUEST, after, connected, http, serving

from dialer.domain.call import Accepted, HeldBack, NotSeen, NotSent, RunMustStop, Seen, Unclear
from dialer.providers.cxone import ADDRESS, connect
from dialer.providers.cxone.calls import CALLS, TOKEN, CXone
from dialer.providers.proxies import TIP_HTTP, TIP_TUNNEL
from dialer.providers.request import open_session
from dialer.providers.status_codes import TIP_PROXY
from dialer.providers.token import TokenKeeper, client_credentials


async def hang(_writer):
    await asyncio.Event().wait()


async def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def half_an_answer(writer):
    writer.write(http(body=b'{"callId": "c-1"}')[:-5])
    writer.close()


async def slow_body(writer):
    writer.write(http(body=b'{"callId": "c-1"}')[:-5])
    await asyncio.Event().wait()


async def endless_body(writer):
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"callId": "c-1", "x": "')
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


@asynccontextmanager
async def asking_elsewhere(server, base_url, *, timeout=PLENTY, **connector):
    """Yield a provider that has its token from the server, and places its calls elsewhere."""
    async with open_session(timeout=timeout, proxies=False) as plain:
        usual = plain.timeout
    async with aiohttp.ClientSession(timeout=usual, connector=aiohttp.TCPConnector(**connector)) as session:
        grant = client_credentials(server.url + TOKEN, "me", "s3cret")
        keeper = TokenKeeper(session, grant=grant, address=ADDRESS, clock=lambda: 0.0)
        provider = CXone(session, base_url=base_url, keeper=keeper, address=ADDRESS, now=lambda: NOW)
        assert await provider.ready() is None
        yield provider


async def test_a_call_goes_over_the_wire_as_the_tutorial_shows():
    async with serving(PLACED) as server, connected(server) as provider:
        assert await provider.place(REQUEST) == Accepted("c-1", "queued")
    ((head, body),) = server.requests
    assert head.splitlines()[0] == f"POST {CALLS} HTTP/1.1"
    assert "Authorization: Bearer token-1" in head.splitlines()
    assert "Content-Type: application/json" in head.splitlines()
    assert json.loads(body) == {
        "callerNumber": "+12025550100",
        "calledNumber": "+12125550142",
        "flowId": "flow-1",
        "parameters": {"first_name": "Zoë 李", "account": "0042"},
    }


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (None, "ServerDisconnectedError: Server disconnected"),
        (half_an_answer, "HTTP 200 without a call id"),
        (endless_body, "HTTP 200 without a call id"),
        (http(body=b'{"callId": "c-1", "x": "' + b"x" * 300_000 + b'"}'), "HTTP 200 without a call id"),
        (http(body=b"junk", Content_Encoding="gzip"), "HTTP 200 without a call id"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "ClientResponseError: the answer cannot be read as HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "ClientResponseError: the answer cannot be read as HTTP"),
        (http(503, b"<h1>Down</h1>"), "HTTP 503: Down"),
    ],
)
async def test_a_broken_answer_leaves_it_open_whether_it_rang(step, said):
    async with serving(step) as server, connected(server) as provider:
        assert await provider.place(REQUEST) == Unclear(said)
    assert len(server.requests) == 1


async def test_a_reset_after_sending_leaves_it_open_whether_it_rang():
    async with serving(reset) as server, connected(server) as provider:
        assert isinstance(await provider.place(REQUEST), Unclear)
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", [hang, slow_body])
async def test_an_answer_out_of_time_leaves_it_open_whether_it_rang(step):
    async with serving(step) as server, connected(server, timeout=MOMENT) as provider:
        assert isinstance(await provider.place(REQUEST), Unclear)
    assert len(server.requests) == 1


async def test_a_dropped_kept_alive_connection_repeats_no_call():
    """aiohttp repeats what it takes for harmless; a POST it must not, or a phone would ring twice."""
    async with serving(PLACED, None, PLACED) as server, connected(server) as provider:
        answers = [await provider.place(REQUEST) for _ in range(3)]
    assert answers == [
        Accepted("c-1", "queued"),
        Unclear("ServerDisconnectedError: Server disconnected"),
        Accepted("c-1", "queued"),
    ]
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status):
    async with serving(PLACED) as elsewhere:
        moved = http(status, Location=elsewhere.url + CALLS)
        async with serving(moved, moved) as server, connected(server) as provider:
            assert await provider.place(REQUEST) == Unclear(f"HTTP {status}")
            assert await provider.look_up("c-1") == NotSeen(f"HTTP {status}")
    assert elsewhere.requests == []


@pytest.mark.parametrize("closing", [False, True])
async def test_no_time_limit_counts_the_wait_before_leaving(closing):
    headers = {"Connection": "close"} if closing else {}
    placed, seen = (http(body=body, **headers) for body in (b'{"callId": "c-1"}', b'{"status": "ringing"}'))
    async with serving(placed, placed, seen) as server, connected(server, timeout=MOMENT) as provider:
        wait = after(3 * MOMENT.total_seconds())
        assert [await provider.place(REQUEST, wait) for _ in range(2)] == [Accepted("c-1")] * 2
        assert await provider.look_up("c-1", wait) == Seen("ringing")


async def test_the_time_for_an_answer_begins_when_the_request_leaves():
    async with serving(hang) as server, connected(server, timeout=MOMENT) as provider:
        answer = await provider.place(REQUEST, after(3 * MOMENT.total_seconds()))
    assert (answer, len(server.requests)) == (Unclear("TimeoutError: no answer in time"), 1)


async def test_what_is_held_back_sends_nothing_and_keeps_its_connection():
    async with serving(PLACED) as server, connected(server) as provider:
        assert await provider.place(REQUEST, after(0, left=False)) == HeldBack("it was not let out")
        assert await provider.look_up("c-1", after(0, left=False)) == HeldBack("it was not let out")
        assert await provider.place(REQUEST) == Accepted("c-1", "queued")
    assert (len(server.requests), len(server.connections)) == (1, 1)


async def test_a_connection_that_ends_before_the_request_leaves_is_replaced():
    async with serving(PLACED) as server, connected(server) as provider:
        hang_up_once = after(0.02, meanwhile=lambda: len(server.connections) == 1 and server.hang_up())
        assert await provider.place(REQUEST, hang_up_once) == Accepted("c-1", "queued")
    assert (len(server.requests), len(server.connections)) == (1, 2)


async def test_connections_that_end_before_any_request_prove_that_nothing_was_sent():
    async with serving() as server, connected(server) as provider:
        answer = await provider.place(REQUEST, after(0.02, meanwhile=server.hang_up))
    assert isinstance(answer, NotSent)
    assert answer.reason.endswith("[closed before anything was sent]")


async def test_a_refused_connection_proves_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with serving() as server, asking_elsewhere(server, nobody) as provider:
        answer = await provider.place(REQUEST)
    assert isinstance(answer, NotSent)
    assert answer.reason.startswith("ClientConnectorError: Cannot connect to host 127.0.0.1")


async def test_a_plain_port_where_tls_is_spoken_proves_that_nothing_was_sent():
    async def no_tls(reader, writer):
        await reader.read(1)
        writer.write(http(400))
        writer.close()

    async with serving() as server, await asyncio.start_server(no_tls, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        async with asking_elsewhere(server, f"https://127.0.0.1:{port}") as provider:
            answer = await provider.place(REQUEST)
    assert isinstance(answer, NotSent)
    assert answer.reason.startswith("ClientConnectorSSLError: Cannot connect to host 127.0.0.1")


class Resolver(AbstractResolver):
    def __init__(self, problem=None):
        self._problem = problem

    async def resolve(self, *_, **__):
        if self._problem:
            raise self._problem
        await asyncio.Event().wait()

    async def close(self):
        pass


@pytest.mark.parametrize("resolver", [Resolver(OSError(-2, "Name or service not known")), Resolver()])
async def test_a_name_that_is_not_found_proves_that_nothing_was_sent(resolver):
    async with (
        serving() as server,
        asking_elsewhere(server, "https://na9.example", timeout=MOMENT, resolver=resolver) as provider,
    ):
        assert isinstance(await provider.place(REQUEST), NotSent)


async def test_a_handshake_that_is_never_answered_proves_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = f"https://127.0.0.1:{silent.getsockname()[1]}"
        async with serving() as server, asking_elsewhere(server, mute, timeout=MOMENT) as provider:
            assert isinstance(await provider.place(REQUEST), NotSent)


async def ready_by(proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:s3cret@"))
    env = {"CXONE_REALM": "na9", "CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "key"}
    async with connect(env, timeout=PLENTY, clock=lambda: 0.0, now=lambda: NOW) as provider:
        return await provider.ready()


@pytest.mark.parametrize(
    ("answer", "said", "tip"),
    [
        (http(407, Proxy_Authenticate="Basic"), "ClientHttpProxyError: the proxy answered HTTP 407", TIP_PROXY),
        (http(403), "ClientHttpProxyError: the proxy answered HTTP 403", TIP_TUNNEL),
        (
            b"SSH-2.0-OpenSSH\r\n\r\n",
            "NeverConnectedError: ClientResponseError before there was a connection",
            ADDRESS.in_tip(TIP_HTTP),
        ),
    ],
)
async def test_a_proxy_that_refuses_the_first_request_is_a_setting(monkeypatch, answer, said, tip):
    async with serving(answer) as proxy:
        assert await ready_by(proxy, monkeypatch) == RunMustStop(f"no token: {said}", tip, is_setting=True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (http(502), "ClientHttpProxyError: the proxy answered HTTP 502"),
        (None, "NeverConnectedError: ServerDisconnectedError before there was a connection"),
    ],
)
async def test_a_proxy_that_reaches_nobody_proves_that_nothing_was_sent(monkeypatch, answer, said):
    async with serving(answer) as proxy:
        assert await ready_by(proxy, monkeypatch) == NotSent(f"no token: {said}")


async def test_loopback_is_asked_without_a_proxy(monkeypatch):
    async with serving(PLACED) as proxy, serving(PLACED) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with connected(server) as provider:
            assert await provider.place(REQUEST) == Accepted("c-1", "queued")
    assert proxy.requests == []


@pytest.mark.parametrize(
    ("call_id", "path"),
    [
        ("c-1", "c-1"),
        ("a/b", "a%2Fb"),
        ("a b?c#d%", "a%20b%3Fc%23d%25"),
        ("é", "%C3%A9"),
        ("../../oauth", "..%2F..%2Foauth"),
        ("%2F", "%252F"),
    ],
)
async def test_an_id_is_one_piece_of_the_address(call_id, path):
    async with serving(http(body=b'{"status": "ringing"}')) as server, connected(server) as provider:
        assert await provider.look_up(call_id) == Seen("ringing")
    ((head, _),) = server.requests
    assert head.splitlines()[0] == f"GET {CALLS}/{path} HTTP/1.1"


@pytest.mark.parametrize("step", [None, half_an_answer, hang])
async def test_a_look_up_without_a_whole_answer_finds_nothing(step):
    async with serving(step, step) as server, connected(server, timeout=MOMENT) as provider:
        assert isinstance(await provider.look_up("c-1"), NotSeen)


@pytest.mark.parametrize(
    ("token_answer", "outcome"),
    [
        (None, NotSent),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", NotSent),
        (http(body=b'{"access_token": "t", "x": "' + b"x" * 300_000 + b'"}'), NotSent),
        (http(500), NotSent),
        (http(307, Location="http://127.0.0.1:1/"), RunMustStop),
    ],
)
async def test_a_token_endpoint_that_breaks_off_is_only_not_sent(token_answer, outcome):
    async def endpoint(reader, writer):
        with suppress(asyncio.IncompleteReadError), closing(writer):  # of who asks whether TLS is spoken here
            await reader.readuntil(b"\r\n\r\n")
            writer.write(token_answer or b"")

    async with await asyncio.start_server(endpoint, "127.0.0.1", 0) as listening:
        env = {
            "CXONE_BASE_URL": f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}",
            "CXONE_CLIENT_ID": "me",
            "CXONE_CLIENT_SECRET": "s3cret",
        }
        async with connect(env, timeout=PLENTY, clock=lambda: 0.0, now=lambda: NOW) as provider:
            assert isinstance(await provider.ready(), outcome)

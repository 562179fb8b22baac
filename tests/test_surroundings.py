"""What keeps an address from being asked for ever, and what waiting may help."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import timedelta
from socket import EAI_AGAIN, EAI_NONAME, gaierror
from types import SimpleNamespace

import aiohttp
import pytest
from raw_server import GRANTED, http, serving

from dialer.domain.call import NotSent, RunMustStop
from dialer.providers.proxies import (
    TIP_CERTIFICATE,
    TIP_HTTP,
    TIP_NAME,
    TIP_TLS,
    authorities,
    never_heals,
    spoken_instead,
    surroundings_complaints,
)
from dialer.providers.request import open_session
from dialer.providers.status_codes import AddressNames
from dialer.providers.token import TokenKeeper, client_credentials

PROVIDER = "https://na1.api.niceincontact.com"
NAMES = AddressNames("X_REALM and X_URL", "X_URL")
KEY = SimpleNamespace(host="na1.example", port=443, ssl=True)
LOOKS = " must look like http://host:port"
SOCKS = ": proxies that speak SOCKS are not supported; name one that speaks HTTP, as http://host:port"


@pytest.mark.parametrize(
    ("env", "base", "complaint"),
    [
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, PROVIDER, None),
        ({"https_proxy": "http://user:pass@proxy.example"}, PROVIDER, None),
        ({"HTTP_PROXY": "nonsense"}, PROVIDER, None),
        ({"HTTPS_PROXY": "nonsense"}, PROVIDER, f"HTTPS_PROXY{LOOKS}"),
        ({"HTTPS_PROXY": "proxy.example:3128"}, PROVIDER, f"HTTPS_PROXY{LOOKS}"),
        ({"HTTPS_PROXY": "http://"}, PROVIDER, f"HTTPS_PROXY{LOOKS}"),
        ({"HTTPS_PROXY": "https://proxy.example"}, PROVIDER, f"HTTPS_PROXY{LOOKS}"),
        ({"HTTPS_PROXY": "http://h:0"}, PROVIDER, f"HTTPS_PROXY{LOOKS}"),
        ({"https_proxy": "http://h:99999"}, PROVIDER, "https_proxy is not an address: write http://host:port"),
        ({"HTTPS_PROXY": "http://[::1"}, PROVIDER, "HTTPS_PROXY is not an address: write http://host:port"),
        *(({"HTTPS_PROXY": f"{kind}://h:1080"}, PROVIDER, f"HTTPS_PROXY{SOCKS}") for kind in ("socks5", "SOCKS4A")),
        ({"https_proxy": "http://good:1", "HTTPS_PROXY": "nonsense"}, PROVIDER, None),
        ({"HTTPS_PROXY": "nonsense", "NO_PROXY": "example.com, .niceincontact.com"}, PROVIDER, None),
        ({"HTTPS_PROXY": "nonsense", "no_proxy": "*"}, PROVIDER, None),
        ({"HTTPS_PROXY": "nonsense", "no_proxy": "contact.com"}, PROVIDER, f"HTTPS_PROXY{LOOKS}"),
        ({"HTTPS_PROXY": "nonsense"}, "https://127.0.0.1:8443", None),
        ({"SSL_CERT_FILE": "/nowhere/x.pem"}, PROVIDER, "SSL_CERT_FILE: there is no file /nowhere/x.pem"),
        ({"SSL_CERT_FILE": "/"}, PROVIDER, "SSL_CERT_FILE: there is no file /"),
        (
            {"SSL_CERT_FILE": __file__},
            PROVIDER,
            f"SSL_CERT_FILE: {__file__} holds no certificates that can be read (PEM)",
        ),
        ({"SSL_CERT_DIR": "/nowhere"}, PROVIDER, "SSL_CERT_DIR: there is no folder /nowhere"),
        ({"SSL_CERT_DIR": "/nowhere:/tmp"}, PROVIDER, None),
        ({"SSL_CERT_FILE": "/nowhere/x.pem"}, "http://127.0.0.1:8080", None),
    ],
)
def test_a_variable_that_keeps_the_provider_from_being_asked_is_named(env, base, complaint):
    assert surroundings_complaints(env, base) == ([complaint] if complaint else [])


def test_authorities_are_the_systems_where_no_variable_names_others(tmp_path):
    assert authorities({}) is True
    assert isinstance(authorities({"SSL_CERT_DIR": str(tmp_path)}), ssl.SSLContext)


def connecting(kind, problem):
    return kind(KEY, problem)


@pytest.mark.parametrize(
    ("problem", "tip"),
    [
        (connecting(aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError(1, "no")), TIP_CERTIFICATE),
        (connecting(aiohttp.ClientConnectorSSLError, ssl.SSLError(1, "WRONG_VERSION_NUMBER")), TIP_TLS),
        (connecting(aiohttp.ClientConnectorSSLError, ssl.SSLEOFError(8, "cut off")), ""),
        (connecting(aiohttp.ClientConnectorDNSError, gaierror(EAI_NONAME, "not known")), TIP_NAME),
        (connecting(aiohttp.ClientConnectorDNSError, gaierror(EAI_AGAIN, "try again")), ""),
        (connecting(aiohttp.ClientConnectorError, ConnectionRefusedError(111, "refused")), ""),
        (connecting(aiohttp.ClientProxyConnectionError, ConnectionRefusedError(111, "refused")), ""),
        (aiohttp.ClientResponseError(None, (), status=400, message="Bad status line"), TIP_HTTP),
        (aiohttp.InvalidURL("x"), TIP_HTTP),
        (aiohttp.ServerDisconnectedError(), ""),
        (aiohttp.ConnectionTimeoutError(), ""),
        (TimeoutError(), ""),
    ],
)
def test_a_fault_that_waiting_cannot_mend_says_what_to_check(problem, tip):
    assert never_heals(problem) == tip


async def test_an_address_that_speaks_plain_http_where_tls_was_meant_is_told():
    async with serving(http(200)) as server:
        assert await spoken_instead(server.url.replace("http:", "https:")) == TIP_TLS


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_address_that_says_something_else_is_not_judged(scheme):
    async with serving(b"SSH-2.0-OpenSSH\r\n") as server:
        assert await spoken_instead(server.url.replace("http", scheme)) == ""


@asynccontextmanager
async def answering(serve):
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def asking(url):
    async with open_session(timeout=timedelta(seconds=5), proxies=False) as session:
        grant = client_credentials(url, "me", "key")
        yield TokenKeeper(session, grant=grant, address=NAMES, clock=lambda: 0.0, is_direct=True)


async def test_a_plain_port_behind_https_is_a_setting():
    async def refuse(reader, writer):
        await reader.read(1)
        writer.write(http(400))
        writer.close()

    async with answering(refuse) as port, asking(f"https://127.0.0.1:{port}/v2/oauth/token") as keeper:
        found = await keeper.ensure()
    assert (type(found), found.tip, found.is_setting) == (RunMustStop, NAMES.in_tip(TIP_TLS), True)


async def test_what_has_answered_once_is_an_outage_when_it_cannot_be_read_any_more():
    answers = iter([GRANTED, b"SSH-2.0-OpenSSH\r\n\r\n"])

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(next(answers))
        writer.close()

    async with answering(answer) as port, asking(f"http://127.0.0.1:{port}/v2/oauth/token") as keeper:
        assert await keeper.ensure() is None
        keeper.refused(keeper.token)
        assert isinstance(await keeper.ensure(), NotSent)


async def test_a_first_answer_that_cannot_be_read_as_http_is_a_setting():
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        writer.close()

    async with answering(answer) as port, asking(f"http://127.0.0.1:{port}/v2/oauth/token") as keeper:
        assert await keeper.ensure() == RunMustStop(
            "no token: ClientResponseError: the answer cannot be read as HTTP", NAMES.in_tip(TIP_HTTP), is_setting=True
        )

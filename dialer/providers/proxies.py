"""What a machine says of the way out: proxies and authorities, by the usual variables; and which faults never heal."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import closing
from pathlib import Path
from socket import EAI_AGAIN
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from dialer.providers.connections import NeverConnectedError
from dialer.providers.http import is_loopback
from dialer.providers.status_codes import TIP_PROXY

if TYPE_CHECKING:
    from collections.abc import Mapping

# {address} stands for the settings a provider's address is made of, {url} for the one that can hold the whole of it.
TIP_NAME = "there is no such host: check {address}, HTTPS_PROXY, and this machine's network"
TIP_CERTIFICATE = "its certificate is not trusted: check the address; SSL_CERT_FILE may name further authorities"
TIP_TLS = "no TLS that fits is spoken there: check the scheme and the port of {url}"
TIP_HTTPS = "TLS is spoken there: write https in {url}"
TIP_HTTP = "no HTTP is spoken there: check the scheme and the port of {url}, or the proxy's address"
TIP_TUNNEL = "the proxy does not let calls through to the provider: check HTTPS_PROXY and NO_PROXY"

_ASKING_SECONDS = 2.0  # whoever has nothing to say to strangers is not waited for
_CUT_OFF = (ssl.SSLEOFError, ssl.SSLSyscallError, ssl.SSLZeroReturnError)
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def surroundings_complaints(env: Mapping[str, str], base: str) -> list[str]:
    """Name every variable that keeps an address from being asked, whatever is tried."""
    if is_loopback(base) and urlsplit(base).scheme == "http":
        return []
    found = (_authority_complaint(name, env.get(name, "")) for name in _AUTHORITIES)
    return list(filter(None, [_proxy_complaint(env, base), *found]))


def authorities(env: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Give what TLS is verified by: the system's authorities, and those that the variables name."""
    file, folder = (env.get(name) or None for name in _AUTHORITIES)
    if not file and not folder:
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=file, capath=folder)
    return context


def never_heals(problem: BaseException) -> str:
    """Tell what to check where a first request that failed so would fail for ever; '' where waiting may help."""
    tip = ""
    if isinstance(problem, NeverConnectedError) and problem.__cause__:
        problem = problem.__cause__
    match problem:
        case aiohttp.ClientConnectorCertificateError():
            tip = TIP_CERTIFICATE
        case aiohttp.ClientHttpProxyError(status=407):
            tip = TIP_PROXY
        case aiohttp.ClientHttpProxyError():
            tip = TIP_TUNNEL if problem.status < 500 else ""  # 5xx tell of a host that did not answer the proxy
        case aiohttp.ClientConnectorDNSError():
            tip = "" if problem.os_error.errno == EAI_AGAIN else TIP_NAME  # whoever knows names may be away as well
        case aiohttp.ClientConnectorSSLError():
            tip = "" if isinstance(problem.os_error, _CUT_OFF) else TIP_TLS
        case aiohttp.ClientResponseError() | ValueError():
            tip = TIP_HTTP
    return tip


async def spoken_instead(url: str) -> str:
    """Ask an address that gave no answer in its scheme whether it speaks the other; '' where it does not.

    Nothing that is secret is sent: a request for the top page in the clear, or a greeting of TLS.
    """
    parts = urlsplit(url)
    is_tls, host = parts.scheme == "https", parts.hostname or ""
    context = None if is_tls else _unverified()
    try:
        async with asyncio.timeout(_ASKING_SECONDS):
            reader, writer = await asyncio.open_connection(host, parts.port or (443 if is_tls else 80), ssl=context)
            with closing(writer):
                if not is_tls:
                    return TIP_HTTPS
                writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                return TIP_TLS if await reader.read(5) == b"HTTP/" else ""
    except (OSError, TimeoutError, ValueError):
        return ""


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def proxy_variable(env: Mapping[str, str], base: str) -> str:
    """Name the variable whose proxy is asked for an address; '' where none is."""
    parts = urlsplit(base)
    name = f"{parts.scheme}_proxy"
    known = next((key for key in (name, name.upper()) if env.get(key)), "")
    is_bypassed = _is_bypassed(parts.hostname or "", env.get("no_proxy") or env.get("NO_PROXY") or "")
    return "" if is_loopback(base) or is_bypassed else known


def _proxy_complaint(env: Mapping[str, str], base: str) -> str:
    known = proxy_variable(env, base)
    if not known:
        return ""
    try:
        proxy = urlsplit(env[known])
        is_address = bool(proxy.hostname) and proxy.port != 0
    except ValueError:
        return f"{known} is not an address: write http://host:port"
    if proxy.scheme.lower().startswith("socks"):
        return f"{known}: proxies that speak SOCKS are not supported; name one that speaks HTTP, as http://host:port"
    if proxy.scheme.lower() != "http" or not is_address:
        return f"{known} must look like http://host:port"  # it may hold a password, and is not repeated
    return ""


def _is_bypassed(host: str, bypassed: str) -> bool:
    names = [name.strip().lstrip(".") for name in bypassed.lower().split(",")]
    return any(name in {"*", host} or (name and host.endswith("." + name)) for name in names)


def _authority_complaint(name: str, value: str) -> str:
    if not value:
        return ""
    if name == "SSL_CERT_DIR":
        missing = not any(Path(folder).is_dir() for folder in value.split(":"))
        return f"SSL_CERT_DIR: there is no folder {value}" if missing else ""
    if not Path(value).is_file():
        return f"SSL_CERT_FILE: there is no file {value}"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=value)
    except (ssl.SSLError, OSError):
        return f"SSL_CERT_FILE: {value} holds no certificates that can be read (PEM)"
    return ""

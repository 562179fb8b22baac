"""Where CXone is asked: who grants a token, and at which address a tenant's API is, as the tenant's discovery says."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import aiohttp

from dialer.domain.call import NotSent, RunMustStop
from dialer.domain.redaction import basic_credentials
from dialer.providers.http import as_json, base_url_complaint, trouble, words
from dialer.providers.request import NO_ANSWER, ask
from dialer.providers.status_codes import AddressNames
from dialer.providers.token import Grant

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = AddressNames("CXONE_AREA and CXONE_SCRIPTS_BASE_URL", "CXONE_SCRIPTS_BASE_URL")

VERSION = "v33.0"
"""Of CXone's services, where CXONE_API_VERSION names none; from v30.0 on the same requests were seen."""

DISCOVERY = "/.well-known/cxone-configuration"
BY_ACCESS_KEY = "/authentication/v1/token/access-key"
BY_CLIENT = "/auth/token"

_ISSUER = "https://cxone.niceincontact.com"
_OF_NICE = (".niceincontact.com", ".nice-incontact.com", ".incontact.com")  #: whose hosts are the vendor's
_TIP_KEY = "check CXONE_ACCESS_KEY_ID and CXONE_ACCESS_KEY_SECRET, and that the key's user is active"
_TIP_CLIENT = f"{_TIP_KEY}; check CXONE_CLIENT_ID and CXONE_CLIENT_SECRET, which belong to the registered application"
_TIP_AREA = "set CXONE_AREA, the area of the tenant such as na1"
_TIP_DISCOVERY = "check {address}, and what stands between"


def issuer(env: Mapping[str, str]) -> str:
    """Give the address of the vendor's own sign-on, which knows where each tenant's API is."""
    return (env.get("CXONE_SCRIPTS_BASE_URL") or _ISSUER).rstrip("/")


def token_url(env: Mapping[str, str]) -> str:
    """Give the address that is asked for a token: the sign-on's for an application, else that of the area."""
    if env.get("CXONE_CLIENT_ID"):
        return issuer(env) + BY_CLIENT
    at = env.get("CXONE_SCRIPTS_BASE_URL") or f"https://{env['CXONE_AREA']}.nice-incontact.com"
    return at.rstrip("/") + BY_ACCESS_KEY


def grant_of(env: Mapping[str, str]) -> Grant:
    """Tell how a token is asked for: as a registered application, or by the access key alone."""
    key, secret = env["CXONE_ACCESS_KEY_ID"], env["CXONE_ACCESS_KEY_SECRET"]
    client, client_secret = env.get("CXONE_CLIENT_ID", ""), env.get("CXONE_CLIENT_SECRET", "")
    secrets = [secret, *basic_credentials(key, secret)]
    if client_secret:
        secrets += [client_secret, *basic_credentials(client, client_secret)]
    if not client:
        sent: Mapping[str, Any] = {"json": {"accessKeyId": key, "accessKeySecret": secret}}
        return Grant(url=token_url(env), sent=sent, secrets=tuple(secrets), tip=_TIP_KEY)
    sent = {
        "data": {"grant_type": "password", "username": key, "password": secret},
        "headers": {"Authorization": aiohttp.encode_basic_auth(client, client_secret)},
    }
    return Grant(url=token_url(env), sent=sent, secrets=tuple(secrets), tip=_TIP_CLIENT)


class Discovery:
    """Finds the address of a tenant's API once, by what its first token says of the tenant.

    That address is sent every token. It is believed only if it is https on a host of the vendor's, or where the
    sign-on itself is: whatever else an answer names is asked nothing.
    """

    def __init__(self, session: aiohttp.ClientSession, env: Mapping[str, str]) -> None:
        """Ask nothing yet."""
        self._session = session
        self._issuer = issuer(env)
        area = env.get("CXONE_AREA", "")
        of_area = f"https://api-{area}.niceincontact.com" if area else ""
        self._usual = env.get("CXONE_SCRIPTS_BASE_URL", "").rstrip("/") or of_area
        self.api = ""  #: without a slash at its end; '' until it is known

    async def learn(self, granted: Mapping[str, Any]) -> NotSent | RunMustStop | None:
        """Find the address by the answer that brought a token; None once it is known."""
        if self.api:
            return None
        tenant = _tenant(granted.get("id_token"))
        if not tenant:
            self.api = self._usual
            said = "the token endpoint's answer names no tenant, so that its API cannot be found"
            return None if self.api else RunMustStop(said, _TIP_AREA)
        found = await self._api_of(tenant)
        if not isinstance(found, str):
            return found
        if not _is_believed(found, self._issuer):
            said = f"discovery names an API at {_shown(found)}, which is no host of the vendor's: it is sent no token"
            return RunMustStop(said, ADDRESS.in_tip(_TIP_DISCOVERY))
        self.api = found.rstrip("/")
        return None

    async def _api_of(self, tenant: str) -> str | NotSent | RunMustStop:
        """Ask where a tenant's API is."""
        try:
            reply = await ask(self._session, "GET", f"{self._issuer}{DISCOVERY}?tenantId={quote(tenant, safe='')}")
        except NO_ANSWER as problem:
            return NotSent(f"the tenant's API was not found: {trouble(problem)}")
        said = words(reply.status, reply.body, content_type=reply.content_type)
        if reply.status in {408, 425, 429} or reply.status >= 500 or reply.body is None:
            return NotSent(f"the tenant's API was not found: {said}")
        answer = as_json(reply.body, reply.content_type)
        at = answer.get("api_endpoint") if isinstance(answer, dict) else None
        if 200 <= reply.status < 300 and isinstance(at, str):
            return at
        return RunMustStop(f"the tenant's API was not found: {said}", ADDRESS.in_tip(_TIP_DISCOVERY))


def _is_believed(at: str, issuer: str) -> bool:
    if base_url_complaint("api_endpoint", at):
        return False
    found, own = urlsplit(at), urlsplit(issuer)
    if (found.scheme, found.hostname, found.port) == (own.scheme, own.hostname, own.port):
        return True
    return found.scheme == "https" and (found.hostname or "").endswith(_OF_NICE)


def _shown(at: str) -> str:
    """Show the host of an address that may be anything."""
    try:
        host = urlsplit(at).hostname or ""
    except ValueError:
        host = ""
    return host if host.isascii() and host.isprintable() and 0 < len(host) <= 253 else "no address"


def _tenant(id_token: object) -> str:
    """Read the tenant of an identity token, '' where it says none; whoever gave it was asked for it, by TLS."""
    if not isinstance(id_token, str):
        return ""
    _, _, rest = id_token.partition(".")
    middle = rest.partition(".")[0]
    try:
        claims = as_json(urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (binascii.Error, ValueError):
        return ""
    tenant = claims.get("tenantId") if isinstance(claims, dict) else None
    return tenant if isinstance(tenant, str) else ""

"""An OAuth access token for everybody: fetched once, renewed before it ends, replaced when it is refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.domain.call import NotSent, RunMustStop
from dialer.domain.redaction import basic_credentials
from dialer.providers.http import as_json, trouble, words
from dialer.providers.proxies import never_heals, spoken_instead
from dialer.providers.request import NO_ANSWER, ask
from dialer.providers.status_codes import STOPPING, TIP_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from dialer.providers.status_codes import AddressNames

_USUAL_LIFE = 3600.0  #: seconds, where the endpoint does not say
_MARGIN = 60.0  #: seconds before its end at which it is replaced: longer than a call waits for its answer
_LEAST = 10.0  # between two requests: six a minute bother no endpoint, and a token that ends sooner is refused with a
# 401, which costs no try and brings a new one at once
_TIP = "check the client id and secret, and that the client may use the client-credentials grant"


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; `renew_at` is on the keeper's clock."""

    value: str = field(repr=False)
    renew_at: float


class TokenKeeper:
    """Holds the one token of a run.

    However many calls wait, one request fetches it. `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        client_id: str,
        client_secret: str,
        address: AddressNames,
        clock: Callable[[], float],
        is_direct: bool = False,
    ) -> None:
        """Fetch nothing yet; `address` names the settings of the url, with `is_direct` no proxy stands between."""
        self._session = session
        self._url = url
        self._address = address
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._credentials = tuple(basic_credentials(client_id, client_secret))
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._token: Token | None = None
        self._refusals = 0
        self._fetches = 0
        self._answered = False
        self._is_direct = is_direct
        self._failure: NotSent | RunMustStop | None = None

    @property
    def token(self) -> Token | None:
        """The token at hand, if any; it may be about to end."""
        return self._token

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must appear in no text."""
        held = (self._token.value,) if self._token else ()
        return (self._form["client_secret"], *self._credentials, *held)

    def accepted(self, token: Token) -> None:
        """Note that the provider took a token; one that has been replaced since says nothing of the present one."""
        if token is self._token:
            self._refusals = 0

    def refused(self, token: Token) -> bool:
        """Drop a token the provider refused; False when the one before it was refused as well."""
        if token is self._token:
            self._token = None
            self._refusals += 1
        return self._refusals <= 1

    async def ensure(self) -> NotSent | RunMustStop | None:
        """Have a token that will not end within its margin; None when there is one.

        Whoever comes while it is being fetched shares what comes of it, a failure too.
        """
        if self._is_fresh():
            return None
        fetches = self._fetches
        async with self._one_at_a_time:
            if self._is_fresh():
                return None
            if fetches == self._fetches:
                self._failure = await self._fetch()
                self._fetches += 1
            return self._failure

    def _is_fresh(self) -> bool:
        return self._token is not None and self._clock() < self._token.renew_at

    async def _fetch(self) -> NotSent | RunMustStop | None:
        asked_at = self._clock()
        try:
            reply = await ask(self._session, "POST", self._url, data=self._form)
        except NO_ANSWER as problem:
            said, tip = f"no token: {trouble(problem)}", await self._setting(problem)
            return RunMustStop(said, tip, is_setting=True) if tip else NotSent(said)
        self._answered = True
        status, body = reply.status, reply.body
        answer = as_json(body, reply.content_type)
        given = answer.get("access_token") if isinstance(answer, dict) else None
        said = words(status, body, secrets=(*self.secrets, given) if isinstance(given, str) else self.secrets)
        if status in {408, 425, 429} or status >= 500:
            return NotSent(f"no token: {said}")
        if not 200 <= status < 300:
            return RunMustStop(f"no token: {said}", self._address.in_tip(_tip(status)))
        if body is None:
            return NotSent(f"no token: {said}: the answer broke off or is far too long")
        return self._take(answer, asked_at)

    async def _setting(self, problem: BaseException) -> str:
        """Tell what to check where a setting is to blame; what has worked in this run is only away."""
        if self._answered:
            return ""
        is_first = self._is_direct and not self._fetches
        tip = never_heals(problem) or (await spoken_instead(self._url) if is_first else "")
        return self._address.in_tip(tip)

    def _take(self, answer: object, asked_at: float) -> RunMustStop | None:
        value = answer.get("access_token") if isinstance(answer, dict) else None
        if not (isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value and value):
            return RunMustStop("the token endpoint's answer holds no usable access_token", _TIP)
        life = answer.get("expires_in") if isinstance(answer, dict) else None
        seconds = _life(life)
        self._token = Token(value, asked_at + max(seconds - min(_MARGIN, seconds / 5), _LEAST))
        return None


def _tip(status: int) -> str:
    """Say what to check: an address that knows no tokens says nothing of who asks."""
    return STOPPING.get(status, TIP_ADDRESS if status < 400 or status == 404 else _TIP)


def _life(expires_in: object) -> float:
    try:
        seconds = float(expires_in)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return _USUAL_LIFE
    return seconds if 0 < seconds < 10 * 365 * 86400 else _USUAL_LIFE

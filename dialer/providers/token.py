"""An OAuth access token for everybody: fetched once, renewed before it ends, replaced when it is refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from dialer.domain.call import NotSent, RunMustStop
from dialer.domain.redaction import basic_credentials
from dialer.providers.http import as_json, trouble, words
from dialer.providers.proxies import never_heals, spoken_instead
from dialer.providers.request import NO_ANSWER, ask
from dialer.providers.status_codes import STOPPING, TIP_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import aiohttp

    from dialer.providers.status_codes import AddressNames

_USUAL_LIFE = 3600.0  #: seconds, where the endpoint does not say
_MARGIN = 60.0  #: seconds before its end at which it is replaced: longer than a call waits for its answer
_LEAST = 10.0  # between two requests: six a minute bother no endpoint, and a token that ends sooner is refused with a
# 401, which costs no try and brings a new one at once
_TIP = "check the client id and secret, and that the client may use the client-credentials grant"

Learn: TypeAlias = "Callable[[Mapping[str, Any]], Awaitable[NotSent | RunMustStop | None]]"
"""Takes from the answer that brought a token what else is needed before a call; None where it has that."""


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; `renew_at` is on the keeper's clock."""

    value: str = field(repr=False)
    renew_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token is asked for with: one POST to `url` with what is `sent` along, as `http.ask` takes it.

    None of the `secrets` is repeated in what is said. `tip` says what to check where it is refused.
    """

    url: str
    sent: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    tip: str


def client_credentials(url: str, client_id: str, client_secret: str) -> Grant:
    """Ask as a client that stands for itself."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    secrets = (client_secret, *basic_credentials(client_id, client_secret))
    return Grant(url=url, sent={"data": form}, secrets=secrets, tip=_TIP)


class TokenKeeper:
    """Holds the one token of a run.

    However many calls wait, one request fetches it. `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        grant: Grant,
        address: AddressNames,
        clock: Callable[[], float],
        is_direct: bool = False,
        learn: Learn | None = None,
    ) -> None:
        """Fetch nothing yet; `address` names the settings of the url, with `is_direct` no proxy stands between.

        There is no token before `learn` has what it takes from the answer.
        """
        self._session = session
        self._grant = grant
        self._address = address
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._token: Token | None = None
        self._refusals = 0
        self._fetches = 0
        self._answered = False
        self._is_direct = is_direct
        self._learn = learn
        self._failure: NotSent | RunMustStop | None = None

    @property
    def token(self) -> Token | None:
        """The token at hand, if any; it may be about to end."""
        return self._token

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must appear in no text."""
        held = (self._token.value,) if self._token else ()
        return (*self._grant.secrets, *held)

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
            reply = await ask(self._session, "POST", self._grant.url, **self._grant.sent)
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
            return RunMustStop(f"no token: {said}", self._address.in_tip(self._tip(status)))
        if body is None:
            return NotSent(f"no token: {said}: the answer broke off or is far too long")
        return await self._take(answer, asked_at)

    async def _setting(self, problem: BaseException) -> str:
        """Tell what to check where a setting is to blame; what has worked in this run is only away."""
        if self._answered:
            return ""
        is_first = self._is_direct and not self._fetches
        tip = never_heals(problem) or (await spoken_instead(self._grant.url) if is_first else "")
        return self._address.in_tip(tip)

    async def _take(self, answer: object, asked_at: float) -> NotSent | RunMustStop | None:
        told = answer if isinstance(answer, dict) else {}
        value = told.get("access_token")
        if not (isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value and value):
            return RunMustStop("the token endpoint's answer holds no usable access_token", self._grant.tip)
        if self._learn and (missing := await self._learn(told)):
            return missing
        seconds = _life(told.get("expires_in"))
        self._token = Token(value, asked_at + max(seconds - min(_MARGIN, seconds / 5), _LEAST))
        return None

    def _tip(self, status: int) -> str:
        """Say what to check: an address that knows no tokens says nothing of who asks."""
        return STOPPING.get(status, TIP_ADDRESS if status < 400 or status == 404 else self._grant.tip)


def _life(expires_in: object) -> float:
    try:
        seconds = float(expires_in)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return _USUAL_LIFE
    return seconds if 0 < seconds < 10 * 365 * 86400 else _USUAL_LIFE

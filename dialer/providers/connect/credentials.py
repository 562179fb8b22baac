"""The keys that requests are signed with: given by settings, or found by botocore as AWS's own programs find them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from botocore import exceptions
from botocore.session import Session

from dialer.domain.call import NotSent, RunMustStop, TokenEnded
from dialer.providers.connect.errors import TIP_KEYS
from dialer.providers.connect.signing import Keys
from dialer.providers.http import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_ASKED_AGAIN = 60.0  #: seconds: botocore renews keys 10 minutes before their end at the latest, and only when asked
_AWAY = (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.MetadataRetrievalError)
_TIP_FOUND = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile that works; "
    "one that is for single sign-on must be signed in to first"
)
_TIP_ENDED = "the keys have ended: set new ones, AWS_SESSION_TOKEN among them"


class Source(Protocol):
    """Where keys are found."""

    def find(self) -> Keys:
        """Give keys that are good now; it may take seconds. Raises what botocore raises, and OSError."""

    def forget(self) -> None:
        """Look for others next time."""


class BotocoreSource:
    """A profile, or whatever else botocore finds: files, SSO, a process, the role of a container or a machine."""

    def __init__(self, profile: str) -> None:
        """Look for nothing yet; '' is for no profile in particular."""
        self._profile = profile
        self._found: Any = None

    def find(self) -> Keys:
        """Give keys, renewed where they are about to end."""
        if self._found is None:
            self._found = Session(profile=self._profile or None).get_credentials()
        if self._found is None:
            raise exceptions.NoCredentialsError
        frozen = self._found.get_frozen_credentials()
        return Keys(frozen.access_key, frozen.secret_key, frozen.token or "")

    def forget(self) -> None:
        """Read everything anew next time."""
        self._found = None


class KeyKeeper:
    """Holds the keys of a session; keys that are found are asked for again in time, in a thread of their own.

    However many calls wait, they are looked for once. `clock` counts seconds and never goes back.
    """

    def __init__(self, given: Keys | None, source: Source, *, clock: Callable[[], float]) -> None:
        """Find nothing yet; keys that are `given` are never looked for."""
        self._given = given
        self._source = source
        self._clock = clock
        self._keys = given
        self._good_until = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._searches = 0
        self._ever_found = False
        self._ended_in_a_row = 0
        self._failure: NotSent | RunMustStop | None = None

    @property
    def keys(self) -> Keys | None:
        """The keys at hand, if any."""
        return self._keys

    def took(self, keys: Keys) -> None:
        """Note that AWS knows keys; some that were replaced since say nothing of the present ones."""
        if keys is self._keys:
            self._ended_in_a_row = 0

    def ended(self, keys: Keys, said: str) -> TokenEnded | RunMustStop:
        """Drop keys that AWS says have ended; where those that were found anew have as well, or none can be, stop."""
        if self._given:
            return RunMustStop(said, _TIP_ENDED)
        if keys is self._keys:
            self._keys = None
            self._source.forget()
            self._ended_in_a_row += 1
        return TokenEnded(said) if self._ended_in_a_row <= 1 else RunMustStop(said, TIP_KEYS)

    async def ensure(self) -> NotSent | RunMustStop | None:
        """Have keys that do not end within minutes; None when there are."""
        if self._is_fresh():
            return None
        searches = self._searches
        async with self._one_at_a_time:
            if self._is_fresh():
                return None
            if searches == self._searches:
                self._failure = await self._find()
                self._searches += 1
            return self._failure

    def _is_fresh(self) -> bool:
        return self._keys is not None and (self._given is not None or self._clock() < self._good_until)

    async def _find(self) -> NotSent | RunMustStop | None:
        try:
            found = await asyncio.to_thread(self._source.find)
        except (exceptions.BotoCoreError, exceptions.ClientError, OSError) as problem:
            said = f"no keys of AWS: {plain(str(problem))}"
            if self._ever_found or isinstance(problem, _AWAY):
                return NotSent(said)  # what has worked in this session, or asks over a network, is only away
            return RunMustStop(said, _TIP_FOUND, is_setting=True)
        if found != self._keys:
            self._keys = found
        self._ever_found = True
        self._good_until = self._clock() + _ASKED_AGAIN
        return None


def keeper_of(env: Mapping[str, str], *, clock: Callable[[], float]) -> KeyKeeper:
    """Keep the keys that settings give, or look for some as they say; keys win over a profile, as with AWS's own."""
    key, secret = env.get("AWS_ACCESS_KEY_ID"), env.get("AWS_SECRET_ACCESS_KEY")
    given = Keys(key, secret, env.get("AWS_SESSION_TOKEN", "")) if key and secret else None
    return KeyKeeper(given, BotocoreSource(env.get("AWS_PROFILE", "")), clock=clock)

"""One signed request of Amazon Connect, and what its answer says whatever was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yarl import URL

from dialer.domain.call import HeldBack, NotSent, RunMustStop, Throttled, TokenEnded, Unclear
from dialer.providers.connect import errors
from dialer.providers.connect.signing import signed
from dialer.providers.http import as_json, attempt, plain, retry_after, words
from dialer.providers.request import Reply
from dialer.providers.status_codes import GAVE_UP, STOPPING, AddressNames

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import aiohttp

    from dialer.domain.call import Leave
    from dialer.providers.connect.credentials import KeyKeeper

ADDRESS = AddressNames("AWS_REGION and CONNECT_BASE_URL", "CONNECT_BASE_URL")

_SIGNED_FOR = 120.0  #: seconds: AWS takes a signature for 5 minutes, and its clock may be some of them ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer: its status, the name of its error, its document, and in `text` all that may be told of it."""

    status: int
    name: str
    document: Any
    text: str
    wait: float | None
    secrets: tuple[str, ...]

    @property
    def is_success(self) -> bool:
        """Whether what was asked for was done."""
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """Whether it is an answer that nothing was done, by its status; whoever gave up waiting proves nothing."""
        return 400 <= self.status < 500 and self.status not in GAVE_UP


class Asker:
    """Sends signed requests, each once; no library repeats any."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base: str,
        region: str,
        keeper: KeyKeeper,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        """Use an open session and the keys of `keeper`; nothing is asked yet."""
        self._session = session
        self._base = base
        self._region = region
        self._keeper = keeper
        self._clock = clock
        self._now = now

    async def ask(
        self, method: str, path: str, leave: Leave, *, right: str, body: bytes = b""
    ) -> Said | HeldBack | NotSent | Unclear | TokenEnded | RunMustStop | Throttled:
        """Ask once; `right` is what the keys must be allowed. What is no matter of one call is told for all alike."""
        keys = self._keeper.keys
        if keys is None:
            return HeldBack("the keys were replaced before this request left")
        url, signed_at = self._base + path, self._clock()

        async def let_out() -> bool:
            # A request may wait to leave for longer than it is signed for: then it is held back, and made anew.
            return await leave() and self._clock() - signed_at < _SIGNED_FOR

        headers = signed(keys, method, url, body, region=self._region, at=self._now())
        reply = await attempt(
            self._session, method, URL(url, encoded=True), leave=let_out, data=body or None, headers=headers
        )
        if not isinstance(reply, Reply):
            return reply
        said = self._read(reply, keys.secrets)
        if said.name in errors.ENDED and said.is_refusal:
            return self._keeper.ended(keys, said.text)
        if said.status < 500 and said.status != 429:  # those may come from a gateway that looked at no keys
            self._keeper.took(keys)
        return _about_all(said, right) or said

    def _read(self, reply: Reply, secrets: tuple[str, ...]) -> Said:
        document = as_json(reply.body, reply.content_type)
        name, message = errors.name_of(reply.headers, document), errors.message_of(document)
        if message:
            text = ": ".join(filter(None, (f"HTTP {reply.status}", name, plain(message, secrets=secrets))))
        else:
            text = words(reply.status, reply.body, secrets=secrets, content_type=reply.content_type)
            text = text.replace(f"HTTP {reply.status}", f"HTTP {reply.status}: {name}", 1) if name else text
        wait = retry_after(reply.retry_after, now=self._now())
        return Said(status=reply.status, name=name, document=document, text=text, wait=wait, secrets=secrets)


def _about_all(said: Said, right: str) -> RunMustStop | Throttled | None:
    """Tell what an answer means that is about every request; None for one that is about this one, or proves nothing."""
    if not said.is_refusal:
        return None
    if said.status == 429 or said.name in errors.SLOWER:
        return Throttled(said.text, said.wait if said.wait is not None else errors.SLOWER.get(said.name))
    if tip := errors.STOPPING.get(said.name):
        return RunMustStop(said.text, tip.format(action=right))
    if said.status in STOPPING:
        return RunMustStop(said.text, ADDRESS.in_tip(STOPPING[said.status]))
    if said.status in {401, 403} and not said.name:
        return RunMustStop(said.text, errors.TIP_KEYS)
    return None

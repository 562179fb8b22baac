"""Amazon Connect's calls: placed, looked up, and searched for where nobody knows what came of them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from dialer.domain.call import (
    Accepted,
    NotSeen,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    StillUnknown,
    Throttled,
    TokenEnded,
    Unclear,
)
from dialer.providers.connect import errors
from dialer.providers.connect.asking import Asker, Said
from dialer.providers.connect.credentials import keeper_of
from dialer.providers.connect.requests import PLACE, SEARCH, Instance
from dialer.providers.connect.words import FINAL, REACHED, stands
from dialer.providers.http import is_id, is_loopback, is_of_another, status_in
from dialer.providers.proxies import authorities
from dialer.providers.request import leave_at_once, open_session
from dialer.providers.status_codes import is_of_number

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from dialer.domain.call import Answer, CallRequest, Found, HeldBack, Leave, Resolved, UnknownTry
    from dialer.providers.connect.credentials import KeyKeeper

_SEARCH_SECONDS = 2.0  #: between two searches: AWS's quota of SearchContacts is one in 2 s
_FIRST_AGAIN = 120.0  #: seconds: a phone rings for up to one minute, and what has ended is found some minutes later
_LAST_AGAIN = 86_400.0  #: seconds: a flow is over a day later, and its contact is found or never will be
_MOST_CONTACTS = 5  #: that are described of those that a search finds: one is usual


@asynccontextmanager
async def connect(
    base: str,
    env: Mapping[str, str],
    *,
    timeout: timedelta,
    clock: Callable[[], float],
    now: Callable[[], datetime],
) -> AsyncIterator[Connect]:
    """Open Amazon Connect at an address; `env` has its settings, and says what stands between."""
    keeper = keeper_of(env, clock=clock)
    instance = Instance(id=env["CONNECT_INSTANCE_ID"], queue=env.get("CONNECT_QUEUE_ID", ""))
    async with open_session(timeout=timeout, proxies=not is_loopback(base), authorities=authorities(env)) as session:
        asker = Asker(session, base=base, region=env["AWS_REGION"], keeper=keeper, clock=clock, now=now)
        yield Connect(asker, instance=instance, keeper=keeper, clock=clock, now=now)


class Connect:
    """Places calls, looks them up and searches for them; a provider and a resolver of `dialer.engine.ports`."""

    def __init__(
        self,
        asker: Asker,
        *,
        instance: Instance,
        keeper: KeyKeeper,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ask nothing yet; `sleep` passes the time between two searches."""
        self._asker = asker
        self._instance = instance
        self._keeper = keeper
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._one_search = asyncio.Lock()
        self._next_search = clock()

    async def ready(self) -> NotSent | RunMustStop | None:
        """Have keys at hand that sign."""
        return await self._keeper.ensure()

    async def place(self, request: CallRequest, leave: Leave = leave_at_once) -> Answer | HeldBack:
        """Ask for one call that bears its token; it is never asked for again by itself."""
        try:
            body = self._instance.body(request)
        except ValueError:
            return Refused("never sent: a parameter holds something that JSON cannot carry")
        said = await self._asker.ask("PUT", PLACE, leave, right="connect:StartOutboundVoiceContact", body=body)
        return _placed(said) if isinstance(said, Said) else said

    async def look_up(self, call_id: str, leave: Leave = leave_at_once) -> Found | HeldBack:
        """Ask where a contact stands, with one request."""
        contact = await self._contact(call_id, leave)
        if isinstance(contact, _Contact):
            return Seen(contact.word, final=contact.is_over and contact.word not in FINAL)
        return contact

    async def resolve(self, unknown: UnknownTry, leave: Leave = leave_at_once) -> Resolved | HeldBack:
        """Search for the contact that bears the token of a try, and see that it called the number.

        Finding none proves nothing: a contact can be searched only once an agent has it, or it has ended.
        """
        body = self._instance.search(unknown, now=self._now())
        async with self._one_search:
            await self._sleep(max(0.0, self._next_search - self._clock()))
            said = await self._asker.ask("POST", SEARCH, leave, right="connect:SearchContacts", body=body)
            self._next_search = self._clock() + _SEARCH_SECONDS
        if isinstance(said, Unclear):
            return NotSent(said.reason, left=True)
        if not isinstance(said, Said):
            return said
        if (ids := _ids(said)) is None:
            return StillUnknown(said.text) if 400 <= said.status < 500 else NotSent(said.text, left=True)
        return await self._confirmed(unknown, [each for each in ids if each not in unknown.other_calls], leave)

    async def _confirmed(self, unknown: UnknownTry, ids: Sequence[str], leave: Leave) -> Resolved | HeldBack:
        """See which of the contacts found bear the token and called the number; only one that is alone is the call."""
        found: list[Accepted] = []
        for call_id in ids[:_MOST_CONTACTS]:
            contact = await self._contact(call_id, leave)
            if isinstance(contact, NotSeen):
                return NotSent(contact.reason, left=True)
            if not isinstance(contact, _Contact):
                return contact
            if contact.is_of(unknown.request):
                found.append(Accepted(call_id, contact.word))
        if len(found) == 1:
            return found[0]
        elapsed = (self._now() - unknown.claimed_at).total_seconds()
        again = max(_FIRST_AGAIN, elapsed) if elapsed < _LAST_AGAIN else None  # as long again as it has been
        if found:
            return StillUnknown(f"{len(found)} contacts bear its token", again)
        return StillUnknown("no contact that bears its token has been found", again)

    async def _contact(
        self, call_id: str, leave: Leave
    ) -> _Contact | NotSeen | HeldBack | Throttled | TokenEnded | RunMustStop:
        said = await self._asker.ask("GET", self._instance.contact(call_id), leave, right="connect:DescribeContact")
        if isinstance(said, NotSent | Unclear):
            return NotSeen(said.reason)
        if not isinstance(said, Said):
            return said
        if not said.is_success:
            return NotSeen(said.text, gone=said.status in {404, 410})
        contact = said.document.get("Contact") if isinstance(said.document, dict) else None
        if not isinstance(contact, dict):
            return NotSeen(f"HTTP {said.status} without a contact")
        if is_of_another(contact, "Id", call_id):
            return NotSeen(f"HTTP {said.status} about another contact")
        word, is_over = stands(contact)
        return _Contact(contact, status_in({"status": word}, secrets=said.secrets, usual=FINAL | REACHED), is_over)


class _Contact(NamedTuple):
    """A contact as it is described, the word for where it stands, and whether it is over."""

    described: Mapping[str, Any]
    word: str
    is_over: bool

    def is_of(self, request: CallRequest) -> bool:
        """Tell whether it is the call of a try: by its token, and the number that it called."""
        endpoint = self.described.get("CustomerEndpoint")
        number = endpoint.get("Address") if isinstance(endpoint, dict) else None
        return (self.described.get("Name"), number) == (request.token, request.called_number)


def _placed(said: Said) -> Answer:
    """Tell what an answer to a call proves, that is about no more than this call."""
    if said.is_success:
        call_id = said.document.get("ContactId") if isinstance(said.document, dict) else None
        return Accepted(call_id) if is_id(call_id) else Unclear(f"HTTP {said.status} without a contact")
    if not said.is_refusal:
        return Unclear(said.text)
    if said.name == errors.NOT_THERE or (said.status == 404 and not said.name):
        return RunMustStop(said.text, errors.TIP_THERE)
    return Refused(said.text, of_number=said.name in errors.OF_NUMBER or is_of_number(said.text))


def _ids(said: Said) -> Sequence[str] | None:
    """Read the ids of the contacts that a search found, first ones of their chain; None where it found no answer."""
    contacts = said.document.get("Contacts") if said.is_success and isinstance(said.document, dict) else None
    if not isinstance(contacts, list):
        return None
    first = (each for each in contacts if isinstance(each, dict) and not each.get("PreviousContactId"))
    return [each["Id"] for each in first if is_id(each.get("Id"))]

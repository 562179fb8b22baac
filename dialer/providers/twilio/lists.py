"""What Twilio's lists say of calls: which were made to a number at about a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from dialer.domain.call import NotSent
from dialer.domain.wording import span
from dialer.providers.http import as_json, is_id
from dialer.providers.request import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from dialer.domain.call import Found, HeldBack, Leave

    Get = Callable[[str, Leave], Awaitable[Reply | Found | HeldBack]]

_PAGE = 100  #: entries: of calls some 2 KB each, and an answer above 256 KB is not read
_BUCKET = timedelta(minutes=15)  #: of a flow's executions are fetched together, for all rows that were called then
_CLOCKS_APART = timedelta(minutes=10)
"""Calls are told from each other by their time, and one that was made is looked for within a quarter of an hour: where
the two clocks differ by nearly as much, it may not be found."""

_MOST_PAGES = 500  #: a flow begins 20 executions a second at the most, which are 180 pages of a quarter of an hour
FRESH = timedelta(seconds=10)  #: for so long a list that may still grow is not fetched again


class Listed(NamedTuple):
    """An entry of a list: the id, whom it called, since when it is there, and where it stands."""

    sid: str
    number: str
    at: datetime
    status: str


class Lasted(NamedTuple):
    """How long an execution lasted, and whom it was to call."""

    number: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bucket:
    entries: Sequence[Listed]
    fetched_at: datetime


class Lists:
    """Reads Twilio's lists to their end, page by page, and never at another address than the list's own.

    `get` asks for one page. A list of executions is kept, since Twilio cannot look in it for a number.
    """

    def __init__(self, get: Get, *, now: Callable[[], datetime]) -> None:
        """Have read nothing yet."""
        self._get = get
        self._now = now
        self._executions: dict[tuple[str, datetime], _Bucket] = {}

    async def calls(self, at: str, leave: Leave, **asked: str) -> list[Listed] | Found | HeldBack | NotSent:
        """Fetch all calls of an account that have what is `asked`.

        They are not asked for by the time they began: one that waits at Twilio has not begun.
        """
        return await self._all(at, {**asked, "PageSize": str(_PAGE)}, leave, "calls", "to")

    async def executions(
        self, at: str, since: datetime, until: datetime, leave: Leave, *, as_of: datetime
    ) -> list[Listed] | Found | HeldBack | NotSent:
        """Fetch a flow's executions that began between two moments, as the list stood at a moment or later."""
        found: list[Listed] = []
        begin = datetime.fromtimestamp(since.timestamp() // _BUCKET.total_seconds() * _BUCKET.total_seconds(), UTC)
        while begin <= until:
            bucket = self._executions.get((at, begin))
            if bucket is None or bucket.fetched_at < as_of:
                fetched_at = self._now()
                asked = {"DateCreatedFrom": _iso(begin), "DateCreatedTo": _iso(begin + _BUCKET)}
                listed = await self._all(
                    at, {**asked, "PageSize": str(_PAGE)}, leave, "executions", "contact_channel_address"
                )
                if not isinstance(listed, list):
                    return listed
                bucket = self._executions[at, begin] = _Bucket(entries=listed, fetched_at=fetched_at)
            found += bucket.entries
            begin += _BUCKET
        return list({each.sid: each for each in found if since <= each.at <= until}.values())

    async def _all(
        self, at: str, asked: Mapping[str, str], leave: Leave, key: str, number: str
    ) -> list[Listed] | Found | HeldBack | NotSent:
        found: list[Listed] = []
        query, seen = urlencode(asked), set[str]()
        while query:
            # A list that was not read to its end proves nothing of what is not in it.
            if query in seen or len(seen) >= _MOST_PAGES:
                return NotSent("its pages lead in a circle, or have no end", left=True)
            seen.add(query)
            reply = await self._get(f"{at}?{query}", leave)
            if not isinstance(reply, Reply):
                return reply
            if apart := self._apart(reply):
                return NotSent(f"this machine's clock and Twilio's are {span(apart)} apart", left=True)
            try:
                page = as_json(reply.body, reply.content_type)
                found += [_entry(each, number) for each in page[key]]
                query = _next(page)
            except (KeyError, TypeError, ValueError):
                return NotSent(f"HTTP {reply.status}: what it lists cannot be read", left=True)
        return found

    def _apart(self, reply: Reply) -> float:
        """Give the seconds between the two clocks where they are too many; 0 where Twilio does not tell the time."""
        try:
            seconds = abs((_moment(reply.headers.get("Date")) - self._now()).total_seconds())
        except (TypeError, ValueError):
            return 0.0
        return seconds if seconds > _CLOCKS_APART.total_seconds() else 0.0


def lasted_of(execution: Any) -> Lasted | None:
    """Read how long an execution lasted; None where it does not say."""
    try:
        begun = _entry(execution, "contact_channel_address")
        return Lasted(begun.number, begun.at, _moment(execution["date_updated"]))
    except (KeyError, TypeError, ValueError):
        return None


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _entry(entry: Any, number: str) -> Listed:
    if not isinstance(entry, dict) or not is_id(entry.get("sid")) or not isinstance(entry.get(number), str):
        raise ValueError
    return Listed(str(entry["sid"]), entry[number], _moment(entry["date_created"]), str(entry.get("status")))


def _moment(text: object) -> datetime:
    """Read a moment as either of Twilio's APIs writes it."""
    if not isinstance(text, str):
        raise TypeError
    moment = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _next(page: Mapping[str, Any]) -> str:
    """Tell by which query the next page of the same list is asked for; '' at its end.

    Raises KeyError, TypeError or ValueError for a page that does not say whether it is the last one.
    """
    following = page["meta"]["next_page_url"] if "meta" in page else page["next_page_uri"]
    if following is None or following == "":
        return ""
    if not isinstance(following, str) or not (query := urlsplit(following).query):
        raise ValueError
    return query

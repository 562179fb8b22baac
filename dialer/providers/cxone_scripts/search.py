"""Which contact belongs to a try whose answer nobody knows, by what CXone lists."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from dialer.domain.call import Accepted, StillUnknown
from dialer.domain.wording import counted
from dialer.providers.cxone_scripts.contacts import id_in, lowered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.call import UnknownTry
    from dialer.providers.cxone_scripts.contacts import Contact

LAG: Final = 15 * 60.0  #: seconds for which CXone may not tell of a contact yet: its reports come so late
_LONGEST_LAG: Final = 60 * 60.0  #: seconds after which a contact that is not told of is not waited for
_LONGEST_TRY: Final = timedelta(minutes=15)  #: from a claim to its request, however long a pause held everybody back
_CLOCKS: Final = timedelta(minutes=1)  #: by less than this differ two clocks that are set by the net
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class Search:
    """Looks for the contact of a try among lists of contacts; `paths` are asked one after another.

    It is found where one contact, and no other, says itself that it was made with the try's skill to its number and
    began while the try was under way. Nothing that is not found proves anything.
    """

    def __init__(self, unknown: UnknownTry, *, skill: str, now: datetime) -> None:
        """Ask nothing yet; what nobody wrote the end of has begun within a quarter of an hour."""
        ended = unknown.ended_at or min(now, unknown.claimed_at + _LONGEST_TRY)
        self._number, self._skill, self._others = unknown.request.called_number, skill, unknown.other_calls
        self._since, self._until = unknown.claimed_at - _CLOCKS, ended + _CLOCKS
        self._age = (now - ended).total_seconds()
        self._found: set[str] = set()
        self._listed = 0
        self._unread = ""
        of = {"toAddress": self._number, "skillId": skill}
        # Whether the bounds are of a contact's beginning or of its end is not documented: up to now, they hold both.
        within = {"startDate": self._since.strftime(_TIME), "endDate": (now + _CLOCKS).strftime(_TIME)}
        self.paths = (f"/contacts/active?{_query(of)}", f"/contacts/completed?{_query(within | of)}")

    def take(self, status: int, answer: object, *, said: str) -> None:
        """Take in what was answered; `said` tells it in words."""
        if status == 204:  # there is nothing to list
            return
        fields = lowered(answer)
        listed = fields.get("activecontacts", fields.get("completedcontacts"))
        if not 200 <= status < 300 or not isinstance(listed, list):
            self._unread = self._unread or said
            return
        total = fields.get("totalrecords")
        if isinstance(total, int) and total > len(listed):
            self._unread = f"{len(listed)} of {counted(total, 'contact')}"
        self._listed += len(listed)
        self._found |= {contact for each in listed if (contact := self._mine(lowered(each)))}

    def _mine(self, contact: Contact) -> str:
        """Give the id of a contact that is of the try, else ''; one that another came of is known by the first's."""
        own, first = id_in(contact), id_in(contact, "mastercontactid")
        began = _moment(contact.get("contactstartdate"))
        if not own or not began or not self._others.isdisjoint({own, first}):
            return ""
        digits = re.sub(r"[ ().-]", "", str(contact.get("toaddress", ""))).removeprefix("+")
        is_of_number = digits in {self._number[1:], self._number.removeprefix("+1")}
        is_of_skill = str(contact.get("skillid", "")) == self._skill
        is_inbound = str(contact.get("isoutbound", "")).lower() == "false"
        is_mine = is_of_number and is_of_skill and not is_inbound and self._since <= began <= self._until
        return (first or own) if is_mine else ""

    def result(self) -> Accepted | StillUnknown:
        """Tell what came of the try, as far as it was seen."""
        if len(self._found) == 1 and not self._unread:
            return Accepted(next(iter(self._found)))
        of_these = (
            f"{counted(self._listed, 'contact')} of this number and skill, {len(self._found)} of them of this try"
        )
        return StillUnknown(f"CXone tells of {self._unread or of_these}", LAG if self._age < _LONGEST_LAG else None)


def _query(fields: Mapping[str, str]) -> str:
    return urlencode(fields, quote_via=quote, safe="")


def _moment(value: object) -> datetime | None:
    """Read when a contact began; a time without a zone is in UTC."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

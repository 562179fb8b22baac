"""What CXone tells of a contact: its own word for where it stands, and whether it is over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from dialer.providers.http import is_id

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOBODY = re.compile("-.*|0+")

Contact: TypeAlias = "Mapping[str, Any]"
"""A contact's fields, their names in lower case: CXone does not spell them the same everywhere."""


def lowered(answer: object) -> Contact:
    """Give an object's fields with their names in lower case; none of what is no object."""
    return {str(name).lower(): value for name, value in answer.items()} if isinstance(answer, dict) else {}


def contact_in(answer: object) -> Contact:
    """Find the contact in the answer to a look-up, whether it is the whole of it or stands below `contactId`."""
    fields = lowered(answer)
    inner = fields.get("contactid")
    return lowered(inner) if isinstance(inner, dict) else fields


def id_in(contact: Contact, key: str = "contactid") -> str:
    """Give a contact's number, '' where it has none: 0 and what is below it are nobody's."""
    value = contact.get(key)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if is_id(text) and not _NOBODY.fullmatch(text) else ""


def is_over(contact: Contact) -> bool:
    """Tell whether a contact is completed: it says that it is not active, or what only ended ones say."""
    active = str(contact.get("isactive", "")).lower()
    if active in {"true", "false"}:
        return active == "false"
    return bool(contact.get("endreason")) or contact.get("totaldurationseconds") is not None


def word_of(contact: Contact) -> str:
    """Give a contact's own word for where it stands, '' where it has none: its end's reason before its state."""
    words = (contact.get(key) for key in ("endreason", "statename", "contactstatename"))
    return next((word for word in words if isinstance(word, str) and word.strip()), "")


def state_of(contact: Contact) -> str:
    """Give the number of a contact's state, '' where it has none."""
    state = contact.get("stateid", contact.get("contactstateid"))
    return str(state) if isinstance(state, int | str) and not isinstance(state, bool) else ""


def state_words(answer: object) -> Mapping[str, str]:
    """Read the words of a tenant for its states, by their numbers."""
    listed = lowered(answer).get("contactstatedescriptions")
    states = [lowered(each) for each in listed] if isinstance(listed, list) else []
    return {state_of(each): str(each.get("contactstatedescription") or "") for each in states}

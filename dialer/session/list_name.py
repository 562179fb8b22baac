"""What is named after a contact list: its campaign where it has no file, and the file that one is drafted in."""

from __future__ import annotations

import re
from pathlib import Path

from dialer.lists.source import STANDARD_INPUT

_LONGEST_NAME = 80  #: characters, as a campaign's name may have
_PACKED = frozenset({".gz", ".zip"})


def named_after(contacts: Path | None) -> str:
    """Name the campaign of a list that has no campaign file: after the list, in the signs a name may have."""
    if contacts is None:
        return "none"
    if contacts == STANDARD_INPUT:
        return "standard-input"
    return re.sub(r"[^\w .-]+", "-", bare_name(contacts)).lstrip(" .-")[:_LONGEST_NAME] or "list"


def bare_name(contacts: Path) -> str:
    """Give a list's file name without what tells its form: list.csv and list.csv.gz are both `list`."""
    return Path(contacts.stem).stem if contacts.suffix.lower() in _PACKED else contacts.stem

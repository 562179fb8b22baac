"""What is asked of one session of dialling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.session.choices import Choices
from dialer.session.environment import utc_now

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


Agreed = Callable[[str], bool]
"""Asks a person. None in its place asks nobody; neither is anybody asked for the sandbox, which rings nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of one session; `choices` are what is said of its campaign.

    `contacts` is the list, `output` where its results go and `delta` what has changed since the list before, for a run
    alone. `agreed` is asked before anybody is rung,
    where it is given. `now` is the clock the session goes by, in UTC.
    """

    choices: Choices = field(default_factory=Choices)
    contacts: Path | None = None
    output: Path | None = None
    limit: int | None = None
    track: bool = False
    new: bool = False
    list_again: bool = False
    redial_unknown: bool = False
    again: bool = False
    force: bool = False
    log: Path | None = None
    delta: Path | None = None
    agreed: Agreed | None = None
    now: Callable[[], datetime] = utc_now

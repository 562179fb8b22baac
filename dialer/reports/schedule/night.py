"""A night as a scheduler is told of it: what is started, when, and until when it may still be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from dialer.errors import Exit, SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePath

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week, as they are typed and as most schedulers write them."""

FINE = (int(Exit.NOTHING), int(Exit.PLANNED))
"""Exit codes besides 0 of a night on which nothing is wrong."""

AN_HOUR = 3600  #: seconds: how late a start may be where the campaign does not say; a machine is seldom down for longer
_MARGIN = timedelta(seconds=90)  #: for the results to be written, once the open calls have been answered
_LONGEST_NAME = 40  #: characters: Kubernetes takes 52 of a CronJob, and `dialer-` and eight digits are put to it
_PLAIN = re.compile(r"[A-Za-z0-9 ._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What is started, and when; nothing in it is secret.

    `program` are the words that begin the program here, `at` is on the clocks of `zone`, or of the machine where that
    is None. `until` is the time of day after which nobody is dialled any more. `days` are of DAYS, empty for all of
    them. What the .env beside the campaign does not say has to be handed over: `secrets`, with the file that holds one
    by now, and the other `settings`. `answer` is how long a call may wait for its answer. `today` is the first day on
    which it may begin.
    """

    program: Sequence[str]
    campaign: str
    file: PurePath
    ledger: PurePath
    at: time
    zone: str | None
    until: time | None
    days: Sequence[str] = ()
    secrets: Sequence[tuple[str, PurePath | None]] = ()
    settings: Sequence[str] = ()
    user: str = ""
    answer: timedelta = timedelta(seconds=30)
    today: date

    @property
    def name(self) -> str:
        """Name what is made for it: of small letters, digits and hyphens, and another for each campaign."""
        plain = re.sub("[^a-z0-9]+", "-", self.campaign.lower()).strip("-")[:_LONGEST_NAME].rstrip("-")
        is_told = _PLAIN.fullmatch(self.campaign) and plain and len(self.campaign) <= _LONGEST_NAME
        return f"dialer-{plain}" if is_told else f"dialer-{plain or 'campaign'}-{crc32(self.campaign.encode()):08x}"

    @property
    def to_stop(self) -> int:
        """For how many seconds it may go on once it was told to stop."""
        return int((self.answer + _MARGIN).total_seconds())

    @property
    def late(self) -> int:
        """For how many seconds after its time it may still be begun."""
        if self.until is None:
            return AN_HOUR
        begins, ends = (datetime.combine(self.today, at) for at in (self.at, self.until))
        return int((ends - begins).total_seconds()) % (24 * 3600)

    @property
    def when(self) -> str:
        """Say when it is, for a person."""
        days = ", ".join(self.days) if self.days else "every day"
        return f"{days} at {self.at:%H:%M}, {self.zone or 'the clock of this machine'}"

    def command(self, *more: str) -> tuple[str, ...]:
        """Give the words of the command."""
        return (*self.program, "run", "-c", str(self.file), *more)

    @property
    def missing(self) -> tuple[str, ...]:
        """Name everything that has to be set and is not in the .env beside the campaign."""
        return (*self.settings, *(name for name, _ in self.secrets))


def read_days(text: str | None) -> tuple[str, ...]:
    """Read days such as `mon-fri` or `mon,wed,fri`; none are all. Raises SetupError."""
    found: list[str] = []
    for part in (text or "").lower().replace(" ", "").split(",") if text else ():
        first, to, last = part.partition("-")
        begin, end = _day(first, text), _day(last if to else first, text)
        if end < begin:
            raise SetupError(f"--days {text!r}: {part} goes backwards; a week begins with mon")
        found += DAYS[begin : end + 1]
    days = tuple(day for day in DAYS if day in found)
    return () if len(days) == len(DAYS) else days


def _day(text: str, said: str | None) -> int:
    day = next((at for at, day in enumerate(DAYS) if text[:3] == day), None)
    if day is None:
        raise SetupError(f"--days {said!r}: write days as mon-fri or mon,wed,sat")
    return day


def read_at(text: str) -> time:
    """Read a time of day such as 18:00; raises SetupError."""
    if not re.fullmatch("([01]?[0-9]|2[0-3]):[0-5][0-9]", text.strip()):
        raise SetupError(f"--at {text!r}: write a time of day as 18:00")
    hour, minute = text.strip().split(":")
    return time(int(hour), int(minute))


def refuse_controls(what: str, *texts: str) -> None:
    """Raise SetupError where a text holds what would begin another line, or cannot be written at all."""
    for text in texts:
        if not text.isprintable():
            raise SetupError(f"{what} cannot be told {text!r}, which holds a sign that is none: rename it")

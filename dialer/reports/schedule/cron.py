"""Lines for a crontab."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dialer.domain.wording import counted
from dialer.errors import SetupError
from dialer.reports.schedule.night import DAYS, FINE, refuse_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.reports.schedule.night import Night

LONGEST = 990  #: bytes of a command: Debian's cron takes 998, and cuts what is longer without a word

_CRON_TZ = (
    "# CRON_TZ holds for every line below it. The cron of Red Hat, SUSE and Arch (cronie) knows it; that of Debian and",
    "# Ubuntu does not, and starts at that time on the machine's own clock: set its zone, or use a timer of systemd.",
)


def crontab(night: Night) -> str:
    """Write what is put at the end of `crontab -e`; raises SetupError for a path that cron cannot be told."""
    return "\n".join(_lines(night))


def _lines(night: Night) -> Iterator[str]:
    yield f"# The campaign {night.campaign}: {night.when}. Put it at the end, with: crontab -e"
    yield f"# Settings are read from {night.file.parent / '.env'} (chmod 600){', which lacks' if night.missing else ''}"
    yield from (f"#   {name}=…" for name in night.missing)
    yield "# What is printed is mailed to you: nothing, unless the night ended badly. A night when the machine is off"
    yield "# is left out. While one is going on, no second one is begun."
    if night.zone:
        yield from _CRON_TZ
        yield f"CRON_TZ={night.zone}"
    days = ",".join(str((DAYS.index(day) + 1) % 7) for day in night.days) or "*"
    yield f"{night.at.minute} {night.at.hour} * * {days} {_command(night)}\n"


def _command(night: Night) -> str:
    ledger = f"DIALER_LEDGER={shlex.quote(str(night.ledger))}"
    fine = "|".join(map(str, FINE))
    told = shlex.quote(f"the campaign {night.campaign} ended with exit code")
    refuse_controls("cron", ledger, *night.command())
    # From a folder where nothing lies, and readable for its owner alone, whatever else the machine does.
    does = f"cd / && umask 077 && {ledger} {shlex.join(night.command('--quiet'))} || case $? in {fine}) ;; *) "
    return in_cron(f"{does}echo {told} $? >&2 ;; esac")


def in_cron(command: str) -> str:
    """Write a command of the shell as cron reads it: a % ends it, unless a backslash stands before."""
    if "\\" in command:
        raise SetupError("cron cannot be told a path with a backslash, which one cron keeps and another takes away")
    written = command.replace("%", r"\%")
    if (size := len(written.encode())) > LONGEST:
        too_long = f"a line of {counted(size, 'byte')}, of which Debian's takes {LONGEST}"
        raise SetupError(f"cron cannot be told {too_long}: use a shorter path to the campaign or the ledger")
    return written

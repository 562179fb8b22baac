"""Nights of a campaign by a clock that is handed in, for tests of what is begun when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from dialer.actions import resume as resuming
from dialer.actions import run as running
from dialer.session.choices import Choices
from dialer.session.request import Request

NEW_YORK, BERLIN, SYDNEY = "America/New_York", "Europe/Berlin", "Australia/Sydney"
OPEN = '[hours]\nenforce = false\nreason = "a provider that rings nobody"\n'


class Night:
    """A campaign dialled by a clock that began at the moment given; what the provider heard is the judge."""

    def __init__(self, dialer, truth, hours):
        self.dialer, self.truth = dialer, truth
        self.file = dialer.write_campaign(f'name = "nightly"\n{OPEN}{hours}')

    def request(self, at, **more):
        start, began = datetime.fromisoformat(at).astimezone(UTC), monotonic()
        return Request(choices=self.choices(), now=lambda: start + timedelta(seconds=monotonic() - began), **more)

    def env(self):
        return {name: value for name, value in self.dialer.env.items() if not name.startswith("DIALER_")}

    def choices(self, **more):
        return Choices(campaign=self.file, ledger=self.dialer.home / "ledger.db", rate=1000, **more)

    def run(self, at, contacts=None, **more):
        path = Path(contacts or self.dialer.home / "list.csv")
        return self.dial(running.prepare(self.request(at, contacts=path, **more), self.env()))

    def resume(self, at, number=None):
        return self.dial(resuming.prepare(self.request(at), self.env(), run=number))

    def dial(self, prepared):
        return asyncio.run(running.dial(prepared))


def all_but_the_log(dialling):
    """Read what stands in every file at home; the log alone tells of a night on which nothing was begun."""
    return {name: (dialling.home / name).read_bytes() for name in dialling.files() if not name.endswith(".log")}

"""Whether a run is begun at all: not past its deadline and not for nobody, by a clock that is handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from truth import numbers

from dialer.domain.call import Outcome
from dialer.errors import Exit, RefusedError
from dialer.wiring import dialling as wiring
from dialer.wiring.dialling import How
from dialer.wiring.plan import Choices

pytest_plugins = ("commands",)

OPEN = '[hours]\nenforce = false\nreason = "a provider that rings nobody"\n'


class Night:
    """A campaign dialled by a clock that began at the moment given; what the provider heard is the judge."""

    def __init__(self, dialer, truth, hours):
        self.dialer, self.truth = dialer, truth
        self.file = dialer.write_campaign(f'name = "nightly"\n{OPEN}{hours}')

    def how(self, at, **more):
        start, began = datetime.fromisoformat(at).astimezone(UTC), monotonic()
        return How(now=lambda: start + timedelta(seconds=monotonic() - began), quiet=True, **more)

    def env(self):
        return {name: value for name, value in self.dialer.env.items() if not name.startswith("DIALER_")}

    def choices(self, **more):
        return Choices(campaign=self.file, ledger=self.dialer.home / "ledger.db", rate=1000, **more)

    def run(self, at, contacts=None, **more):
        path = Path(contacts or self.dialer.home / "list.csv")
        with wiring.run(self.choices(), self.env(), self.how(at, **more), contacts=path, output=None) as summary:
            return summary

    def resume(self, at, number=None):
        with wiring.resume(number, self.choices(), self.env(), self.how(at)) as summary:
            return summary


@pytest.fixture
def night(dialling, truth):
    dialling.write_list([[number] for number in numbers(4)])
    return lambda hours="": Night(dialling, truth, hours)


NEW_YORK, BERLIN, SYDNEY = "America/New_York", "Europe/Berlin", "Australia/Sydney"


@pytest.mark.parametrize(
    ("deadline", "zone", "at"),
    [
        ("20:00", NEW_YORK, "2026-11-24T20:00-05:00"),
        ("20:00", NEW_YORK, "2026-11-24T20:05-05:00"),
        ("20:00", NEW_YORK, "2026-11-24T23:59-05:00"),
        ("23:30", BERLIN, "2026-11-25T00:10+01:00"),
        ("23:30", BERLIN, "2026-12-01T03:29+01:00"),
        ("20:00", SYDNEY, "2027-01-01T20:30+11:00"),
        ("01:30", NEW_YORK, "2026-11-01T01:10-05:00"),  # clocks went back at 02:00: 01:30 was shown, and will be again
        ("01:30", BERLIN, "2026-10-25T02:10+01:00"),
        ("02:30", BERLIN, "2027-03-28T03:01+02:00"),  # 02:30 is skipped
        ("02:30", NEW_YORK, "2027-03-14T03:01-04:00"),
        ("23:00", SYDNEY, "2026-10-04T03:30+11:00"),  # four and a half hours by the clock, three and a half in truth
    ],
)
def test_nothing_is_begun_or_gone_on_with_past_the_deadline(night, deadline, zone, at):
    late = night(f'deadline = "{deadline}"\ntimezone = "{zone}"\n')
    before = late.dialer.files()
    with pytest.raises(RefusedError, match="too late: the deadline"):
        late.run(at)
    assert (late.dialer.files(), late.truth.requests) == (before, [])


@pytest.mark.parametrize(
    ("deadline", "zone", "at"),
    [
        ("20:00", NEW_YORK, "2026-11-24T19:58-05:00"),
        ("20:00", NEW_YORK, "2026-11-25T00:01-05:00"),
        ("06:00", NEW_YORK, "2026-11-24T18:00-05:00"),
        ("01:30", NEW_YORK, "2026-11-01T01:10-04:00"),
        ("03:00", BERLIN, "2027-03-28T01:58+01:00"),
    ],
)
def test_a_start_in_time_is_dialled(night, deadline, zone, at):
    in_time = night(f'deadline = "{deadline}"\ntimezone = "{zone}"\n')
    assert in_time.run(at).outcomes == {Outcome.PLACED: 4}


def test_a_deadline_stops_the_run_as_planned_and_what_is_left_waits_for_the_next_start(night):
    slow = night('deadline = "20:00"\ntimezone = "UTC"\n[pace]\ncalls_per_second = 2\n')
    slow.choices = lambda: Choices(campaign=slow.file, ledger=slow.dialer.home / "ledger.db")

    stopped = slow.run("2026-11-24T19:59:59.2+00:00")
    with pytest.raises(RefusedError):
        slow.resume("2026-11-24T21:00+00:00")
    done = slow.resume("2026-11-25T18:00+00:00")

    assert (stopped.exit_code, done.exit_code) == (Exit.PLANNED, Exit.DONE)
    assert 0 < len(slow.truth.rang) == 4
    assert stopped.outcomes[Outcome.PENDING] > 0


LISTS = {
    "headings only": ("phone,name\n", "it has nothing but headings"),
    "invalid": ("phone,name\nnobody,Ann\n12,Bob\n", "(2 invalid)"),
    "cut off": (f"phone,name\n{numbers(1)[0]},Ann", "(1 invalid)"),
    "objected": (f"phone,do not call\n{numbers(1)[0]},yes\n", "(1 suppressed)"),
    "held": ("phone,name\n+18005550103,Ann\n", "(1 held)"),
}


@pytest.mark.parametrize("case", LISTS)
@pytest.mark.parametrize("there_is_a_ledger", [False, True])
def test_nothing_is_begun_for_nobody(dialling, truth, case, there_is_a_ledger):
    text, why = LISTS[case]
    if there_is_a_ledger:
        dialling.here("run", dialling.write_list([[numbers(9)[8]]]), "--rate", 1000)
    (dialling.home / "empty.csv").write_text(text)
    file = dialling.write_campaign('name = "nightly"\n[hours]\n')
    before, calls = {name: (dialling.home / name).read_bytes() for name in dialling.files()}, len(truth.requests)

    ran = dialling.here("run", "empty.csv", "-c", file, code=6)

    assert why in ran.err
    assert {name: (dialling.home / name).read_bytes() for name in dialling.files()} == before
    assert len(truth.requests) == calls

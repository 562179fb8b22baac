"""Whole runs under the shipped rules: real screen, real ledger, a scripted provider, and a clock that jumps.

Every request is held against the law itself, the shipped windows without any guard, apart from the screen.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from builders import START, HandClock, ScriptedProvider, a_bench, a_contact, a_run, in_jumping_time, outcomes, work_of

from dialer.domain.screening.caps import DailyAllowance
from dialer.domain.screening.hours import Hours, HoursTerms, Open
from dialer.domain.screening.location import Location, locate
from dialer.domain.screening.rules import Redial
from dialer.domain.screening.ruleset import RuleSet
from dialer.domain.screening.suppression import FIRST_DIGITS, SuppressionFile
from dialer.engine.ending import End, Ending
from dialer.screening.campaign_rules import in_order
from dialer.screening.campaign_screening import CampaignScreening, at_once
from dialer.screening.dnc_index import read_suppression
from dialer.screening.holidays import holidays_of

DONE = Ending(end=End.DONE)
DAY = timedelta(hours=24)

# Hours in UTC on an ordinary day of March before the clocks change:
NEW_YORK = "+1212555{:04}"  # 13:00 to 01:59
FLORIDA = "+1305555{:04}"  # 13:00 to 00:59
LOS_ANGELES = "+1213555{:04}"  # 16:00 to 04:59
UNLISTED = "+1265555{:04}"  # 18:00 to 21:59: every state and province at once
LONDON = "+4420794600{:02}"  # 08:00 to 20:59
PARIS = "+336123456{:02}"  # 09:00 to 11:59 and 13:00 to 18:59
TOLL_FREE = "+1800555{:04}"  # never known


def utc(text):
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def people(*places):
    """Make a list of one row for each place, from row 2 on, with a number of its own."""
    return [a_contact(row, number=place.format(row)) for row, place in enumerate(places, start=2)]


class Scene:
    """A ledger, a provider and a clock that sessions come and go on."""

    def __init__(self, ledger, tables, *, at, script=None, seconds=0.01):
        self.ledger, self.tables = ledger, tables
        self.clock = HandClock()
        self.clock.forward((at - START).total_seconds())
        self.provider = ScriptedProvider(script, clock=self.clock, seconds=seconds)
        self.said, self.idles = [], []

    def load(self, rows, **changes):
        return a_run(self.ledger, rows, now=self.clock.now(), **{"provider": "cxone"} | changes).number

    def admitted(self, run, *, files=(), enforce=True, calls_per_day=None, redial=None, submit=at_once, **terms):
        """Screen a run as a session does when it begins; a work object of its own each time."""
        now, past = self.clock.now(), self.ledger.past(run, sandbox=False)
        hours = Hours(self.tables.windows, HoursTerms(), holidays_of=holidays_of)
        screening = CampaignScreening(
            rules=RuleSet(
                in_order(
                    hours=hours if enforce else None,
                    redial=Redial(campaign=self.ledger.run(run).campaign, **redial or {}),
                ),
                self.tables.geography,
            ),
            past=past,
            files=read_suppression(
                [SuppressionFile(path=file) for file in files], region=None, wanted=past.prefixes(FIRST_DIGITS), now=now
            ),
            reach=timedelta(days=30),
            ticks=self.clock.ticks,
            say=self.said.append,
            submit=submit,
        )
        left = past.requests_of(self.ledger.run(run).campaign, since=now - DAY)
        allowance = DailyAllowance(calls_per_day, left)
        return work_of(self.ledger, run, now=now, screening=screening, allowance=allowance, **terms)

    def bench(self, run, *, rate=1000.0, in_flight=10, **terms):
        work = self.admitted(run, **terms)
        return a_bench(work, self.provider, clock=self.clock, rate=rate, in_flight=in_flight, faults=1000)

    def dial(self, run, *, meanwhile=None, **terms):
        """Dial a run in one session, to its end."""
        bench = self.bench(run, **terms)
        ending = bench.run(meanwhile=meanwhile)
        self.idles += bench.heard.idles
        return ending

    def killed(self, run, *, after, **terms):
        """Dial a run and strike it dead after some seconds; what was in flight stays so."""
        bench = self.bench(run, **terms)

        async def strike():
            running = asyncio.ensure_future(bench.runner.run())
            done, _ = await asyncio.wait([running], timeout=after)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            return bool(done)

        return in_jumping_time(strike(), self.clock)

    @property
    def requests(self):
        """Every request the provider has seen: whom, and when."""
        times = [START + timedelta(seconds=seconds) for seconds in self.provider.left_at]
        return list(zip(self.provider.asked, times, strict=True))

    def rows(self, run=1):
        return outcomes(self.ledger, run)

    def errors(self, run=1):
        return {result.row: result.error for result in self.ledger.results(run)}

    def against_the_law(self):
        """Name every request that was outside the hours of its number."""
        law = Hours(self.tables.windows, HoursTerms(guard=timedelta(0)), holidays_of=holidays_of)
        return [
            (number, moment)
            for number, moment in self.requests
            if not isinstance(where := locate(number, geography=self.tables.geography), Location)
            or not isinstance(law.decide(where, moment), Open)
        ]


@contextmanager
def lawful_scenes(ledger, tables):
    """Set scenes, each at its moment; at the end, nobody was rung against the law."""
    built = []

    def build(at, **changes):
        built.append(Scene(ledger, tables, at=utc(at), **changes))
        return built[-1]

    yield build
    assert [rung for found in built for rung in found.against_the_law()] == []


async def until(happened):
    """Let the loop go on until something holds, for at most a quarter of an hour of its clock."""
    for _ in range(90_000):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")

"""What screening costs on a ledger with a long past.

Prints microseconds a number for looking up past calls, the seconds to screen a list at night, and how much of the
speed of giving out contacts is left when they are screened.

    python tests/benchmarks/bench_past.py [--attempts 1000000] [--list 100000] [--claims 20000]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dialer.domain.call import Accepted, Outcome, Settlement, Verdict
from dialer.domain.contact import Contact
from dialer.domain.run import NewRun
from dialer.domain.screening.candidate import Candidate
from dialer.domain.screening.caps import Cap
from dialer.domain.screening.hours import Hours, HoursTerms
from dialer.domain.screening.rules import Redial
from dialer.domain.screening.ruleset import RuleSet
from dialer.ledger.port import open_ledger
from dialer.ledger.session_terms import SessionTerms
from dialer.ledger.sqlite.database import to_stamp
from dialer.screening import tables as shipped
from dialer.screening.campaign_rules import in_order
from dialer.screening.campaign_screening import CampaignScreening
from dialer.screening.dnc_index import read_suppression
from dialer.screening.holidays import holidays_of
from dialer.screening.versions import use_packaged_zones

DAY = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # open from New York to Los Angeles
NIGHT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # closed there
REACH = timedelta(days=30)
RUNS = 10
AREAS = (212, 213, 305, 312, 404, 415, 512, 617, 702, 713, 850, 917)


def number_of(row):
    """Give a number; neighbours in the list are none in the ledger's index."""
    scrambled = row * 2_654_435_761 % 2**32
    return f"+1{AREAS[row % len(AREAS)]}{2_000_000 + scrambled % 7_900_000:07}"


def new_run(folder, name, provider="cxone"):
    return NewRun(
        campaign=name, provider=provider, list_path=folder, digest=name, results=folder, headings=(), settings={}
    )


def contacts(count, first=0):
    """Make a list in chunks, as one is read."""
    for start in range(first, first + count, 5000):
        yield [
            Contact(row=row + 2, cells=(number_of(row),), number=number_of(row), parameters={})
            for row in range(start, min(start + 5000, first + count))
        ]


def fill(ledger, folder, attempts):
    """Put down a year of calls: each of a tenth as many numbers was called once by each of ten runs."""
    rows = attempts // RUNS
    runs = [ledger.load(new_run(folder, f"past {count}"), (), now=DAY).number for count in range(RUNS)]
    db = ledger._db
    db.execute("PRAGMA synchronous = OFF")
    db.execute("DROP INDEX contact_number")
    db.execute("CREATE TEMP TABLE person (row INTEGER PRIMARY KEY, number TEXT)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO person VALUES (?, ?)", ((row + 2, number_of(row)) for row in range(rows)))
    began = to_stamp(DAY - timedelta(days=365))
    for count, run in enumerate(runs):
        at = began + count * 36 * 86_400_000_000
        values = {"run": run, "at": at}
        db.execute(
            """
            INSERT INTO contact (run, row, number, outcome, tries, call_id, called_at)
            SELECT :run, row, number, 'placed', 1, 'call-' || row, :at + row FROM person
            """,
            values,
        )
        db.execute(
            """
            INSERT INTO attempt (run, row, try, number, claimed_at, sent_at, ended_at, answer, detail)
            SELECT :run, row, 1, number, :at + row, :at + row, :at + row, 'accepted', 'call-' || row FROM person
            """,
            values,
        )
        db.execute("UPDATE run SET loaded_at = :at, ended_at = :at, row_count = 0 WHERE id = :run", values)
    db.execute("CREATE INDEX contact_number ON contact (number) WHERE number <> ''")
    db.execute("COMMIT")
    db.execute("PRAGMA synchronous = FULL")
    return rows


def look_up(past, rows, page, pages):
    """Tell the median microseconds a number, for pages of numbers that all have a past."""
    dice, spent = random.Random(page), []
    for _ in range(pages):
        asked = [Candidate(number=number_of(dice.randrange(rows))) for _ in range(page)]
        began = time.perf_counter()
        found = past.facts(asked, since=DAY - REACH)
        spent.append((time.perf_counter() - began) / page * 1e6)
        assert len(found) <= page
    return statistics.median(spent)


def screening_of(ledger, run, name):
    tables = shipped.load()
    caps = (Cap(calls=3, within=timedelta(hours=24), rule="3"), Cap(calls=8, within=REACH, rule="8"))
    return CampaignScreening(
        rules=RuleSet(
            in_order(
                hours=Hours(tables.windows, HoursTerms(), holidays_of=holidays_of),
                redial=Redial(campaign=name, after=timedelta(hours=24), caps=caps),
            ),
            tables.geography,
        ),
        past=ledger.past(run, sandbox=False),
        files=read_suppression([], region=None, now=DAY),
        reach=REACH,
        ticks=time.monotonic,
        say=print,
    )


def prepare(ledger, folder, count, now):
    """Tell the seconds in which a list is screened."""
    name = f"list at {now:%H:%M}"
    run = ledger.load(new_run(folder, name), contacts(count), now=now).number
    terms = SessionTerms(screening=screening_of(ledger, run, name))
    began = time.perf_counter()
    ledger.work(run, terms, now=now)
    return time.perf_counter() - began, ledger.counts(run)


async def claims_a_second(folder, count, *, screened, stale=False):
    """Dial a list as fast as turns go: a hundred claims and a hundred answers a turn."""
    with open_ledger(folder / f"{time.perf_counter_ns()}.db") as ledger:
        run = ledger.load(new_run(folder, "claims"), contacts(count), now=DAY).number
        screening = screening_of(ledger, run, "claims") if screened else None
        given = ledger.work(run, SessionTerms(screening=screening), now=DAY)
        if stale:
            given._screener._stale = True
        settled, began = [], time.perf_counter()
        while claims := await given.turn(settled, want=100, now=DAY):
            placed = [(claim, f"c-{claim.row}") for claim in claims]
            settled = [
                Settlement(
                    claim=claim,
                    answer=Accepted(call_id),
                    verdict=Verdict(outcome=Outcome.PLACED, call_id=call_id),
                    sent_at=DAY,
                    ended_at=DAY,
                )
                for claim, call_id in placed
            ]
        rate = count / (time.perf_counter() - began)
        assert ledger.counts(run) == {"placed": count}
    return rate


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--attempts", type=int, default=1_000_000)
    options.add_argument("--list", type=int, default=100_000)
    options.add_argument("--claims", type=int, default=20_000)
    given = options.parse_args()
    use_packaged_zones()
    shipped.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_ledger(folder / "ledger.db") as ledger:
            began = time.perf_counter()
            rows = fill(ledger, folder, given.attempts)
            size = (folder / "ledger.db").stat().st_size / 1e6
            print(f"{given.attempts:,} past attempts: {time.perf_counter() - began:.0f} s to write, {size:,.0f} MB")
            past = ledger.past(None, sandbox=False)
            for page, pages in ((1, 2000), (50, 200), (5000, 5)):
                print(f"past calls, pages of {page:5}: {look_up(past, rows, page, pages):6.1f} us a number", flush=True)
            for now in (NIGHT, DAY):
                seconds, counts = prepare(ledger, folder, given.list, now)
                told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())
                print(f"screening {given.list:,} rows at {now:%H:%M} UTC: {seconds:.1f} s ({told})", flush=True)
        rates = {"not screened": [], "screened": [], "screened, all stale": []}
        for _ in range(3):
            rates["not screened"].append(asyncio.run(claims_a_second(folder, given.claims, screened=False)))
            rates["screened"].append(asyncio.run(claims_a_second(folder, given.claims, screened=True)))
            rates["screened, all stale"].append(
                asyncio.run(claims_a_second(folder, given.claims, screened=True, stale=True))
            )
        bare = statistics.median(rates["not screened"])
        for case, found in rates.items():
            rate = statistics.median(found)
            print(f"claims, {case:19}: {rate:8,.0f} a second, {rate / bare:.2f} of those that are not screened")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

"""Let a campaign run by itself for fourteen nights on a moved clock, and judge the nights by the server's own log.

Each night is a real process of `dialer run -c nightly.toml` that believes it is 16:30 in New York, on a clock that goes
eight times as fast (`faketime`). Between 20 October and 2 November 2026 London and New York set their clocks back; one
night is killed in its middle, one is missed, one list comes too late, one is cut in half, and one night the provider is
down. People in London can be rung in the one week alone in which the two cities are four hours apart.

    python tests/trials/nights.py [--nights 14] [--seed 1]
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
from bisect import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import a_home, show, to_the_end
from trials.redial import Scripted
from truth import Rule, numbers
from voices import VOICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commands import Dialer

NIGHTS = 14
FIRST = datetime(2026, 10, 20)  # noqa: DTZ001 - a date alone
NEW_YORK, LOS_ANGELES, LONDON = (
    ZoneInfo(zone) for zone in ("America/New_York", "America/Los_Angeles", "Europe/London")
)
SPEED = 8  #: faster, and a connection has rested too long for a call before the program can use it
PEOPLE, FROM_BEFORE, IN_LONDON = 36, 10, 4  #: of a night's list; so many of them were on the list before
GAP, RULES, TRIES = timedelta(hours=40), {"busy": timedelta(seconds=30), "no-answer": timedelta(hours=20)}, 2
CAPS = ((3, timedelta(hours=24)), (4, timedelta(days=14)))
OPEN = {"", "pending", "deferred", "redial"}
EARLY = timedelta(seconds=1)  #: two clocks, one of them eight times as fast
CAMPAIGN = """
name = "nightly"
provider = "twilio"
contacts = "lists/*.csv"
[list]
max_age = "20h"
rows = { at_least = 10, change = "30%" }
[pace]
calls_per_second = 2
in_flight = 4
patience = "5m"
timeout = "5m"
follow = "4m"
[redial]
after = "40h"
caps = [{ calls = 3, within = "24h" }, { calls = 4, within = "14d" }]
on = { busy = { after = "30s", tries = 2 }, no-answer = { after = "20h", tries = 2 } }
[run]
not_after = "21:00"
carry = "first"
carry_vanished = true
reached = "30d"
[hours]
deadline = "21:30"
timezone = "America/New_York"
[results]
file = "results/{date}-run{run}.csv"
"""
SCRIPTS = (
    ("completed",),
    ("failed",),
    ("busy", "completed"),
    ("busy", "busy", "busy"),
    ("no-answer", "completed"),
    ("no-answer", "no-answer", "no-answer"),
)
"""How the calls to somebody end, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command: when it began by the machine's clock and by its own, how it ended, and what it said."""

    began: float
    moment: datetime
    words: tuple[object, ...]
    code: int
    said: Mapping[str, Any]


class Nights:
    """A campaign, its lists, and the commands that were given, each on a clock of its own."""

    def __init__(self, dialer: Dialer, truth: Scripted, *, preload: str, seed: int) -> None:
        """Write the campaign; everybody's calls end by a script that is theirs for all nights."""
        self.dialer, self.truth, self.asked = dialer, truth, list[Asked]()
        self.barred: dict[str, datetime] = {}
        self.listed: dict[int, list[str]] = {}
        self._dice = random.Random(seed)
        self._us = iter([number for number in numbers(2340) if number[2:5] in {"212", "213"}] + _more())
        self._uk = iter([f"+4420794600{line:02d}" for line in range(100)])
        self._night: list[str] = []
        dialer.env |= {"LD_PRELOAD": preload, "TZ": "UTC", "NO_FAKE_STAT": "1"}
        (dialer.home / "lists").mkdir()
        (dialer.home / "nightly.toml").write_text(CAMPAIGN, encoding="utf-8")

    def at(self, night: int, clock: time) -> datetime:
        """Tell when it is this time in New York on a night."""
        return datetime.combine(FIRST + timedelta(days=night), clock, NEW_YORK).astimezone(UTC)

    def new_list(self, night: int) -> list[str]:
        """Draw up a night's list: some people of the one before, the others new, a few of them in London."""
        again = self._dice.sample(self._night, FROM_BEFORE) if self._night else []
        uk = [next(self._uk) for _ in range(IN_LONDON)]
        self._night = [*again, *uk, *(next(self._us) for _ in range(PEOPLE - len(again) - len(uk)))]
        self._dice.shuffle(self._night)
        for number in self._night:
            self.truth.scripts.setdefault(number, self._dice.choice(SCRIPTS))  # type: ignore[attr-defined]
        return self._night

    def write(self, night: int, rows: Sequence[str], *, at: datetime) -> None:
        """Leave a list for a night, last changed at a moment."""
        path = self.dialer.home / "lists" / f"{night:02d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["phone"], *([number] for number in rows)])
        os.utime(path, (at.timestamp(), at.timestamp()))

    def move_clock(self, moment: datetime) -> None:
        """Let the next process begin at a moment."""
        self.dialer.env["FAKETIME"] = f"@{moment:%Y-%m-%d %H:%M:%S} x{SPEED}"

    def ask(self, *words: object, at: datetime, codes: set[int]) -> list[str]:
        """Give a command at a moment; complain where it ends with another exit code."""
        self.move_clock(at)
        began = monotonic()
        code, said = to_the_end(self.dialer, *words, within=300)
        self.asked.append(Asked(began=began, moment=at, words=words, code=code, said=said))
        if words[0] in {"run", "resume"}:
            print(f"{at:%d %b %H:%M} {words[0]}: exit {code}, {said.get('outcomes', '')}", flush=True)
        return [] if code in codes else [f"{at:%d %b %H:%M} {words}: exit {code}, not {codes}: {str(said)[:300]}"]

    def kill(self, *, at: datetime, after: int) -> None:
        """Begin the night and kill it after so many calls."""
        self.move_clock(at)
        began, so_far = monotonic(), len(self.truth.calls)
        with self.dialer.started("run", "-c", "nightly.toml", "--json") as process:
            while process.poll() is None and len(self.truth.calls) < so_far + after:
                sleep(0.01)
            process.kill()
            process.communicate(timeout=20)
        words = ("run", "-c", "nightly.toml")
        self.asked.append(Asked(began=began, moment=at, words=words, code=process.returncode, said={}))

    def moment(self, at: float) -> datetime:
        """Tell what time it was for the process that asked the server then."""
        last = self.asked[bisect([asked.began for asked in self.asked], at) - 1]
        return last.moment + timedelta(seconds=(at - last.began) * SPEED)


def _more() -> list[str]:
    """Name more people in New York and Los Angeles than fictional numbers last for; the server rings nobody."""
    return [f"+1{area}555{line}" for line in range(2000, 2600) for area in ("212", "213")]


RUN = ("run", "-c", "nightly.toml")
START = time(16, 30)


def dialled(nights: Nights, count: int) -> Iterator[str]:
    """Go through the nights; complain of each end that is not as expected, and of each night that does not verify."""
    for night in range(count):
        at, rows = nights.at(night, START), nights.new_list(night)
        calls = len(nights.truth.calls)
        if night != 6:
            nights.write(night, rows, at=at - timedelta(hours=1))
        if night == 2:
            nights.kill(at=at, after=12)
            yield from nights.ask(*RUN, at=at + timedelta(minutes=30), codes={0, 1, 7})
        elif night == 4:
            continue  # the machine was off
        elif night == 6:
            yield from nights.ask(*RUN, at=at, codes={0, 1, 7})  # no list: what is left of last night's
            calls = len(nights.truth.calls)
            nights.write(night, rows, at=nights.at(night, time(20, 50)))
            yield from nights.ask(*RUN, at=nights.at(night, time(21, 10)), codes={6})
            yield from [] if len(nights.truth.calls) == calls else ["somebody was rung by a list that came too late"]
        elif night == 8:
            nights.write(night, rows[: PEOPLE // 2], at=at - timedelta(hours=1))
            yield from nights.ask(*RUN, at=at, codes={6})
            yield from [] if len(nights.truth.calls) == calls else ["somebody was rung by half a list"]
            nights.write(night, rows, at=at + timedelta(minutes=40))
            yield from nights.ask(*RUN, at=at + timedelta(hours=1), codes={0, 7})
        elif night == 10:
            nights.truth.tell(Rule(status=503, skip=8))
            yield from nights.ask(*RUN, at=at, codes={3})
            nights.truth.tell()
            yield from nights.ask(*RUN, at=at + timedelta(hours=1), codes={0, 1, 7})
        else:
            yield from nights.ask(*RUN, at=at, codes={0, 1, 7})
        yield from proved(nights, [nights.asked[-1].said.get("run")], at + timedelta(hours=6))
        if night == 7:
            yield from bar(nights, at + timedelta(hours=7))
    for days in (1, 5):  # who waits for London's hours, or to be called again, until nobody can
        at = nights.at(count + days, time(12, 0))  # open in Los Angeles and in London
        yield from nights.ask("resume", at=at, codes={0, 1, 5, 7})
    runs = {asked.said.get("run") for asked in nights.asked}
    yield from proved(nights, runs, at + timedelta(hours=6))


def bar(nights: Nights, at: datetime) -> Iterator[str]:
    """Put somebody on the do-not-call list who waits to be called again."""
    waiting = [line["number"] for line in every_line(nights) if line["outcome"] == "redial"][:3]
    if not waiting:
        yield "nobody waits to be called again on the night before somebody is barred"
    for number in waiting:
        yield from nights.ask("suppress", number, at=at, codes={0})
        nights.barred[number] = at


def proved(nights: Nights, runs: Iterable[int | None], at: datetime) -> Iterator[str]:
    """Complain of whatever does not hold in these runs."""
    for run in runs:
        if run:
            yield from nights.ask("verify", run, at=at, codes={0})


def every_line(nights: Nights) -> list[dict[str, str]]:
    """Read the results of all nights."""
    return [
        line
        for path in sorted((nights.dialer.home / "results").glob("*.csv"))
        for line in nights.dialer.results(str(path.relative_to(nights.dialer.home)))
    ]


def judged(nights: Nights) -> Iterator[str]:
    """Hold the server's log against the rules: gap or rule, caps, hours, reached, barred; and every row to an end."""
    truth, calls, heard = nights.truth, defaultdict(list), defaultdict(list)
    for at, call_id, word in truth.told:
        heard[call_id].append((at, word))
    for request in truth.requests:
        if request.call_id:
            calls[request.number].append((nights.moment(request.at), request.at, request.call_id))
    for number, made in calls.items():
        last_words = [
            next((word for when, word in reversed(heard[call_id]) if when < at), "")
            for (_, _, call_id), (_, at, _) in pairwise(made)
        ]
        moments = [moment for moment, _, _ in made]
        yield from _too_soon(number, moments, last_words)
        yield from _over_a_cap(number, moments)
        yield from _out_of_hours(number, moments)
        if number in nights.barred and moments[-1] > nights.barred[number]:
            yield f"{number} was rung on {moments[-1]} and barred on {nights.barred[number]}"


def _too_soon(number: str, moments: Sequence[datetime], last_words: Sequence[str]) -> Iterator[str]:
    """Complain of calls by no rule within the gap, too early or often by one, and after somebody was reached."""
    again = Counter[str]()
    for (before, moment), word in zip(pairwise(moments), last_words, strict=True):
        passed = moment - before + EARLY
        if word == "completed":
            yield f"{number} was rung {passed} after being reached"
        elif passed < GAP:
            again[word] += 1
            if passed < RULES.get(word, GAP):
                yield f"{number} was rung {passed} after {word!r}"
    if any(times > TRIES for times in again.values()):
        yield f"{number} was called again {dict(again)}"


def _over_a_cap(number: str, moments: Sequence[datetime]) -> Iterator[str]:
    for most, within in CAPS:
        if any(later - first < within - EARLY for first, later in zip(moments, moments[most:], strict=False)):
            yield f"{number} was rung more than {most} times within {within}"


def _out_of_hours(number: str, moments: Sequence[datetime]) -> Iterator[str]:
    zone = LONDON if number.startswith("+44") else NEW_YORK if number.startswith("+1212") else LOS_ANGELES
    for moment in moments:
        local, here = moment.astimezone(zone), moment.astimezone(NEW_YORK)
        if not time(8) <= local.time() < time(21) or here.time() >= time(21, 31):
            yield f"{number} was rung at {local:%a %d %b %H:%M %Z}"


def ended(nights: Nights, lines: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Complain of rows that are left open or were lost, and of calls that no row knows."""
    left = [line for line in lines if line["outcome"] in OPEN]
    yield from (f"{line['number']} is left {line['outcome']!r}" for line in left)
    ids = {line["callId"] for line in lines if line["outcome"] == "placed"}
    unknown = {line["number"] for line in lines if line["outcome"] == "unknown"}
    for number, call_id in dict(nights.truth.rang).items():
        if call_id not in ids and number not in unknown:
            yield f"{number} was rung as {call_id}, and no row is placed by it"


def main() -> int:
    """Print a line a command of a night, and the sum."""
    options = argparse.ArgumentParser()
    options.add_argument("--nights", type=int, default=NIGHTS)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if not shutil.which("faketime"):
        print("skipped: faketime is missing (apt-get install faketime)")
        return 0
    moved = ["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"]
    preload = subprocess.run(moved, check=True, capture_output=True, text=True).stdout.strip()
    with a_home(Rule(), voice=VOICES["twilio"], keeper=Scripted) as (dialer, truth):
        assert isinstance(truth, Scripted)
        truth.scripts = {}
        nights = Nights(dialer, truth, preload=preload, seed=given.seed)
        found = [*dialled(nights, given.nights)]
        lines = every_line(nights)
        found += [*judged(nights), *ended(nights, lines)]
    show(found)
    rang = truth.rang
    proofs = sum(asked.words[0] == "verify" for asked in nights.asked)
    print(
        f"{given.nights} nights: {len(rang)} calls of {len(dict(rang))} people, {len(lines)} rows "
        f"{dict(Counter(line['outcome'] for line in lines))}, {proofs} proofs, {len(found)} breaches"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

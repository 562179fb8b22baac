"""Kill a real run at random moments, again and again, and compare what it says at the end with whom it rang.

A round: a list, a command, several SIGKILLs (while it loads, while it dials, at its end), then the same command
to its end. The same seed gives the same lists and the same plan of kills; the moments are as exact as the machine.

    python tests/trials/crash.py [--provider cxone] [--rounds 100] [--seed 1] [--seconds 0]
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import a_home, breaches, show, to_the_end, with_provider
from truth import Rule, numbers
from voices import CXONE, VOICES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen

    from commands import Dialer
    from truth import Truth
    from voices import Voice

WHEN = ("loading", "dialling", "dialling", "dialling", "end", "end")
CAMPAIGN = """
name = "crash"
[pace]
calls_per_second = {rate}
in_flight = {in_flight}
attempts = 20
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of a round."""

    kills: int
    calls: int
    unknown: int
    breaches: Sequence[str]


def one_round(seed: int, *, voice: Voice = CXONE, moments: Sequence[str] = WHEN) -> Round:
    """Kill at some of these moments, go on, compare."""
    dice = random.Random(seed)
    listed = numbers(2340)[:]
    dice.shuffle(listed)
    listed = listed[: dice.randint(50, 400)]
    in_flight = dice.randint(3, 40)
    rules = [Rule(after=dice.choice((0.0, 0.01, 0.05)))]
    if dice.random() < 0.25:
        rules.insert(0, Rule(status=429, limit=60, until=8, headers={"Retry-After": "0.2"}))
    with a_home(*rules, voice=voice) as (dialer, truth):
        rows = dialer.write_list([number] for number in listed)
        campaign = dialer.write_campaign(CAMPAIGN.format(rate=dice.randint(100, 500), in_flight=in_flight))
        command = ("run", rows, "-c", campaign)
        plan = [dice.choice(moments) for _ in range(dice.randint(1, 7))]
        kills = _kill(dialer, truth, command, plan=plan, size=len(listed), dice=dice)
        found = [] if kills is None else _end(dialer, command)
        lines = dialer.results()
    unknown = sum(line["outcome"] == "unknown" for line in lines)
    found += breaches(lines, truth, listed)
    died = len(plan) if kills is None else kills
    if unknown > died * in_flight:
        found.append(f"{unknown} rows are unknown after {died} kills with {in_flight} in flight")
    return Round(kills=died, calls=len(truth.calls), unknown=unknown, breaches=[f"seed {seed}: {x}" for x in found])


def _kill(
    dialer: Dialer, truth: Truth, command: Sequence[object], *, plan: Sequence[str], size: int, dice: random.Random
) -> int | None:
    """Kill as planned; how many runs died of it. None when one had said that it was finished."""
    kills = 0
    for when in plan:
        with dialer.started(*command, "--json") as process:
            _wait(process, truth, when, size, dice)
            process.kill()
            out, _ = process.communicate(timeout=20)
        kills += process.returncode == -9
        if out.strip():
            return None
    return kills


def _wait(process: Popen[str], truth: Truth, when: str, size: int, dice: random.Random) -> None:
    """Sleep until it is time to kill, or until the process has ended."""
    so_far = len(truth.rang)
    left = max(size - so_far, 1)
    more = {"loading": 0, "dialling": dice.randint(1, left), "end": max(left - dice.randint(0, 5), 1)}[when]
    until = monotonic() + (dice.uniform(0, 1.2) if when == "loading" else 5)
    while process.poll() is None and monotonic() < until and not 0 < more <= len(truth.rang) - so_far:
        sleep(0.002)
    sleep(dice.uniform(0, 0.3 if when == "end" else 0.03))


def _end(dialer: Dialer, command: Sequence[object]) -> list[str]:
    """Run the same command until it ends; complain of anything but an end."""
    code, said = to_the_end(dialer, *command)
    found = [] if code in {0, 1} else [f"exit {code}: {said}"]
    if said["run"] != 1:
        found.append(f"the command began run {said['run']} instead of going on with run 1")
    if sum(said["outcomes"].values()) != said["rows"]:
        found.append(f"the counts do not add up: {said}")
    return found


def main() -> int:
    """Print a line a round and the sum."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=0, help="begin no round after so long; 0: no limit")
    with_provider(options)
    given = options.parse_args()
    began, done = monotonic(), []
    for seed in range(given.seed, given.seed + given.rounds):
        if given.seconds and monotonic() - began > given.seconds:
            break
        done.append(one_round(seed, voice=VOICES[given.provider]))
        show(done[-1].breaches)
    figures = {name: sum(getattr(one, name) for one in done) for name in ("kills", "calls", "unknown")}
    broken = sum(len(one.breaches) for one in done)
    rounds = sum(bool(one.breaches) for one in done)
    print(
        f"crash: {given.provider}, {len(done)} rounds, {figures['kills']} kills, {figures['calls']:,} calls, "
        f"{figures['unknown']} unknown, {broken} breaches in {rounds} rounds"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""Kill runs that follow calls and call people again, at random moments; judge them by the server's own log.

A round: a list of people whose calls end by a script of their own, a run with rules of who is called again, several
SIGKILLs, then the same command to its end. The server tells each look-up a word of the call's script, and knows when it
told which. Rounds go side by side, since a call is first asked about at the age of 30 s.

    python tests/trials/redial.py [--rounds 8] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import a_home, show, to_the_end
from truth import Rule, Truth, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from truth import Reply

PEOPLE = 60
AFTER = 2.0  #: seconds
TRIES = 2
EARLY = 0.01  #: seconds: two clocks of one machine
CAMPAIGN = f"""
name = "redial"
[pace]
calls_per_second = 20
in_flight = 10
follow = "70s"
[hours]
enforce = false
reason = "a trial"
[redial]
after = "0s"
caps = []
on = {{ failed = {{ after = "{AFTER:.0f}s", tries = {TRIES} }} }}
"""
SCRIPTS = (
    ("failed", "failed", "failed"),
    ("failed", "completed"),
    ("completed",),
    ("failed", "answered failed"),
    ("answered failed",),
    ("canceled",),
)
"""How the calls to somebody end, one after the other; of two words the first look-up is told the first."""


class Scripted(Truth):
    """A provider whose calls end by the script of their number; `told` is when which word was told, in order."""

    def __init__(self, *known: Any, **more: Any) -> None:
        """Start with no script."""
        super().__init__(*known, **more)
        self.scripts: Mapping[str, Sequence[str]] = {}
        self.told: list[tuple[float, str, str]] = []

    def _look_up(self, call_id: str, at: float) -> Reply:
        number = self._ids.get(call_id, "")
        own = [each for each, called in self._ids.items() if called == number]
        if own:
            script = self.scripts[number]
            words = script[min(own.index(call_id), len(script) - 1)].split()
            word = words[min(self._looks[call_id], len(words) - 1)]
            self.script.courses[number] = (word,)
            self.told.append((at, call_id, word))
            self._looks[call_id] += 1
        return super()._look_up(call_id, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of a round."""

    kills: int
    calls: int
    again: int
    unknown: int
    breaches: Sequence[str]


def one_round(seed: int) -> Round:
    """Kill, go on, and compare."""
    dice = random.Random(seed)
    listed = numbers(2340)[:]
    dice.shuffle(listed)
    listed = listed[:PEOPLE]
    with a_home(Rule(after=0.1), keeper=Scripted) as (dialer, truth):
        assert isinstance(truth, Scripted)
        truth.scripts = {number: dice.choice(SCRIPTS) for number in listed}
        rows = dialer.write_list([number] for number in listed)
        command = ("run", rows, "-c", dialer.write_campaign(CAMPAIGN))
        kills = 0
        for _ in range(dice.randint(2, 5)):
            with dialer.started(*command, "--json") as process:
                until = monotonic() + dice.choice((dice.uniform(1, 6), dice.uniform(28, 45)))
                while process.poll() is None and monotonic() < until:
                    sleep(0.01)
                process.kill()
                process.communicate(timeout=20)
            kills += process.returncode == -9  # a run may have come to its end: then the next has nothing to do
        code, _ = to_the_end(dialer, *command)
        proved, proof = to_the_end(dialer, "verify", 1)
        lines = dialer.results()
    unknown = {line["number"] for line in lines if line["outcome"] == "unknown"}
    found = judged(truth, unknown)
    found += [] if code in {0, 1, 5} else [f"exit {code}"]
    found += [] if proved == 0 else [str(proof)]
    calls = len(truth.rang)
    again = calls - len({number for number, _ in truth.rang})
    told = [f"seed {seed}: {breach}" for breach in found]
    return Round(kills=kills, calls=calls, again=again, unknown=len(unknown), breaches=told)


def judged(truth: Scripted, unknown: set[str]) -> list[str]:
    """Hold every call that came against what the server had told of the one before."""
    calls: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for request in truth.requests:
        if request.call_id:
            calls[request.number].append((request.at, request.call_id))
    words: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for at, call_id, word in truth.told:
        words[call_id].append((at, word))
    found = []
    for number, made in calls.items():
        for (_, before), (at, _) in pairwise(made):
            heard = [(when, word) for when, word in words[before] if when < at]
            found += [f"{number} was called again {why}" for why in _against(heard, at)]
        is_due = truth.scripts[number] == ("failed",) * 3 and number not in unknown
        if len(made) > 1 + TRIES or (is_due and len(made) != 1 + TRIES):
            found.append(f"{number} was called {len(made)} times")
    return found


def _against(heard: Sequence[tuple[float, str]], at: float) -> list[str]:
    """Say why somebody should not have been called at a moment, by what had been heard of their last call."""
    if not heard or heard[-1][1] != "failed":
        return [f"after {heard[-1:]}"]
    found = [] if at - heard[-1][0] >= AFTER - EARLY else [f"{at - heard[-1][0]:.2f} s after the last had failed"]
    return found + ["and had picked up"] * any(word == "answered" for _, word in heard)


def main() -> int:
    """Print a line a round and the sum."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with ThreadPoolExecutor(8) as pool:  # they wait most of the time
        done = list(pool.map(one_round, range(given.seed, given.seed + given.rounds)))
    for seed, each in enumerate(done, start=given.seed):
        print(f"seed {seed}: {each.kills} kills, {each.calls} calls, {each.again} again, {each.unknown} unknown")
        show(each.breaches)
    kills, calls, again, unknown, breaches = (
        sum(each.kills for each in done),
        sum(each.calls for each in done),
        sum(each.again for each in done),
        sum(each.unknown for each in done),
        sum(len(each.breaches) for each in done),
    )
    print(f"{len(done)} rounds: {kills} kills, {calls} calls, {again} again, {unknown} unknown, {breaches} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())

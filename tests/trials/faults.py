"""Dial through every fault a provider can show, and compare each row with what the contract says it proves.

About a tenth of the rows meet a fault, spread at random. The token endpoint fails as well for a while.
A huge but finite Retry-After is not among them: it is honoured for up to an hour.

    python tests/trials/faults.py [--provider cxone] [--rounds 2] [--rows 2000] [--seed 1]
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import a_home, breaches, show, to_the_end, with_provider
from truth import Rule, numbers
from voices import CXONE, VOICES

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from voices import Refusal, Voice

PAGE = "<html><head><title>x</title></head><body><h1>Bad gateway</h1></body></html>"
CAMPAIGN = 'name = "faults"\n[pace]\ncalls_per_second = 300\nin_flight = 100\ntimeout = "800ms"\n'


@dataclass(frozen=True, slots=True)
class Fault:
    """What the provider does to a row, what that proves, and how many requests the row may cost."""

    rule: Rule
    outcome: str
    requests: int = 1
    often: bool = True


def throttled(value: str | None) -> Fault:
    """Give a 429 with this Retry-After, once."""
    headers = {} if value is None else {"Retry-After": value}
    return Fault(Rule(status=429, times=1, headers=headers), "placed", 2, often=False)


NONE = Fault(Rule(), "placed")


def faults_of(voice: Voice) -> Mapping[str, Fault]:
    """Give every fault that a provider can show in its own voice, by name."""
    return {
        "no answer": Fault(Rule(after=60), "unknown"),
        "late answer": Fault(Rule(after=0.3), "placed"),
        "reset after reading": Fault(Rule(cut=True), "unknown"),
        "reset, did not ring": Fault(Rule(cut=True, rings=False), "unknown"),
        "500": Fault(Rule(status=500), "unknown"),
        "500 that rang": Fault(Rule(status=500, rings=True), "unknown"),
        "502 page": Fault(Rule(status=502, body=PAGE), "unknown"),
        "503": Fault(Rule(status=503, body=""), "unknown"),
        "503 with Retry-After": Fault(Rule(status=503, headers={"Retry-After": "1"}), "unknown"),
        "504": Fault(Rule(status=504, body=PAGE), "unknown"),
        "408": Fault(Rule(status=408), "unknown"),
        "without id": Fault(Rule(body=voice.no_id), "unknown"),
        "with an empty id": Fault(Rule(body=voice.empty_id), "unknown"),
        "200 not JSON": Fault(Rule(body='{"callId": "broken'), "unknown"),
        "200 no object": Fault(Rule(body=["callId"]), "unknown"),
        "200 page": Fault(Rule(body=PAGE, headers={"Content-Type": "text/html"}), "unknown"),
        "200 empty": Fault(Rule(body=""), "unknown"),
        "200 cut short": Fault(Rule(headers={"Content-Length": "5000"}, after=0.01), "unknown"),
        "204": Fault(Rule(status=204, body=""), "unknown"),
        "202 with id": Fault(Rule(status=202), "placed"),
        "wrong content type": Fault(Rule(headers={"Content-Type": "text/plain"}), "placed"),
        "slow bytes": Fault(Rule(drip=0.001), "placed"),
        "too slow bytes": Fault(Rule(drip=0.1), "unknown"),
        "huge body": Fault(Rule(padding=3_000_000), "unknown"),
        "redirect": Fault(Rule(status=302, headers={"Location": "/v2/elsewhere"}), "unknown"),
        "redirect 307": Fault(Rule(status=307, headers={"Location": voice.place}), "unknown"),
        "429": throttled(None),
        "429 seconds": throttled("1"),
        "429 nought": throttled("0"),
        "429 fraction": throttled("0.3"),
        "429 negative": throttled("-5"),
        "429 endless": throttled("1e999"),
        "429 nonsense": throttled("soon"),
        "429 date past": throttled("Wed, 21 Oct 2015 07:28:00 GMT"),
        "429 to the end": Fault(Rule(status=429, headers={"Retry-After": "0"}), "failed", 3, often=False),
        **{f"refused: {name}": _refused(refusal) for name, refusal in voice.refusals.items()},
        "huge refusal": _refused(next(iter(voice.refusals.values())), padding=3_000_000),
        **({"401 in the middle": _TOKEN_REFUSED} if voice.has_tokens else {}),
    }


def _refused(refusal: Refusal, *, padding: int = 0) -> Fault:
    times = 1 if refusal.once else math.inf
    headers = dict(refusal.headers)
    rule = Rule(status=refusal.status, body=refusal.body, headers=headers, padding=padding, times=times)
    return Fault(rule, refusal.outcome, refusal.requests, often=refusal.requests == 1)


_TOKEN_REFUSED = Fault(Rule(status=401, times=1, body={"error": "invalid_token"}), "placed", 2, often=False)
TOKEN_FAILS = Rule(on="token", status=503, skip=1, times=1)


def plan(listed: Sequence[str], chosen: Mapping[str, Fault], share: float, dice: random.Random) -> dict[str, str]:
    """Give each `chosen` fault to a number, and the harmless ones to more, until it is about `share` of all.

    It stands nowhere among the first rows: a refused token must have been good before, or the run rightly stops.
    """
    often = [name for name, fault in chosen.items() if fault.often]
    names = [*chosen, *(dice.choice(often) for _ in range(int(len(listed) * share) - len(chosen)))]
    dice.shuffle(names)
    places = dice.sample(range(10, len(listed)), len(names))
    return {listed[place]: name for place, name in zip(places, names, strict=True)}


def one_run(
    rows: int, seed: int, *, voice: Voice = CXONE, but: Container[str] = (), also: Sequence[Rule] | None = None
) -> tuple[dict[str, Counter[str]], list[str]]:
    """Dial a list of which a tenth meets faults, `but` some; fault -> outcome -> rows, and what does not match."""
    dice = random.Random(seed)
    listed = numbers(rows)
    faults = {name: fault for name, fault in faults_of(voice).items() if name not in but}
    planned = plan(listed, faults, 0.1, dice)
    rules = [replace(faults[name].rule, number=number) for number, name in planned.items()]
    if also is None:
        also = [TOKEN_FAILS] if voice.has_tokens else []
    with a_home(*also, *rules, voice=voice) as (dialer, truth):
        path = dialer.write_list([number] for number in listed)
        code, said = to_the_end(dialer, "run", path, "-c", dialer.write_campaign(CAMPAIGN))
        lines = dialer.results()
    found = breaches(lines, truth, listed) if code == 1 else [f"exit {code}: {said}"]
    # One that rang and answered with a fault is unknown, which `breaches` allows; anything else is named here.
    asked, rang = Counter(call.number for call in truth.calls), dict(truth.rang)
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        number, outcome = line["number"], line["outcome"]
        name = planned.get(number, "")
        fault = faults.get(name, NONE)
        table[name or "(none)"][outcome] += 1
        # What rang, its provider may have told when it was asked about the row; `breaches` compares the call.
        is_found = (fault.outcome, outcome) == ("unknown", "placed") and number in rang
        if asked[number] != fault.requests or not (is_found or outcome == fault.outcome):
            found.append(
                f"seed {seed}, row {line['row']}, {name or 'no fault'}: {outcome} after {asked[number]} requests, "
                f"not {fault.outcome} after {fault.requests}: {line['error']}"
            )
    return table, found


def main() -> int:
    """Print fault, rows, outcomes and mismatches."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--rows", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    with_provider(options)
    given = options.parse_args()
    voice = VOICES[given.provider]
    total: dict[str, Counter[str]] = defaultdict(Counter)
    mismatches: list[str] = []
    for seed in range(given.seed, given.seed + given.rounds):
        table, found = one_run(given.rows, seed, voice=voice)
        for name, outcomes in table.items():
            total[name] += outcomes
        mismatches += found
    for name in ("(none)", *faults_of(voice)):
        outcomes = ", ".join(f"{outcome} {rows:,}" for outcome, rows in total[name].most_common())
        print(f"{name:38} {total[name].total():6,}  {outcomes}")
    show(mismatches)
    rows = sum(outcomes.total() for outcomes in total.values())
    print(f"faults: {voice.name}, {rows:,} rows, {len(faults_of(voice))} faults, {len(mismatches)} mismatches")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())

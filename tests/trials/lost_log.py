"""Kill a run, spoil its ledger's log in a new way each time, go on, and see whether anybody is rung twice.

A bit of the `-wal` file is turned, the file is cut, filled up with noise, or put back as it was some calls before. The
files are put back before each round, the ledger itself in its place. With `--control` nothing is spoilt, and
every round has to go on.

    python tests/trials/lost_log.py [--rounds 60] [--seed 1] [--control]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import a_home, show
from truth import Rule, numbers

if TYPE_CHECKING:
    from commands import Dialer
    from truth import Truth

ROWS, EARLY, LATE = 150, 30, 80


def killed(dialer: Dialer, truth: Truth) -> tuple[dict[Path, bytes], bytes]:
    """Kill a run in the middle; the ledger's files then, and its log some calls before."""
    with dialer.started("run", dialer.write_list([number] for number in numbers(ROWS)), "--rate", 200) as process:
        truth.wait_for_calls(EARLY)
        early = (dialer.home / "ledger.db-wal").read_bytes()
        truth.wait_for_calls(LATE)
        process.kill()
        process.communicate(timeout=20)
    kept = ("ledger.db", "ledger.db-wal", "ledger.db-shm")
    return {
        path: path.read_bytes() for path in dialer.home.iterdir() if path.name in kept or "turns" in path.name
    }, early


def spoil(log: bytes, early: bytes, dice: random.Random) -> bytes:
    """Give the log as something may have left it."""
    at = dice.randrange(len(log))
    turned = bytes([log[at] ^ 1 << dice.randrange(8)])
    return dice.choice(
        (log[:at] + turned + log[at + 1 :],) * 4 + (log[:at], log[:at] + os.urandom(len(log) - at), early)
    )


def main() -> int:
    """Print how the rounds ended."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--control", action="store_true")
    given = options.parse_args()
    dice, ended, twice = random.Random(given.seed), Counter[int](), list[str]()
    with a_home(Rule(after=0.02)) as (dialer, truth):
        files, early = killed(dialer, truth)
        before, wal = {number for number, _ in truth.rang}, dialer.home / "ledger.db-wal"
        for _ in range(given.rounds):
            so_far = len(truth.rang)
            for path, content in files.items():
                path.write_bytes(content)
            if not given.control:
                wal.write_bytes(spoil(files[wal], early, dice))
            ended[dialer.here("resume", 1, "--rate", 2000, code=None).code] += 1
            twice += [f"{number} was rung again" for number, _ in truth.rang[so_far:] if number in before]
    show(twice)
    stuck = ended[2] if given.control else 0
    codes = ", ".join(f"{count} with exit {code}" for code, count in sorted(ended.items()))
    print(f"lost log: {given.rounds} rounds after {len(before)} calls, {codes}; {len(twice)} rung twice")
    return 1 if twice or stuck else 0


if __name__ == "__main__":
    sys.exit(main())

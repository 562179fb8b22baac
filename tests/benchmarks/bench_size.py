"""How fast `dialer check` goes through a large list, against a plain loop over phonenumbers.

Writes a list (half of the numbers in formats people use, some damaged, 3 % repeated in another spelling), checks
it in a process of its own, checked CSV written, and compares with what parse, is_possible_number, is_valid_number
and format_number alone take for its numbers in the same run. Of a long list the loop takes a sample. The check
screens by calling hours as well, as of a Tuesday at 18:30 UTC. Then such a list is checked with the parameters of
campaigns/spring-renewal.toml and without. All is processor time, which others on the machine change less; of several
rounds the quickest counts.

    python tests/benchmarks/bench_size.py [--rows 1000000] [--sample 200000] [--rounds 1]
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_numbers import ABROAD, DAMAGED, clean_cell, filled, plain_loop, spelt_cell

NAMES = ("Ann", "Bob", "María", "Dev", "Zoë", "Chidi", "Fatima", "Li", "Olga", "Sam")
REPEATED = 0.03
CAMPAIGN = Path(__file__).parents[2] / "campaigns" / "spring-renewal.toml"
KEPT = 5_000  #: numbers that may be repeated at any time


def phone_cell(dice: random.Random) -> str:
    chance = dice.random()
    if chance < 0.5:
        return clean_cell(dice)
    if chance < 0.88:
        return spelt_cell(dice)
    return filled(dice, *dice.choice(ABROAD if chance < 0.97 else DAMAGED))


def respelt(number: str) -> str:
    digits = "".join(filter(str.isdigit, number))[-10:]
    return f"({digits[:3]}) {digits[3:6]} {digits[6:]}"


def write_list(path: Path, rows: int, *, due: bool = False) -> None:
    """Write a list; with `due`, the campaign's column of dates is in it, too."""
    dice = random.Random(20_240_229)
    seen: list[str] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("phone", "first_name", "account", "balance", *(["due"] if due else [])))
        for row in range(rows):
            if seen and dice.random() < REPEATED:
                cell = respelt(dice.choice(seen))
            else:
                cell = phone_cell(dice)
                if cell.startswith("+1") and cell[1:].isdigit():
                    seen[row % KEPT : row % KEPT + 1] = [cell]
            days = [f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"] if due else []
            balance = f"{dice.randint(100, 99_999) / 100:.2f}"
            writer.writerow((cell, dice.choice(NAMES), f"AC-{row:07}", balance, *days))


def checked(path: Path, *words: str) -> tuple[float, float]:
    """Return processor seconds and peak megabytes of a check in a process of its own."""
    always = ("--at", "2026-11-24T18:30", "-o", str(path.with_name("checked.csv")), "--json")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = (sys.executable, "-m", "dialer", "check", str(path), *always, *words)
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if not ran.stdout:
        raise SystemExit(ran.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = json.loads(ran.stdout)["outcomes"]
    print(", ".join(f"{count:,} {outcome}" for outcome, count in counts.items()))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


def plain(path: Path, sample: int) -> tuple[int, float]:
    """Return how many numbers a plain loop read, and its processor seconds."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        cells = [cells[0] for cells in islice(rows, sample)]
    began = time.process_time()
    for _ in plain_loop(cells, "US"):
        pass
    return len(cells), time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=1)
    choices = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, ours, ledger = Path(folder) / "list.csv", Path(folder) / "campaign.csv", Path(folder) / "none.db"
        write_list(path, choices.rows)
        write_list(ours, choices.rows, due=True)
        print(f"{choices.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB")
        plainly = ("--region", "US", "--ledger", str(ledger))
        rounds = [
            (
                checked(path, *plainly),
                plain(path, choices.sample),
                checked(ours, *plainly),
                checked(ours, "-c", str(CAMPAIGN), "--ledger", str(ledger)),
            )
            for _ in range(choices.rounds)
        ]
    (took, megabytes), (count, seconds), (without, _), (bound, more) = map(min, zip(*rounds, strict=True))
    whole = seconds * choices.rows / count
    measured = "" if count == choices.rows else f" (reckoned from {count:,} numbers in {seconds:.1f} s)"
    print(f"check, checked CSV written: {took:.2f} s of a processor, at most {megabytes:.0f} MB")
    print(f"plain loop over its numbers: {whole:.1f} s{measured}")
    print(f"{whole / took:.1f} times faster")
    ratio = f"{bound / without:.2f} times as long as without"
    print(f"with the parameters of {CAMPAIGN.name}: {bound:.2f} s, {more:.0f} MB, {ratio}")


if __name__ == "__main__":
    main()

"""How fast do-not-call files are read and asked, and how much memory that takes.

Run as `python tests/benchmarks/bench_suppression.py [MILLIONS]`; prints lines a second and the process's peak.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import phonenumbers

from dialer.domain.screening.suppression import SuppressionFile
from dialer.screening.dnc_index import read_suppression

AREA_CODES = [
    code
    for code in range(201, 990)
    if phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{code}2345678")) == "US"
]
WANTED = frozenset(f"1{code}" for code in AREA_CODES[::20])
FORMS = {
    "registry AAA,NNNNNNN": b"%03d,%07d\n",
    "plain AAANNNNNNN": b"%03d%07d\n",
    "E.164": b"+1%03d%07d\n",
    "CSV phone,date": b"%03d-%07d,2026-03-01\n",
}
PAGE = 20_000


def write_list(path: Path, form: bytes, count: int) -> None:
    """Write a sorted list, every area code with as many numbers as the next."""
    each = count // len(AREA_CODES) + 1
    numbers = np.linspace(2_000_000, 9_999_999, each).astype(np.int64).tolist()
    with path.open("wb") as file:
        if b"-" in form:
            file.write(b"phone,date\n")
        left = count
        for code in AREA_CODES:
            file.write(b"".join(form % (code, number) for number in numbers[:left]))
            left -= min(each, left)


def measure(path: Path, wanted: frozenset[str] | None, count: int) -> str:
    """Read the list once in a process of its own, and ask it about a page of numbers."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    index = read_suppression([SuppressionFile(path=path)], region="US", wanted=wanted, now=datetime.now(UTC))
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    codes = sorted(wanted or (f"1{code}" for code in AREA_CODES))
    rng = np.random.default_rng(1)
    page = [f"+{codes[at % len(codes)]}{number}" for at, number in enumerate(rng.integers(2_000_000, 9_999_999, PAGE))]
    begun = time.perf_counter()
    found = sum(hit is not None for hit in index.find_all(page))
    asked = time.perf_counter() - begun
    return (
        f"{count / seconds / 1e6:5.1f} M lines/s  {seconds:6.1f} s  kept {len(index):>11,}  peak {peak / 1024:6.0f} MB"
        f" ({before / 1024:.0f} before)  asking {PAGE / asked / 1e6:.2f} M/s, {found:,} listed"
    )


def main() -> None:
    """Print a line for each form, with the area codes of a contact list and with all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("millions", type=float, nargs="?", default=10.0)
    parser.add_argument("--form", choices=list(FORMS), action="append")
    arguments = parser.parse_args()
    count = int(arguments.millions * 1e6)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.form or FORMS:
            path = Path(folder) / "list.txt"
            write_list(path, FORMS[name], count)
            for what, wanted in ((f"{len(WANTED)} area codes", WANTED), ("all", None)):
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                    print(f"{name:22} {what:>14} {process.submit(measure, path, wanted, count).result()}", flush=True)


if __name__ == "__main__":
    main()

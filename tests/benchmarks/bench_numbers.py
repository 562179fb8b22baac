"""How much faster a column of phone cells is read than a plain loop over phonenumbers reads it.

Run as `python tests/benchmarks/bench_numbers.py [CELLS]`; prints seconds and their ratio for each mixture.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from typing import TYPE_CHECKING

import phonenumbers

from dialer.numbers.reader import NumberReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AREA_CODES = (
    "201",
    "212",
    "213",
    "305",
    "312",
    "404",
    "415",
    "512",
    "617",
    "646",
    "702",
    "713",
    "808",
    "917",
    "949",
)
ABROAD = (
    ("+447{}", 9),
    ("+44 20 7{}", 7),
    ("+336{}", 8),
    ("+33 1 4{}", 7),
    ("+4915{}", 9),
    ("+49 30 {}", 8),
    ("+614{}", 8),
    ("+61 2 9{}", 7),
)
DAMAGED: tuple[tuple[str, int], ...] = (
    ("1.21255E+10", 0),
    ("212{}.0", 7),
    ("#NAME?", 0),
    ("12/05/2024", 0),
    ("", 0),
    ("n/a", 0),
    ("447911{}", 6),
    ("212555{}", 3),
    ("2125550100 2125550{}", 3),
    ("212-555-{} x12", 4),
    ("'212555{}", 4),
    ("212\N{NO-BREAK SPACE}555\N{NON-BREAKING HYPHEN}{}", 4),
    ("+1 900 555 {}", 4),
    ("+1 555 555 {}", 4),
)


def american(dice: random.Random) -> tuple[str, str, str]:
    return dice.choice(AREA_CODES), str(dice.randint(200, 999)), f"{dice.randint(0, 9999):04}"


def clean_cell(dice: random.Random) -> str:
    return "+1" + "".join(american(dice))


def spelt_cell(dice: random.Random) -> str:
    area, exchange, line = american(dice)
    spellings = (
        f"+1{area}{exchange}{line}",
        f"({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"1.{area}.{exchange}.{line}",
    )
    return dice.choice(spellings)


def filled(dice: random.Random, pattern: str, digits: int) -> str:
    return pattern.format("".join(dice.choices("0123456789", k=digits)))


def mixed_cell(dice: random.Random) -> str:
    makers = (
        spelt_cell,
        lambda dice: filled(dice, *dice.choice(ABROAD)),
        lambda dice: "".join(american(dice)),
        lambda dice: filled(dice, *dice.choice(DAMAGED)),
    )
    (maker,) = dice.choices(makers, weights=(60, 20, 10, 10))
    return maker(dice)


def plain_loop(cells: list[str], region: str) -> Iterator[tuple[bool, bool, str] | None]:
    for cell in cells:
        try:
            number = phonenumbers.parse(cell, region)
        except phonenumbers.NumberParseException:
            yield None
            continue
        yield (
            phonenumbers.is_possible_number(number),
            phonenumbers.is_valid_number(number),
            phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        )


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(name: str, cells: list[str]) -> None:
    plain = seconds(lambda: list(plain_loop(cells, "US")))
    quick = seconds(lambda: NumberReader("US").read_column(cells))
    print(
        f"{name:10} {len(cells)} cells: plain loop {plain:.2f} s, read_column {quick:.2f} s "
        f"({quick / len(cells) * 1e6:.2f} us a cell), {plain / quick:.1f} times faster"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cells", nargs="?", type=int, default=200_000)
    count = parser.parse_args().cells
    dice = random.Random(20_240_229)
    compare("clean US", [clean_cell(dice) for _ in range(count)])
    compare("spelt US", [spelt_cell(dice) for _ in range(count)])
    compare("mixed", [mixed_cell(dice) for _ in range(count)])


if __name__ == "__main__":
    main()

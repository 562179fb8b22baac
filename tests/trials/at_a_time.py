"""How well the lines of a provider are used, by its own record of when each call began and ended.

    python tests/trials/at_a_time.py [WORD …]

`used` is the time in which calls were up, of all lines from the first call to the last. `ideal` is how much of it a
caller reaches who knows at once that a call is over; `look-ups` are those a call. Only lines with one of the words in
their name are tried.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from carrying import Carrying, most_at_a_time
from trials.common import breaches, show, to_the_end
from truth import numbers, serving

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: how many calls at a time, how long each lasts, how many there are, and what is promised.

    Calls and look-ups share `pace` requests a second.
    """

    name: str
    at_a_time: int
    lasts: Callable[[int], float]
    pace: int
    rows: int
    share: float


LINES = (
    Line(name="calls of 2 s", at_a_time=10, lasts=lambda _: 2.0, pace=50, rows=200, share=0.75),
    Line(name="calls of 2 s, few requests", at_a_time=10, lasts=lambda _: 2.0, pace=10, rows=100, share=0.6),
    Line(name="calls of 8 s", at_a_time=10, lasts=lambda _: 8.0, pace=50, rows=100, share=0.85),
    Line(name="calls of 1 to 8 s", at_a_time=10, lasts=lambda call: 1.0 + call * 3 % 8, pace=50, rows=150, share=0.8),
    Line(name="100 lines, calls of 4 s", at_a_time=100, lasts=lambda _: 4.0, pace=200, rows=1500, share=0.75),
)


def dial(line: Line) -> tuple[float, float, float, int, list[str]]:
    """Dial a line: the share of its lines that was used, the ideal, look-ups a call, the most at a time, breaches."""
    from commands import Dialer  # pytest wants to be the first to import its plugins

    listed = numbers(line.rows)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(keeper=lambda script: Carrying(script, lasts=line.lasts)) as truth,
    ):
        assert isinstance(truth, Carrying)
        home = Path(folder) / "home"
        home.mkdir()
        dialer = Dialer(home)
        dialer.settle_on(truth.url)
        pace = f"[pace]\ncalls_per_second = {line.pace}\ncalls_at_a_time = {line.at_a_time}\n"
        campaign = dialer.write_campaign(f'name = "trial"\n{pace}')
        to_the_end(dialer, "run", dialer.write_list([number] for number in listed), "-c", campaign)
        found = breaches(dialer.results(), truth, listed)
        used, ideal = share(truth.up, line.at_a_time), share(at_best(line), line.at_a_time)
        return used, ideal, truth.look_ups / line.rows, most_at_a_time(truth), found


def share(up: list[tuple[float, float]], at_a_time: int) -> float:
    """Tell how much of the time of all lines calls were up, from the first call until the last one began."""
    first, last = up[0][0], up[-1][0]
    return sum(min(over, last) - began for began, over in up) / (at_a_time * (last - first))


def at_best(line: Line) -> list[tuple[float, float]]:
    """Give when each call begins and ends for who knows at once which are over, at the same pace."""
    up, free = list[tuple[float, float]](), [0.0] * line.at_a_time
    for call in range(line.rows):
        first = free.index(min(free))
        began = max(free[first], up[-1][0] + 1 / line.pace if up else 0.0)
        free[first] = began + line.lasts(call)
        up.append((began, free[first]))
    return up


def main() -> int:
    """Print a line of the table for each; 1 when one breaks what is promised."""
    options = argparse.ArgumentParser()
    options.add_argument("words", nargs="*")
    given, good = options.parse_args(), True
    print(f"{'calls':<28} {'at a time':>9} {'requests/s':>10} {'most':>5} {'used':>6} {'ideal':>6} {'look-ups':>8}")
    for line in LINES:
        if given.words and not any(word in line.name for word in given.words):
            continue
        used, ideal, asked, most, found = dial(line)
        show(found)
        kept = used >= line.share * ideal and most <= line.at_a_time and not found
        good = good and kept
        told = f"{line.name:<28} {line.at_a_time:>9} {line.pace:>10} {most:>5} {used:>6.3f} {ideal:>6.3f} {asked:>8.1f}"
        print(told if kept else f"{told}  promised: {line.share} of the ideal", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

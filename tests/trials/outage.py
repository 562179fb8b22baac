"""What six seconds of 503 cost at 200 calls a second.

An outage that ends just after a probe lasts until the next one, whose time has doubled; --seconds 6.5 shows it.

    python tests/trials/outage.py [--rows 2000] [--seconds 6]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import a_home, breaches, show, to_the_end
from truth import Rule, numbers

FROM = 3.0
A_HANDFUL = 60


def main() -> int:
    """Print how many rows are unknown and how long after the outage the run went on."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=2000)
    options.add_argument("--seconds", type=float, default=6.0)
    given = options.parse_args()
    listed = numbers(given.rows)
    with a_home(Rule(status=503, since=FROM, until=FROM + given.seconds)) as (dialer, truth):
        to_the_end(dialer, "run", dialer.write_list([number] for number in listed), "--rate", 200)
        lines = dialer.results()
    over = truth.requests[0].at + FROM + given.seconds
    on = min((call.at for call in truth.calls if call.at >= over), default=float("inf")) - over
    outcomes = [line["outcome"] for line in lines]
    unknown, placed = outcomes.count("unknown"), outcomes.count("placed")
    found = breaches(lines, truth, listed)
    show(found)
    print(
        f"outage: {unknown} of {given.rows} rows unknown after {given.seconds:g} s of 503, {placed} placed, "
        f"went on {on:.1f} s after it was over"
    )
    return 1 if found or unknown > A_HANDFUL or unknown + placed != given.rows else 0


if __name__ == "__main__":
    sys.exit(main())

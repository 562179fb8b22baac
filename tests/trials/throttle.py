"""How much of a provider's true limit is used when far more is configured, and how many requests it costs.

The provider takes 40 in any rolling second, with and without a Retry-After; 200 a second are configured.

    python tests/trials/throttle.py [--rows 2000]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials.common import a_home, breaches, show, to_the_end
from truth import Rule, numbers

LIMIT = 40


def one_run(rows: int, headers: dict[str, str]) -> tuple[float, float, int, list[str]]:
    """Dial against the limit: the share of it used, the share of requests throttled, rows placed, and breaches."""
    listed = numbers(rows)
    with a_home(Rule(status=429, limit=LIMIT, headers=headers)) as (dialer, truth):
        to_the_end(dialer, "run", dialer.write_list([number] for number in listed), "--rate", 200)
        lines = dialer.results()
    calls = truth.calls
    placed = sum(line["outcome"] == "placed" for line in lines)
    throttled = sum(call.status == 429 for call in calls) / len(calls)
    found = breaches(lines, truth, listed)
    return placed / ((calls[-1].at - calls[0].at) * LIMIT), throttled, placed, found


def main() -> int:
    """Print both shares, without and with Retry-After."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=2000)
    given = options.parse_args()
    said, good = [], True
    for name, headers in (("bare", {}), ("Retry-After: 1", {"Retry-After": "1"})):
        used, throttled, placed, found = one_run(given.rows, headers)
        show(found)
        good = good and not found and placed == given.rows and used >= 0.8 and throttled <= 0.05
        said.append(f"{name}: {used:.3f} of the limit used, {throttled:.2%} throttled, {placed}/{given.rows} placed")
    print("throttle: " + "; ".join(said))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""How much of its pace a run uses, as the provider sees it: `bench_pace.py [--closing] [RATE …]`.

With `--closing` the provider ends each connection after one answer, so that every call has to connect first.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from commands import Dialer
from truth import most_in_a_second

SECONDS = 4
PROMISED = 0.97
RATES = (5, 20, 50, 200, 1000)
CLOSING = '{"rules": [{"headers": {"Connection": "close"}}]}'


def main() -> None:
    """Print, for each pace, the share of it that was used and the fullest rolling second."""
    words = sys.argv[1:]
    script = CLOSING if "--closing" in words else "{}"
    print(f"{'a second':>8}  {'calls':>6}  {'used':>6}  {'fullest second':>14}")
    for rate in [int(word) for word in words if word.isdigit()] or RATES:
        with tempfile.TemporaryDirectory() as home:
            arrivals = sorted(Dialer(Path(home)).arrivals(rate=rate, count=min(SECONDS * rate, 2340), script=script))
        used = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) / rate
        fullest = most_in_a_second(arrivals)
        remark = "" if used >= PROMISED else f"  below the promised {PROMISED}"
        print(f"{rate:>8}  {len(arrivals):>6}  {used:>6.3f}  {fullest:>14}{remark}", flush=True)


if __name__ == "__main__":
    main()

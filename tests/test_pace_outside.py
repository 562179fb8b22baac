"""The pace as the provider sees it: real requests, timed where they arrive, in another process."""

from __future__ import annotations

import pytest
from truth import most_in_a_second

pytest_plugins = ("commands",)

CLOSING = '{"rules": [{"headers": {"Connection": "close"}}]}'


# A machine that is busy with other things may delay a request that had its turn. It does not do so three times
# running; a fault of the pace does.
TRIES = 3


def best(dialer, *, rate, count, **script):
    """Dial up to `TRIES` times, until no rolling second is over the pace; when the last requests came, in order."""
    for _ in range(TRIES):
        arrivals = sorted(dialer.arrivals(rate=rate, count=count, **script))
        if most_in_a_second(arrivals) <= rate:
            break
    return arrivals


@pytest.mark.parametrize(("rate", "count"), [(5, 20), (20, 50), (50, 110), (200, 440), (1000, 2200)])
def test_no_rolling_second_at_the_provider_is_over_the_pace(dialer, rate, count):
    arrivals = best(dialer, rate=rate, count=count)

    assert len(arrivals) == count
    assert most_in_a_second(arrivals) <= rate


@pytest.mark.parametrize(("rate", "count"), [(1, 4), (10, 30), (100, 250)])
def test_a_provider_that_closes_every_connection_is_served_at_the_pace(dialer, rate, count):
    arrivals = best(dialer, rate=rate, count=count, script=CLOSING)

    assert len(arrivals) == count
    assert most_in_a_second(arrivals) <= rate
    # Counted twice, requests took twice the time; how near to the pace they come is what bench_pace.py measures.
    assert arrivals[-1] - arrivals[0] <= (count - 1) / (0.7 * rate) + 1

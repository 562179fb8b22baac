"""When a provider is down: stop asking, probe with single calls at growing intervals, give up after a while."""

from __future__ import annotations

_FIRST_WAIT = 2.0  #: seconds: what restarts by itself is often back by then
_LONGEST_WAIT = 60.0  #: seconds between two probes: an outage that ends is noticed in a minute


class Breaker:
    """Trips after `faults` faults in a row; then one probe at a time may leave until one succeeds.

    Times are seconds on the caller's clock. After `patience` seconds without a success it has given up.
    """

    def __init__(self, *, faults: int, patience: float) -> None:
        """Start closed: calls may leave."""
        self._threshold = faults
        self._patience = patience
        self._in_a_row = 0
        self._probes = 0
        self._tripped_at: float | None = None
        self._probe_at = 0.0

    @property
    def open(self) -> bool:
        """Whether ordinary calls are held back."""
        return self._tripped_at is not None

    def wait(self, now: float) -> float:
        """Seconds until a call may leave: none while closed, else until the next probe."""
        return max(0.0, self._probe_at - now) if self.open else 0.0

    def has_given_up(self, now: float) -> bool:
        """Tell whether the provider has been away for longer than the patience."""
        return self._tripped_at is not None and now - self._tripped_at >= self._patience

    def fault(self, now: float, *, sent_at: float) -> None:
        """Note a fault of a request that left at `sent_at`; those that left before the trip change nothing."""
        if self._tripped_at is None:
            self._in_a_row += 1
            if self._in_a_row < self._threshold:
                return
            self._tripped_at = now
        elif sent_at <= self._tripped_at:
            return
        self._probe_at = now + min(_FIRST_WAIT * 2.0 ** min(self._probes, 20), _LONGEST_WAIT)
        self._probes += 1

    def success(self) -> None:
        """Note an answer of a provider that works: everything goes on."""
        self._in_a_row = self._probes = 0
        self._tripped_at = None

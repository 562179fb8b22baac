"""What a person sees on stderr while a list is read, and while a run goes on: one line."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

from dialer.domain.call import OPEN
from dialer.domain.moments import told
from dialer.domain.redaction import Discretion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from dialer.domain.call import Outcome, Settlement


class Progress:
    """Counts rows that are done, the rate, outcomes and the time left; silent unless `shown` and on a terminal.

    Hears of settlements as the engine's watcher, and of what holds a run back.
    """

    def __init__(self, *, total: int, done: Mapping[Outcome, int], shown: bool) -> None:
        """Start from the outcomes of an earlier session of the same run."""
        self._counts = Counter({str(outcome): count for outcome, count in done.items() if outcome not in OPEN})
        self._discretion = Discretion()
        hidden = not (shown and sys.stderr.isatty())
        self._bar = tqdm(
            total=total,
            initial=self._counts.total(),
            disable=hidden,
            file=sys.stderr,
            unit=" rows",
            dynamic_ncols=True,
            smoothing=0.05,
        )
        self._show()

    def __enter__(self) -> Self:
        """Be cleared away at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last line standing."""
        self._bar.close()

    def settled(self, settlement: Settlement) -> None:
        """Count a row that is done; one that will be tried again is not."""
        self._discretion.heard(settlement)
        if settlement.verdict.outcome not in OPEN:
            self._counts[str(settlement.verdict.outcome)] += 1
            self._show()
            self._bar.update()

    def held_back(self, reason: str, seconds: float) -> None:
        """Say why nothing moves, without the people a provider may speak of."""
        self.say(f"waiting {seconds:.0f} s: {self._discretion.plain(reason)}")

    def idle(self, until: datetime) -> None:
        """Say when somebody may be rung again."""
        self.say(f"nobody may be rung before {told(until)}: waiting")

    def clock_was_set(self, by: timedelta) -> None:
        """Say that the clock on the wall was set."""
        self.say(f"the clock was set by {by.total_seconds():+,.0f} s: who may be rung is asked again")

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if not self._bar.disable:
            tqdm.write(text, file=sys.stderr)

    def _show(self) -> None:
        if not self._bar.disable:
            words = ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(self._counts.items()))
            self._bar.set_postfix_str(words, refresh=False)


def tell(text: str) -> None:
    """Say something at once on stderr, above any bar that stands there."""
    tqdm.write(text, file=sys.stderr)


class Stretch:
    """Shows how far a stretch of work has come that goes before dialling; gone at its end.

    Silent unless `shown` and on a terminal.
    """

    def __init__(self, what: str, *, size: int, shown: bool, unit: str = "B") -> None:
        """Start with nothing done of `size` units."""
        self._bar = tqdm(
            total=size,
            desc=what,
            disable=not (shown and sys.stderr.isatty()),
            file=sys.stderr,
            unit=unit,
            unit_scale=True,
            dynamic_ncols=True,
            leave=False,
        )

    def __enter__(self) -> Self:
        """Be cleared away at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""
        self._bar.close()

    def reached(self, position: int) -> None:
        """Show how far it has come, from the beginning."""
        self._bar.update(position - self._bar.n)

"""What a person sees on stderr while a list is read, and while a run goes on: one line."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

from dialer.domain.call import OPEN
from dialer.domain.moments import told
from dialer.domain.redaction import Discretion
from dialer.domain.wording import span

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from dialer.domain.call import Settlement

_MINUTE = 60.0  #: seconds between two lines: a night's journal stays readable


class _Meter:
    """Counts what is done of a known number: a bar on a terminal, elsewhere a line a minute; silent unless `shown`."""

    def __init__(self, what: str, *, total: int, unit: str, shown: bool, ticks: Callable[[], float]) -> None:
        terminal = sys.stderr.isatty()
        self._what, self._total, self._unit, self._ticks = what, total, unit, ticks
        self._done = 0
        self._counts: Counter[str] = Counter()
        self._began = self._told_at = ticks()
        self._tells_lines = shown and not terminal
        self._bar = tqdm(
            total=total,
            desc=what or None,
            disable=not (shown and terminal),
            file=sys.stderr,
            unit=f" {unit}",
            dynamic_ncols=True,
            smoothing=0.05,
        )

    def __enter__(self) -> Self:
        """Be cleared away at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last line standing."""
        self.close()

    def close(self) -> None:
        """Leave the last line standing."""
        self._bar.close()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if not self._bar.disable:
            tell(text)

    def _count(self, word: str) -> None:
        self._counts[word] += 1
        self._done += 1
        if not self._bar.disable:
            self._bar.set_postfix_str(self._words(), refresh=False)
        self._bar.update()
        self._tell_now_and_then()

    def _tell_now_and_then(self, why: str = "") -> None:
        now = self._ticks()
        if not self._tells_lines or now - self._told_at < _MINUTE:
            return
        self._told_at = now
        rate = self._done / (now - self._began)
        left = f", about {span((self._total - self._done) / rate)} left" if rate else ""
        told = f"{self._what} {self._done:,} of {self._total:,} {self._unit}, {_shortly(rate)} a second{left}".lstrip()
        tell("; ".join(filter(None, (told, self._words(), why))))

    def _words(self) -> str:
        return ", ".join(f"{word} {count:,}" for word, count in sorted(self._counts.items()))


class Progress(_Meter):
    """Counts the contacts of a session that are done, the rate, outcomes and the time left.

    Hears of settlements as the engine's watcher, and of what holds a run back. On a terminal there is a bar; elsewhere
    a line a minute goes to stderr. Silent unless `shown`.
    """

    def __init__(self, *, total: int, shown: bool, ticks: Callable[[], float] = monotonic) -> None:
        """Start with nothing done of the `total` that the session will dial."""
        super().__init__("", total=total, unit="calls", shown=shown, ticks=ticks)
        self._discretion = Discretion()

    def settled(self, settlement: Settlement) -> None:
        """Count a contact that is done; one that will be tried again is not."""
        self._discretion.heard(settlement)
        if settlement.verdict.outcome not in OPEN:
            self._count(str(settlement.verdict.outcome))

    def held_back(self, reason: str, seconds: float) -> None:
        """Say why nothing moves, without the people a provider may speak of."""
        why = f"waiting {seconds:.0f} s: {self._discretion.plain(reason)}"
        self.say(why)
        self._tell_now_and_then(why)

    def idle(self, until: datetime) -> None:
        """Say when somebody may be rung again."""
        why = f"nobody may be rung before {told(until)}: waiting"
        self.say(why)
        if self._tells_lines:
            tell(why)

    def clock_was_set(self, by: timedelta) -> None:
        """Say that the clock on the wall was set."""
        self.say(f"the clock was set by {by.total_seconds():+,.0f} s: who may be rung is asked again")


class Following(_Meter):
    """Counts the placed calls of a run that are final while they are followed; shown as `Progress` is."""

    def __init__(self, *, total: int, shown: bool, ticks: Callable[[], float] = monotonic) -> None:
        """Start with `total` calls that are not final."""
        super().__init__("following", total=total, unit="calls", shown=shown, ticks=ticks)

    def looked_up(self, *, ended: bool, status: str) -> None:
        """Count a call that will not be asked for again."""
        if ended:
            self._count(status or "not known")
        else:
            self._tell_now_and_then()


def tell(text: str) -> None:
    """Say something at once on stderr, above any bar that stands there, whether or not anybody listens."""
    with suppress(OSError, ValueError):
        tqdm.write(text, file=sys.stderr)
        sys.stderr.flush()


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


def _shortly(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"  # noqa: PLR2004 - where a fraction says nothing any more

"""What a person sees on stderr while a list is read, and while a run goes on: one line."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

from dialer.domain.call import OPEN
from dialer.domain.redaction import Discretion, one_line
from dialer.domain.times import told
from dialer.domain.wording import span
from dialer.engine.ports import Observer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from pathlib import Path

    from dialer.domain.call import Settlement
    from dialer.domain.reconciliation import Reconciled
    from dialer.engine.ports import SessionEnd, SessionStart

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

    def close(self) -> None:
        """Leave the last line standing."""
        self._bar.close()

    def say(self, text: str, *, also_without_bar: bool = False) -> None:
        """Print a line above the bar."""
        if not self._bar.disable or (also_without_bar and self._tells_lines):
            tell(text)

    def count(self, word: str) -> None:
        """Count one that is done, by what became of it."""
        self._counts[word] += 1
        self._done += 1
        if not self._bar.disable:
            self._bar.set_postfix_str(self._words(), refresh=False)
        self._bar.update()
        self.tell_now_and_then()

    def tell_now_and_then(self, why: str = "") -> None:
        """Say how far it is where there is no bar, if it has not been said for a minute, and `why` not farther."""
        now = self._ticks()
        if not self._tells_lines or now - self._told_at < _MINUTE:
            return
        self._told_at = now
        rate = self._done / (now - self._began)
        left = f", about {span((self._total - self._done) / rate)} left" if rate else ""
        pace = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"  # noqa: PLR2004 - where a fraction says nothing any more
        told = f"{self._what} {self._done:,} of {self._total:,} {self._unit}, {pace} a second{left}".lstrip()
        tell("; ".join(filter(None, (told, self._words(), why))))

    def _words(self) -> str:
        return ", ".join(f"{word} {count:,}" for word, count in sorted(self._counts.items()))


class Progress(Observer):
    """Shows how a session goes: how much of its list is read and screened, then the calls that are done, then followed.

    On a terminal there is a bar; elsewhere a line a minute goes to stderr once calls begin. Silent unless `shown`, but
    for warnings.
    """

    def __init__(self, *, shown: bool, ticks: Callable[[], float] = monotonic) -> None:
        """Show nothing yet."""
        self._shown, self._ticks = shown, ticks
        self._stretch: _Stretch | None = None
        self._meter: _Meter | None = None
        self._discretion = Discretion()

    def __enter__(self) -> Self:
        """Be cleared away at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last line standing."""
        self.close()

    def close(self) -> None:
        """Leave the last line standing; what comes before dialling leaves nothing."""
        if self._stretch:
            self._stretch.close()
        if self._meter:
            self._meter.close()
        self._stretch = self._meter = None

    def waiting_for_list(self, path: Path, why: str, /) -> None:
        """Say what is waited for."""
        if self._shown:
            tell(f"waiting for {one_line(str(path))}: {why}")

    def loaded(self, done: int, size: int, /) -> None:
        """Show how many bytes of a list have been read."""
        self._reached("reading", done, size, unit="B")

    def screened(self, done: int, rows: int, /) -> None:
        """Show how many rows have been screened."""
        self._reached("screening", done, rows, unit=" rows")

    def started(self, session: SessionStart, /) -> None:
        """Count the calls that are made from now on."""
        self._count_from_now("", session.calls)

    def settled(self, settlement: Settlement, /) -> None:
        """Count a contact that is done; one that will be tried again is not."""
        self._discretion.heard(settlement)
        if self._meter and settlement.verdict.outcome not in OPEN:
            self._meter.count(str(settlement.verdict.outcome))

    def held_back(self, reason: str, seconds: float, /) -> None:
        """Say why nothing moves, without the people a provider may speak of."""
        if self._meter:
            why = f"waiting{f' {seconds:.0f} s' if seconds else ''}: {self._discretion.plain(reason)}"
            self._meter.say(why)
            self._meter.tell_now_and_then(why)

    def idle(self, until: datetime, /) -> None:
        """Say when somebody may be rung again."""
        if self._meter:
            self._meter.say(f"nobody may be rung before {told(until)}: waiting", also_without_bar=True)

    def clock_was_set(self, by: timedelta, /) -> None:
        """Say that the clock on the wall was set."""
        if self._meter:
            self._meter.say(f"the clock was set by {by.total_seconds():+,.0f} s: who may be rung is asked again")

    def warned(self, trouble: str, /) -> None:
        """Say it, whether or not there is progress."""
        tell(f"warning: {trouble}")

    def stopping(self, _: str, /) -> None:
        """Say what is waited for, and how not to."""
        if self._meter:
            self._meter.say("stopping: open calls are being answered; once more to leave at once")

    def following(self, calls: int, /) -> None:
        """Count the placed calls that are final from now on."""
        self._count_from_now("following", calls)

    def looked_up(self, status: str, *, ended: bool) -> None:
        """Count a call that will not be asked for again."""
        if not self._meter:
            return
        if ended:
            self._meter.count(status or "not known")
        else:
            self._meter.tell_now_and_then()

    def reconciling(self, rows: int, /) -> None:
        """Count the unknown rows that are asked about from now on."""
        self._count_from_now("asking about unknown rows:", rows, unit="rows")

    def reconciled(self, row: Reconciled, /) -> None:
        """Count a row that will not be asked about again."""
        if self._meter:
            self._meter.count(str(row.verdict.outcome))

    def ended(self, _: SessionEnd, /) -> None:
        """Leave the last line standing, for the summary to come."""
        self.close()

    def _count_from_now(self, what: str, total: int, *, unit: str = "calls") -> None:
        self.close()
        self._meter = _Meter(what, total=total, unit=unit, shown=self._shown, ticks=self._ticks)

    def _reached(self, what: str, done: int, size: int, *, unit: str) -> None:
        if self._stretch is None and done < size:
            self._stretch = _Stretch(what, size=size, shown=self._shown, unit=unit)
        if self._stretch:
            self._stretch.reached(done)
        if self._stretch and done >= size:
            self._stretch.close()
            self._stretch = None


def tell(text: str) -> None:
    """Say something at once on stderr, above any bar that stands there, whether or not anybody listens."""
    with suppress(OSError, ValueError):
        tqdm.write(text, file=sys.stderr)
        sys.stderr.flush()


class _Stretch:
    """Shows on a terminal how far a stretch of work has come that goes before dialling; gone at its end."""

    def __init__(self, what: str, *, size: int, shown: bool, unit: str) -> None:
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

    def close(self) -> None:
        """Leave nothing behind."""
        self._bar.close()

    def reached(self, position: int) -> None:
        """Show how far it has come, from the beginning."""
        self._bar.update(position - self._bar.n)

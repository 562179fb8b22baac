"""One do-not-call file in memory: sorted numbers, and for each the line it stands on; 12 bytes an entry."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dialer.domain.problem import quoted
from dialer.domain.screening.suppression import Hit
from dialer.domain.wording import counted
from dialer.errors import SetupError
from dialer.screening.dnc_files import read_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from dialer.screening.dnc_lines import DncPage, LineArray, NumberArray

#: One line in so many may be unreadable: a footer, a name, a typing error. Each of them may be somebody who is rung
#: for it, so they are counted and shown; more of them is another kind of file, or one read in the wrong region.
_MOST_BAD = 100
_SHOWN = 3  #: lines that are no number: enough to see whether it is the wrong file
_LONGEST_SHOWN = 30  #: signs of such a line
_PREFIXES = 10_000  #: of four digits
#: The smallest numbers of one digit, two and so on: a number stands behind as many of them as it has digits.
_POWERS = 10 ** np.arange(16, dtype=np.uint64)
#: By how many digits a number has: what leaves the first four of them.
_DIVISORS = np.array([1] * 5 + [10**digits for digits in range(1, 13)], np.uint64)
_SLICE = 1 << 20  #: entries looked for at once in another table: of a hundred million, never all in memory twice
_NO_NOTE = ("", "")
_EARLIER = " (as read earlier in this run)"
_Unsigned = TypeVar("_Unsigned", np.uint64, np.uint32)


@dataclass(frozen=True, slots=True, kw_only=True)
class DncTable:
    """The entries of one file, by number; the first line that names a number counts.

    Lines are numbered through all members of an archive; `starts` says after which line each member begins.
    """

    title: str
    numbers: NumberArray
    lines: LineArray
    starts: tuple[tuple[int, str], ...] = ()
    note_at: NDArray[np.uint32] | None = None
    notes: tuple[tuple[str, str], ...] = (_NO_NOTE,)
    read: int = 0  #: lines with something on them, kept or not
    warnings: tuple[str, ...] = ()

    def find(self, values: NumberArray) -> Iterator[tuple[int, int]]:
        """Give the positions in `values` that are listed, each with the position of its entry."""
        listed = self.has(values)
        at = np.searchsorted(self.numbers, values[listed])
        return zip(np.flatnonzero(listed).tolist(), at.tolist(), strict=True)

    def has(self, values: NumberArray) -> NDArray[np.bool_]:
        """Say of each number whether it is listed."""
        if not len(self.numbers):
            return np.zeros(len(values), np.bool_)
        at = np.minimum(np.searchsorted(self.numbers, values), len(self.numbers) - 1)
        return np.equal(self.numbers[at], values)

    def entries(self) -> Iterator[tuple[str, Hit]]:
        """Give every number in E.164 with its place, date and reason, in the order of the numbers."""
        return ((f"+{number}", self.hit(at)) for at, number in enumerate(map(int, self.numbers)))

    def hit(self, at: int) -> Hit:
        """Return an entry as a person reads it."""
        line = int(self.lines[at])
        after, member = self.starts[bisect_right(self.starts, line - 1, key=lambda start: start[0]) - 1]
        since, reason = self.notes[self.note_at[at]] if self.note_at is not None else _NO_NOTE
        return Hit(f"{self.title}: {member}" if member else self.title, line - after, since, reason)

    def without(self, other: DncTable) -> DncTable:
        """Return the entries whose numbers `other` has not, as what was read earlier."""
        slices = (self.numbers[start : start + _SLICE] for start in range(0, len(self.numbers), _SLICE))
        keep = np.concatenate([np.zeros(0, np.bool_), *(~other.has(part) for part in slices)])
        return replace(
            self,
            title=self.title.removesuffix(_EARLIER) + _EARLIER,
            numbers=self.numbers[keep],
            lines=self.lines[keep],
            note_at=None if self.note_at is None else self.note_at[keep],
            warnings=(),
        )


def read_table(path: Path, *, title: str, region: str | None, wanted: frozenset[str] | None) -> DncTable:
    """Read a file, keeping the numbers whose prefix is wanted.

    Raises SetupError when it cannot be read, or when more than one line in a hundred is no number.
    """
    label = f"the do-not-call list {title}"
    draft = _DncDraft(None if wanted is None else _mask(wanted))
    for member, page in read_pages(path, region=region, label=label):
        if page.blocks:
            raise SetupError(_block(label, member, *page.blocks[0]))
        draft.add(member, page)
    if draft.bad * _MOST_BAD > draft.read:
        hint = "" if region else "; numbers without + need the campaign's region"
        raise SetupError(
            f"{label} is not to be trusted: {draft.complaint()}, more than 1 %: is it the right file, with a "
            f"column of numbers?{hint}"
        )
    if not draft.read:
        return draft.table(title, (f"{label} is empty, and keeps nobody from being rung",))
    return draft.table(title, (f"{label}: {draft.complaint()} and passed over",) if draft.bad else ())


def _block(label: str, member: str, line: int, text: str) -> str:
    place = f"{member}, line {line}" if member else f"line {line}"
    return (
        f"{label}, {place}: {quoted(text, _LONGEST_SHOWN)} stands for more numbers than one, and which they are is not "
        "certain: name every number on a line of its own"
    )


class _DncDraft:
    """A table while its file is being read."""

    def __init__(self, mask: NDArray[np.bool_] | None) -> None:
        self.read = self.bad = 0
        self._mask = mask
        self._numbers: list[NumberArray] = []
        self._lines: list[LineArray] = []
        self._note_at: list[NDArray[np.uint32]] = []
        self._notes = {_NO_NOTE: 0}
        self._starts: list[tuple[int, str]] = []
        self._last = 0
        self._shown: list[str] = []

    def add(self, member: str, page: DncPage) -> None:
        """Take a page in; the pages of an archive's members come one member after the other."""
        if not self._starts or self._starts[-1][1] != member:
            self._starts.append((self._last, member))
        after = self._starts[-1][0]
        self._last = after + page.last
        self.read += page.read
        self.bad += len(page.bad)
        for line, text in page.bad[: _SHOWN - len(self._shown)]:
            place = f"{member}, line {line}" if member else f"line {line}"
            self._shown.append(f"{place}: {quoted(text, _LONGEST_SHOWN)}")
        kept = np.arange(len(page.numbers)) if self._mask is None else np.flatnonzero(self._mask[_firsts(page.numbers)])
        self._numbers.append(page.numbers[kept])
        self._lines.append(page.lines[kept] + np.uint32(after))
        self._note_at.append(self._noted(page, kept))

    def complaint(self) -> str:
        """Say how many lines are no number, and show the first."""
        more = "; …" if self.bad > len(self._shown) else ""
        wrong = f"{self.bad:,} of {counted(self.read, 'line')} {'is' if self.bad == 1 else 'are'} no number"
        return f"{wrong} ({'; '.join(self._shown)}{more})"

    def table(self, title: str, warnings: tuple[str, ...]) -> DncTable:
        """Sort what was read; of entries with the same number the first is kept. The draft is empty afterwards."""
        numbers, lines = _joined(self._numbers, np.uint64), _joined(self._lines, np.uint32)
        note_at = _joined(self._note_at, np.uint32) if len(self._notes) > 1 else None
        if not (numbers[1:] > numbers[:-1]).all():
            order = np.argsort(numbers, kind="stable")
            numbers = numbers[order]
            first = np.concatenate(([True], numbers[1:] > numbers[:-1]))
            order, numbers = order[first], numbers[first]
            lines = lines[order]
            note_at = None if note_at is None else note_at[order]
        return DncTable(
            title=title,
            numbers=numbers,
            lines=lines,
            starts=tuple(self._starts) or ((0, ""),),
            note_at=note_at,
            notes=tuple(self._notes),
            read=self.read,
            warnings=warnings,
        )

    def _noted(self, page: DncPage, kept: NDArray[np.int64]) -> NDArray[np.uint32]:
        if page.note is None:
            return np.broadcast_to(np.uint32(0), len(kept))
        known = self._notes
        return np.array([known.setdefault(page.note(at), len(known)) for at in kept.tolist()], np.uint32)


def _joined(parts: list[NDArray[_Unsigned]], kind: type[_Unsigned]) -> NDArray[_Unsigned]:
    """Join the parts and forget them: the largest lists are not held twice longer than needed."""
    whole = np.concatenate((np.zeros(0, kind), *parts))
    parts.clear()
    return whole


def _mask(wanted: frozenset[str]) -> NDArray[np.bool_]:
    mask = np.zeros(_PREFIXES, np.bool_)
    mask[[int(prefix) for prefix in wanted]] = True
    return mask


def _firsts(numbers: NumberArray) -> NDArray[np.int64]:
    """Return the first four digits of each number, as `prefix_of` does."""
    digits = np.searchsorted(_POWERS, numbers, side="right")
    return (numbers // _DIVISORS[digits]).astype(np.int64)

"""Do-not-call numbers, one a line, read by the block: bare digits by arithmetic, anything else one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dialer.errors import SetupError
from dialer.intake.number_shapes import Shapes
from dialer.intake.numbers import NumberReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import IO

    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.uint64]
    Lines: TypeAlias = NDArray[np.uint32]
    Signed: TypeAlias = NDArray[np.int64]

REGISTRY_LINE = re.compile(r'"?([0-9]{3})"?,[ ]?"?([0-9]{7})"?')

#: Telephone numbers, but none that could be dialled: nothing is lost by not keeping them.
UNDIALLED = frozenset(("number-premium", "number-emergency"))

_BLOCK = 1 << 18  #: bytes; larger ones leave the processor's cache and take twice as long
_LONGEST_LINE = 1 << 20
_NEWLINE, _RETURN, _COMMA, _PLUS, _ZERO = b"\n\r,+0"
_NINE = 9
_AREA = 3  #: digits before the comma
_FEWEST, _MOST = 8, 15  #: digits of what is read by arithmetic
_MOST_KNOWN = 6  #: leading digits, so that tables by them stay small
_KEPT = (None, "number-unassigned")
_UNKNOWN, _UNDECIDED = -(1 << 62), -(1 << 61)


class Page(NamedTuple):
    """Some numbers of a list, as E.164 without the +, and the lines they stand on.

    `bad` holds the lines that are no number; `note` gives a number's date and reason, by its position here.
    """

    numbers: Numbers
    lines: Lines
    bad: Sequence[tuple[int, str]]
    read: int  #: how many lines have something on them
    last: int  #: a line no number and no bad line stands behind
    note: Callable[[int], tuple[str, str]] | None = None


class LineReader:
    """Reads texts of one number a line in one region, with NumberReader's answers; learns prefixes as it goes.

    In a `registry` a line is AAA,NNNNNNN: an area code of the US and a number.
    """

    def __init__(self, region: str | None, *, registry: bool = False) -> None:
        """Read numbers without + as those of `region`; a registry is always American."""
        region = "US" if registry else region
        self._registry = registry
        self._reader = NumberReader(region)
        self._shapes = Shapes(region)
        self._kinds: dict[tuple[int, bool], _Kind] = {}

    def pages(self, stream: IO[bytes], label: str) -> Iterator[Page]:
        """Read a text to its end, a block at a time; raises SetupError when it has no lines."""
        first = 1
        for block in _blocks(stream, label):
            buffer = np.frombuffer(block, np.uint8)
            ends = np.flatnonzero(buffer == _NEWLINE)
            yield self._page(block, buffer, ends, first)
            first += len(ends)

    def _page(self, block: bytes, buffer: NDArray[np.uint8], ends: NDArray[np.int64], first: int) -> Page:
        starts = np.concatenate(([0], ends[:-1] + 1))
        stops = ends - ((buffer[ends - 1] == _RETURN) & (ends > starts))
        numbers = self._read_plain(buffer, starts, stops - starts)
        rest = np.flatnonzero((numbers < 0) & (stops > starts))
        texts = {at: block[starts[at] : stops[at]].decode("latin-1") for at in rest.tolist()}
        left_out, bad = self._read_rest(texts, numbers)
        kept = np.flatnonzero(numbers > 0)
        return Page(
            numbers=numbers[kept].astype(np.uint64),
            lines=(kept + first).astype(np.uint32),
            bad=[(at + first, texts[at]) for at in bad],
            read=len(kept) + len(bad) + left_out,
            last=first + len(ends) - 1,
        )

    def _read_plain(self, buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Signed:
        """Read the lines that are plain digits, those of one form at once; the others stay undecided."""
        numbers = np.full(len(starts), _UNDECIDED, np.int64)
        forms = 2 * np.minimum(lengths, _MOST + 2) + (buffer[starts] == _PLUS)
        for form in np.flatnonzero(np.bincount(forms)).tolist():
            length, signed = form >> 1, bool(form & 1)
            if _FEWEST + signed <= length <= _MOST + signed:
                at = np.flatnonzero(forms == form)
                signs = np.ascontiguousarray(sliding_window_view(buffer, length)[starts[at]].T)
                numbers[at] = self._read_form(signs, signed=signed)
        return numbers

    def _read_form(self, signs: NDArray[np.uint8], *, signed: bool) -> Signed:
        """Read lines of one length, given as columns."""
        if self._registry:
            digits = np.delete(signs, _AREA, axis=0) - _ZERO
            sound = (signs[_AREA] == _COMMA) & (digits <= _NINE).all(axis=0)
        else:
            digits = (signs[1:] if signed else signs) - _ZERO
            sound = (digits <= _NINE).all(axis=0)
        kind = self._kinds.get((len(digits), signed))
        if kind is None:
            kind = self._kinds[len(digits), signed] = _Kind(self._shapes, len(digits), signed=signed)
        values = np.where(sound, 10 ** np.arange(len(digits))[::-1] @ digits, 0)
        return np.where(sound, kind.read(values), _UNDECIDED)

    def _read_rest(self, texts: Mapping[int, str], numbers: Signed) -> tuple[int, Sequence[int]]:
        """Read lines one by one into `numbers`; return how many were left out, and which are no number."""
        cells = {at: cell for at, text in texts.items() if (cell := self._cell(text))}
        left_out, bad = 0, []
        found, told = self._reader.read_column(list(cells.values()))
        for position, (at, number) in enumerate(zip(cells, found, strict=True)):
            if number:
                numbers[at] = int(number)
            elif told[position].code in UNDIALLED:
                left_out += 1
            else:
                bad.append(at)
        return left_out, bad

    def _cell(self, text: str) -> str:
        """Return a line without its comment, and without the comma of a registry."""
        text = text.partition("#")[0].strip()
        match = REGISTRY_LINE.fullmatch(text) if self._registry else None
        return match[1] + match[2] if match else text


class _Kind:
    """Numbers of so many digits: a table by their leading digits of what makes them E.164."""

    def __init__(self, shapes: Shapes, size: int, *, signed: bool) -> None:
        self._shapes = shapes
        self._sign = "+" * signed
        self._open = size + signed - Shapes.first_cut(size + signed)
        self._known = size - self._open
        self._table = np.full(10**self._known, _UNKNOWN, np.int64) if self._known <= _MOST_KNOWN else None

    def read(self, values: Signed) -> Signed:
        """Return E.164 without the + for national or signed digits, _UNDECIDED where more has to be looked at."""
        if self._table is None:
            return np.full(len(values), _UNDECIDED, np.int64)
        heads = values // 10**self._open
        added = self._table[heads]
        unknown = added == _UNKNOWN
        if unknown.any():
            for head in np.unique(heads[unknown]).tolist():
                self._table[head] = self._learn(head)
            added = self._table[heads]
        return np.where(added == _UNDECIDED, _UNDECIDED, values + added)

    def _learn(self, head: int) -> int:
        text = f"{self._sign}{head:0{self._known}d}"
        sample = text + "0" * self._open
        self._shapes.verdict(sample)
        leaf = self._shapes.leaves[len(sample)].get(text)
        if not leaf or not leaf.head or leaf.code not in _KEPT:
            return _UNDECIDED
        unit: int = 10**self._open
        return (int(leaf.head) - head) * unit


def _blocks(stream: IO[bytes], label: str) -> Iterator[bytes]:
    """Cut a text after line ends; the last block gets one if it has none."""
    rest = b""
    while block := stream.read(_BLOCK):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:
            rest += block
        if len(rest) > _LONGEST_LINE:
            raise SetupError(f"{label} has a line of more than a million signs: it is no list of numbers")
    if rest:
        yield rest + b"\n"

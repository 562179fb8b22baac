"""Do-not-call numbers, one a line, read by the block: bare digits by arithmetic, anything else one by one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dialer.errors import SetupError
from dialer.numbers.lost_plus import LEADING, may_be_whole, whole_number
from dialer.numbers.prefixes import Prefixes
from dialer.numbers.reader import NumberReader
from dialer.screening.dnc_entry import UNDIALLED, other_readings, read_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    NumberArray: TypeAlias = NDArray[np.uint64]
    LineArray: TypeAlias = NDArray[np.uint32]
    Signed: TypeAlias = NDArray[np.int64]

REGISTRY_LINE = re.compile(r'"?([0-9]{3})"?,[ ]?"?([0-9]{7})"?')

_BLOCK = 1 << 18  #: bytes; larger ones leave the processor's cache and take twice as long
_LONGEST_LINE = 1 << 20  #: bytes; no line of numbers is as long, and what has none must not fill the memory
_NEWLINE, _RETURN, _COMMA, _PLUS, _ZERO = b"\n\r,+0"
_NINE = 9  #: the largest digit; an unsigned byte less b"0" is larger for whatever is none
_AREA = 3  #: digits before the comma
_FEWEST, _MOST = 8, 15  #: digits of what is read by arithmetic
_MOST_KNOWN = 6  #: leading digits: a table by them has a million entries, which are 8 MB
_KEPT = (None, "number-unassigned")  #: what of a number does not keep it from being listed
_UNKNOWN, _UNDECIDED = -(1 << 62), -(1 << 61)  #: no sum with a number of 15 digits comes near them


class Bytes(Protocol):
    """A text that is read from its beginning."""

    def read(self, size: int, /) -> bytes:
        """Read on, up to so many bytes; nothing at the end."""


class DncPage(NamedTuple):
    """Some numbers of a list, as E.164 without the +, and the lines they stand on.

    `bad` holds the lines that are no number, and `blocks` those that stand for many; `note` gives a number's date
    and reason, by its position here.
    """

    numbers: NumberArray
    lines: LineArray
    bad: Sequence[tuple[int, str]]
    read: int  #: how many lines have something on them
    last: int  #: a line no number and no bad line stands behind
    note: Callable[[int], tuple[str, str]] | None = None
    blocks: Sequence[tuple[int, str]] = ()


class LineReader:
    """Reads texts of one number a line in one region, with NumberReader's answers; learns prefixes as it goes.

    In a `registry` a line is AAA,NNNNNNN: an area code of the US and a number.
    """

    def __init__(self, region: str | None, *, registry: bool = False) -> None:
        """Read numbers without + as those of `region`; a registry is always American."""
        region = "US" if registry else region
        self._registry = registry
        self._two_ways = region is not None and not registry
        self._reader = NumberReader(region)
        self._prefixes = Prefixes(region)
        self._kinds: dict[tuple[int, bool], _OfLength] = {}

    def pages(self, stream: Bytes, label: str) -> Iterator[DncPage]:
        """Read a text to its end, a block at a time; raises SetupError when it has no lines."""
        first = 1
        for block in _blocks(stream, label):
            buffer = np.frombuffer(block, np.uint8)
            ends = np.flatnonzero(buffer == _NEWLINE)
            yield self._page(block, buffer, ends, first)
            first += len(ends)

    def _page(self, block: bytes, buffer: NDArray[np.uint8], ends: NDArray[np.int64], first: int) -> DncPage:
        starts = np.concatenate(([0], ends[:-1] + 1))
        stops = ends - ((buffer[ends - 1] == _RETURN) & (ends > starts))
        numbers, doubles = self._read_plain(buffer, starts, stops - starts)

        def texts(positions: NDArray[np.int64]) -> dict[int, str]:
            return {at: block[starts[at] : stops[at]].decode("latin-1") for at in positions.tolist()}

        rest = texts(np.flatnonzero((numbers < 0) & (stops > starts)))
        found = self._read_rest(rest)
        more = [*found.numbers, *self._others(texts(np.flatnonzero(doubles & (numbers > 0))), numbers)]
        kept = np.flatnonzero(numbers > 0)
        lines, values = kept, numbers[kept]
        if more:
            lines = np.concatenate((kept, [at for at, _ in more]))
            values = np.concatenate((values, [number for _, number in more]))
            order = np.argsort(lines, kind="stable")
            lines, values = lines[order], values[order]
        return DncPage(
            numbers=values.astype(np.uint64),
            lines=(lines + first).astype(np.uint32),
            bad=[(at + first, rest[at]) for at in found.bad],
            blocks=[(at + first, rest[at]) for at in found.blocks],
            read=len(kept) + found.read,
            last=first + len(ends) - 1,
        )

    def _read_plain(
        self, buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> tuple[Signed, NDArray[np.bool_]]:
        """Read the lines that are plain digits, those of one form at once; the others stay undecided.

        Give what they are as they stand, and which of them could be another number with a plus.
        """
        numbers, doubles = np.full(len(starts), _UNDECIDED, np.int64), np.zeros(len(starts), np.bool_)
        forms = 2 * np.minimum(lengths, _MOST + 2) + (buffer[starts] == _PLUS)
        for form in np.flatnonzero(np.bincount(forms)).tolist():
            length, signed = form >> 1, bool(form & 1)
            if _FEWEST + signed <= length <= _MOST + signed:
                at = np.flatnonzero(forms == form)
                signs = np.ascontiguousarray(sliding_window_view(buffer, length)[starts[at]].T)
                values, sound = self._digits(signs, signed=signed)
                size = length - (1 if signed or self._registry else 0)
                numbers[at] = np.where(sound, self._kind(size, signed=signed).read(values), _UNDECIDED)
                if self._two_ways and not signed:
                    whole = _wholes(size)[values // 10 ** (size - LEADING)]
                    doubles[at] = sound & whole & (numbers[at] != values)
        return numbers, doubles

    def _digits(self, signs: NDArray[np.uint8], *, signed: bool) -> tuple[Signed, NDArray[np.bool_]]:
        """Return lines of one length, given as columns, as integers, and which of them are digits alone."""
        if self._registry:
            digits = np.delete(signs, _AREA, axis=0) - _ZERO
            sound = (signs[_AREA] == _COMMA) & (digits <= _NINE).all(axis=0)
        else:
            digits = (signs[1:] if signed else signs) - _ZERO
            sound = (digits <= _NINE).all(axis=0)
        return np.where(sound, 10 ** np.arange(len(digits))[::-1] @ digits, 0), sound

    def _kind(self, size: int, *, signed: bool) -> _OfLength:
        key = size, signed
        if key not in self._kinds:
            self._kinds[key] = _OfLength(self._prefixes, size, signed=signed)
        return self._kinds[key]

    def _read_rest(self, texts: Mapping[int, str]) -> _Rest:
        """Read lines one by one."""
        rest = _Rest([], [], [], 0)
        cells = {(at, part): cell for at, text in texts.items() for part, cell in self._cells(text)}
        found, told = self._reader.read_column(list(cells.values()))
        others = other_readings(self._reader, list(cells.values())) if self._two_ways else {}
        for position, (((at, part), cell), number) in enumerate(zip(cells.items(), found, strict=True)):
            if position in told and told[position].code in UNDIALLED:
                continue
            if position not in told:
                rest.numbers.extend((at, int(each)) for each in {number, others.get(position)} if each)
                continue
            entry = read_entry(self._reader, cell)
            if not entry.numbers and read_entry(self._reader, part).is_block:
                rest.blocks.append(at)
            elif not entry.numbers and entry.code not in UNDIALLED:
                rest.bad.append(at)
            rest.numbers.extend((at, int(each)) for each in entry.numbers)
        return rest._replace(read=len(cells))

    def _others(self, texts: Mapping[int, str], numbers: Signed) -> Iterator[tuple[int, int]]:
        """Give what lines would be with a plus, by position, where it is another number."""
        found = ((at, int(whole_number(text) or 0)) for at, text in texts.items())
        return ((at, whole) for at, whole in found if whole and whole != numbers[at])

    def _cells(self, text: str) -> Iterator[tuple[str, str]]:
        """Give the parts of a line that has line ends of its own within, each whole and as `_cell` leaves it."""
        for part in text.split("\r"):
            if cell := self._cell(part):
                yield part.strip(), cell

    def _cell(self, text: str) -> str:
        """Return a line without its comment, and without the comma of a registry."""
        text = text.partition("#")[0].strip()
        match = REGISTRY_LINE.fullmatch(text) if self._registry else None
        return match[1] + match[2] if match else text


class _Rest(NamedTuple):
    """Lines read one by one: their numbers by position, and the positions of those that are none or many."""

    numbers: list[tuple[int, int]]
    bad: list[int]
    blocks: list[int]
    read: int


class _OfLength:
    """Numbers of so many digits: a table by their leading digits of what makes them E.164."""

    def __init__(self, prefixes: Prefixes, size: int, *, signed: bool) -> None:
        self._prefixes = prefixes
        self._sign = "+" * signed
        self._open = size + signed - Prefixes.first_cut(size + signed)
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
        self._prefixes.validity(sample)
        leaf = self._prefixes.leaves[len(sample)].get(text)
        if not leaf or not leaf.head or leaf.code not in _KEPT:
            return _UNDECIDED
        unit: int = 10**self._open
        return (int(leaf.head) - head) * unit


@lru_cache(maxsize=_MOST)
def _wholes(size: int) -> NDArray[np.bool_]:
    """Say by their first three digits which numbers of so many digits could be whole ones that lost their plus."""
    return np.array([may_be_whole(f"{leading:0{LEADING}d}", size) for leading in range(10**LEADING)], np.bool_)


def _blocks(stream: Bytes, label: str) -> Iterator[bytes]:
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

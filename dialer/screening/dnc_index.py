"""Do-not-call files in memory: asked number by number or page by page, and read again when they change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dialer.domain.screening.suppression import Hit, prefix_of
from dialer.domain.wording import counted
from dialer.errors import SetupError
from dialer.screening.dnc_in_memory import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.domain.screening.suppression import SuppressionFile
    from dialer.screening.dnc_in_memory import DncTable


class Stamp(NamedTuple):
    """What tells that a file is another than before, without reading it."""

    modified: int
    changed: int
    size: int
    inode: int

    @property
    def when(self) -> datetime:
        """When the file was last written."""
        return datetime.fromtimestamp(self.modified / 1e9, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LoadedFile:
    """One file: what was read of it, and what earlier readings of this run had besides."""

    file: SuppressionFile
    stamp: Stamp | None
    table: DncTable
    earlier: tuple[DncTable, ...] = ()

    @property
    def tables(self) -> tuple[DncTable, ...]:
        return (self.table, *self.earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """The index to go on with, and a sentence for each file that could not be read again."""

    index: SuppressionIndex
    complaints: tuple[str, ...]


class SuppressionIndex:
    """The numbers of all do-not-call files; where one stands in several, the file named first is given."""

    def __init__(self, listed: Sequence[_LoadedFile], *, region: str | None, wanted: frozenset[str] | None) -> None:
        """Hold what `read_suppression` read."""
        self._listed = tuple(listed)
        self._tables = tuple(table for one in listed for table in one.tables)
        self._region = region
        self._wanted = wanted

    def __len__(self) -> int:
        """Return how many entries are kept."""
        return sum(len(table.numbers) for table in self._tables)

    @property
    def lines(self) -> int:
        """How many lines with something on them the files have."""
        return sum(one.table.read for one in self._listed)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of files that were read nevertheless."""
        return tuple(warning for one in self._listed for warning in one.table.warnings)

    @property
    def files(self) -> tuple[str, ...]:
        """Which files are in force, how many numbers each has, and from when it is."""
        return tuple(_described(one) for one in self._listed)

    def find(self, number: str) -> Hit | None:
        """Return where a number in E.164 is listed, None when it is not.

        Raises LookupError for a number whose prefix was not wanted: what is listed there is not known.
        """
        return self.find_all([number])[0]

    def find_all(self, numbers: Sequence[str | None]) -> Sequence[Hit | None]:
        """Return the answers of `find` for many numbers, fast; None is on no list."""
        hits: list[Hit | None] = [None] * len(numbers)
        if not hits or not self._listed:
            return hits
        values = np.fromiter((int(number) if number else 0 for number in numbers), np.uint64, len(numbers))
        self._refuse_unwanted(numbers)
        for table in self._tables:
            for position, at in table.find(values):
                hits[position] = hits[position] or table.hit(at)
        return hits

    def entries(self) -> Iterator[tuple[str, Hit]]:
        """Walk all numbers in E.164 with their places, file by file; one that is in two files comes twice."""
        return chain.from_iterable(table.entries() for table in self._tables)

    def changed(self) -> bool:
        """Say whether any file is another than when it was read; costs a look at each file's times and size."""
        return any(_stamp(one.file) != one.stamp for one in self._listed)

    def reread(self, *, now: datetime) -> Reread:
        """Read the changed files again; whoever was on a list stays on it for as long as this index is carried on.

        So neither a file that is half written nor one that can no longer be read frees anybody. A file that
        fails is not tried again before it changes again.
        """
        listed: list[_LoadedFile] = []
        complaints: list[str] = []
        for one in self._listed:
            fresh = one
            stamp = _stamp(one.file)
            if stamp != one.stamp:
                try:
                    fresh = self._renewed(one, stamp, now)
                except SetupError as problem:
                    complaints += problem.complaints
                    fresh = replace(one, stamp=stamp)
            listed.append(fresh)
        index = SuppressionIndex(listed, region=self._region, wanted=self._wanted)
        return Reread(index=index, complaints=tuple(complaints))

    def _renewed(self, one: _LoadedFile, stamp: Stamp | None, now: datetime) -> _LoadedFile:
        fresh = _read(one.file, stamp, region=self._region, wanted=self._wanted, now=now)
        left = [table.without(fresh.table) for table in one.tables]
        return _LoadedFile(
            file=one.file, stamp=stamp, table=fresh.table, earlier=tuple(table for table in left if len(table.numbers))
        )

    def _refuse_unwanted(self, numbers: Sequence[str | None]) -> None:
        unknown = {prefix_of(number) for number in numbers if number} - self._wanted if self._wanted is not None else ()
        if unknown:
            raise LookupError(f"the do-not-call files were read without the numbers that begin +{min(unknown)}")


def read_suppression(
    files: Sequence[SuppressionFile], *, region: str | None, wanted: frozenset[str] | None = None, now: datetime
) -> SuppressionIndex:
    """Read do-not-call files; numbers without + are read as those of `region`, an ISO country.

    `wanted` holds the prefixes (`prefix_of`) to be asked about; others take no memory. Raises SetupError with
    everything that is wrong: a file that is missing, unreadable, too old at `now`, or more than 1 % nonsense.
    """
    listed: list[_LoadedFile] = []
    complaints: list[str] = []
    for file in files:
        try:
            listed.append(_read(file, _stamp(file), region=region, wanted=wanted, now=now))
        except SetupError as problem:
            complaints += problem.complaints
    if complaints:
        raise SetupError(complaints)
    return SuppressionIndex(listed, region=region, wanted=wanted)


def _read(
    file: SuppressionFile, stamp: Stamp | None, *, region: str | None, wanted: frozenset[str] | None, now: datetime
) -> _LoadedFile:
    # The stamp is older than the reading: what is written meanwhile counts as a change afterwards.
    complaints: list[str] = []
    if stamp and file.max_age is not None and now - stamp.when > file.max_age:
        complaints.append(
            f"the do-not-call list {file.title} is {_long(now - stamp.when)} old, of {stamp.when:%Y-%m-%d}, and may be "
            f"{_long(file.max_age)} at most: get a fresh one, for with this one nothing is dialled"
        )
    try:
        table = read_table(file.path, title=file.title, region=region, wanted=wanted)
    except SetupError as problem:
        raise SetupError([*complaints, *problem.complaints]) from problem
    if file.max_age is not None and not table.read:
        complaints.append(f"the do-not-call list {file.title} is empty, as a download that failed is: get a fresh one")
    if complaints:
        raise SetupError(complaints)
    return _LoadedFile(file=file, stamp=stamp, table=table)


def _stamp(file: SuppressionFile) -> Stamp | None:
    try:
        status = file.path.stat()
    except OSError:
        return None
    return Stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _long(span: timedelta) -> str:
    """Say a length of time by its two largest units, such as 31 days 2 hours."""
    minutes = span // timedelta(minutes=1)
    counts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
    parts = [f"{count} {unit}{'s' * (count != 1)}" for unit, count in counts.items() if count]
    return " ".join(parts[:2]) or "less than a minute"


def _described(one: _LoadedFile) -> str:
    since = f" of {one.stamp.when:%Y-%m-%d %H:%M} UTC" if one.stamp else ""
    return (
        f"{one.file.title}{since}: {counted(one.table.read, 'line')}, {counted(len(one.table.numbers), 'number')} kept"
    )

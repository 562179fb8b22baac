"""Where a list's bytes come from: a file, an archive of one file, or standard input, readable again and again."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import tempfile
import weakref
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from dialer.errors import SetupError
from dialer.lists.archives import member_names, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from _typeshed import WriteableBuffer

STANDARD_INPUT = Path("-")
_STANDARD_INPUT = "standard input"
_BLOCK = 1 << 20  #: bytes at a time; larger blocks are no faster


class Reading(io.BufferedReader):
    """The unpacked bytes of an opened source; it knows how far the file as given has been read."""

    def __init__(self, raw: io.RawIOBase, given: _Given) -> None:
        """Read `raw`, which draws on `given`."""
        super().__init__(raw, _BLOCK)
        self._given = given

    def bytes_read(self) -> int:
        """Return how many bytes of the file as given have been read so far."""
        return self._given.furthest

    def close(self) -> None:
        """Close the archive, too, and the file beneath."""
        super().close()
        self._given.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file whose content is settled by `digest`, the SHA-256 of its bytes as given, packed or not.

    '' is no digest: none was taken. `member` is the file's name where it is one of several in an archive.
    """

    path: Path
    label: str  #: what a sentence calls it
    digest: str
    size: int  #: bytes as given
    member: str | None = None
    _stamp: tuple[int, ...] = ()
    _spool: _Spool | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.label if self.path == STANDARD_INPUT else self.path.name

    def open(self) -> Reading:
        """Open the content, unpacked, at its beginning.

        Raises SetupError, now or while it is read, when the file has changed, is damaged or cannot be read.
        """
        spool = self._spool
        given = _Given(spool.file if spool else _opened(self.path, self.label), self.label, kept_by=spool)
        with ExitStack() as stack:
            stack.callback(given.close)
            if spool is None and _stamp(given.fileno()) != self._stamp:
                raise SetupError(f"{self.label} was changed while it was being read: begin again")
            reading = Reading(unpacked(given, self.label, self.member), given)
            stack.pop_all()
            return reading


def open_source(path: Path, *, what: str = "the list") -> Source:
    """Find a file and take its digest; `-` is standard input, kept where nobody else can read it.

    Raises SetupError when there is no such file or it cannot be read.
    """
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise SetupError("standard input is closed")
        spooled = _standard_input(sys.stdin.buffer)
        return Source(path=path, label=_STANDARD_INPUT, digest=spooled.digest, size=spooled.size, _spool=spooled)
    label = f"{what} {path}"
    with _opened(path, label) as file, _complaining(label):
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            spooled = _Spool(file, label)
            return Source(path=path, label=label, digest=spooled.digest, size=spooled.size, _spool=spooled)
        stamp = _stamp(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Source(path=path, label=label, digest=digest, size=_size(file), _stamp=stamp)


def open_members(path: Path, label: str) -> Sequence[Source]:
    """Find a file that may be an archive of several: each of those by itself, or the file; no digest is taken.

    Raises SetupError when there is no such file, or it cannot be read.
    """
    with _opened(path, label) as file, _complaining(label):
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            spooled = _Spool(file, label)
            return (Source(path=path, label=label, digest="", size=spooled.size, _spool=spooled),)
        whole = Source(path=path, label=label, digest="", size=_size(file), _stamp=_stamp(file.fileno()))
        names = member_names(file, label)
    if names is None or len(names) == 1:
        return (whole,)
    return [replace(whole, label=f"{label}, {name},", member=name) for name in names]


class _Given(io.RawIOBase):
    """A file as it was given, read at a position of its own; its faults are SetupErrors."""

    def __init__(self, file: IO[bytes], label: str, *, kept_by: _Spool | None) -> None:
        super().__init__()
        self._file = file
        self._label = label
        self._kept_by = kept_by  # a spool is closed when nobody reads it any more
        self._at = 0
        self.furthest = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset, whence = offset + self._at, io.SEEK_SET
        self._at = self._file.seek(offset, whence)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        with _complaining(self._label):
            self._file.seek(self._at)
            count: int = self._file.readinto(buffer)  # type: ignore[attr-defined]
        self._at += count
        self.furthest = max(self.furthest, self._at)
        return count

    def close(self) -> None:
        if self._kept_by is None:
            self._file.close()
        super().close()


class _Spool:
    """What can be read only once, kept in a file without a name: whatever ends the program, no people stay behind."""

    def __init__(self, stream: IO[bytes], label: str) -> None:
        hasher, self.size = hashlib.sha256(), 0
        with _complaining(label), ExitStack() as stack:
            self.file = stack.enter_context(tempfile.TemporaryFile(prefix="dialer-"))
            while block := stream.read(_BLOCK):
                hasher.update(block)
                self.size += self.file.write(block)
            self.file.flush()
            stack.pop_all()
        self.digest = hasher.hexdigest()
        weakref.finalize(self, self.file.close)


@lru_cache(maxsize=1)
def _standard_input(stream: BinaryIO) -> _Spool:
    """Keep standard input once, for whoever opens it again: it cannot be read twice."""
    return _Spool(stream, _STANDARD_INPUT)


def _opened(path: Path, label: str) -> io.FileIO:
    with _complaining(label):
        mode = path.stat().st_mode
        if stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
            raise SetupError(f"{label} is a device, not a file")
        return path.open("rb", buffering=0)


def _size(file: io.FileIO) -> int:
    return os.fstat(file.fileno()).st_size


def _stamp(descriptor: int) -> tuple[int, ...]:
    status = os.fstat(descriptor)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@contextmanager
def _complaining(label: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise SetupError(f"{label} cannot be read: {problem.strerror or problem}") from problem
    except ValueError as problem:  # a path with a NUL in it
        raise SetupError(f"{label} cannot be read: {problem}") from problem

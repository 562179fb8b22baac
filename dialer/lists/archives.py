"""Unpacking .gz and .zip by their content: an archive of one file reads as that file, of several as one of them."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, cast

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from _typeshed import WriteableBuffer

#: Bytes a workbook may unpack to: 2 KB for each of the million rows a sheet has at most. More is made to fill the disk.
LARGEST_WORKBOOK = 2 << 30
_GZIP = b"\x1f\x8b\x08"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = ("[Content_Types].xml", "mimetype", "Index/Document.iwa")
_LITTER = ("__MACOSX/", "Thumbs.db", "desktop.ini")  #: beside hidden files, such as .DS_Store
_SHOWN = 5  #: names of an archive's files, so that the sentence stays one of a few lines
_BLOCK = 1 << 20  #: bytes at a time; larger blocks are no faster
_ENCRYPTED = 0x1  #: the bit by which a ZIP archive says so


class DamagedArchiveError(SetupError):
    """An archive or office document is damaged: `problem` says how."""

    def __init__(self, label: str, problem: Exception) -> None:
        """Say it of the file called `label`."""
        super().__init__(f"{label} is damaged ({problem}): save it or have it sent again")
        self.problem = problem


class LockedArchiveError(SetupError):
    """An archive is locked by a password."""

    def __init__(self, label: str) -> None:
        """Say it of the file called `label`."""
        super().__init__(f"{label} is an archive locked by a password: unpack it first")


def unpacked(given: io.RawIOBase, label: str, member: str | None = None) -> io.RawIOBase:
    """Return the content of `given`, which is itself where it is no archive; office documents are none.

    With `member` it is the file of that name. Raises SetupError when an archive is damaged, locked, or does not hold
    exactly one file and none is named.
    """
    inner = _unzipped(given, label, member)
    if inner is not None:
        return _gunzipped(inner, label) if _begins(inner, (_GZIP,)) else _no_archive(inner, label)
    if _begins(given, (_GZIP,)):
        return _no_archive(_gunzipped(given, label), label)
    return given


@contextmanager
def complaining(label: str) -> Iterator[None]:
    """Say in a sentence what goes wrong in an archive."""
    try:
        yield
    except (
        EOFError,
        OSError,
        zlib.error,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as problem:
        raise DamagedArchiveError(label, problem) from problem


class _Unpacked(io.RawIOBase):
    """An archive's one file; what goes wrong within is said in a sentence."""

    def __init__(self, stream: IO[bytes], label: str) -> None:
        super().__init__()
        self._stream = stream
        self._label = label

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        with complaining(self._label):
            block = self._stream.read(len(view))
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _gunzipped(stream: io.RawIOBase, label: str) -> io.RawIOBase:
    packed = gzip.GzipFile(fileobj=io.BufferedReader(stream, _BLOCK))
    return _Unpacked(cast("IO[bytes]", packed), label)


def member_names(given: io.RawIOBase, label: str) -> Sequence[str] | None:
    """Name the files of a zip; None where it is none, or an office document. Raises SetupError for a damaged one."""
    if not _begins(given, _ZIP):
        return None
    with complaining(label), zipfile.ZipFile(cast("IO[bytes]", given)) as archive:
        infos = _contents(archive)
        return None if infos is None else [info.filename for info in infos]


def _contents(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo] | None:
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
    return None if any(info.filename in _OFFICE for info in infos) else infos


def _unzipped(stream: io.RawIOBase, label: str, member: str | None = None) -> io.RawIOBase | None:
    if not _begins(stream, _ZIP):
        return None
    with complaining(label):
        archive = zipfile.ZipFile(cast("IO[bytes]", stream))
        infos = _contents(archive)
        if infos is None:
            stream.seek(0)
            return None
        if member is None and len(infos) != 1:
            raise SetupError(f"{label} is an archive of {_listed(infos)}: it must hold exactly one file")
        info = infos[0] if member is None else archive.getinfo(member)
        if info.flag_bits & _ENCRYPTED:
            raise LockedArchiveError(label)
        return _Unpacked(archive.open(info), label)


def _no_archive(stream: io.RawIOBase, label: str) -> io.RawIOBase:
    """Let a workbook in an archive be sought in, and refuse an archive in an archive."""
    if _begins(stream, (_GZIP,)):
        raise SetupError(f"{label} is an archive in an archive: unpack it first")
    if not _begins(stream, _ZIP):
        return stream
    whole = _spooled(stream, label)
    if _unzipped(whole, label) is not None:
        raise SetupError(f"{label} is an archive in an archive: unpack it first")
    return whole


def _spooled(stream: io.RawIOBase, label: str) -> io.RawIOBase:
    size = 0
    with complaining(label), stream, ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile(prefix="dialer-"))
        while block := stream.read(_BLOCK):
            size += file.write(block)
            if size > LARGEST_WORKBOOK:
                raise SetupError(f"{label} unpacks to more than {LARGEST_WORKBOOK >> 30} GB: that is no list")
        file.seek(0)
        stack.pop_all()
    return _Unpacked(file, label)


def _begins(stream: io.RawIOBase, signs: tuple[bytes, ...]) -> bool:
    head = stream.read(4) or b""
    stream.seek(0)
    return head.startswith(signs)


def _is_litter(name: str) -> bool:
    own = name.rsplit("/", 1)[-1]
    return name.startswith(_LITTER[0]) or own in _LITTER or own.startswith(".")


def _listed(infos: list[zipfile.ZipInfo]) -> str:
    shown = ", ".join(info.filename for info in infos[:_SHOWN])
    return f"{len(infos)} files ({shown}{', …' if len(infos) > _SHOWN else ''})" if infos else "no file"

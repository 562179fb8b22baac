"""Unpacking .gz and .zip by their content: an archive of one file reads as that file."""

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
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

LARGEST_WORKBOOK = 2 << 30  #: bytes a workbook may unpack to
_GZIP = b"\x1f\x8b\x08"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE = ("[Content_Types].xml", "mimetype", "Index/Document.iwa")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_SHOWN = 5
_BLOCK = 1 << 20
_ENCRYPTED = 0x1


def unpacked(given: io.RawIOBase, label: str) -> io.RawIOBase:
    """Return the content of `given`, which is itself where it is no archive; office documents are none.

    Raises SetupError when an archive is damaged, locked, or does not hold exactly one file.
    """
    inner = _unzipped(given, label)
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
        raise SetupError(f"{label} is damaged ({problem}): save it or have it sent again") from problem


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


def _unzipped(stream: io.RawIOBase, label: str) -> io.RawIOBase | None:
    if not _begins(stream, _ZIP):
        return None
    with complaining(label):
        archive = zipfile.ZipFile(cast("IO[bytes]", stream))
        names = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
        if any(info.filename in _OFFICE for info in names):
            stream.seek(0)
            return None
        if len(names) != 1:
            raise SetupError(f"{label} is an archive of {_listed(names)}: it must hold exactly one file")
        if names[0].flag_bits & _ENCRYPTED:
            raise SetupError(f"{label} is an archive locked by a password: unpack it first")
        return _Unpacked(archive.open(names[0]), label)


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
    return name.startswith(_LITTER[0]) or name.rsplit("/", 1)[-1] in _LITTER


def _listed(infos: list[zipfile.ZipInfo]) -> str:
    shown = ", ".join(info.filename for info in infos[:_SHOWN])
    return f"{len(infos)} files ({shown}{', …' if len(infos) > _SHOWN else ''})" if infos else "no file"

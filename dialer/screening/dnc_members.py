"""The texts in a do-not-call file: the file itself, what its .gz holds, or every file of its .zip."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from contextlib import contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WORKBOOK = "[Content_Types].xml"
_LITTER = "__MACOSX"
_ENCRYPTED = 0x1


class Member(NamedTuple):
    """One text: its name within the archive, '' where there is only one, and how to open it at its beginning."""

    name: str
    open: Callable[[], IO[bytes]]


@contextmanager
def members(path: Path, label: str) -> Iterator[tuple[Member, ...]]:
    """Open a file by its content, whatever its name says.

    Raises SetupError, also out of the block, when the file cannot be read or unpacked.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(_GZIP):
            yield (Member("", partial(_gunzipped, path)),)
        elif head.startswith(_ZIP):
            with zipfile.ZipFile(path) as archive:
                yield tuple(_contents(archive, label))
        else:
            yield (Member("", partial(_plain, path)),)
    except FileNotFoundError as problem:
        raise SetupError(f"{label} is not there: {path}") from problem
    except (gzip.BadGzipFile, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as problem:
        raise SetupError(f"{label} is a damaged archive ({problem}): fetch it anew") from problem
    except OSError as problem:
        raise SetupError(f"{label} cannot be read: {problem.strerror or problem}") from problem


def _contents(archive: zipfile.ZipFile, label: str) -> Iterator[Member]:
    files = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
    if any(info.filename == _WORKBOOK for info in files):
        raise SetupError(f"{label} is a workbook: save its sheet as CSV")
    if any(info.flag_bits & _ENCRYPTED for info in files):
        raise SetupError(f"{label} is locked by a password: unpack it first")
    for info in files:
        yield Member(info.filename if len(files) > 1 else "", partial(archive.open, info))


def _plain(path: Path) -> IO[bytes]:
    return path.open("rb")


def _gunzipped(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(path))


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER) or name.rsplit("/", 1)[-1].startswith(".")

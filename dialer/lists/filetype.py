"""What a file is by its content, whatever its name says; what is no list is refused as what it is."""

from __future__ import annotations

import re
import zipfile
from enum import Enum, auto
from typing import IO, TYPE_CHECKING, cast

from dialer.errors import SetupError
from dialer.lists.archives import LARGEST_WORKBOOK, complaining

if TYPE_CHECKING:
    from dialer.lists.source import Reading, Source


class Filetype(Enum):
    """The two kinds of file a list can be."""

    TEXT = auto()
    WORKBOOK = auto()


_HEAD = 4096  #: bytes by which every kind of file tells what it is
_BLOCK = 1 << 20  #: bytes at a time; larger blocks are no faster
_ADVICE = "export the list as CSV or as an Excel workbook"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_SIGNS = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a Word document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF87a", "a picture"),
    (b"GIF89a", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"\0\0\1\0", "a picture"),
    (b"SQLite format 3\0", "a database"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"OggS\0", "a recording"),
    (b"ID3\3", "a recording"),
    (b"ID3\4", "a recording"),
    (b"BEGIN:VCARD", "a file of vCards"),
    (b"BEGIN:VCALENDAR", "a calendar"),
)
# Words can begin like this, too: it counts only where no text follows.
_SIGNS_OF_BINARY = (
    (b"BM", "a picture"),
    (b"8BPS", "a picture"),
    (b"RIFF", "a picture or a recording"),
    (b"MZ", "a program"),
    (b"PAR1", "a Parquet file"),
)
_MARKUP = (
    (re.compile(rb"\s*<\?xml.*?(?:progid=.Excel\.Sheet|<(?:\w+:)?Workbook\b)", re.DOTALL), "an Excel 2003 XML file"),
    (re.compile(rb"\s*<(?:!doctype html|html|head|body|table|meta|div)\b", re.IGNORECASE), "a web page"),
    (re.compile(rb"\s*<\?xml\b"), "an XML file"),
    (re.compile(rb'\s*(?:\[\s*)?\{\s*"'), "a JSON file"),
)
_OLE_STREAMS = (
    ("EncryptedPackage", "a workbook or document locked by a password; save it without one and try again"),
    ("WordDocument", "a Word document"),
    ("PowerPoint Document", "a PowerPoint presentation"),
    ("__properties_version1.0", "an Outlook message"),
)
_OFFICE = (
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint presentation"),
    ("Index/Document.iwa", "an Apple Numbers or Pages document"),
)


def recognise(source: Source) -> Filetype:
    """Return what kind of list a file is; raises SetupError, saying what it is, when it is none."""
    with source.open() as stream:
        head = stream.read(_HEAD)
        stream.seek(0)
        if not head:
            raise SetupError(f"{source.label} is empty")
        if head.startswith(_ZIP):
            kind, found = Filetype.WORKBOOK, _office(stream, source.label)
        elif head.startswith(_OLE):
            kind, found = Filetype.WORKBOOK, _ole(stream)
        else:
            kind, found = Filetype.TEXT, _other(head)
    if found:
        raise SetupError(f"{source.label} is {found}" + ("" if ";" in found else f", not a contact list: {_ADVICE}"))
    return kind


def _other(head: bytes) -> str:
    for sign, name in _SIGNS:
        if head.startswith(sign):
            return name
    for sign, name in _SIGNS_OF_BINARY:
        if head.startswith(sign) and 0 in head:
            return name
    if head[4:8] == b"ftyp":
        return "a picture or a film"
    if head[257:262] == b"ustar":
        return "a tar archive"
    text = head.removeprefix(b"\xef\xbb\xbf")
    return next((name for pattern, name in _MARKUP if pattern.match(text)), "")


def _office(stream: Reading, label: str) -> str:
    with complaining(label), zipfile.ZipFile(cast("IO[bytes]", stream)) as archive:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > LARGEST_WORKBOOK:
            raise SetupError(f"{label} unpacks to more than {LARGEST_WORKBOOK >> 30} GB: that is no list")
        names = [info.filename for info in infos]
        if "mimetype" in names:
            kind = archive.read("mimetype").strip()
            return "" if b"spreadsheet" in kind else "a document that is no spreadsheet"
    return next((kind for sign, kind in _OFFICE if any(name.startswith(sign) for name in names)), "")


def _ole(stream: Reading) -> str:
    """Look for the names of streams, wherever the directory is kept."""
    kept = b""
    found = set()
    while block := stream.read(_BLOCK):
        kept += block
        found |= {kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in kept}
        kept = kept[-64:]  # the end of a block may part a name, of 48 bytes at the most
    return next((kind for _, kind in _OLE_STREAMS if kind in found), "")

"""What calamine does not tell of an .ods sheet: which rows and columns it does not show."""

from __future__ import annotations

import html
import re
import zipfile
from typing import IO, TYPE_CHECKING

from dialer.lists.sheet_xml import SheetFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTENT = "content.xml"
_BLOCK = 1 << 20  #: bytes at a time; larger blocks are no faster
_LARGEST_TAG = 1 << 20  #: bytes; no program writes one of a tenth of that
_TAG = re.compile(rb"<(/?)table:table(-row-group|-row|-column)?(?=[\s/>])([^>]*)>")
_ATTRIBUTE = re.compile(rb"table:([\w-]+)=\"([^\"]*)\"")
_MOST_NAMED = 51  #: columns: a sheet that hides the empty ones at its right hides thousands at once
_HIDDEN = (b"collapse", b"filter")


def ods_facts(stream: IO[bytes], sheet: str) -> SheetFacts | None:
    """Return what is hidden in the sheet of that name, None where the file is no .ods."""
    stream.seek(0)
    if not zipfile.is_zipfile(stream):
        return None
    with zipfile.ZipFile(stream) as archive:
        if _CONTENT not in archive.namelist():
            return None
        with archive.open(_CONTENT) as xml:
            return _facts(_tags(xml), sheet.encode())


def _tags(xml: IO[bytes]) -> Iterator[tuple[bytes, bytes, dict[bytes, bytes]]]:
    """Give the tags of tables, rows and columns: whether they end something, what, and their attributes."""
    kept = b""
    while block := xml.read(_BLOCK):
        whole, mark, kept = (kept + block).rpartition(b">")
        for end, kind, attributes in _TAG.findall(whole + mark):
            yield end, kind, dict(_ATTRIBUTE.findall(attributes))
        # Text has no tags in it; what a tag begins with is kept.
        kept = kept[kept.rfind(b"<") :][:_LARGEST_TAG] if b"<" in kept else b""


def _facts(tags: Iterator[tuple[bytes, bytes, dict[bytes, bytes]]], sheet: bytes) -> SheetFacts:
    facts, row, column, folded, inside = SheetFacts(), 1, 1, [False], False
    for end, kind, attributes in tags:
        if not kind:
            inside = not end and html.unescape(attributes.get(b"name", b"").decode()).encode() == sheet
        elif not inside or (end and kind != b"-row-group"):
            continue
        elif kind == b"-row-group":
            # One that stands open is as hidden as the one around it.
            folded = folded[:-1] if end else [*folded, folded[-1] or attributes.get(b"display") == b"false"]
        else:
            hidden = attributes.get(b"visibility") in _HIDDEN
            facts.filtered = facts.filtered or attributes.get(b"visibility") == b"filter"
            if kind == b"-row":
                last = row + int(attributes.get(b"number-rows-repeated", b"1")) - 1
                if hidden or folded[-1]:
                    facts.hide(row, last)
                row = last + 1
            else:
                last = column + int(attributes.get(b"number-columns-repeated", b"1")) - 1
                if hidden:
                    facts.hidden_columns += range(column, min(last + 1, column + _MOST_NAMED))
                column = last + 1
    return facts

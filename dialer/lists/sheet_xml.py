"""What calamine does not tell of an .xlsx sheet: errors, formulas without results, its extent, what is hidden."""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 20  #: bytes at a time; larger blocks are no faster
_RELATIONSHIPS = "xl/_rels/workbook.xml.rels"
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*([\"'])(.*?)\2", re.DOTALL)
_FILLED = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')
_ERROR = re.compile(
    rb'<c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>(?:(?!</c>).)*?<v>([^<]*)</v>', re.DOTALL
)
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\b(?:hidden="(?:1|true)"|ht="0"))[^>]*?\br="(\d{1,7})"')
_HIDDEN_COLUMNS = re.compile(rb'<(?:\w+:)?col\b(?=[^>]*\bhidden="(?:1|true)")([^>]*)>')
_LARGEST_CELL = 16 << 20  #: bytes of XML; as a line of a text file may be long
_UNCALCULATED = re.compile(rb"<f\b[^>]*>[^<]*</f>\s*(?:<v\s*/>|<v></v>)?\s*</c>")


@dataclass(slots=True, kw_only=True)
class SheetFacts:
    """Facts of one sheet; rows and columns count from 1.

    `rows` and `columns` are its extent, `errors` what cells show in place of a result, and `uncalculated` counts
    formulas without one. Hidden rows are given as stretches, first and last; `filtered` when a filter is set.
    """

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: int = 0
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    filtered: bool = False

    def hide(self, first: int, last: int) -> None:
        """Note rows that are hidden, behind those noted before."""
        if self.hidden_rows and self.hidden_rows[-1][1] == first - 1:
            first = self.hidden_rows.pop()[0]
        self.hidden_rows.append((first, last))


class TooLargeCellError(ValueError):
    """A cell holds more than any list does."""


def sheet_facts(stream: IO[bytes], sheet: str) -> SheetFacts | None:
    """Return the facts of the sheet of that name, None where the file is no .xlsx."""
    stream.seek(0)
    if not zipfile.is_zipfile(stream):
        return None
    facts = SheetFacts()
    with zipfile.ZipFile(stream) as archive:
        part = _part(archive, sheet)
        if part is None:
            return None
        with archive.open(part) as xml:
            for block in _blocks(xml):
                _add(facts, block)
        facts.filtered = facts.filtered or any(name.startswith("xl/tables/") for name in archive.namelist())
    return facts


def refuse_large_cells(stream: IO[bytes]) -> None:
    """Raise TooLargeCellError where a packed workbook holds a text that is too long, before it is taken to memory."""
    stream.seek(0)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            for info in archive.infolist():
                if info.file_size > _LARGEST_CELL and info.filename.endswith(".xml"):
                    with archive.open(info) as xml:
                        _refuse_long_text(xml)
    stream.seek(0)


def _refuse_long_text(xml: IO[bytes]) -> None:
    run = 0
    while block := xml.read(_BLOCK):
        at = block.rfind(b"<")
        run = len(block) - at if at >= 0 else run + len(block)
        if run > _LARGEST_CELL:
            raise TooLargeCellError(f"it has a cell of more than {_LARGEST_CELL >> 20} MB")


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    names = set(archive.namelist())
    if not {"xl/workbook.xml", _RELATIONSHIPS} <= names:
        return None
    sheets = _elements(_SHEET, archive.read("xl/workbook.xml"))
    number = next((found.get("r:id", found.get("id")) for found in sheets if found.get("name") == sheet), None)
    relationships = _elements(_RELATIONSHIP, archive.read(_RELATIONSHIPS))
    target = next((found.get("Target", "") for found in relationships if found.get("Id") == number), "")
    part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return part if part in names else None


def _elements(pattern: re.Pattern[bytes], xml: bytes) -> list[dict[str, str]]:
    texts = [found.decode(errors="replace") for found in pattern.findall(xml)]
    return [{name: html.unescape(value) for name, _, value in _ATTRIBUTE.findall(text)} for text in texts]


def _blocks(xml: IO[bytes]) -> Iterator[bytes]:
    """Cut between cells, so that each is seen whole."""
    kept = b""
    while block := xml.read(_BLOCK):
        whole, mark, kept = (kept + block).rpartition(b"</c>")
        if mark:
            yield whole + mark
    yield kept


def _add(facts: SheetFacts, block: bytes) -> None:
    filled: list[tuple[bytes, bytes]] = _FILLED.findall(block)
    if filled:
        facts.columns = max(facts.columns, *(_column(letters) for letters in {letters for letters, _ in filled}))
        facts.rows = max(facts.rows, int(filled[-1][1]))
    if b"hidden=" in block or b'ht="0"' in block:
        for row in map(int, _HIDDEN_ROW.findall(block)):
            facts.hide(row, row)
        for found in _elements(_HIDDEN_COLUMNS, block):
            facts.hidden_columns += range(int(found.get("min", 0)), int(found.get("max", -1)) + 1)
    facts.filtered = facts.filtered or b"autoFilter" in block
    if b't="e"' in block:
        for letters, row, value in _ERROR.findall(block):
            facts.errors[int(row), _column(letters)] = html.unescape(value.decode(errors="replace"))
    if b"</f>" in block:
        facts.uncalculated += len(_UNCALCULATED.findall(block))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number

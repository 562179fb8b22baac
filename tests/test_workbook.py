"""Workbooks: cells as a person sees them, rows as the sheet numbers them, and what the spreadsheet lost said."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.lists.records import open_records
from dialer.lists.workbook_process import as_text

LISTS = Path(__file__).parent / "lists"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12025550143.0, "12025550143"),
        (-5.0, "-5"),
        (0.0, "0"),
        (120.5, "120.5"),
        (0.1 + 0.2, "0.3"),
        (999999999999999.0, "999999999999999"),
        (1e15, "1000000000000000.0"),
        (1.21256e22, "1.21256e+22"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (12, "12"),
        (True, "true"),
        (False, "false"),
        (dt.date(2026, 12, 1), "2026-12-01"),
        (dt.datetime(2026, 12, 1, 9, 30), "2026-12-01 09:30:00"),  # noqa: DTZ001 - a sheet knows no zones
        (dt.time(9, 30), "09:30:00"),
        (dt.timedelta(hours=30, minutes=5), "30:05:00"),
        (dt.timedelta(seconds=-90), "-0:01:30"),
        (" text ", " text "),
    ],
)
def test_a_cell_is_the_text_a_person_sees(cell, text):
    assert as_text(cell) == text


def rewritten(path, name, change):
    """Give a workbook with one of its parts changed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in archive.namelist():
            copy.writestr(part, change(archive.read(part)) if part == name else archive.read(part))
    return packed.getvalue()


def sheet_with(rows):
    """Give a workbook whose only sheet has other rows, as XML."""

    def change(xml):
        before, _, behind = xml.partition(b"<sheetData>")
        return before + b"<sheetData>" + rows.encode() + b"</sheetData>" + behind.partition(b"</sheetData>")[2]

    return rewritten(LISTS / "excel-text.xlsx", "xl/worksheets/sheet1.xml", change)


def text_cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


@pytest.fixture
def opened(tmp_path):
    """Open a list from its bytes; `opened.path` is where it stands."""
    path = tmp_path / "list.xlsx"

    def open_(content, **how):
        path.write_bytes(content)
        return open_records(path, ListRules(**how))

    open_.path = path
    return open_


@pytest.mark.parametrize("size", [1, 100])
def test_pages_have_the_size_asked_for(opened, size):
    rows = "".join(f'<row r="{row}">{text_cell(f"A{row}", f"n{row}")}</row>' for row in (1, *range(5, 2503)))
    records = opened(sheet_with(rows))
    pages = list(records.pages(size))
    assert {len(numbers) for numbers, _ in pages[1:-1]} == {size}
    assert [number for numbers, _ in pages for number in numbers] == list(range(5, 2503))
    assert [cells for _, page in pages for cells in page] == [[f"n{row}"] for row in range(5, 2503)]
    assert records.content.bytes_read() == records.size == opened.path.stat().st_size


def test_two_readings_at_once_do_not_disturb_each_other():
    records = open_records(LISTS / "excel.xlsx")
    one, other = records.pages(1), records.pages(2)
    assert [next(one)[0], next(other)[0], next(one)[0], next(other)[0]] == [[4], [4], [5], [5, 7]]


def test_a_cell_far_away_is_named(opened):
    far = sheet_with(
        f'<row r="1">{text_cell("A1", "phone")}</row><row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    )
    with pytest.raises(SetupError) as caught:
        opened(far)
    assert str(caught.value) == (
        f"the list {opened.path} has a sheet 'Liste' that reaches to cell XFD1048576, which is too large: "
        "delete what stands far from the list, or export it as CSV"
    )


def test_mere_formats_far_away_do_no_harm(opened):
    rows = (
        f'<row r="1">{text_cell("A1", "phone")}<c r="XFD1" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>'
    )
    assert opened(sheet_with(rows)).headings == ("phone",)


def test_errors_and_formulas_without_results_are_told(opened):
    error = '<c r="B{0}" t="e"><f>NA()</f><v>#N/A</v></c>'
    formula = '<c r="A{0}"><f>1+1</f></c>'
    rows = f'<row r="1">{text_cell("A1", "phone")}{text_cell("B1", "x")}</row>' + "".join(
        f'<row r="{row}">{formula.format(row)}{error.format(row)}</row>' for row in (2, 3)
    )
    records = opened(sheet_with(rows))
    assert list(records.pages(9)) == [([2, 3], [["", "#N/A"], ["", "#N/A"]])]
    (warning,) = records.content.warnings
    assert warning.startswith("2 cells with a formula without a result, read as empty: open the workbook in a spread")


def test_an_empty_workbook_is_refused(opened):
    with pytest.raises(SetupError, match="is an empty workbook"):
        opened(sheet_with(""))


def test_a_first_row_of_numbers_is_no_heading(opened):
    rows = '<row r="1"><c r="A1"><v>12025550143</v></c></row>'
    with pytest.raises(SetupError, match="has no heading line: its first row is a contact"):
        opened(sheet_with(rows))
    assert list(opened(sheet_with(rows), headings=("phone",)).pages(5)) == [([1], [["12025550143"]])]


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(opened):
    packed = bytearray((LISTS / "excel-text.xlsx").read_bytes())
    place = packed.index(b"PK\x01\x02") + 24
    packed[place : place + 4] = (3 << 30).to_bytes(4, "little")
    with pytest.raises(SetupError, match="unpacks to more than 2 GB"):
        opened(bytes(packed))


def test_a_module_in_the_folder_in_use_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "pandas.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert open_records(LISTS / "excel-text.xlsx").headings == ("Telefon", "Name")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["excel-97.xls", "excel.xlsx", "libreoffice.ods"])
def test_a_damaged_workbook_is_read_or_refused(opened, name, seed, capfd):
    chance = Random(f"{name} {seed}")

    def damage(content):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        return bytes(damaged)

    parts = {"excel.xlsx": "xl/worksheets/sheet1.xml", "libreoffice.ods": "content.xml"}
    path = LISTS / name
    content = rewritten(path, parts[name], damage) if name in parts else damage(path.read_bytes())
    with suppress(SetupError):
        for numbers, rows in opened(content).pages(100):
            assert len(numbers) == len(rows)
    assert capfd.readouterr() == ("", "")

"""Promises about what a spreadsheet does not show: hidden rows are not dialled unless asked, and never in silence."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.lists.contacts import open_list
from dialer.lists.hidden_rows import HiddenRows

ANN, BOB, CY, DI = (f"+1202555010{digit}" for digit in range(4))
HIDE = "hidden"


@pytest.fixture
def opened(tmp_path):
    """Open a workbook from its bytes."""

    def opened(content, **rules):
        path = tmp_path / "list.xlsx"
        path.write_bytes(content)
        return open_list(path, rules=ListRules(**rules), parameters=None, region=None, today=date(2026, 11, 23))

    return opened


def outcomes(contacts):
    """Tell of each row what becomes of it, and of which problem or warning."""
    found = {}
    for chunk in contacts.chunks():
        for at, row in enumerate(chunk.rows):
            told = chunk.problems[at][0] if at in chunk.problems else chunk.warnings.get(at)
            found[row] = (chunk.outcome(at).value, told.code if told else None)
    return found


def workbook(*sheets):
    """Give an .xlsx of sheets, each a name and rows of cells; a row that begins with HIDE is hidden."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                hidden = bool(row) and row[0] == HIDE
                sheet.write_row(at, 0, row[1:] if hidden else row)
                sheet.set_row(at, None, None, {"hidden": hidden})
    return packed.getvalue()


def ods(rows):
    """Give an .ods of one sheet from the XML of its rows."""
    packed = io.BytesIO()
    names = ["office:1.0", "table:1.0", "text:1.0"]
    spaces = " ".join(f'xmlns:{name.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for name in names)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="A &amp; B">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return packed.getvalue()


def row(text, more=""):
    cell = f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    return f"<table:table-row {more}>{cell}</table:table-row>"


LIST = [["phone"], [ANN], [HIDE, BOB], [CY], [HIDE, DI]]


def test_hidden_rows_of_a_workbook_are_said_and_not_dialled(opened):
    contacts = opened(workbook(("List", LIST)))
    hidden = ("invalid", "row-hidden")
    assert outcomes(contacts) == {2: ("ready", None), 3: hidden, 4: ("ready", None), 5: hidden}
    assert contacts.assumptions[0] == (
        '2 rows (3, 5) are hidden in the sheet, and not dialled; [list] hidden = "dial" dials what is hidden, too'
    )


def test_the_campaign_may_have_hidden_rows_dialled(opened):
    contacts = opened(workbook(("List", LIST)), hidden="dial")
    shown, hidden = ("ready", None), ("ready", "row-hidden")
    assert outcomes(contacts) == {2: shown, 3: hidden, 4: shown, 5: hidden}
    assert contacts.assumptions[0] == "2 rows (3, 5) are hidden in the sheet, and dialled all the same"


def test_who_objects_in_a_hidden_row_is_not_rung_from_another(opened):
    rows = [["phone", "do not call"], [HIDE, ANN, "yes"], [ANN, ""], [BOB, ""]]
    found = outcomes(opened(workbook(("List", rows))))
    assert {row: outcome for row, (outcome, _) in found.items()} == {2: "suppressed", 3: "suppressed", 4: "ready"}


def test_hidden_rows_of_an_opendocument_sheet_are_known_too(opened):
    rows = (
        '<table:table-column table:visibility="collapse"/>'
        + row("phone")
        + row(ANN)
        + row(BOB, 'table:visibility="filter"')
        + '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        + '<table:table-row-group table:display="false">'
        + row(CY)
        + "</table:table-row-group>"
        + row(DI, 'table:visibility="collapse"')
    )
    contacts = opened(ods(rows))
    hidden = ("invalid", "row-hidden")
    skipped = 'not dialled; [list] hidden = "dial" dials what is hidden, too'
    said = f"3 rows (3, 6-7) are hidden in the sheet, by a filter, and {skipped}"
    assert outcomes(contacts) == {2: ("ready", None), 3: hidden, 6: hidden, 7: hidden}
    assert contacts.assumptions[:2] == (
        "hidden in the sheet, and read as the others are: column A",
        said,
    )


def test_a_row_is_looked_up_among_the_hidden_ones():
    hidden = HiddenRows([(3, 3), (6, 9)])
    assert [row for row in range(12) if row in hidden] == [3, 6, 7, 8, 9]
    assert hidden.after(6).stretches == [(7, 9)]
    assert not HiddenRows()


COVER = ("Summary", [["Renewals"], ["as of", "2026-11-20"]])


def test_the_only_sheet_with_a_phone_column_is_read_and_said(opened):
    export = [["Renewals Q4"], [], ["Mobile", "Name"], [ANN, "Ann"], [BOB, "Bob"]]
    contacts = opened(workbook(COVER, ("Contacts Export", export)))
    assert outcomes(contacts) == {4: ("ready", None), 5: ("ready", None)}
    assert contacts.assumptions[:2] == (
        "read from sheet 'Contacts Export', the only one with a phone column; the workbook also has 'Summary'",
        "the headings are read from row 3; what stands above them is left out: 'Renewals Q4'",
    )


def test_of_several_sheets_with_a_phone_column_behind_a_cover_none_is_taken(opened):
    with pytest.raises(SetupError) as caught:
        opened(workbook(COVER, ("May", [["phone"], [ANN]]), ("June", [["phone"], [BOB]])))
    assert caught.value.complaints[-1] == (
        "the workbook has more sheets, 'May', 'June': say which with [list] sheet, or --sheet"
    )

"""Do-not-call files in every form: which numbers they hold, and on which lines."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.errors import SetupError
from dialer.numbers.reader import NumberReader
from dialer.screening.dnc_entry import UNDIALLED, read_entry
from dialer.screening.dnc_files import read_pages
from dialer.screening.dnc_in_memory import read_table
from dialer.screening.dnc_lines import LineReader

LISTS = Path(__file__).parent / "lists"
NEW_YORK, LONDON, BERLIN = "+12125550123", "+442079460123", "+493012345678"


def entries(path, region="US"):
    found = {}
    for member, page in read_pages(path, region=region, label="the list"):
        for at, (number, line) in enumerate(zip(page.numbers.tolist(), page.lines.tolist(), strict=True)):
            found[f"+{number}", member, line] = page.note(at) if page.note else None
    return found


def places(path, region="US"):
    return [(number, line) for number, _, line in entries(path, region)]


def written(tmp_path, content):
    path = tmp_path / "list"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("+12125550123\n2125550124", [(NEW_YORK, 1), ("+12125550124", 2)]),
        ("(212) 555-0123\r\n\r\n1-212-555-0124\r\n", [(NEW_YORK, 1), ("+12125550124", 3)]),
        ("# asked us\n\n2125550123 # by mail\n  # nothing\n+44 20 7946 0123\n", [(NEW_YORK, 3), (LONDON, 5)]),
        ("\ufeff2125550123\n12125550124\n", [(NEW_YORK, 1), ("+12125550124", 2)]),
        ("2125550123\n9005550123\n2125550123\n", [(NEW_YORK, 1), (NEW_YORK, 3)]),
        ('"2125550123"\n"2125550124"\n', [(NEW_YORK, 1), ("+12125550124", 2)]),
        ("", []),
        ("# nobody\n\n", []),
    ],
)
def test_plain_numbers_are_read_one_a_line(tmp_path, content, found):
    assert places(written(tmp_path, content)) == found


@pytest.mark.parametrize(
    ("region", "line"), [("GB", "020 7946 0123"), ("GB", "02079460123"), ("US", "011442079460123")]
)
def test_national_numbers_are_those_of_the_region(tmp_path, region, line):
    assert places(written(tmp_path, f"{line}\n"), region) == [(LONDON, 1)]


@pytest.mark.parametrize("region", ["US", "DE", None])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("212,5550123\n212,5550124\n", [(NEW_YORK, 1), ("+12125550124", 2)]),
        ("212,5550123\r\n\r\n212,5550124", [(NEW_YORK, 1), ("+12125550124", 3)]),
        ('"212","5550123"\n212, 5550124\n2125550125\n', [(NEW_YORK, 1), ("+12125550124", 2), ("+12125550125", 3)]),
    ],
)
def test_the_national_registry_is_american_in_any_campaign(tmp_path, region, content, found):
    assert places(written(tmp_path, content), region) == found


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("phone\n2125550123\n", {(NEW_YORK, "", 2): None}),
        ("Name;Phone Number;Date Added;Reason\nÄnne;2125550123;2026-03-01;möchte nicht\n", None),
        ("id\tMobile\tadded\tcomment\n1\t2125550123\t2026-03-01\tmöchte nicht\n", None),
        ("Reason,Tel.,Date\nmöchte nicht,2125550123,2026-03-01\n", None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_table_is_known_by_its_headings(tmp_path, content, found, encoding):
    noted = {(NEW_YORK, "", 2): ("2026-03-01", "möchte nicht")}
    assert entries(written(tmp_path, content.encode(encoding))) == (found or noted)


def test_lines_are_right_after_quoted_newlines_and_blank_lines(tmp_path):
    content = '# export\n\nphone,reason\n2125550123,"one\ntwo"\n\n2125550124,"a ""b"""\n,\n2125550125,\n'
    assert entries(written(tmp_path, content)) == {
        (NEW_YORK, "", 4): ("", "one two"),
        ("+12125550124", "", 7): ("", 'a "b"'),
        ("+12125550125", "", 9): ("", ""),
    }


def test_every_column_of_numbers_counts_and_a_vague_one_only_alone(tmp_path):
    both = "number,phone,mobile\n1,2125550123,\n2,,2125550124\n3,2125550125,2125550126\n"
    assert places(written(tmp_path, both)) == [
        (NEW_YORK, 2),
        ("+12125550124", 3),
        ("+12125550125", 4),
        ("+12125550126", 4),
    ]
    assert places(written(tmp_path, "id,number\n7,2125550123\n")) == [(NEW_YORK, 2)]


def test_a_packed_file_is_known_by_its_content(tmp_path):
    packed = gzip.compress(b"212,5550123\n")
    assert entries(written(tmp_path, packed)) == {(NEW_YORK, "", 1): None}


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_every_file_of_a_zip_is_read_whatever_its_form(tmp_path):
    members = {
        "212.txt": "212,5550123\n",
        "more/own.csv": "phone,date\n\n2125550124,2026-03-01\n",
        "empty.txt": "",
        "__MACOSX/._212.txt": "\0\0",
        "more/plain.txt": "# x\n+442079460123\n",
    }
    assert entries(written(tmp_path, zipped(members))) == {
        (NEW_YORK, "212.txt", 1): None,
        ("+12125550124", "more/own.csv", 3): ("2026-03-01", ""),
        (LONDON, "more/plain.txt", 2): None,
    }


def test_the_only_file_of_a_zip_needs_no_name(tmp_path):
    assert entries(written(tmp_path, zipped({"212.txt": "212,5550123\n"}))) == {(NEW_YORK, "", 1): None}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<?xml version='1.0'?>\n<list/>\n", "the list is XML or HTML: get the list as text, one number a line"),
        (b"\x00\x01\x02", "the list is not plain text: save it as text or CSV in UTF-8"),
        (
            "212,5550123,20260301,A\n212,5550124,20260301,D\n",
            "the list looks like the registry's list of changes: get the full list, AAA,NNNNNNN a line",
        ),
        (
            "naïve;when\n2125550123;2026-03-01\n",
            'the list has no heading by which its numbers could be known (naïve, when): write "phone" above them',
        ),
        (
            'phone,reason\n2125550123,"he said\n2125550124,no\n',
            "the list is no CSV from line 2 on: unexpected end of data",
        ),
        ("9" * 1_500_000, "the list has a line of more than a million signs: it is no list of numbers"),
        (
            zipped({"a.txt": "2125550123\n", "b.txt": "<html>"}),
            "the list, b.txt, is XML or HTML: get the list as text, one number a line",
        ),
    ],
)
def test_a_file_of_another_form_is_refused_with_what_to_do(tmp_path, content, complaint):
    with pytest.raises(SetupError) as refusal:
        entries(written(tmp_path, content))
    assert refusal.value.complaints == (complaint,)


@pytest.mark.parametrize("cut", [6, 12, -9])
@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"212.txt": content})])
def test_a_half_written_archive_is_refused(tmp_path, pack, cut):
    packed = pack(b"212,5550123\n" * 100)
    with pytest.raises(SetupError, match=r"^the list is a damaged archive \(.*\): fetch it anew$"):
        entries(written(tmp_path, packed[:cut]))


# Read as a contact list is: any encoding, title rows, workbooks


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("2125550123", "+442079460123"), {(NEW_YORK, "", 1): None, (LONDON, "", 2): None}),
        (("212,5550123", "212,5550124"), {(NEW_YORK, "", 1): None, ("+12125550124", "", 2): None}),
        (("Téléphone\tSince", "2125550123\t2026-03-01"), {(NEW_YORK, "", 2): ("2026-03-01", "")}),
    ],
    ids=["plain lines", "registry", "table"],
)
def test_a_wide_text_is_read_as_any_other(tmp_path, encoding, end, lines, found):
    assert entries(written(tmp_path, end.join([*lines, ""]).encode(encoding))) == found


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "mac_roman", "cp850"])
def test_a_heading_and_a_reason_are_read_in_the_files_encoding(tmp_path, encoding):
    end = "\r" if encoding == "mac_roman" else "\n"
    lines = ("Prénom;Téléphone;Reason", "Zoé;2125550123;déménagé à Nîmes", "Élie;2125550124;gelé")
    assert entries(written(tmp_path, "".join(f"{line}{end}" for line in lines).encode(encoding))) == {
        (NEW_YORK, "", 2): ("", "déménagé à Nîmes"),
        ("+12125550124", "", 3): ("", "gelé"),
    }


def test_a_byte_that_is_no_letter_frees_nobody(tmp_path):
    lines = [b"phone,name\n", *(b"212555%04d,x\n" % at for at in range(9_000)), b"2125559999,\x81\x8d\xe9\n"]
    assert len(entries(written(tmp_path, b"".join(lines)))) == 9_001


def test_a_mark_in_front_of_a_text_that_is_not_whole_hides_no_number(tmp_path):
    content = b"\xef\xbb\xbf2125550123\n2125550124 # caf\xe9\n"
    assert places(written(tmp_path, content)) == [(NEW_YORK, 1), ("+12125550124", 2)]


@pytest.mark.parametrize("separator", [",", ";"])
def test_headings_are_found_below_a_title(tmp_path, separator):
    rows = ("Numbers not to call", "exported 2026-03-01 10:00:00", "", "Phone,Reason", *["2125550123,moved"] * 3)
    content = "".join(f"{row.replace(',', separator)}\n" for row in rows)
    assert entries(written(tmp_path, content)) == {(NEW_YORK, "", line): ("", "moved") for line in (5, 6, 7)}


def workbook(**sheets):
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in rows.items():
                sheet.write_row(at - 1, 0, row)
    return written.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda book: zipped({"dnc.xlsx": book})])
def test_a_workbook_is_read_with_the_rows_that_it_shows(tmp_path, pack):
    rows = {1: ("Phone", "Added", "Reason"), 3: (2125550123, "2026-03-01", "asked us"), 4: ("+442079460123",)}
    assert entries(written(tmp_path, pack(workbook(DNC=rows)))) == {
        (NEW_YORK, "", 3): ("2026-03-01", "asked us"),
        (LONDON, "", 4): ("", ""),
    }


def test_every_sheet_of_a_workbook_counts_with_headings_or_without(tmp_path):
    book = workbook(
        May={1: ("Do not call",), 3: ("name", "mobile"), 4: ("Ann", "2125550123")}, June={1: ("2125550124",)}, Empty={}
    )
    assert entries(written(tmp_path, book)) == {(NEW_YORK, "May", 4): None, ("+12125550124", "June", 1): None}


@pytest.mark.parametrize(
    ("name", "region", "found"),
    [
        ("excel-97.xls", "DE", [("+4930901820", 2), ("+4930901821", 3)]),
        ("libreoffice.ods", "US", [("+12025550143", 2), ("+12025550147", 5)]),
        ("excel.xlsx", "US", [("+12025550143", 4), ("+12025550147", 5), ("+12025550148", 7), ("+12025550199", 2)]),
    ],
)
def test_workbooks_of_every_kind_are_read(name, region, found):
    assert set(found) <= set(places(LISTS / name, region))


def test_a_sheet_without_numbers_is_refused_by_name(tmp_path):
    book = workbook(Numbers={1: ("phone",), 2: ("2125550123",)}, Notes={1: ("who", "when"), 2: ("Ann", "May")})
    with pytest.raises(SetupError) as refusal:
        entries(written(tmp_path, book))
    (complaint,) = refusal.value.complaints
    assert complaint.startswith(
        "the list, sheet 'Notes', has no heading by which its numbers could be known (who, when)"
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (workbook(DNC={1: ("phone",), 2: ("2125550123",)})[:-9], r"is a damaged archive \(.*\): fetch it anew$"),
        (zipped({"[Content_Types].xml": "", "xl/x": ""}), "is damaged"),
        (b"%PDF-1.7\n\x00", "is a PDF document"),
        ("phone\n2125550123\n".encode("utf-16")[:-1], "is not UTF-16 text: line 2 ends in the middle of a character"),
    ],
)
def test_what_is_damaged_or_no_list_is_refused(tmp_path, content, complaint):
    with pytest.raises(SetupError, match=complaint):
        entries(written(tmp_path, content))


@pytest.mark.parametrize("line", ["202XXXXXXX", "2025550100-0199"])
def test_a_block_of_numbers_in_a_sheet_is_refused(tmp_path, line):
    path = written(tmp_path, workbook(DNC={1: ("phone", "name"), 2: ("2125550123", "x"), 7: (line, "y")}))
    with pytest.raises(SetupError, match=r"line 7: .* stands for more numbers than one"):
        read_table(path, title="dnc.xlsx", region="US", wanted=None)


def test_a_locked_archive_is_refused(tmp_path):
    locked = bytearray(zipped({"212.txt": "212,5550123\n"}))
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(SetupError, match=r"^the list is locked by a password: unpack it first$"):
        entries(written(tmp_path, bytes(locked)))


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(SetupError, match=r"^the list is not there: "):
        entries(tmp_path / "list")
    with pytest.raises(SetupError, match=r"^the list cannot be read: Is a directory$"):
        entries(tmp_path)


LINES = st.one_of(
    st.from_regex(r"\+?[0-9]{1,17}", fullmatch=True),
    st.from_regex(r"(\+1|1|\+44|0|\+49|)(212|900|800|242|20|7911)[ -]?[0-9]{6,8}", fullmatch=True),
    st.sampled_from(["", " ", "# x", "2125550123 # x", "(212) 555-0123", "12/05/2024", "x", "2125550123\r", "+", "é"]),
)


@settings(deadline=None)
@given(st.lists(LINES, max_size=30), st.sampled_from(["US", "GB", "DE", None]))
def test_blocks_read_as_each_line_is_read_alone(lines, region):
    pages = list(LineReader(region).pages(io.BytesIO("\n".join(lines).encode()), "the list"))
    reader = NumberReader(region)
    cells = {at: cell for at, line in enumerate(lines, 1) if (cell := line.partition("#")[0].strip())}
    entries = {at: read_entry(reader, cell) for at, cell in cells.items()}
    found = {(line, f"+{number}") for page in pages for line, number in zip(page.lines, page.numbers, strict=True)}
    bad = {line for page in pages for line, _ in page.bad}
    assert found == {(at, number) for at, entry in entries.items() for number in entry.numbers}
    assert bad == {at for at, entry in entries.items() if not entry.numbers and entry.code not in UNDIALLED}
    assert sum(page.read for page in pages) == len(cells)


@pytest.mark.parametrize(
    ("line", "region", "bound"),
    [
        ("491701234567", "DE", {"+491701234567", "+49491701234567"}),
        ("+491701234567", "DE", {"+491701234567"}),
        ("4915123456789", "DE", {"+4915123456789"}),
        ("447911123456", "US", {"+447911123456"}),
        ("1 212 555 0123 ext. 9", "US", {"+12125550123"}),
        ("212 555 0123 / 212 555 0124", "US", {"+12125550123", "+12125550124"}),
        ("212 555 0123/24", "US", {"+12125550123", "+12125550124"}),
        ("030 901820/21", "DE", {"+4930901820", "+4930901821"}),
        ("2125550123 John Smith", "US", {"+12125550123"}),
        ("DNC 2125550123", "US", {"+12125550123"}),
        ("2125550123.0", "US", {"+12125550123"}),
        ("011442079460123", "US", {"+442079460123"}),
    ],
)
@pytest.mark.parametrize("form", ["{}\n", "phone,name\n{},x\n"])
def test_a_line_binds_every_number_that_it_could_be(tmp_path, line, region, bound, form):
    assert bound <= {number for number, _ in places(written(tmp_path, form.format(line)), region)}


@pytest.mark.parametrize(
    "line",
    [
        *("202XXXXXXX", "202xxxxxxx", "202555xxxx", "(202) 555-XXXX", "202-XXX-XXXX", "+1202XXXXXXX", "202NXXXXXX"),
        *("202*", "202*******", "202-555-*", "2025550???", "20255501?3", "202%", "202555%", "202#######", "202_______"),
        *("202.....", "^202[0-9]{7}$", "202\\d{7}", "2025550100-0199", "2025550100-2025550199", "202-555-0100 - 0199"),
        *("2025550100 to 2025550199", "2025550100..0199", "2025550100:2025550199", "+12025550100-+12025550199"),
        *("2025550100 through 0199", "202555012x"),
    ],
)
@pytest.mark.parametrize("form", ["{}\n", "phone,name\n{},x\n"])
def test_a_block_of_numbers_is_refused_even_as_one_line_of_thousands(tmp_path, line, form):
    others = "".join(f"+1212555{at:04}{',' * form.count(',')}\n" for at in range(100, 2000))
    path = written(tmp_path, form.format(line) + others)
    with pytest.raises(SetupError, match=r"line [12]: .* stands for more numbers than one"):
        read_table(path, title="dnc.txt", region="US", wanted=None)


@pytest.mark.parametrize(
    "content",
    [
        "2125550123\r2125550124\r",
        "2125550123\r2125550124",
        "phone\r2125550123\r2125550124\r",
        "phone,name\r2125550123,a\r2125550124,b\r",
        "212,5550123\r212,5550124\r",
        "2125550123\r2125550124\n",
        "# ours\r2125550123\r\r2125550124\r",
    ],
)
def test_lines_may_end_as_old_macs_end_them(tmp_path, content):
    assert [number for number, _ in places(written(tmp_path, content))] == [NEW_YORK, "+12125550124"]


@pytest.mark.parametrize(
    "headings",
    [
        *(
            "Home Phone,Mobile Phone",
            "Phone,Alt Phone",
            "Number,Other Number",
            "Phone1,Phone2",
            "phone,Fax",
            "Telefon,Mobil",
        ),
        *(
            "Phone,Second number",
            "Mobile,Work",
            "phone,comment",
            "Primary phone,Emergency contact",
            "tel,Téléphone bureau",
        ),
    ],
)
def test_every_column_that_holds_numbers_binds(tmp_path, headings):
    rows = "".join(f"Ann,2125550{at},2125551{at}\n" for at in range(100, 110))
    found = {number for number, _ in places(written(tmp_path, f"Name,{headings}\n{rows}"))}
    assert found == {f"+12125550{at}" for at in range(100, 110)} | {f"+12125551{at}" for at in range(100, 110)}


def test_a_column_that_says_what_kind_of_number_it_is_holds_none(tmp_path):
    content = "phone,phone type,phone country code,added\n2125550123,mobile,1,2026-03-01\n"
    assert entries(written(tmp_path, content)) == {(NEW_YORK, "", 2): ("2026-03-01", "")}


def test_a_list_of_many_blocks_keeps_its_line_numbers(tmp_path):
    numbers = [f"+1212{number:07}" for number in range(2_000_000, 2_060_000)]
    content = "".join(f"{number}\n\n" for number in numbers)
    assert places(written(tmp_path, content)) == [(number, at * 2 + 1) for at, number in enumerate(numbers)]

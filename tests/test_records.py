"""Records of any list: no cell is altered, no row is lost, row numbers are right, and no file breaks the reader."""

from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.lists.records import open_records

SAMPLES = sorted(
    path
    for path in (Path(__file__).parent / "lists").rglob("*")
    if path.suffix not in {".xlsx", ".xls", ".ods", ".toml"} and path.is_file()
)

TOO_LARGE = "row {} has a cell of more than 1,048,576 characters"
MIDDLE = """in the middle of a cell, before '{}"': close it at the end of the cell, and double quotes within"""

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\x1f")
cells = st.text(characters, max_size=6) | st.text('a1 ,;\t|"\r\n', max_size=6)
tables = st.lists(st.lists(cells, max_size=5), min_size=1, max_size=8)
words = st.text("abcdefghäöüßéñ ", min_size=1, max_size=8).filter(str.strip)


def written(table, delimiter, ending, always_quoted=False):
    """Write a table as text, quoting a cell only where it must be unless all are."""

    def cell(text):
        if always_quoted or any(sign in text for sign in (delimiter, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text

    return "".join(delimiter.join(map(cell, row)) + ending for row in table)


@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    """Open a list from its content; `opened.path` is where it stands."""
    path = tmp_path_factory.mktemp("records") / "list.csv"

    def open_(content, **how):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_records(path, ListRules(**how))

    open_.path = path
    return open_


def rows(records, size=3):
    found = {}
    for numbers, page in records.pages(size):
        assert 0 < len(numbers) == len(page) <= size
        found |= dict(zip(numbers, page, strict=True))
    return found


def refusal(opened, content, **how):
    with pytest.raises(SetupError) as caught:
        rows(opened(content, **how))
    return str(caught.value).removeprefix(f"the list {opened.path} ")


@given(
    table=tables,
    delimiter=st.sampled_from(",;\t|^"),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    always_quoted=st.booleans(),
    size=st.integers(1, 9),
    packed=st.booleans(),
)
def test_no_cell_is_altered_no_row_lost_no_number_wrong(  # noqa: PLR0917 - each is a way files differ
    opened, table, delimiter, ending, encoding, always_quoted, size, packed
):
    content = written(table, delimiter, ending, always_quoted).encode(encoding)
    how = {"delimiter": delimiter, "encoding": encoding, "headings": ("any",)}
    assert rows(opened(gzip.compress(content) if packed else content, **how), size) == {
        number: row for number, row in enumerate(table, start=1) if any(row)
    }


@given(
    table=st.lists(st.lists(words, min_size=3, max_size=3), min_size=2, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    always_quoted=st.booleans(),
    blank=st.integers(0, 2),
)
def test_a_usual_list_is_read_without_being_told_how(  # noqa: PLR0917 - each is a way files differ
    opened, table, delimiter, ending, encoding, always_quoted, blank
):
    records = opened((ending * blank + written(table, delimiter, ending, always_quoted)).encode(encoding))
    assert records.headings == tuple(table[0])
    assert rows(records) == {number + blank: row for number, row in enumerate(table[1:], start=2)}


@given(content=st.binary(max_size=300) | st.text('a1;",\n\r\0é', max_size=80).map(str.encode))
def test_any_bytes_are_a_list_or_refused(opened, content):
    with suppress(SetupError):
        assert all(map(any, rows(opened(content)).values()))


@settings(max_examples=300)
@given(data=st.data(), path=st.sampled_from(SAMPLES))
def test_a_damaged_file_is_a_list_or_refused(opened, data, path):
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        match data.draw(st.sampled_from(["change", "cut out", "cut short", "repeat"])):
            case "change":
                content[at : at + 1] = data.draw(st.binary(max_size=2))
            case "cut out":
                del content[at : at + data.draw(st.integers(1, 9))]
            case "cut short":
                del content[at:]
            case "repeat":
                content[at:at] = content[: data.draw(st.integers(1, 99))]
    with suppress(SetupError):
        assert all(map(any, rows(opened(bytes(content))).values()))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', "a quote is opened on line 2 (row 2) and never closed"),
        ('a,b\n1,"x', "a quote is opened on line 2 (row 2) and never closed"),
        ('a,b\n"1\n","2\n\n",3\n\n4,"5\n', "a quote is opened on line 7 (row 4) and never closed"),
        ('sep=,\na,b\r\n1,"x\r\n', "a quote is opened on line 3 (row 2) and never closed"),
        ('a,b\r1,"x""\r2,"y"\r', f"a quote is opened on line 2 (row 2) and closed on line 3 {MIDDLE.format('y')}"),
        ('a,b\n1,"x"y"\n', f"a quote is opened on line 2 (row 2) and closed on line 2 {MIDDLE.format('y')}"),
        ("a,b\n1," + "x" * 1_100_000 + "\n", TOO_LARGE.format(2)),
        (
            'a,b\n1,x\n2,"' + "3,y\n" * 300_000,
            f"{TOO_LARGE.format(3)}: a quote is opened on line 3 (row 3) and, it seems, never closed",
        ),
    ],
    ids=range(8),
)
def test_where_a_file_stops_being_a_list_is_told(opened, content, sentence):
    assert refusal(opened, content) == f"is no list: {sentence}"


def test_what_stands_before_the_fault_is_read(opened):
    pages = opened('a,b\n1,x\n2,y\n3,"z\n').pages(2)
    assert next(pages) == ([2], [["1", "x"]])
    with pytest.raises(SetupError):
        next(pages)


@pytest.mark.parametrize("before", [(1 << 17) - 30 + shift for shift in range(0, 60, 3)])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_whole_wherever_a_block_ends(opened, before, ending):
    first = "x" * (before - 20)
    records = opened(f'phone,name{ending}1,{first}{ending}2,"a{ending}b"{ending}3,é{ending}{ending}4,c{ending}')
    assert rows(records) == {2: ["1", first], 3: ["2", f"a{ending}b"], 4: ["3", "é"], 6: ["4", "c"]}


@pytest.mark.parametrize(
    "cells",
    ["phone,name", "Ann,Walker", "Telefon,2025", "ref,2026-11-23", "mobile,2025550143", "id,12345", ",", "1,2,3"],
)
def test_a_first_row_that_may_be_headings_is_taken_for_them(opened, cells):
    content = cells + "\nname,2025550143\n"
    assert opened(content).headings == tuple(content.splitlines()[cells == ","].split(","))


@pytest.mark.parametrize("cells", ["Ann,2025550143", "+1 202 555 0143", "'0171 1234567;Ann", "a,(202) 555-0143,b"])
def test_a_first_row_that_is_a_contact_is_no_heading(opened, cells):
    assert "has no heading line: its first row is a contact" in refusal(opened, cells + "\n")
    assert list(rows(opened(cells + "\n", headings=("a",)))) == [1]


@pytest.mark.parametrize("content", ["\n", ",,\n,\n", "\ufeff"])
def test_a_list_of_nothing_has_no_heading_line(opened, content):
    assert refusal(opened, content) == "has no heading line"


def test_a_list_can_be_read_again_and_knows_how_far_it_is(opened):
    records = opened("phone,name\n" + "2025550143,Ann\n" * 5)
    assert records.size == opened.path.stat().st_size
    assert rows(records) == rows(records)
    assert records.content.bytes_read() == records.size


def test_words_beside_a_binary_sign_are_a_list(opened):
    assert opened("BMI,phone\n22,2025550143\n").headings == ("BMI", "phone")


@pytest.mark.parametrize("end", ["\x1a", "\r\n\x1a"])
def test_the_sign_that_dos_ends_a_file_with_is_no_row(opened, end):
    assert rows(opened(f"phone\r\n+12025550123{end}")) == {2: ["+12025550123"]}

"""Cells as they stand in the file: every row keeps its number, no cell is altered."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.errors import SetupError
from dialer.intake import table as table_module
from dialer.intake.table import open_table


@pytest.fixture
def table(tmp_path):
    """Open a list from its text or bytes."""
    path = tmp_path / "list.csv"

    def opened(content):
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_table(path)

    opened.path = path
    return opened


def rows(table):
    """Tell all rows of the right width, and all others, by row number."""
    fitting, misfits = {}, {}
    for chunk in table.chunks():
        fitting |= {row: tuple(cells) for row, *cells in chunk.frame.itertuples()}
        misfits |= chunk.misfits
    return fitting, misfits


def test_cells_stay_the_text_they_are(table):
    found = rows(table('phone,x\n+12025550101,NA\n0042,null\n1.21256E+10," a ""b"", c "\n,-1\n'))
    assert found == (
        {2: ("+12025550101", "NA"), 3: ("0042", "null"), 4: ("1.21256E+10", ' a "b", c '), 5: ("", "-1")},
        {},
    )


def test_rows_are_numbered_as_a_spreadsheet_does(table):
    found = rows(table('phone,x\n1,a\n\n2,"two\nlines"\n,\n3,c\n'))
    assert found == ({2: ("1", "a"), 4: ("2", "two\nlines"), 6: ("3", "c")}, {})


def test_rows_of_another_width_are_set_aside_alone(table):
    found = rows(table("phone,x\n1,a,extra\n2,b\n3\n4,d\n"))
    assert found == ({3: ("2", "b"), 5: ("4", "d")}, {2: ("1", "a", "extra"), 4: ("3",)})


def test_a_list_of_misfits_alone_is_read(table):
    assert rows(table("phone,x\n1\n2\n")) == ({}, {2: ("1",), 3: ("2",)})


def test_a_list_without_rows_has_none(table):
    assert list(table("phone,x\n").chunks()) == []


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_will_do(table, ending):
    assert rows(table(ending.join(["phone,x", "1,a", "2,b"]))) == ({2: ("1", "a"), 3: ("2", "b")}, {})


def test_a_byte_order_mark_is_no_part_of_the_heading(table):
    assert table(b"\xef\xbb\xbfphone,x\n1,a\n").headings == ("phone", "x")


def test_headings_are_kept_verbatim_even_twice(table):
    assert table(" Phone ,x,x,\n1,a,b,c\n").headings == (" Phone ", "x", "x", "")


def test_the_digest_is_of_the_bytes(table):
    content = b"phone\r\n1\r\n"
    assert table(content).digest == hashlib.sha256(content).hexdigest()


def test_a_long_list_comes_in_chunks(table):
    size = table_module._CHUNK
    opened = table("phone\n" + "1\n" * (size + 5))
    assert [len(chunk.frame) for chunk in opened.chunks()] == [size, 5]
    assert [len(chunk.frame) for chunk in opened.chunks()] == [size, 5]
    assert list(rows(opened)[0]) == list(range(2, size + 7))


@pytest.mark.parametrize("content", ["", "\n", ",,\n1,2,3\n", "\n\nphone\n1\n"])
def test_a_list_without_a_heading_line_is_refused(table, content):
    with pytest.raises(SetupError) as caught:
        table(content)
    assert caught.value.complaints == (f"the list {table.path} has no heading line",)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('phone,x\n1,"a"b\n', "is no CSV near line 2: ',' expected after '\"'"),
        ('phone,x\n1,"never closed\n', "is no CSV near line 2: unexpected end of data"),
        ("phone\n" + "1" * 200_000, "is no CSV near line 2: field larger than field limit (131072)"),
        (b"phone,x\n1,Gr\xfc\xdfe\n", "is not UTF-8 text: save it as CSV UTF-8"),
    ],
)
def test_a_list_that_stops_being_a_csv_says_where(table, content, complaint):
    with pytest.raises(SetupError) as caught:
        rows(table(content))
    assert caught.value.complaints == (f"the list {table.path} {complaint}",)


def test_a_heading_that_is_no_text_is_refused(table):
    with pytest.raises(SetupError, match="is not UTF-8 text"):
        table("phone\n1\n".encode("utf-16"))


@pytest.mark.parametrize(("name", "why"), [("none.csv", "No such file or directory"), ("", "Is a directory")])
def test_a_list_that_cannot_be_read_is_named(tmp_path, name, why):
    with pytest.raises(SetupError) as caught:
        open_table(tmp_path / name)
    assert caught.value.complaints == (f"the list {tmp_path / name} cannot be read: {why}",)


@given(content=st.binary(max_size=200) | st.text('a1",\n\r\0é', max_size=80).map(str.encode))
def test_any_file_is_a_list_or_a_setup_error(content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        opened = open_table(path)
        fitting, misfits = rows(opened)
    except SetupError:
        return
    assert {len(cells) for cells in fitting.values()} <= {len(opened.headings)}
    assert fitting.keys() & misfits.keys() == set()

"""Rows under their headings: which fit, which do not, and none of them altered or lost."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.lists import records as records_module
from dialer.lists.records import open_records


@pytest.fixture
def table(tmp_path):
    """Open a list from its text or bytes."""
    path = tmp_path / "list.csv"

    def opened(content, rules=None):
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_records(path, rules)

    return opened


def rows(table):
    """Tell all rows of the right width, and all others, by row number."""
    fitting, misfits = {}, {}
    for chunk in table.chunks():
        for position, row in enumerate(chunk.rows):
            (misfits if position in chunk.misfits else fitting)[row] = tuple(chunk.own(position))
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


def test_empty_cells_beyond_the_headings_are_cut_off(table):
    found = rows(table("phone,x\n1,a,,\n2,b,,c\n3,d, \n"))
    assert found == ({2: ("1", "a")}, {3: ("2", "b", "", "c"), 4: ("3", "d", " ")})


def test_cells_missing_under_empty_headings_are_empty(table):
    found = rows(table("phone,,x,, \n1,,a\n2,,b,c\n3,\n4,,d,e,f\n"))
    assert found == (
        {2: ("1", "", "a", "", ""), 3: ("2", "", "b", "c", ""), 5: ("4", "", "d", "e", "f")},
        {4: ("3", "")},
    )


def test_a_list_without_rows_has_none(table):
    assert list(table("phone,x\n").chunks()) == []


def test_headings_are_kept_verbatim_even_twice(table):
    assert table(" Phone ,x,x,\n1,a,b,c\n").headings == (" Phone ", "x", "x", "")


def test_what_the_campaign_says_of_a_list_is_not_found_out(table):
    rules = ListRules(encoding="cp1252", delimiter="|", headings=("phone", "name"))
    opened = table(b"1,2|Zo\xeb\n", rules)
    assert (opened.headings, rows(opened)) == (("phone", "name"), ({1: ("1,2", "Zoë")}, {}))


def test_the_digest_is_of_the_bytes(table):
    content = b"phone\r\n1\r\n"
    assert table(content).digest == hashlib.sha256(content).hexdigest()


def test_a_long_list_comes_in_chunks(table):
    size = records_module._MOST_ROWS
    opened = table("phone\n" + "1\n" * (size + 5))
    for _ in range(2):
        assert sum(len(chunk.rows) for chunk in opened.chunks()) == size + 5
        assert max(len(chunk.rows) for chunk in opened.chunks()) <= size
    assert list(rows(opened)[0]) == list(range(2, size + 7))
    *_, last = opened.chunks()
    assert last.bytes_read == opened.size


def test_a_wide_list_comes_in_smaller_chunks(table):
    width = records_module._MOST_CELLS // 10
    opened = table(",".join(["phone", *"x" * (width - 1)]) + ("\n1" + ",2" * (width - 1)) * 25)
    assert max(len(chunk.rows) for chunk in opened.chunks()) <= 10


@pytest.mark.parametrize(
    "odd",
    [
        "",
        ",",
        "8",
        "8,b,c",
        '8,"b"',
        '8,"two\nlines"',
        '8,a "quoted" word',
        '8,"a ""b"", c"',
        "8,half\rof a line end",
        '8,"' + "long, " * 50_000 + '"',
    ],
    ids=lambda odd: odd[:20],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_odd_row_leaves_the_others_as_they_are(table, odd, end):
    many = [f"{row},{'x' * 30}" for row in range(5_000)]
    text = end.join(["phone,x", *many, odd, *many, odd, ""])
    expected = {
        row: tuple(cells) for row, cells in enumerate(csv.reader(io.StringIO(text, newline="")), 1) if any(cells)
    }
    del expected[1]
    fitting, misfits = rows(table(text))
    assert fitting | misfits == expected
    assert {len(cells) for cells in fitting.values()} == {2}


@pytest.mark.parametrize("read", [lambda opened: opened.prove_readable(), rows])
def test_a_list_that_stops_being_one_says_so(table, read):
    opened = table('phone,x\n1,a\n2,"never closed\n')
    with pytest.raises(SetupError):
        read(opened)


@given(content=st.binary(max_size=200) | st.text('a1",;\n\r\0é', max_size=80).map(str.encode))
def test_any_file_is_a_list_or_a_setup_error(content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        opened = open_records(path)
        fitting, misfits = rows(opened)
    except SetupError:
        return
    assert {len(cells) for cells in fitting.values()} <= {len(opened.headings)}
    assert fitting.keys() & misfits.keys() == set()

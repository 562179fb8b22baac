"""The results CSV, to the byte: the list's own columns, then what became of each row."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.call import Outcome
from dialer.domain.problem import Problem
from dialer.domain.row_parameters import Contract
from dialer.domain.run import Result
from dialer.errors import SetupError, StoppedError
from dialer.lists.chunk import make_chunk
from dialer.lists.records import open_records
from dialer.lists.screened import ScreenedChunk, own_columns
from dialer.reports import workbook_file
from dialer.reports.results import (
    HEADINGS,
    check_writable,
    harmless,
    replacing,
    write_checked,
    write_results,
)

OURS = "row,number,outcome,callId,status,error,attempts,called_at"
AT = datetime(2026, 3, 2, 15, 0, 0, 123456, tzinfo=UTC)


def a_result(row=2, cells=("+12025550101",), **more):
    return Result(**{"row": row, "cells": cells, "number": "", "outcome": Outcome.PENDING} | more)


WRONG = st.sampled_from([Problem("row-width", "odd"), Problem("duplicate", "=row 2", "a,b", '"x"\n')])
CELLS = st.text("a1é, ;\"'=\t\0") | st.sampled_from(["", "\n", "\r", "\r\n", "ab", "'", "+1 202"])
ROWS = st.lists(
    st.tuples(st.lists(CELLS, min_size=1, max_size=4), st.none() | WRONG, st.booleans()), min_size=1, max_size=6
)


def a_chunk(rows, *, start, width):
    """Screen rows, each its cells, what is wrong with it and whether that is only a warning."""
    rows = [
        ([*cells, *[""] * width][:width] if not wrong or warned else cells, wrong, warned)
        for cells, wrong, warned in rows
    ]
    headings = ("a", "b", "c")[:width]
    return ScreenedChunk(
        chunk=make_chunk(headings, range(start, start + len(rows)), [cells for cells, *_ in rows]),
        numbers=[None if wrong and not warned else "+12025550101" for _, wrong, warned in rows],
        problems={at: (wrong,) for at, (_, wrong, warned) in enumerate(rows) if wrong and not warned},
        warnings={at: wrong for at, (_, wrong, warned) in enumerate(rows) if wrong and warned},
        contract=Contract(None, headings, phone=0),
    )


def results_of(chunks):
    for found in chunks:
        for at, row in enumerate(found.rows):
            cells, number = found.chunk.own(at), found.numbers[at] or ""
            yield a_result(row, cells, number=number, outcome=found.outcome(at), error=found.error(at))


@pytest.fixture
def written(tmp_path):
    """Write results and tell the bytes of the file."""
    path = tmp_path / "list.results.csv"

    def write(headings, results):
        count = write_results(path, headings, results)
        return count, path.read_bytes()

    return write


def test_the_results_are_these_bytes(written):
    results = [
        a_result(
            cells=("+1 202 555 0101", "Zoë, 李"),
            number="+12025550101",
            outcome=Outcome.PLACED,
            call_id="c-1",
            status="queued",
            attempts=1,
            called_at=AT,
        ),
        a_result(row=3, cells=("", 'a "b"\n'), outcome=Outcome.INVALID, error="phone: there is no number"),
    ]
    assert written(("phone", "name"), results) == (
        2,
        (
            f"\ufeffphone,name,{OURS}\r\n"
            '+1 202 555 0101,"Zoë, 李",2,+12025550101,placed,c-1,queued,,1,2026-03-02T15:00:00.123Z\r\n'
            ',"a ""b""\n",3,,invalid,,,phone: there is no number,0,\r\n'
        ).encode(),
    )


def test_a_list_without_rows_has_a_heading_all_the_same(written):
    assert written(("phone",), []) == (0, f"\ufeffphone,{OURS}\r\n".encode())


def test_own_cells_stay_verbatim_whatever_they_look_like(written):
    cells = ("=1+1", "-1", "@x", " a ", "NA", "0042", "tab\there", "two\r\nlines", "\0", "")
    headings = tuple("abcdefghij")
    _, content = written(headings, [a_result(cells=cells)])
    _, row = csv.reader(io.StringIO(content.decode(), newline=""))
    assert row == [*cells, "2", "", "pending", "", "", "", "0", ""]


@pytest.mark.parametrize(
    ("cells", "shown"), [(("1",), ["1", "", ""]), ((), ["", "", ""]), (("1", "2", "3", "4"), ["1", "2", "3"])]
)
def test_a_row_of_another_width_keeps_to_the_columns(written, cells, shown):
    _, content = written(("a", "b", "c"), [a_result(cells=cells)])
    _, row = csv.reader(io.StringIO(content.decode(), newline=""))
    assert row == [*shown, "2", "", "pending", "", "", "", "0", ""]


def test_a_time_is_told_in_utc(written):
    there = AT.astimezone(timezone(timedelta(hours=-5)))
    _, content = written(("a",), [a_result(called_at=there)])
    assert content.endswith(b",2026-03-02T15:00:00.123Z\r\n")


@pytest.mark.parametrize(
    ("headings", "kept"),
    [
        (("phone", "name"), ["phone", "name"]),
        (("row", "Row", " row"), ["input_row", "Row", " row"]),
        (HEADINGS, [f"input_{name}" for name in HEADINGS]),
        (("status", "input_status"), ["input_input_status", "input_status"]),
        (("input_error", "error"), ["input_error", "input_input_error"]),
        (("", "x", "x"), ["", "x", "x"]),
    ],
)
def test_a_heading_like_one_of_ours_is_kept_as_input(headings, kept):
    assert own_columns(headings, HEADINGS) == kept


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("c-1", "c-1"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "' =1"),
        ("\r\n=1", "'  =1"),
        ("\u200b=1", "' =1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("two\nlines", "two lines"),
        ("\ud800", " "),
    ],
)
def test_foreign_text_is_no_formula_and_one_line(text, shown):
    assert harmless(text) == shown


@given(st.text(st.characters()))
def test_no_foreign_text_begins_a_formula(text):
    shown = harmless(text)
    assert shown.isprintable()
    assert not shown.strip().startswith(("=", "+", "-", "@"))


def test_foreign_words_are_made_harmless_in_the_file(written):
    result = a_result(call_id="=1", status="@x", error="-1\nmore")
    assert written(("a",), [result])[1].endswith(b",pending,'=1,'@x,'-1 more,0,\r\n")


@given(st.lists(ROWS, max_size=3), st.integers(1, 3))
def test_a_checked_list_is_written_as_results_are(tmp_path_factory, pages, width):
    chunks = [a_chunk(rows, start=number * 10, width=width) for number, rows in enumerate(pages)]
    quick, plain = (tmp_path_factory.getbasetemp() / name for name in ("quick.csv", "plain.csv"))
    headings = ("a", "row", "c,d")[:width]
    assert write_checked(quick, headings, chunks) == write_results(plain, headings, results_of(chunks))
    assert quick.read_bytes() == plain.read_bytes()


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_results_are_written_as_the_csv_module_writes_them(tmp_path_factory, rows):
    path, plain = tmp_path_factory.getbasetemp() / "results.csv", io.StringIO(newline="")
    write_results(path, ("a", "b"), [a_result(at, own, error=said) for at, (*own, said) in enumerate(rows)])
    lines = [[*own, at, "", "pending", "", "", harmless(said), 0, ""] for at, (*own, said) in enumerate(rows)]
    csv.writer(plain).writerows([["a", "b", *OURS.split(",")], *lines])
    assert path.read_bytes() == f"\ufeff{plain.getvalue()}".encode()


def test_a_short_row_does_not_hide_a_comma_in_another(tmp_path):
    chunk = a_chunk([(["1"], Problem("row-width", "short"), False), (["2", "a,b"], None, False)], start=2, width=2)
    write_checked(tmp_path / "quick.csv", ("a", "b"), [chunk])
    write_results(tmp_path / "plain.csv", ("a", "b"), results_of([chunk]))
    assert (tmp_path / "quick.csv").read_text() == (tmp_path / "plain.csv").read_text()


def test_a_checked_list_is_written_whole_or_not_at_all(tmp_path):
    def broken():
        yield a_chunk([(["1"], None, False)], start=2, width=1)
        raise SetupError("the list is no list")

    with pytest.raises(SetupError):
        write_checked(tmp_path / "checked.csv", ("phone",), broken())
    assert list(tmp_path.iterdir()) == []


def test_results_are_for_the_owner_alone(written, tmp_path):
    written(("phone",), [])
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("list.results.csv", 0o600)]


def test_results_are_written_whole_or_not_at_all(written, tmp_path):
    def broken():
        yield a_result()
        raise KeyboardInterrupt

    written(("phone",), [a_result()])
    before = (tmp_path / "list.results.csv").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        written(("phone",), broken())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("list.results.csv", before)]


def test_nothing_is_in_its_place_before_the_end(tmp_path):
    path = tmp_path / "page.html"
    with replacing(path) as file:
        file.write("half")
        assert not path.exists()
    assert path.read_text() == "half"


def test_a_disk_that_refuses_leaves_the_report_for_later(tmp_path):
    with pytest.raises(StoppedError) as caught:
        write_results(tmp_path / "gone" / "list.csv", ("phone",), [])
    assert str(caught.value) == f"results cannot be written to {tmp_path}/gone/list.csv: No such file or directory"


def test_a_name_may_be_as_long_as_the_folder_allows(tmp_path):
    path = tmp_path / ("x" * 251 + ".csv")
    write_results(path, ("phone",), [])
    assert path.exists()


def test_a_place_that_can_be_written_is_no_complaint(tmp_path):
    check_writable(tmp_path / "new.csv")
    (tmp_path / "old.csv").touch()
    check_writable(tmp_path / "old.csv")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("none/list.csv", "there is no such folder"),
        ("file/list.csv", "there is no such folder"),
        ("folder", "it is not a file"),
        ("/dev/null", "it is not a file"),
    ],
)
def test_results_that_cannot_be_written_are_told_before(tmp_path, path, why):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SetupError) as caught:
        check_writable(tmp_path / path)
    assert caught.value.complaints == (f"results cannot be written to {tmp_path / path}: {why}",)


def test_what_a_process_left_that_died_while_it_wrote_is_taken_away(tmp_path):
    path = tmp_path / "list.results.csv"
    with suppress(RuntimeError), replacing(path) as file:
        file.write("half a")
        (part,) = tmp_path.glob(".results.*.part")
        left = part.with_name(part.name.replace(".part", "x.part"))
        left.write_text("half a row")
        other = tmp_path / ".results.0123456789ab.other.part"
        other.write_text("of another file")
        with replacing(path) as second:
            second.write("whole")
        assert (part.exists(), left.exists(), path.read_text()) == (True, False, "whole")
        raise RuntimeError

    assert sorted(found.name for found in tmp_path.iterdir()) == [other.name, path.name]


def read_workbook(path):
    """Give the rows of a workbook as a list's reader sees them."""
    records = open_records(path)
    return [list(records.headings), *(cells for _, page in records.pages(100) for cells in page)]


def test_results_named_xlsx_are_a_workbook_of_texts(tmp_path):
    cells = ("+12025550101", "003000013", "=1+1", "http://a.example", "two\r\nlines", "")
    result = a_result(cells=cells, number="+12025550101", outcome=Outcome.PLACED, call_id="c-1", attempts=1)
    path = tmp_path / "results.xlsx"
    assert write_results(path, tuple("abcdef"), [result]) == 1
    assert zipfile.is_zipfile(path)
    headings, row = read_workbook(path)
    assert headings == [*"abcdef", *OURS.split(",")]
    assert row == [*cells, "2", "+12025550101", "placed", "c-1", "", "", "1", ""]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("cells", "said"),
    [(("x" * 32_768,), "32,767 characters"), (("x",) * 16_384, "16,384 columns")],
    ids=["a long cell", "too many columns"],
)
def test_what_a_sheet_cannot_hold_is_refused_and_nothing_is_left(tmp_path, cells, said):
    with pytest.raises(StoppedError, match=said):
        write_results(tmp_path / "results.xlsx", tuple(f"h{at}" for at in range(len(cells))), [a_result(cells=cells)])
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook_file, "MOST_ROWS", 3)
    results = [a_result(row=row, cells=("x",)) for row in range(2, 6)]
    with pytest.raises(StoppedError, match="a sheet holds 3 rows at the most, and there are more"):
        write_results(tmp_path / "results.xlsx", ("a",), results)
    assert list(tmp_path.iterdir()) == []

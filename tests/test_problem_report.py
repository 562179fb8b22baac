"""The report of what is wrong with a list: grouped by kind, bounded, plain; and the bad rows as a CSV to mend."""

from __future__ import annotations

import csv
import stat
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.call import Outcome
from dialer.domain.problem import LIST_RULES, Problem, by_code, error, refusal, warning
from dialer.domain.row_parameters import Contract
from dialer.errors import Exit, SetupError
from dialer.lists.chunk import make_chunk
from dialer.lists.screened import ScreenedChunk
from dialer.reports.check_report import CheckReport
from dialer.reports.problems import ProblemTally, bad_rows

HEADINGS = ("phone", "due")
RULES = by_code(
    error("late", "this is too late", "write an earlier day"),
    error("missing", "there is no number", "fill the cell in"),
    *LIST_RULES.values(),
)


def a_chunk(problems, *, warnings=None, cells=None, count=10, headings=HEADINGS):
    """Screen rows whose first row is row 2."""
    given = cells or {}
    cells = [given.get(at, ["+12025550101", "2026-12-01"]) for at in range(count)]
    return ScreenedChunk(
        chunk=make_chunk(headings, range(2, count + 2), cells),
        numbers=[None if at in problems else "+12025550101" for at in range(count)],
        problems=problems,
        warnings=warnings or {},
        contract=Contract(None, headings, phone=0),
    )


def findings(*chunks):
    found = ProblemTally(RULES)
    for chunk in chunks:
        found.look_at(chunk)
    return found


def a_report(found, **changes):
    known = {
        "run": None,
        "campaign": "spring",
        "rows": 10,
        "outcomes": {Outcome.READY: 7, Outcome.INVALID: 3},
        "results": None,
        "seconds": 0.1,
        "exit_code": Exit.PROBLEMS,
        "notes": ("numbers are read from the column 'phone'",),
        "errors": found.groups("error"),
        "warnings": found.groups("warning"),
    }
    return CheckReport(**known | changes)


LATE = Problem("late", "is after 2026-12-31", "due", "2027-01-01")
MISSING = Problem("missing", "there is no number: fill the cell in", "phone", "")


def test_problems_are_grouped_by_kind_the_most_frequent_first():
    found = findings(a_chunk({0: (LATE,), 1: (MISSING, LATE)}), a_chunk({3: (LATE,), 5: (LATE,)}))

    assert [(group.rule.code, group.count, len(group.examples)) for group in found.groups("error")] == [
        ("late", 4, 3),
        ("missing", 1, 1),
    ]


def test_the_report_is_plain_and_tells_what_to_do():
    wide = Problem("row-width", "3 cells under 2 headings; too many: 'x'")
    warned = {9: Problem("unlisted", "looks odd", "phone", "+1")}
    sheet = a_chunk({0: (LATE,), 1: (MISSING, LATE), 2: (LATE,), 3: (LATE,), 7: (wide,)}, warnings=warned)

    assert a_report(findings(sheet)).as_text().splitlines() == [
        "check of spring: 7 of 10 people can be called now",
        "",
        "Faults, the most frequent first. Not dialled until they are mended:",
        "",
        "  4  late: this is too late",
        "     -> write an earlier day",
        "        row 2  due  '2027-01-01'  is after 2026-12-31",
        "        row 3  due  '2027-01-01'  is after 2026-12-31",
        "        row 4  due  '2027-01-01'  is after 2026-12-31",
        "        ... and 1 more",
        "",
        "  1  missing: there is no number",
        "     -> fill the cell in",
        "        row 3  phone  (empty)",
        "",
        "  1  row-width: the row has more or fewer cells than the list has columns",
        "     -> look for a comma or quote that does not belong, or a cell that is missing",
        "        row 9  3 cells under 2 headings; too many: 'x'",
        "",
        "Warnings. These rows are dialled all the same:",
        "",
        "  1  unlisted: looks odd",
        "        row 11  phone  '+1'",
        "",
        "       ready          7",
        "     invalid          3",
        "              ---------",
        "        rows         10",
        "",
        "numbers are read from the column 'phone'",
    ]


SECTIONED = by_code(
    error("late", "this is too late", "write an earlier day"),
    error("nowhere", "nobody knows where", "say --where", section="settings"),
    refusal("asleep", "the person sleeps", "wait"),
    warning("odd", "this looks odd", "look again"),
    warning("guessed", "this was guessed", "say it", section="settings"),
)


def sections_of(counts, *, rows):
    """Name the codes in the order they are told, for so many rows of each."""
    codes = [code for code, count in counts.items() for _ in range(count)]
    errors = {at: (Problem(code, ""),) for at, code in enumerate(codes) if SECTIONED[code].severity == "error"}
    warnings = {at: Problem(code, "") for at, code in enumerate(codes) if SECTIONED[code].severity == "warning"}
    found = ProblemTally(SECTIONED)
    found.look_at(a_chunk(errors, warnings=warnings, count=rows))
    lines = a_report(found, rows=rows).as_text().splitlines()
    told = [
        line for line in lines if line.split()[:1] and line.split()[0] in {"Faults,", "Settings.", "Not", "Warnings."}
    ]
    codes_told = [
        line.split()[1].rstrip(":") for line in lines if line[:1] == " " and ": " in line and "->" not in line
    ]
    return [line.split()[0] for line in told], codes_told


def test_faults_come_first_then_settings_then_who_is_not_rung_then_warnings():
    counts = {"odd": 9, "asleep": 50, "nowhere": 8, "late": 1, "guessed": 2}
    assert sections_of(counts, rows=100) == (
        ["Faults,", "Settings.", "Not", "Warnings."],
        ["late", "nowhere", "guessed", "asleep", "odd"],
    )


def test_a_setting_that_would_cure_most_of_the_list_comes_first():
    assert sections_of({"late": 10, "nowhere": 50}, rows=100) == (["Settings.", "Faults,"], ["nowhere", "late"])
    assert sections_of({"late": 10, "nowhere": 49}, rows=100) == (["Faults,", "Settings."], ["late", "nowhere"])


def test_what_the_list_as_a_whole_has_lost_stands_among_the_warnings():
    lines = a_report(findings(a_chunk({})), list_warnings=("the last cell is cut off",)).as_text().splitlines()
    at = lines.index("Warnings. These rows are dialled all the same:")
    assert lines[at + 1 : at + 3] == ["", "  the list: the last cell is cut off"]


def test_a_warning_that_a_campaign_refuses_is_a_fault():
    found = ProblemTally(SECTIONED)
    found.look_at(a_chunk({0: (Problem("odd", ""),)}))
    assert [group.section for group in found.groups("error")] == ["faults"]


def test_a_clean_list_is_told_without_a_word_of_problems():
    report = a_report(findings(a_chunk({})), rows=1, outcomes={Outcome.READY: 1}, notes=())
    assert report.as_text().splitlines() == [
        "check of spring: 1 of 1 person can be called now",
        "",
        "       ready          1",
        "              ---------",
        "        rows          1",
    ]


def test_a_kind_that_stands_in_many_columns_counts_them():
    sheet = a_chunk({at: (Problem("late", "x", f"column {at % 7}", "y"),) for at in range(8)})
    (group,) = findings(sheet).groups("error")
    assert group.as_lines(3)[2:3] == [
        "        by column: column 0 2, column 1 1, column 2 1, column 3 1, column 4 1, ...",
    ]


@given(
    column=st.text(max_size=60),
    value=st.text(max_size=300),
    message=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20).map(lambda word: f"is {word}"),
)
def test_whatever_stands_in_a_cell_the_report_is_printable(column, value, message):
    (group,) = findings(a_chunk({0: (Problem("late", message, column, value),)})).groups("error")
    lines = group.as_lines(3)
    assert all(line.isprintable() for line in lines), lines


def test_what_is_kept_does_not_grow_with_the_list():
    found = ProblemTally(RULES)
    for _ in range(1000):
        found.look_at(a_chunk(dict.fromkeys(range(10), (LATE,))))
    (group,) = found.groups("error")
    assert (group.count, len(group.examples)) == (10_000, 3)


def test_a_group_is_told_as_json_with_its_first_cells():
    (group,) = findings(a_chunk({0: (Problem("late", "is late", "due", "9" * 900),)})).groups("error")
    assert group.as_json() == {
        "code": "late",
        "severity": "error",
        "section": "faults",
        "count": 1,
        "says": "this is too late",
        "do": "write an earlier day",
        "columns": {"due": 1},
        "examples": [{"row": 2, "column": "due", "value": "9" * 200, "message": "is late"}],
    }


# The bad rows


def written(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_only_the_bad_rows_are_written_with_row_codes_and_reasons(tmp_path):
    cells = {1: ["", " 2027-01-01 "], 4: ['a"\n,b', "=1+1"]}
    with bad_rows(tmp_path / "bad.csv", HEADINGS) as take:
        take(a_chunk({4: (LATE,), 1: (MISSING, LATE)}, cells=cells))
        take(a_chunk({0: (Problem("duplicate", "the same number as row 2", "=phone", "1"),)}))

    assert written(tmp_path / "bad.csv") == [
        ["phone", "due", "dialer_row", "dialer_codes", "dialer_problems"],
        [
            *("", " 2027-01-01 ", "3", "missing late"),
            "phone: there is no number: fill the cell in; due: '2027-01-01' is after 2026-12-31",
        ],
        ['a"\n,b', "=1+1", "6", "late", "due: '2027-01-01' is after 2026-12-31"],
        ["+12025550101", "2026-12-01", "2", "duplicate", "'=phone: '1' the same number as row 2"],
    ]


def test_a_row_of_the_wrong_width_keeps_every_cell_and_its_place(tmp_path):
    width = (Problem("row-width", "what"),)
    with bad_rows(tmp_path / "bad.csv", HEADINGS) as take:
        take(a_chunk({0: width, 1: width}, cells={0: ["1"], 1: ["1", "2", "3", "4"]}))

    assert written(tmp_path / "bad.csv")[1:] == [
        ["1", "", "2", "row-width", "what"],
        ["1", "2", "3", "row-width", "what", "3", "4"],
    ]


def test_a_second_file_of_bad_rows_has_its_remarks_once(tmp_path):
    headings = ("phone", "dialer_row", "dialer_codes", "dialer_problems")
    cells = {0: ["1", "77", "late", "old"]}
    with bad_rows(tmp_path / "bad.csv", headings) as take:
        take(a_chunk({0: (LATE,)}, cells=cells, headings=headings))

    assert written(tmp_path / "bad.csv") == [
        ["phone", "dialer_row", "dialer_codes", "dialer_problems"],
        ["1", "2", "late", "due: '2027-01-01' is after 2026-12-31"],
    ]


def test_the_bad_rows_are_for_their_owner_and_for_excel(tmp_path):
    with bad_rows(tmp_path / "bad.csv", HEADINGS):
        pass
    assert stat.S_IMODE((tmp_path / "bad.csv").stat().st_mode) == 0o600
    assert (tmp_path / "bad.csv").read_bytes() == b"\xef\xbb\xbfphone,due,dialer_row,dialer_codes,dialer_problems\r\n"


def test_bad_rows_are_written_whole_or_not_at_all(tmp_path):
    (tmp_path / "bad.csv").write_text("before")
    with suppress(KeyboardInterrupt), bad_rows(tmp_path / "bad.csv", HEADINGS) as take:
        take(a_chunk({0: (LATE,)}))
        raise KeyboardInterrupt
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("bad.csv", "before")]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    with (
        pytest.raises(SetupError, match="the bad rows cannot be written to"),
        bad_rows(tmp_path / "no" / "b", HEADINGS),
    ):
        pass

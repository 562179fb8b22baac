"""`dialer check`: what is wrong with a list, told to the person who made it, and the bad rows to mend."""

from __future__ import annotations

import csv
import fcntl
import os
import pty
import select
import struct
import termios

import pytest

pytest_plugins = ("commands",)

CAMPAIGN = """
name = "spring"
[list]
region = "US"
[parameters]
name = { column = "name", required = true, max_length = 10 }
due = { column = "due", type = "date" }
[pace]
calls_per_second = 0.5
"""
HEADINGS = ("phone", "name", "due")
GOOD = ("+1 202 555 0101", "Ann", "2026-12-01")
ROWS = [
    GOOD,
    ("+1 202 555 0102", "", "31/12/2026"),
    ("1.21256E+10", "Bob", "2026-12-01"),
    ("(202) 555-0101", "Ann again", "2026-12-01"),
    ("+1 202 555 0103", "Cy", "2026-12-01", "one too many"),
    ("", "Dee", "tomorrow"),
    ("+1 202 555 0104", "Eve", ""),
]
COUNTS = {"ready": 2, "invalid": 4, "duplicate": 1}


@pytest.fixture
def checked(dialer):
    """Give the command line beside a list with something wrong in most of its rows."""
    dialer.write_list(ROWS, headings=HEADINGS)
    dialer.write_campaign(CAMPAIGN)
    return dialer


def check(dialer, *words, code=1):
    return dialer.here("check", "list.csv", "-c", "campaign.toml", *words, code=code)


def test_the_report_groups_what_is_wrong_and_says_what_to_do(checked):
    assert check(checked).out.splitlines() == [
        "check of spring: 2 of 7 people can be called now",
        "",
        "Faults, the most frequent first. Not dialled until they are mended:",
        "",
        "  2  parameter-date: this is not a date written YYYY-MM-DD",
        "     -> write year, month and day, such as 2026-12-31",
        "        row 3  due  '31/12/2026'",
        "        row 7  due  'tomorrow'",
        "",
        "  1  duplicate: the number stands in another row of this list, and nobody is rung twice",
        "     -> take one of the rows out",
        "        row 5  phone  '(202) 555-0101'  the same number as row 2",
        "",
        "  1  number-missing: there is no number",
        "     -> fill the cell in, or take the row out",
        "        row 7  phone  (empty)",
        "",
        "  1  number-scientific: a spreadsheet has shortened the number (1.2E+10), and its last digits may be lost",
        "     -> format the column as text, fill the numbers in again and export again",
        "        row 4  phone  '1.21256E+10'",
        "",
        "  1  parameter-missing: the cell is required and empty",
        "     -> fill the cell in",
        "        row 3  name  (empty)",
        "",
        "  1  row-width: the row has more or fewer cells than the list has columns",
        "     -> look for a comma or quote that does not belong, or a cell that is missing",
        "        row 6  4 cells under 3 headings; too many: 'one too many'",
        "",
        "       ready          2",
        "     invalid          4",
        "   duplicate          1",
        "              ---------",
        "        rows          7",
        "",
        "numbers are read from the column 'phone'",
        "numbers without + are read as numbers of US",
        "a run would take 4 s for 2 calls at 0.5 a second",
        "calling hours are not enforced: a provider that rings nobody",
        "list: list.csv",
    ]


def test_the_json_has_all_of_the_report(checked):
    told = check(checked, "--json", "--problems", "bad.csv").json

    assert {key: told[key] for key in ("run", "campaign", "rows", "outcomes", "results", "exit_code")} == {
        "run": None,
        "campaign": "spring",
        "rows": 7,
        "outcomes": COUNTS,
        "results": None,
        "exit_code": 1,
    }
    assert {key: told[key] for key in ("expected_seconds", "phone_column", "list_warnings", "problems_file")} == {
        "expected_seconds": 4.0,
        "phone_column": "phone",
        "list_warnings": [],
        "problems_file": str(checked.home / "bad.csv"),
    }
    assert told["problems"][0] == {
        "code": "parameter-date",
        "severity": "error",
        "section": "faults",
        "count": 2,
        "says": "this is not a date written YYYY-MM-DD",
        "do": "write year, month and day, such as 2026-12-31",
        "columns": {"due": 2},
        "examples": [
            {"row": 3, "column": "due", "value": "31/12/2026", "message": "is not a date written YYYY-MM-DD"},
            {"row": 7, "column": "due", "value": "tomorrow", "message": "is not a date written YYYY-MM-DD"},
        ],
    }


def test_warnings_come_after_the_errors(dialer):
    numbers = ["+44 7700 900123", "+44 7700 900124", "nobody"]
    dialer.write_list([number] for number in numbers)

    told = dialer.here("check", "list.csv", "--json", code=1).json["problems"]
    assert [(group["code"], group["severity"], group["count"]) for group in told] == [
        ("number-unreadable", "error", 1),
        ("number-unassigned", "warning", 2),
    ]


CODES = [
    ([GOOD], 0),
    ([GOOD, GOOD], 0),
    ([GOOD, ("x", "Ann", "")], 1),
    ([GOOD[:2]], 1),
    ([], 0),
]


@pytest.mark.parametrize(("rows", "code"), CODES)
def test_only_an_invalid_row_ends_a_check_with_1(dialer, rows, code):
    dialer.write_list(rows, headings=HEADINGS)
    dialer.write_campaign(CAMPAIGN)
    check(dialer, code=code)


def test_a_misspelt_column_proposes_the_nearest(checked):
    checked.write_campaign('name = "x"\n[parameters]\nfirst = { column = "nmae" }\n')
    assert check(checked, code=2).err == "error: parameter first: the list has no column 'nmae'; did you mean 'name'?\n"


# The bad rows


def bad_rows(dialer, name="bad.csv"):
    with (dialer.home / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_bad_rows_are_written_verbatim_with_their_reasons(checked):
    check(checked, "--problems", "bad.csv")

    heading, *rows = bad_rows(checked)
    assert heading == [*HEADINGS, "dialer_row", "dialer_codes", "dialer_problems"]
    assert [(tuple(row[:3]), row[3], row[4]) for row in rows] == [
        (ROWS[1], "3", "parameter-missing parameter-date"),
        (ROWS[2], "4", "number-scientific"),
        (ROWS[3], "5", "duplicate"),
        (ROWS[4][:3], "6", "row-width"),
        (ROWS[5], "7", "number-missing parameter-date"),
    ]
    assert rows[0][5] == "name: is required and empty; due: '31/12/2026' is not a date written YYYY-MM-DD"
    assert rows[3][6:] == ["one too many"]


def test_bad_rows_that_are_mended_are_fed_back_and_dialled(checked):
    check(checked, "--problems", "bad.csv")
    heading, *rows = bad_rows(checked)
    for nth, cells in {0: ("+1 202 555 0102", "Bo", "2026-12-31"), 1: ("+1 202 555 0106", "Bob", "")}.items():
        rows[nth][:3] = cells
    rows[3] = [*rows[3][:4], "", ""]
    with (checked.home / "mended.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])

    words = ("check", "mended.csv", "-c", "campaign.toml")
    told = checked.here(*words, "--json", "--problems", "still.csv", code=1).json
    assert told["outcomes"] == {"ready": 3, "invalid": 2}
    assert [row[3:5] for row in bad_rows(checked, "still.csv")[1:]] == [
        ["4", "not-mended"],
        ["6", "number-missing parameter-date"],
    ]


def test_bad_rows_fed_back_as_they_are_stay_bad(checked):
    check(checked, "--problems", "bad.csv")

    told = checked.here("check", "bad.csv", "-c", "campaign.toml", "--json", code=1).json
    assert told["outcomes"] == {"invalid": 5}


def test_the_remarks_of_bad_rows_are_not_sent(dialer, truth):
    dialer.settle_on(truth.url)
    dialer.write_list([("+12025550101", "Ann"), ("x", "Bob")], headings=("phone", "name"))
    dialer.here("check", "list.csv", "--problems", "bad.csv", code=1)
    text = (dialer.home / "bad.csv").read_text("utf-8-sig").replace("\nx,", "\n+12025550102,")
    (dialer.home / "bad.csv").write_text(text, encoding="utf-8")

    dialer.here("run", "bad.csv", "--rate", 1000)
    assert [request.body["parameters"] for request in truth.requests if request.number] == [{"name": "Bob"}]


def test_the_checked_list_and_the_bad_rows_come_from_one_reading(checked):
    check(checked, "-o", "checked.csv", "--problems", "bad.csv")

    outcomes = [row["outcome"] for row in checked.results("checked.csv")]
    assert {outcome: outcomes.count(outcome) for outcome in COUNTS} == COUNTS
    assert len(bad_rows(checked)) == 1 + 5
    assert checked.files() == {"list.csv", "campaign.toml", "checked.csv", "bad.csv"}


PLACES = {
    "the list": (("--problems", "list.csv"), "would overwrite the contact list"),
    "the list by another name": (("--problems", "./link.csv"), "would overwrite the contact list"),
    "the checked list": (("-o", "out.csv", "--problems", "out.csv"), "would overwrite results"),
    "the campaign": (("--problems", "campaign.toml"), "would overwrite the campaign"),
    "no folder": (("--problems", "none/bad.csv"), "there is no such folder"),
    "a device": (("--problems", os.devnull), "it is not a file"),
}


@pytest.mark.parametrize("case", PLACES)
def test_bad_rows_are_never_written_over_what_is_needed(checked, case):
    words, complaint = PLACES[case]
    os.link(checked.home / "list.csv", checked.home / "link.csv")
    before = {name: (checked.home / name).read_bytes() for name in checked.files()}

    assert complaint in check(checked, *words, code=2).err
    assert {name: (checked.home / name).read_bytes() for name in checked.files()} == before


def test_a_clean_list_has_a_file_of_no_bad_rows(dialer):
    dialer.write_list([GOOD], headings=HEADINGS)
    dialer.write_campaign(CAMPAIGN)

    check(dialer, "--problems", "bad.csv", code=0)
    assert bad_rows(dialer) == [[*HEADINGS, "dialer_row", "dialer_codes", "dialer_problems"]]


# Progress


def said_on_a_terminal(dialer, *words):
    """Run a command with its stderr on a terminal; what it said there."""
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with dialer.started(*words, stderr=terminal) as process:
        process.communicate(timeout=60)
    said = os.read(reader, 65536) if select.select([reader], [], [], 0)[0] else b""
    os.close(terminal)
    os.close(reader)
    return said.decode()


def test_a_person_at_a_terminal_sees_how_far_the_reading_is(checked):
    assert "reading" in said_on_a_terminal(checked, "check", "list.csv")


def test_json_is_without_progress_even_at_a_terminal(checked):
    assert said_on_a_terminal(checked, "check", "list.csv", "--json") == ""


def test_without_a_terminal_nothing_is_said_but_the_report(checked):
    assert check(checked).err == ""

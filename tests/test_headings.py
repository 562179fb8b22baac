"""Promises about where a list's headings are: found under a title where that is clear, else said where they may be."""

from __future__ import annotations

from datetime import date

import pytest

from dialer.domain.campaign import ListRules
from dialer.errors import SetupError
from dialer.lists.contacts import open_list

ANN, BOB = "+12025550123", "+12025550124"
ROWS = f"Phone,First Name,Balance\n{ANN},Ann,10\n{BOB},Bob,20\n"


@pytest.fixture
def opened(tmp_path):
    """Open a list from its text."""

    def opened(text, **rules):
        path = tmp_path / "list.csv"
        path.write_text(text, "utf-8", newline="")
        return open_list(path, rules=ListRules(**rules), parameters=None, region=None, today=date(2026, 11, 23))

    return opened


def rows(contacts):
    return [(row, number) for chunk in contacts.chunks() for row, number in zip(chunk.rows, chunk.numbers, strict=True)]


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ("Customer list 2026,,\n,,\n", 3),
        ("Customer list 2026\n", 2),
        ("# exported on 2026-11-20\n# by Ann\n", 3),
        ("Phone list,,\n", 2),
        ("Report,Renewals,\nOf,2026-11-20,\n\n\n", 5),
    ],
)
def test_headings_under_a_title_are_found_and_said(opened, above, row):
    contacts = opened(above + ROWS)
    assert contacts.headings == ("Phone", "First Name", "Balance")
    assert rows(contacts) == [(row + 1, ANN), (row + 2, BOB)]
    (said,) = [said for said in contacts.assumptions if said.startswith("the headings are read from")]
    assert said.startswith(f"the headings are read from row {row}; what stands above them is left out: ")


@pytest.mark.parametrize("text", [ROWS, f"name,mobile\nmobile,{ANN}\n", f"nummer,type\n{ANN},mobile\n{BOB},mobile\n"])
def test_the_first_row_is_the_headings_where_nothing_speaks_against_it(opened, text):
    contacts = opened(text, phone="nummer") if text.startswith("nummer") else opened(text)
    assert contacts.headings == tuple(text.splitlines()[0].split(","))


def test_the_campaign_says_in_which_row_they_are(opened):
    contacts = opened(f"a,b,c\nx,y,z\n{ROWS}", header_row=3)
    assert (contacts.headings[0], rows(contacts)) == ("Phone", [(4, ANN), (5, BOB)])
    with pytest.raises(SetupError, match="no headings in row 9"):
        opened(ROWS, header_row=9)


def test_a_file_of_bad_rows_is_read_by_its_own_headings_whatever_the_campaign_says(opened):
    text = f"phone,name,dialer_row,dialer_codes,dialer_problems\n{ANN},Ann,7,number-two,x\n"
    contacts = opened(text, header_row=3, sheet="Contacts Export")
    assert rows(contacts) == [(2, ANN)]
    assert "a text file has no sheets: [list] sheet = 'Contacts Export' is left aside" in contacts.assumptions


def test_a_row_that_may_be_the_headings_is_named_with_the_key_that_says_so(opened):
    with pytest.raises(SetupError) as caught:
        opened("Customers,,\nName,Mobile,Balance\nAnn,unknown,10\nBob,none,20\n")
    assert caught.value.complaints[-1] == "row 2 may be the headings: [list] header_row = 2, or --header-row 2, says so"


def test_whole_lines_in_quotes_are_said(opened):
    with pytest.raises(SetupError, match="has whole lines in quotes, so that each is a single cell"):
        opened(f'"phone,name"\n"{ANN},Ann"\n"{BOB},Bob"\n')

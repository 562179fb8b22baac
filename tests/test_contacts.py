"""A contact list, screened: each row is a contact or says why not, in the list's order."""

from __future__ import annotations

from datetime import date

import pytest

from dialer.domain.call import Outcome
from dialer.domain.campaign import ListRules
from dialer.domain.contact import Contact, Reject
from dialer.domain.parameters import Parameter
from dialer.domain.problem import Problem
from dialer.errors import SetupError
from dialer.lists import records as records_module
from dialer.lists.column_roles import PHONE_HEADINGS
from dialer.lists.contacts import open_list
from dialer.numbers.rules import RULES

ANN, BOB, CY = "+12124567801", "+12124567802", "+12124567803"


TODAY = date(2026, 11, 23)


@pytest.fixture
def contacts(tmp_path):
    """Open a list from its text."""
    path = tmp_path / "list.csv"

    def opened(text, *, parameters=None, instead=None, **rules):
        path.write_text(text, "utf-8", newline="")
        return open_list(
            path, rules=ListRules(**rules), parameters=parameters, region=instead, today=date(2026, 11, 23)
        )

    return opened


@pytest.fixture
def complaints(contacts):
    """Tell what is wrong with a list's heading."""

    def found(text, **more):
        with pytest.raises(SetupError) as caught:
            contacts(text, **more)
        return list(caught.value.complaints)

    return found


def screened(opened):
    return [item for chunk in opened.items() for item in chunk]


def test_every_row_is_a_contact_or_a_reject_in_order(contacts):
    opened = contacts(f"phone,name\n{ANN},Ann\n,Bob\n\n{ANN},Ann again\n{CY},Cy,extra\n{CY},NA\n")
    assert screened(opened) == [
        Contact(row=2, cells=(ANN, "Ann"), number=ANN, parameters={"name": "Ann"}),
        Reject(
            row=3,
            cells=("", "Bob"),
            outcome=Outcome.INVALID,
            problems=(Problem("number-missing", RULES["number-missing"].message, "phone"),),
        ),
        Reject(
            row=5,
            cells=(ANN, "Ann again"),
            outcome=Outcome.DUPLICATE,
            problems=(Problem("duplicate", "the same number as row 2", "phone", ANN),),
            number=ANN,
        ),
        Reject(
            row=6,
            cells=(CY, "Cy", "extra"),
            outcome=Outcome.INVALID,
            problems=(Problem("row-width", "3 cells under 2 headings; too many: 'extra'"),),
        ),
        Contact(row=7, cells=(CY, "NA"), number=CY, parameters={"name": "NA"}),
    ]


def test_a_problem_names_its_column(contacts):
    _, reject = screened(contacts(f"Mobile,name\n{ANN},Ann\n,Bob\n"))
    assert reject.reason.startswith("Mobile: ")


def test_a_list_is_screened_the_same_each_time(contacts):
    opened = contacts(f"phone,name\n{ANN},Ann\n{ANN},Bob\n")
    assert screened(opened) == screened(opened)


def test_a_short_row_is_a_misfit_without_extras(contacts):
    (reject,) = screened(contacts("phone,name,due\n1,Ann\n"))
    assert reject.problems == (Problem("row-width", "2 cells under 3 headings"),)


def test_a_row_far_too_long_is_told_in_short(contacts):
    (reject,) = screened(contacts("phone,name\n" + ",".join(["1", "Ann", "x" * 100, *"abcdefgh"]) + "\n"))
    assert reject.reason == f"11 cells under 2 headings; too many: '{'x' * 59}…', 'a', 'b', 'c', 'd', …"
    assert len(reject.cells) == 11


def test_every_problem_of_a_row_is_told_the_number_first(contacts):
    rules = {"name": Parameter(column="name", required=True), "due": Parameter(column="due", type="date")}
    (reject,) = screened(contacts("phone,name,due\n,,soon\n", parameters=rules))
    assert [(problem.code, problem.column, problem.value) for problem in reject.problems] == [
        ("number-missing", "phone", ""),
        ("parameter-missing", "name", ""),
        ("parameter-date", "due", "soon"),
    ]
    assert reject.reason == "; ".join(problem.sentence for problem in reject.problems)


def test_the_same_number_written_otherwise_is_a_duplicate(contacts):
    opened = contacts(f"phone\n{ANN}\n(212) 456-7801\n212.456.7801\n", region="US")
    assert [(item.number, getattr(item, "outcome", None)) for item in screened(opened)] == [
        (ANN, None),
        (ANN, Outcome.DUPLICATE),
        (ANN, Outcome.DUPLICATE),
    ]


def test_a_row_that_cannot_be_dialled_makes_no_duplicate(contacts):
    rules = {"name": Parameter(column="name", required=True)}
    opened = contacts(f"phone,name\n{ANN},\n{ANN},Ann\n{ANN},Ann\n", parameters=rules)
    assert [getattr(item, "outcome", "contact") for item in screened(opened)] == [
        Outcome.INVALID,
        "contact",
        Outcome.DUPLICATE,
    ]
    assert screened(opened)[2].reason.endswith("the same number as row 3")


def test_the_last_row_of_a_number_may_be_the_one_dialled(contacts):
    rules = {"name": Parameter(column="name", required=True)}
    text = f"phone,name\n{ANN},Ann\n{BOB},Bob\n(212) 456-7801,Ann\n212 4567801,\n"
    opened = contacts(text, parameters=rules, duplicates="last", region="US")
    assert [getattr(item, "outcome", "contact") for item in screened(opened)] == [
        Outcome.DUPLICATE,
        "contact",
        "contact",
        Outcome.INVALID,
    ]
    assert screened(opened)[0].reason.endswith("the same number as row 4")


def test_a_duplicate_is_found_far_down_the_list(contacts):
    others = "x\n" * records_module._MOST_ROWS
    *_, last = screened(contacts(f"phone\n{ANN}\n{others}{ANN}\n"))
    assert (last.row, last.reason) == (records_module._MOST_ROWS + 3, f"phone: '{ANN}' the same number as row 2")


def test_parameters_are_the_cells_verbatim(contacts):
    opened = contacts(f'phone,a,b,c, d \n{ANN}, 007 ,NA,"Zoë\n""李""",1.0\n')
    (contact,) = screened(opened)
    assert contact.parameters == {"a": " 007 ", "b": "NA", "c": 'Zoë\n"李"', " d ": "1.0"}


def test_an_unassigned_number_is_warned_of_or_refused(contacts):
    (warned,) = screened(contacts("phone\n+15551234567\n"))
    (refused,) = screened(contacts("phone\n+15551234567\n", allow_unassigned=False))
    assert (warned.number, warned.note_code) == ("+15551234567", "number-unassigned")
    assert RULES["number-unassigned"].message in warned.note
    assert refused.outcome is Outcome.INVALID
    assert warned.note in refused.reason


@pytest.mark.parametrize(
    "heading",
    [
        "phone",
        "Phone Number",
        "PHONE_NUMBER",
        "mobile",
        "Cell",
        "Tel.",
        "E164",
        "to",
        "MSISDN",
        "called-number",
        " Téléphone",
    ],
)
def test_the_usual_headings_name_the_phone_column(contacts, heading):
    opened = contacts(f"name,{heading}\nAnn,{ANN}\n")
    assert (opened.phone_heading, screened(opened)[0].number) == (heading, ANN)


def test_every_usual_heading_is_found_as_it_is_compared():
    assert [name for name in PHONE_HEADINGS if not (name.isalnum() and name == name.casefold())] == []


@pytest.mark.parametrize(
    "heading", ["PHONE (mobile)", "Tel. No.", "phone 1", "cell #", "Mobile-2", "\ufeff\ufeffphone", "Telephone (day)"]
)
def test_a_heading_that_begins_like_a_usual_one_is_taken_at_last(contacts, heading):
    opened = contacts(f"name,phone type,{heading}\nAnn,home,{ANN}\n")
    assert (opened.phone_heading, screened(opened)[0].number) == (heading, ANN)
    assert f"numbers are read from the column {heading!r}" in opened.assumptions


@pytest.mark.parametrize(
    "headings", ["phone 1,phone 2", "phone type,name", "mobile id,cell provider", "cellar,telling"]
)
def test_headings_that_only_look_like_telephones_are_not_guessed(complaints, headings):
    assert complaints(f"{headings}\n1,2\n")[0].startswith("no column of the list is known as a phone column")


def test_the_first_of_the_usual_headings_is_taken(contacts):
    assert contacts(f"number,to,mobile\n1,2,{ANN}\n").phone_heading == "mobile"


@pytest.mark.parametrize(
    ("headings", "heading"),
    [
        ("Number,Home Phone", "Home Phone"),
        ("To,Customer Phone", "Customer Phone"),
        ("Number,Telefon", "Telefon"),
        ("destination,customerPhone", "customerPhone"),
        ("Number,Phone Type", "Number"),
        ("Number,Fax Phone", "Number"),
        ("Work Phone,Mobile", "Mobile"),
        ("Phone 2,Phone", "Phone"),
    ],
)
def test_a_heading_that_says_telephone_goes_before_one_of_any_number(contacts, headings, heading):
    assert contacts(f"{headings}\n1,{ANN}\n").phone_heading == heading


@pytest.mark.parametrize(
    "headings",
    ["phone number,PHONE-NUMBER", "Phone,Phone No.", "mobile_number,Mobile", "number,to", "Home Phone,Work Phone"],
)
def test_of_two_columns_that_may_be_meant_as_well_none_is_taken(complaints, headings):
    one, other = headings.split(",")
    (complaint,) = complaints(f"{headings}\n1,2\n")
    assert f"more than one may be: {one!r}, {other!r}" in complaint


def test_other_phone_columns_are_named_and_a_row_that_has_its_number_there_says_so(contacts):
    opened = contacts(f"Mobile,Work Phone,name\n,{ANN},Ann\n{BOB},,Bob\n,,Cy\n")
    assert "not rung, though they may hold numbers: 'Work Phone'" in opened.assumptions
    elsewhere, _, missing = screened(opened)
    assert [elsewhere.problems[0].code, missing.problems[0].code] == ["number-elsewhere", "number-missing"]
    assert elsewhere.problems[0].message.endswith(f"('Work Phone': '{ANN}')")


def test_of_several_phone_columns_the_first_that_is_filled_counts(contacts):
    text = f"Mobile,Work Phone\nn/a,{ANN}\n{BOB},{ANN}\n12,{ANN}\n,12\n"
    opened = contacts(text, region="US", phone=("Mobile", "Work Phone"))
    ann, bob, short, other = screened(opened)
    assert (ann.number, bob.number) == (ANN, BOB)
    assert [(reject.problems[0].column, reject.problems[0].value) for reject in (short, other)] == [
        ("Mobile", "12"),
        ("Work Phone", "12"),
    ]
    assert "numbers are read from the column 'Mobile', where that is empty from 'Work Phone'" in opened.assumptions


@pytest.mark.parametrize(("phone", "heading"), [("Other", "Other"), ("other", "Other"), ("o_t h-e.r", "Other")])
def test_the_campaign_names_the_phone_column(contacts, phone, heading):
    opened = contacts(f"phone,Other\n1,{ANN}\n", phone=phone)
    assert (opened.phone_heading, screened(opened)[0].number) == (heading, ANN)


def test_the_exact_heading_goes_before_a_similar_one(contacts):
    opened = contacts(f"Phone,phone\n1,{ANN}\n", phone="phone")
    assert screened(opened)[0].number == ANN


def test_a_phone_column_that_could_be_two_is_not_guessed(complaints):
    assert complaints("Phone,PHONE\n1,2\n", phone="phone") == ["the list has more than one phone column 'phone'"]


def test_a_missing_phone_column_is_told_with_what_there_is(complaints):
    (complaint,) = complaints("name,due\nAnn,x\n")
    assert complaint.startswith("no column of the list is known as a phone column; it has 'name', 'due'.")
    assert complaint.endswith('Name one in the campaign: [list] phone = "…"')
    assert complaints("name,due\nAnn,x\n", phone="mobile") == [
        "the list has no phone column 'mobile'; it has 'name', 'due'"
    ]


def test_every_complaint_of_a_heading_is_made_at_once(complaints):
    rules = {"name": Parameter(column="nam"), "due_date": Parameter(column="du")}
    assert complaints("name,due\nAnn,x\n", phone="mobile", parameters=rules, instead="XX") == [
        "the list has no phone column 'mobile'; it has 'name', 'due'",
        "the region 'XX' is not a country's ISO code (such as US, GB or DE)",
        "parameter name: the list has no column 'nam'; did you mean 'name'?",
        "parameter due_date: the list has no column 'du'; did you mean 'due'?",
    ]


def test_a_column_twice_cannot_be_sent_under_one_name(complaints, contacts):
    text = f"phone,x,y,x,y,,\n{ANN},1,2,3,4,5,6\n"
    assert complaints(text) == ["the list has more than one column 'x'", "the list has more than one column 'y'"]
    (contact,) = screened(contacts(text, parameters={"z": Parameter(value=1)}))
    assert contact.parameters == {"z": 1}


def test_the_command_line_says_the_region_last(contacts):
    opened = contacts("phone\n020 7946 0321\n", region="US", instead="GB")
    assert screened(opened)[0].number == "+442079460321"


def test_a_warning_is_not_given_for_a_row_that_is_not_dialled(contacts):
    rules = {"name": Parameter(column="name", required=True)}
    opened = contacts("phone,name\n+15551234567,Ann\n+15551234567,Bob\n+15551234568,\n", parameters=rules)
    (chunk,) = opened.chunks()
    assert (list(chunk.warnings), list(chunk.problems)) == ([0], [1, 2])


def test_columns_without_a_heading_are_not_sent(contacts):
    opened = contacts(f"phone,name,, \n{ANN},Ann,,\n{BOB},Bob,x,y\n{CY},Cy\n")
    assert [item.parameters for item in screened(opened)] == [{"name": "Ann"}, {"name": "Bob"}, {"name": "Cy"}]
    assert "columns without a heading are not sent" in opened.assumptions


@pytest.mark.parametrize(("size", "outcomes"), [(44, {Outcome.READY: 2}), (43, {Outcome.READY: 1, Outcome.INVALID: 1})])
def test_parameters_together_may_only_be_so_large(contacts, size, outcomes):
    opened = contacts(f'phone,name,x\n{ANN},Ann,\n{BOB},"Zoë ""B""",{"y" * 13}\n', parameter_bytes=size)
    (chunk,) = opened.chunks()
    assert chunk.counts() == outcomes
    assert [problem.code for problem, *_ in chunk.problems.values()] == ["parameters-too-big"] * (size == 43)


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("phone,name\n", {}, ["no region is set: every number needs its +"]),
        ("phone,name\n", {"region": "US"}, ["numbers without + are read as numbers of US"]),
        (
            "phone,name\n",
            {"region": "US", "instead": "GB", "duplicates": "last"},
            ["numbers without + are read as numbers of GB", "of rows with the same number the last one is dialled"],
        ),
    ],
)
def test_what_is_assumed_of_a_list_is_said(contacts, text, more, said):
    assert contacts(text, **more).assumptions == ("numbers are read from the column 'phone'", *said)


def test_what_its_reading_assumes_is_said_first(contacts):
    first, second, *_ = contacts(f"phone;name\n{ANN};Ann\n").assumptions
    assert "semicolons" in first
    assert second == "numbers are read from the column 'phone'"


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "\t=1", " =cmd", "+cmd|x", "-x()", "\uff1d1"])
def test_a_cell_that_a_spreadsheet_would_run_is_a_warning(contacts, cell):
    (contact,) = screened(contacts(f"phone,note\n{ANN},{cell}\n"))
    assert (contact.number, contact.note_code, contact.parameters) == (ANN, "cell-formula", {"note": cell})


@pytest.mark.parametrize("cell", ["-5", "+1 202 555 0123", "a=b", "me@x.org", "- none", "--", "-.5", ""])
def test_amounts_and_numbers_are_no_formulas(contacts, cell):
    (contact,) = screened(contacts(f"phone,note\n{ANN},{cell}\n"))
    assert contact.note_code == ""


def test_a_formula_that_is_not_sent_is_none(contacts):
    (contact,) = screened(contacts(f"phone,note\n{ANN},=1\n", parameters={}))
    assert contact.note_code == ""

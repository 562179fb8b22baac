"""The parameter contract: what a cell may hold, what is sent for it, and where rules meet columns."""

from __future__ import annotations

import json
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dialer.domain.parameters import Parameter, Violation
from dialer.domain.problem import PARAMETER_RULES, Problem
from dialer.domain.row_parameters import Contract
from dialer.errors import SetupError

KINDS = ("text", "integer", "decimal", "date", "boolean", "choice")


def rule(kind="text", **more):
    return Parameter(column="x", type=kind, **({"choices": ("gold", "silver")} if kind == "choice" else {}) | more)


SENT = [
    ("text", " 0042 ", " 0042 "),
    ("text", "NA", "NA"),
    ("text", "Zoë\n李", "Zoë\n李"),
    ("integer", "42", 42),
    ("integer", " -7 ", -7),
    ("integer", "+0042", 42),
    ("integer", "9" * 18, 10**18 - 1),
    ("decimal", "120.50", 120.5),
    ("decimal", "0.1", 0.1),
    ("decimal", "-.5", -0.5),
    ("decimal", "18.", 18.0),
    ("decimal", "123456789012.25", 123456789012.25),
    ("date", "2026-12-01", "2026-12-01"),
    ("date", " 2024-02-29 ", "2024-02-29"),
    *(("boolean", word, True) for word in ("true", "Yes", "Y", "1", " ON ")),
    *(("boolean", word, False) for word in ("false", "No", "n", "0", "off")),
    ("choice", " gold ", "gold"),
]


@pytest.mark.parametrize(("kind", "cell", "sent"), SENT)
def test_a_cell_is_sent_as_its_type_says(kind, cell, sent):
    value = rule(kind).read(cell)
    assert (value, type(value)) == (sent, type(sent))


BROKEN = [
    ("integer", "1.0", "is not a whole number"),
    ("integer", "1 000", "is not a whole number"),
    ("integer", "1_000", "is not a whole number"),
    ("integer", "٣", "is not a whole number"),
    ("integer", "9" * 19, "is not a whole number"),
    ("decimal", "12,50", "is not a number with a decimal point"),
    ("decimal", "1,234.50", "is not a number with a decimal point"),
    ("decimal", "1.2E+05", "is not a number with a decimal point"),
    ("decimal", "1_000", "is not a number with a decimal point"),
    ("decimal", "NaN", "is not a number with a decimal point"),
    ("decimal", "inf", "is not a number with a decimal point"),
    ("decimal", "١٢", "is not a number with a decimal point"),
    ("decimal", ".", "is not a number with a decimal point"),
    ("decimal", "0.12345678901234567890", "has more digits than a JSON number carries"),
    ("decimal", "9" * 400, "has more digits than a JSON number carries"),
    ("date", "01/12/2026", "is not a date written YYYY-MM-DD"),
    ("date", "20261201", "is not a date written YYYY-MM-DD"),
    ("date", "2026-W49-2", "is not a date written YYYY-MM-DD"),
    ("date", "2026-12-01T00:00", "is not a date written YYYY-MM-DD"),
    ("date", "2026-02-29", "is not a date written YYYY-MM-DD"),
    ("boolean", "maybe", "is neither yes nor no"),
    ("boolean", "2", "is neither yes nor no"),
    ("choice", "Gold", "is none of gold, silver"),
]


@pytest.mark.parametrize(("kind", "cell", "broken"), BROKEN)
def test_a_cell_of_another_type_breaks_its_rule(kind, cell, broken):
    with pytest.raises(Violation) as caught:
        rule(kind).read(cell)
    assert (caught.value.code, str(caught.value)) == (f"parameter-{kind}", broken)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blank", ["", "  ", "\t\n"])
def test_a_blank_cell_is_left_out_or_missed(kind, blank):
    assert rule(kind).read(blank) is None
    with pytest.raises(Violation) as caught:
        rule(kind, required=True).read(blank)
    assert (caught.value.code, str(caught.value)) == ("parameter-missing", "is required and empty")


@pytest.mark.parametrize("required", [True, False])
def test_a_default_stands_in_for_a_blank_cell(required):
    assert rule("integer", default="7", required=required).read(" ") == 7


SHORT = ("parameter-too-short", "has 1 characters, fewer than 2")
LONG = ("parameter-too-long", "has 5 characters, more than 4")


def below(minimum):
    return "parameter-too-small", f"is below the minimum {minimum}"


def above(maximum):
    return "parameter-too-large", f"is above the maximum {maximum}"


LIMITS = [
    (rule(min_length=2, max_length=4), {"ab": None, "abcd": None, "a": SHORT, "abcde": LONG}),
    (rule("integer", minimum=1, maximum=3), {"1": None, "3": None, "0": below(1), "4": above(3)}),
    (
        rule("decimal", minimum="0.10", maximum=2.5),
        {"0.1": None, "2.50": None, "0.09": below("0.10"), "2.51": above(2.5)},
    ),
    (
        rule("date", minimum=date(2026, 1, 1), maximum="2026-12-31"),
        {
            "2026-01-01": None,
            "2026-12-31": None,
            "2025-12-31": below("2026-01-01"),
            "2027-01-01": above("2026-12-31"),
        },
    ),
]


@pytest.mark.parametrize(("rule", "cells"), LIMITS)
def test_limits_are_within_what_is_allowed(rule, cells):
    def broken(cell):
        try:
            rule.read(cell)
        except Violation as violation:
            return violation.code, str(violation)

    assert {cell: broken(cell) for cell in cells} == cells


EITHER = "give either column or value"
LIMIT = "minimum and maximum are a number for integer and decimal, a date for date"


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({}, EITHER),
        ({"column": "x", "value": "y"}, EITHER),
        ({"value": "y", "required": True}, "a fixed value takes no other key"),
        ({"column": "x", "type": "choice"}, 'choices and type = "choice" go together'),
        ({"column": "x", "choices": ["a"]}, 'choices and type = "choice" go together'),
        ({"column": "x", "type": "integer", "max_length": 3}, "min_length and max_length are for type text"),
        ({"column": "x", "minimum": 3}, LIMIT),
        ({"column": "x", "type": "date", "minimum": 3}, LIMIT),
        ({"column": "x", "type": "integer", "maximum": date(2026, 1, 1)}, LIMIT),
        ({"column": "x", "type": "integer", "minimum": 3, "maximum": 2}, "minimum is above maximum"),
        ({"column": "x", "min_length": 3, "max_length": 2}, "min_length is above max_length"),
        ({"column": "x", "default": " "}, "default is empty: leave it out"),
        ({"column": "x", "type": "integer", "default": "z"}, "default 'z' is not a whole number"),
        ({"column": "x", "type": "integer", "minimum": 3, "default": "2"}, "default '2' is below the minimum 3"),
        ({"value": float("nan")}, "is text, a number, true or false"),
        ({"value": date(2026, 1, 1)}, "is text, a number, true or false"),
        ({"column": "x", "type": "integer", "minimum": float("inf")}, "is a number, or a date written YYYY-MM-DD"),
        ({"column": "x", "type": "date", "minimum": "2026-02-30"}, "day is out of range for month"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(keys, complaint):
    with pytest.raises(ValidationError) as caught:
        Parameter(**keys)
    assert [error["msg"] for error in caught.value.errors()] == [f"Value error, {complaint}"]


HEADINGS = ("phone", "first_name", "due", "", "note")
CELLS = ("+12025550101", " Ann ", "2026-12-01", "lost", "")


def test_without_rules_every_other_column_is_sent_verbatim():
    contract = Contract(None, HEADINGS, phone=0)
    assert contract.read(CELLS) == ({"first_name": " Ann ", "due": "2026-12-01", "note": ""}, [])


def test_with_rules_only_what_they_name_is_sent():
    rules = {
        "name": Parameter(column="first_name"),
        "number": Parameter(column="phone"),
        "note": Parameter(column="note"),
        "hello": Parameter(value="Good day"),
        "count": Parameter(value=0),
    }
    assert Contract(rules, HEADINGS, phone=0).read(CELLS) == (
        {"name": " Ann ", "number": "+12025550101", "hello": "Good day", "count": 0},
        [],
    )


def test_by_place_a_row_has_every_parameter_in_the_order_of_the_rules():
    rules = {
        "note": Parameter(column="note"),
        "hello": Parameter(value="Good day"),
        "name": Parameter(column="first_name"),
    }
    values, _ = Contract(rules, HEADINGS, phone=0, by_place=True).read(CELLS)
    assert list(values.items()) == [("note", ""), ("hello", "Good day"), ("name", " Ann ")]


def test_every_broken_rule_of_a_row_is_told_with_column_and_value():
    rules = {
        "name": Parameter(column="first_name", max_length=3),
        "due_date": Parameter(column="due", type="integer"),
        "note": Parameter(column="note", required=True),
        "hello": Parameter(value="Good day"),
    }
    assert Contract(rules, HEADINGS, phone=0).read(CELLS) == (
        {"hello": "Good day"},
        [
            Problem("parameter-too-long", "has 5 characters, more than 3", "first_name", " Ann "),
            Problem("parameter-integer", "is not a whole number", "due", "2026-12-01"),
            Problem("parameter-missing", "is required and empty", "note", ""),
        ],
    )


SIZED = Contract(None, ("phone", "name"), phone=0, largest=len('{"name": "Zoë"}'.encode()))
TOO_BIG = Problem("parameters-too-big", "all parameters together take 17 bytes, more than 16")


@pytest.mark.parametrize(("name", "problems"), [("Zoë", []), ("Anna", []), ("Zoëx", [TOO_BIG])])
def test_all_parameters_together_may_be_only_so_large(name, problems):
    assert SIZED.read(("+12025550101", name)) == ({"name": name}, problems)


MENDED = ("phone", "name", "dialer_row", "dialer_codes", "dialer_problems")


@pytest.mark.parametrize("codes", ["", "parameter-date number-missing"])
def test_a_file_of_bad_rows_is_fed_back_without_its_remarks(codes):
    contract = Contract(None, MENDED, phone=0)
    assert contract.read(("+12025550101", "Ann", "7", codes, "why")) == ({"name": "Ann"}, [])


@pytest.mark.parametrize("codes", ["row-width", "duplicate", "number-missing row-width", " not-mended "])
def test_what_feeding_back_would_hide_is_refused_until_it_is_mended(codes):
    _, problems = Contract(None, MENDED, phone=0).read(("+12025550101", "Ann", "7", codes, "why"))
    assert [(problem.code, problem.column, problem.value) for problem in problems] == [
        ("not-mended", "dialer_codes", codes)
    ]


SAFE = {
    "no rules": (Contract(None, HEADINGS, phone=0), sys.maxsize),
    "fixed values": (Contract({"hello": Parameter(value="Hi")}, HEADINGS, phone=0), sys.maxsize),
    "a column": (Contract({"name": Parameter(column="note")}, HEADINGS, phone=0), sys.maxsize),
    "no room": (Contract(None, HEADINGS, phone=0, largest=1), -1),
}


@pytest.mark.parametrize(("contract", "length"), SAFE.values(), ids=SAFE)
def test_a_contract_knows_how_long_a_row_may_be_unread(contract, length):
    assert contract.safe_length == length


@given(cell=st.text(alphabet=st.characters(codec="utf-8"), max_size=30) | st.text('\0\n"\U0001f600', max_size=30))
def test_a_row_of_a_safe_length_is_never_too_big(cell):
    contract = Contract(None, ("phone", "name"), phone=0, largest=100)
    assert len(cell) > contract.safe_length or contract.read(("", cell))[1] == []


def test_every_code_a_row_can_break_is_listed_with_what_to_do():
    told = {*(code for _, cells in LIMITS for code, _ in filter(None, cells.values())), TOO_BIG.code}
    told |= {f"parameter-{kind}" for kind, _, _ in BROKEN} | {"parameter-missing"}
    assert told == set(PARAMETER_RULES)


def test_a_problem_is_told_in_one_line_with_its_cell():
    _, (problem,) = Contract({"x": rule("integer")}, ["x"], phone=0).read(["\x1b\n" + "9" * 500])
    assert problem.sentence == f"x: '\\x1b\\n{'9' * 57}…' is not a whole number"


def test_every_rule_without_its_column_is_told_with_the_nearest():
    rules = {
        "name": Parameter(column="First_Nme"),
        "due_date": Parameter(column="zzz"),
        "greeting": Parameter(value="Hello"),
    }
    with pytest.raises(SetupError) as caught:
        Contract(rules, ("phone", "first_name"), phone=0)
    assert caught.value.complaints == (
        "parameter name: the list has no column 'First_Nme'; did you mean 'first_name'?",
        "parameter due_date: the list has no column 'zzz'; it has 'phone', 'first_name'",
    )


def test_a_column_that_stands_twice_is_not_guessed():
    with pytest.raises(SetupError) as caught:
        Contract({"due": Parameter(column="due")}, ("phone", "due", "due"), phone=0)
    assert caught.value.complaints == ("parameter due: the list has more than one column 'due'",)


@pytest.mark.parametrize("kind", KINDS)
@given(cell=st.text(max_size=40) | st.from_regex(r"[-+]?[0-9]*[.,eE_/-]?[0-9]*[-/]?[0-9]*", fullmatch=True))
def test_any_cell_is_sent_as_json_or_breaks_the_rule(kind, cell):
    try:
        value = rule(kind).read(cell)
    except Violation:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value

"""Screened rows: outcomes that add up, and the verdicts of phonenumbers whichever way a list is read."""

from __future__ import annotations

import csv
import random
import re

import phonenumbers
import pytest
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from dialer.domain.call import Outcome
from dialer.domain.contact import Contact, Reject
from dialer.domain.problem import Problem
from dialer.domain.row_parameters import Contract
from dialer.lists.chunk import make_chunk
from dialer.lists.screened import ScreenedChunk
from dialer.numbers.newer_area_codes import newer_numbers

pytest_plugins = ("commands",)

ANN, BOB, CY = "+12124567801", "+12124567802", "+12124567803"
NOTE = Problem("number-unassigned", "no such number", "phone", BOB)
AGAIN = Problem("duplicate", "the same number as row 2", "phone", ANN)
WIDE = Problem("row-width", "3 cells under 2 headings")
LATE = Problem("parameter-date", "is not a date", "name", "soon")


def a_chunk():
    return ScreenedChunk(
        chunk=make_chunk(
            ("phone", "name"), [2, 4, 5, 6], [[ANN, "Ann"], [BOB, "Bob"], [ANN, "Ann"], [CY, "soon", "x"]]
        ),
        numbers=[ANN, BOB, ANN, None],
        problems={2: (AGAIN,), 3: (WIDE, LATE)},
        warnings={1: NOTE},
        contract=Contract(None, ("phone", "name"), phone=0),
    )


def test_every_row_has_one_outcome_and_they_add_up():
    chunk = a_chunk()
    outcomes = [chunk.outcome(position) for position in range(4)]
    assert outcomes == [Outcome.READY, Outcome.READY, Outcome.DUPLICATE, Outcome.INVALID]
    assert chunk.counts() == {Outcome.READY: 2, Outcome.DUPLICATE: 1, Outcome.INVALID: 1}


def test_what_is_wrong_with_a_row_is_one_line():
    chunk = a_chunk()
    assert [chunk.error(position) for position in range(4)] == [
        "",
        NOTE.sentence,
        AGAIN.sentence,
        f"{WIDE.sentence}; {LATE.sentence}",
    ]


def test_as_a_frame_it_has_a_row_a_contact_and_what_is_said_of_it_behind_its_cells():
    frame = a_chunk().frame()
    assert list(frame.columns) == ["phone", "name", "row", "number", "outcome", "code", "error"]
    assert list(frame.itertuples(name=None)) == [
        (2, ANN, "Ann", 2, ANN, "ready", "", ""),
        (4, BOB, "Bob", 4, BOB, "ready", NOTE.code, NOTE.sentence),
        (5, ANN, "Ann", 5, ANN, "duplicate", AGAIN.code, AGAIN.sentence),
        (6, CY, "soon", 6, "", "invalid", WIDE.code, f"{WIDE.sentence}; {LATE.sentence}"),
    ]


def test_its_problems_are_told_one_by_one():
    assert list(a_chunk().found()) == [
        (5, "error", AGAIN.code, "phone", ANN, AGAIN.message),
        (6, "error", WIDE.code, "", "", WIDE.message),
        (6, "error", LATE.code, "name", "soon", LATE.message),
        (4, "warning", NOTE.code, "phone", BOB, NOTE.message),
    ]


def test_headings_that_are_ours_or_come_twice_stay_apart_in_a_frame():
    chunk = ScreenedChunk(
        chunk=make_chunk(("number", "x", "x"), [2], [[ANN, "a", "b"]]),
        numbers=[ANN],
        problems={},
        warnings={},
        contract=Contract({}, ("number", "x", "x"), phone=0),
    )
    frame = chunk.frame()
    assert list(frame.columns) == ["input_number", "x", "x", "row", "number", "outcome", "code", "error"]
    assert list(frame.itertuples(index=False, name=None)) == [(ANN, "a", "b", 2, ANN, "ready", "", "")]


def test_its_rows_are_what_a_run_loads():
    assert a_chunk().items() == [
        Contact(row=2, cells=(ANN, "Ann"), number=ANN, parameters={"name": "Ann"}),
        Contact(
            row=4,
            cells=(BOB, "Bob"),
            number=BOB,
            parameters={"name": "Bob"},
            note=NOTE.sentence,
            note_code="number-unassigned",
        ),
        Reject(row=5, cells=(ANN, "Ann"), outcome=Outcome.DUPLICATE, problems=(AGAIN,), number=ANN),
        Reject(row=6, cells=(CY, "soon", "x"), outcome=Outcome.INVALID, problems=(WIDE, LATE)),
    ]


STRICTER = ("premium", "short code", "date", "it may be", "can be given out", "more than one number", "no longer")
"""What is said where the library would dial."""


def plain(cell, region):
    """Say whether a number is valid (True), only possible (False) or neither (None), and its E.164."""
    try:
        number = phonenumbers.parse(cell, region)
    except NumberParseException:
        return None, ""
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None, ""
    newer = re.fullmatch(rf"1{newer_numbers()}", f"{number.country_code}{number.national_number}")
    return bool(newer) or phonenumbers.is_valid_number(number), phonenumbers.format_number(
        number, PhoneNumberFormat.E164
    )


def random_cell(dice):
    area = dice.choice(("212", "305", "415", "646", "808", "555", "900", "800", "20", "7911", "15", "151", "30", "6"))
    digits = area + "".join(dice.choices("0123456789", k=dice.randint(5, 9)))
    shape = dice.choice(("+1{}", "{}", "1-{}", "+44 {}", "+49{}", "+33 {}", "+{}", "+1.{}", "011 44 {}", "tel:{}"))
    text = shape.format(digits)
    return f"{text[:-7]} {text[-7:-4]}-{text[-4:]}" if dice.random() < 0.5 else text


@pytest.fixture(scope="module")
def cells():
    dice = random.Random(20_240_229)
    fresh = [random_cell(dice) for _ in range(4_000)]
    return [*fresh, *dice.sample(fresh, 200)]


@pytest.mark.parametrize("region", ["US", "GB", "DE"])
def test_a_list_is_checked_as_phonenumbers_would_check_it(dialer, cells, region, tmp_path):
    path, output = tmp_path / "list.csv", tmp_path / "checked.csv"
    path.write_text("phone,account\n" + "".join(f"{cell},{at}\n" for at, cell in enumerate(cells)), "utf-8")
    dialer.here("check", path, "--region", region, "-o", output, code=None)
    with output.open(encoding="utf-8-sig", newline="") as file:
        checked = list(csv.DictReader(file))
    assert [(row["phone"], row["account"]) for row in checked] == [(cell, str(at)) for at, cell in enumerate(cells)]
    rows = {}
    for row in checked:
        valid, number = plain(row["phone"], region)
        if row["outcome"] == "invalid":
            # Stricter than the library only where a call makes no sense, and it is said why.
            assert valid is None or any(word in row["error"] for word in STRICTER)
            assert row["number"] == ""
            continue
        assert (valid is None, row["number"]) == (False, number)
        first = rows.setdefault(number, row["row"])
        if first == row["row"]:
            assert (row["outcome"], "no such number is known" in row["error"]) == ("ready", not valid)
        else:
            assert (row["outcome"], row["error"].endswith(f"same number as row {first}")) == ("duplicate", True)

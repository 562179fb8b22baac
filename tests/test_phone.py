"""A number in E.164: whole, compared by value, and never printed in full by accident."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.phone import Phone, mask

NO_E164 = "not a number in E.164: a plus sign, then 7 to 15 digits, not starting with 0"


@pytest.mark.parametrize("text", ["+1234567", "+12025550101", "+123456789012345"])
def test_seven_to_fifteen_digits_are_a_number(text):
    assert Phone(text).e164 == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "12025550101",
        "+02025550101",
        "+123456",
        "+1234567890123456",
        "+1 2025550101",
        " +12025550101",
        "+12025550101\n",
        "+1202555010a",
        "+١٢٣٤٥٦٧",
        "++1234567",
    ],
)
def test_anything_else_is_refused_without_being_repeated(text):
    with pytest.raises(ValueError, match="not a number") as caught:
        Phone(text)
    assert str(caught.value) == NO_E164


def test_numbers_are_compared_by_value():
    assert {Phone("+12025550101"), Phone("+12025550101"), Phone("+12025550102")} == {
        Phone("+12025550102"),
        Phone("+12025550101"),
    }


def test_a_number_is_masked_however_it_is_printed():
    phone = Phone("+12025550123")
    assert (str(phone), repr(phone), f"{phone}", f"{[phone]}") == (
        "+12…23",
        "Phone(+12…23)",
        "+12…23",
        "[Phone(+12…23)]",
    )


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_mask_leaves_too_little_to_ring(number):
    assert len(mask(number)) == 6
    assert number not in mask(number)


@pytest.mark.parametrize("text", ["+12025550100", "+1 202 555 0100", "+1 (202) 555-0100", " +1.202.555.0100\t"])
def test_a_number_is_read_as_people_write_it(text):
    assert Phone.written(text) == Phone("+12025550100")


@pytest.mark.parametrize("text", ["", " ", "202 555 0100", "tel:+12025550100", "+1/202/555/0100"])
def test_what_is_written_otherwise_is_refused(text):
    with pytest.raises(ValueError, match="not a number"):
        Phone.written(text)

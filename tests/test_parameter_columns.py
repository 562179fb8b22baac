"""A column looked at as a whole against its cells read one by one: no row that breaks a rule is passed over."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.parameters import Parameter
from dialer.domain.row_parameters import Contract
from dialer.lists.chunk import make_chunk
from dialer.lists.parameter_columns import doubtful

ALMOST_100 = Decimal("99.9999999999999999")

CELLS = [
    *("", " ", "\u3000", "Ann", "NA", "nan", "inf", "-", ".", "x" * 40, "x" * 41, " padded ", "line\nbreak"),
    *("0", "-0", "0.00", "00.1", "+7", "1e5", "1_000", "1,5", "99.999", "100", "100.000", "100.0001", "-0.001"),
    *("123456789012.999", "1234567890123", "0.1234567890123456789", "٣", "9" * 30),
    *("2026-01-01", "2025-12-31", " 2026-02-28 ", "2026-02-30", "20260101", "yes", "No", "maybe", "gold", "Gold"),
]
RULES = {
    "text": {},
    "text that is required": {"required": True},
    "short text": {"max_length": 40},
    "long text": {"min_length": 3, "required": True},
    "an amount": {"type": "decimal"},
    "an amount that is required": {"type": "decimal", "required": True},
    "an amount within limits": {"type": "decimal", "minimum": 0, "maximum": 100},
    "an amount within limits no float has": {
        "type": "decimal",
        "minimum": Decimal("0.1"),
        "maximum": Decimal("99.9999999999999999"),
    },
    "an amount with a default": {"type": "decimal", "minimum": 5, "default": "7"},
    "a count": {"type": "integer", "maximum": 99},
    "a date": {"type": "date", "minimum": "2026-01-01"},
    "yes or no": {"type": "boolean", "required": True},
    "a choice": {"type": "choice", "choices": ("gold", "silver")},
}
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str) | st.floats(-200, 200).map(repr)
ANY_CELL = st.sampled_from(CELLS) | AMOUNTS | st.text(max_size=5)


def a_chunk(*rows):
    return make_chunk(("phone", "it"), range(2, len(rows) + 2), rows)


def broken(contract, rows):
    return [at for at, row in enumerate(rows) if contract.read(row)[1]]


@pytest.mark.parametrize("name", RULES)
def test_no_cell_that_breaks_its_rule_is_passed_over(name):
    contract = Contract({"it": Parameter(column="it", **RULES[name])}, ("phone", "it"), phone=0)
    rows = [("+12025550101", cell) for cell in CELLS]
    assert set(broken(contract, rows)) <= set(doubtful(contract, a_chunk(*rows)))


@given(name=st.sampled_from(sorted(RULES)), cells=st.lists(ANY_CELL, min_size=1, max_size=30))
def test_no_cell_of_any_column_that_breaks_its_rule_is_passed_over(name, cells):
    contract = Contract({"it": Parameter(column="it", **RULES[name])}, ("phone", "it"), phone=0)
    rows = [("+12025550101", cell) for cell in cells]
    assert set(broken(contract, rows)) <= set(doubtful(contract, a_chunk(*rows)))


@pytest.mark.parametrize("name", RULES)
def test_what_lists_usually_hold_needs_no_second_reading(name):
    usual = {"decimal": "12.50", "integer": "42", "date": "2026-12-01", "boolean": "yes", "choice": "gold"}
    contract = Contract({"it": Parameter(column="it", **RULES[name])}, ("phone", "it"), phone=0)
    row = ("+12025550101", usual.get(RULES[name].get("type"), "Ann"))
    assert doubtful(contract, a_chunk(row, row)) == []


def test_a_row_that_a_file_of_bad_rows_marks_is_looked_at():
    contract = Contract(None, ("phone", "dialer_codes"), phone=0)
    assert doubtful(contract, a_chunk(("+12025550101", ""), ("+12025550102", "duplicate"))) == [1]


def test_a_limit_of_many_digits_is_held_to_the_last_of_them():
    contract = Contract({"it": Parameter(column="it", type="decimal", maximum=ALMOST_100)}, ("phone", "it"), phone=0)
    rows = [("1", "100"), ("1", "99.999")]
    assert broken(contract, [rows[at] for at in doubtful(contract, a_chunk(*rows))]) == [0]

"""Which row has a number: as a dictionary would say, in a fraction of its memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from dialer.lists.duplicates import RowIndex

NUMBERS = st.integers(1, 40) | st.integers(1, 10**19 - 1)
COLUMNS = st.lists(st.lists(NUMBERS, max_size=60), max_size=6)


def first(index, numbers, row=2):
    rows = np.arange(row, row + len(numbers), dtype=np.uint32)
    return index.keep_first(np.array(numbers, np.uint64), rows).tolist()


def last(index, numbers, row=2):
    index.keep_last(np.array(numbers, np.uint64), np.arange(row, row + len(numbers), dtype=np.uint32))


def test_the_first_row_of_a_number_is_remembered():
    index = RowIndex()
    assert first(index, [7, 8, 7, 9]) == [2, 3, 2, 5]
    assert first(index, [9, 10, 8, 10], row=6) == [5, 7, 3, 7]


def test_the_last_row_of_a_number_can_be_remembered_instead():
    index = RowIndex()
    last(index, [7, 8, 7, 9])
    last(index, [9, 10, 9], row=6)
    assert first(index, [7, 8, 7, 9, 9, 10, 9]) == [4, 3, 4, 8, 8, 7, 8]


@given(COLUMNS)
def test_first_rows_are_those_of_a_dictionary(columns):
    index, rows, row = RowIndex(), {}, 2
    for numbers in columns:
        for at, number in enumerate(numbers):
            rows.setdefault(number, row + at)
        assert first(index, numbers, row) == [rows[number] for number in numbers]
        row += len(numbers)


@given(COLUMNS)
def test_last_rows_are_those_of_a_dictionary(columns):
    index, rows, row = RowIndex(), {}, 2
    for numbers in columns:
        last(index, numbers, row)
        rows |= {number: row + at for at, number in enumerate(numbers)}
        row += len(numbers)
    assert first(index, list(rows), row) == list(rows.values())


def test_many_numbers_in_a_row_are_told_apart():
    index, rows = RowIndex(first_bits=6, last_bits=10), {}
    for start in range(12_025_550_000, 12_025_560_000, 700):
        numbers = [*range(start, start + 900)]
        row = len(rows) * 2 + 2
        for at, number in enumerate(numbers):
            rows.setdefault(number, row + at)
        assert first(index, numbers, row) == [rows[number] for number in numbers]


@pytest.mark.parametrize("count", [0, 1])
def test_a_column_may_be_short(count):
    assert first(RowIndex(), [5] * count) == [2] * count


def test_every_number_of_the_numbering_plans_fits():
    longest = 0
    for country, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            metadata = PhoneMetadata.metadata_for_region_or_calling_code(country, region)
            lengths = metadata.general_desc.possible_length
            longest = max(longest, len(str(country)) + max(lengths))
    assert 10**longest - 1 <= np.iinfo(np.uint64).max

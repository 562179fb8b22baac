"""Numbers as a person types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.errors import SetupError
from dialer.numbers.reader import NumberReader
from dialer.screening.dnc_entry import other_readings

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_numbers(numbers: Sequence[str], region: str | None) -> list[str]:
    """Read numbers in E.164, each with its other reading if it has one; raises SetupError naming each that is none."""
    reader = NumberReader(region)
    readings = reader.read_all(numbers)
    wrong = [
        f"{given!r}: {reading.message}"
        for given, reading in zip(numbers, readings, strict=True)
        if reading.number is None
    ]
    if wrong:
        raise SetupError(wrong)
    others = other_readings(reader, numbers)
    found = (number for at, reading in enumerate(readings) for number in (reading.number, others.get(at)))
    return list(dict.fromkeys(number for number in found if number))

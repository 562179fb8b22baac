"""What one entry of a do-not-call list binds: every number it could mean, or a block of them, which is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from dialer.numbers.damage import clean, count_digits
from dialer.numbers.lost_plus import whole_number
from dialer.numbers.possible_numbers import meant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.numbers.reader import NumberReader

#: Telephone numbers, but none that could be dialled: nothing is lost by not keeping them.
UNDIALLED: Final = frozenset(("number-premium", "number-emergency"))
MISSING: Final = "number-missing"

#: A number is there, though it could not be dialled as it stands.
_HELD: Final = frozenset(
    (
        *("number-two", "number-extension", "number-decimal", "number-foreign-prefix", "number-words"),
        *("number-says-no", "number-lost-plus", "number-lost-zero", "number-stray-zero", "number-outdated"),
    )
)
_NEEDS_REGION: Final = frozenset(("number-lost-plus", "number-lost-zero", "number-stray-zero"))
_BARE: Final = str.maketrans("", "", " ().-/")
_FEWEST_DIGITS: Final = 7  #: of what may be a number before the rest of a range
_RANGE: Final = re.compile(
    r" *(?:-+>?|\bto\b|\bbis\b|\bthru\b|\bthrough\b|\buntil\b|\.{2,}|[:~>\u2192\u2026]) *(?=[+(\d])"
)


class Entry(NamedTuple):
    """What an entry binds: numbers in E.164; `is_block` says that it stands for many, `code` why there are none."""

    numbers: Sequence[str] = ()
    code: str | None = None
    is_block: bool = False


def read_entry(reader: NumberReader, text: str) -> Entry:
    """Read an entry that is more than a clean number."""
    reading = reader.read(text)
    if reading.code == "number-masked" or (reading.number is None and _is_range(reader, clean(text))):
        return Entry(code="number-masked", is_block=True)
    if reading.number:
        return Entry(tuple({reading.number, *other_readings(reader, [text]).values()}))
    if reading.code in _HELD and (reader.region or reading.code not in _NEEDS_REGION):
        numbers = sorted(meant(reader, text)) if reader.region or "+" in text else ()
        return Entry(numbers, None if numbers else reading.code)
    return Entry(code=reading.code)


def other_readings(reader: NumberReader, cells: Sequence[str]) -> dict[int, str]:
    """Return by position what cells without a plus would be with one, where such a number has been given out.

    A region that reads them at all is known: without one it would be a guess to take them for whole.
    """
    if reader.region is None:
        return {}
    found = ((at, whole_number(digits)) for at, cell in enumerate(cells) if (digits := _digits(cell)))
    return {at: number for at, number in found if number}


def _digits(cell: str) -> str:
    """Return the digits of a cell that may have lost its plus, '' where it has it or means something else."""
    bare = cell.translate(_BARE)
    return bare if bare.isdecimal() and bare.isascii() else ""


def _is_range(reader: NumberReader, text: str) -> bool:
    """Say whether a number is followed by the end of a range, such as 2125550100-0199."""
    for found in _RANGE.finditer(text):
        head = text[: found.start()]
        if count_digits(head) >= _FEWEST_DIGITS and reader.read(head).number:
            return True
    return False

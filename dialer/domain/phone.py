"""A telephone number: parsed once, compared by value, masked whenever it is printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PUNCTUATION = re.compile(r"[\s().-]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164; `.e164` is the only way to its digits.

    Raises ValueError for text that is not E.164, without repeating the text.
    """

    e164: str

    def __post_init__(self) -> None:
        """Refuse anything but a plus sign and seven to fifteen digits."""
        if not _E164.fullmatch(self.e164):
            raise ValueError("not a number in E.164: a plus sign, then 7 to 15 digits, not starting with 0")

    @classmethod
    def written(cls, text: str) -> Phone:
        """Read a number in E.164 as people write it, with spaces, brackets, dots and hyphens; raises ValueError."""
        return cls(_PUNCTUATION.sub("", text))

    def __str__(self) -> str:
        """Show enough to recognise the number and too little to ring it."""
        return mask(self.e164)

    def __repr__(self) -> str:
        """Mask the number here too: tracebacks and logs print this form."""
        return f"Phone({self})"


def mask(number: str) -> str:
    """Hide the middle of a number: `+12…23`."""
    return f"{number[:3]}…{number[-2:]}"

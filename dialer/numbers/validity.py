"""What is said of a piece of text: a number, or why it is none."""

from __future__ import annotations

from typing import NamedTuple


class Validity(NamedTuple):
    """A stable code, None when nothing is wrong, and the E.164 number.

    The number is None with every code but number-unassigned.
    """

    code: str | None
    number: str | None

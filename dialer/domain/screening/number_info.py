"""What numbering plans tell of a number outside +1."""

from __future__ import annotations

from typing import NamedTuple


class NumberInfo(NamedTuple):
    """What numbering plans tell of a number: its countries, and what sort it is.

    `service` names a sort that has no place, such as `toll-free`; it is empty for all others. `code` is the
    calling code; no countries means that the code or the number belongs to none. Of `landline` and `mobile`
    only the latter is said of a number that may be either. `assigned` is whether the plan knows such numbers at all.
    """

    code: int
    countries: tuple[str, ...] = ()
    service: str = ""
    landline: bool = False
    mobile: bool = False
    assigned: bool = True

"""Whether a list is what its campaign expects: of an age, of so many rows, and few of them bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.wording import counted, span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from dialer.domain.campaign import ListExpected


def too_old(expected: ListExpected, age: timedelta) -> str:
    """Say that a list that was last changed so long ago is too old, or nothing."""
    most = expected.max_age
    if most is None or age <= most:
        return ""
    return f"the list is too old: last changed {_said(age)} ago, and may be {_said(most)} old ([list] max_age)"


def looks_at_rows(expected: ListExpected) -> bool:
    """Tell whether anything is expected of the rows, so that all of them have to be read."""
    rows = expected.rows
    return any(limit is not None for limit in (rows.at_least, rows.at_most, rows.change, expected.invalid))


def unexpected(expected: ListExpected, found: Mapping[Outcome, int], *, before: int | None) -> Sequence[str]:
    """Say in a sentence each what is unexpected about the rows of a list.

    `found` counts them by outcome. `before` is how many rows the last list had that was
    dialled to its end, None where there was none: then no change is too large.
    """
    rows, limits = sum(found.values()), expected.rows
    said = []
    if limits.at_least is not None and rows < limits.at_least:
        said.append(f"the list has {counted(rows, 'row')}, fewer than {limits.at_least:,} ([list] rows at_least)")
    if limits.at_most is not None and rows > limits.at_most:
        said.append(f"the list has {counted(rows, 'row')}, more than {limits.at_most:,} ([list] rows at_most)")
    if limits.change is not None and before and abs(rows - before) > limits.change * before:
        than = f"the {before:,} of the last one by more than {_percent(limits.change)}"
        said.append(f"the list has {counted(rows, 'row')}, which differ from {than} ([list] rows change)")
    invalid = found.get(Outcome.INVALID, 0)
    if expected.invalid is not None and invalid > expected.invalid * rows:
        are = "is" if invalid == 1 else "are"
        said.append(
            f"{invalid:,} of {counted(rows, 'row')} {are} invalid, more than {_percent(expected.invalid)} "
            "([list] invalid)"
        )
    return said


def _percent(share: float) -> str:
    return f"{share * 100:.6g} %"


def _said(age: timedelta) -> str:
    return span(age.total_seconds())

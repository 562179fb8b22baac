"""A results file held against what it should say."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from typing import TYPE_CHECKING

from dialer.domain.redaction import shown
from dialer.domain.verify.promises import side_by_side
from dialer.errors import SetupError
from dialer.reports.results import heading_line, result_lines
from dialer.reports.workbook_file import is_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from pathlib import Path

    from dialer.domain.run import Result
    from dialer.domain.verify.promises import Finding

_LONGEST_ROW = 10  #: digits; a longer one is no row of any list


def compare(
    path: Path,
    headings: Sequence[str],
    results: Iterable[Result],
    finding: Finding,
    *,
    workbook: Callable[[Path], Iterator[list[str]]],
    but: Container[int] = frozenset(),
    again: bool = False,
) -> None:
    """Note every line that says something else, is missing or is too many; a file that cannot be read is one breach.

    `workbook` reads the lines of a file that is one. Rows in `but` may say anything. Where rows are called `again` by a
    rule, their calls are told.
    """
    wanted = result_lines(results, width=len(headings), again=again)
    try:
        with ExitStack() as files:
            if is_workbook(path):
                lines = workbook(path)
            else:
                # Earlier versions wrote no byte order mark.
                file = files.enter_context(path.open(encoding="utf-8-sig", newline=""))
                lines = csv.reader(file, strict=True)
            _compare(lines, heading_line(headings, again=again), wanted, finding, but, width=len(headings))
    except OSError as problem:
        finding.breach(None, expected=f"a results file at {path}", found=f"it cannot be read: {problem.strerror}")
    except SetupError as problem:
        finding.breach(None, expected="a results file that is a workbook", found=f"it cannot be read: {problem}")
    except (csv.Error, UnicodeDecodeError) as problem:
        finding.breach(None, expected="a results file that is CSV", found=f"it cannot be read: {problem}")


def _compare(
    lines: Iterator[list[str]],
    whole: Sequence[str],
    told: Iterator[tuple[int, list[str]]],
    finding: Finding,
    but: Container[int],
    *,
    width: int,
) -> None:
    if next(lines, None) != whole:
        finding.breach(None, expected="the list's columns, then ours", found="another heading line")
        return
    for row, (wanted, written) in side_by_side(told, _in_order(lines, width, finding)):
        if row in but:
            continue
        finding.checked += 1
        if wanted is None or written is None:
            finding.breach(
                row,
                expected="no line" if wanted is None else "one line",
                found="no line" if written is None else "a line in the results file",
            )
        elif wanted != written:
            finding.breach(row, **_difference(whole, wanted, written, own=width))


def _in_order(lines: Iterator[list[str]], width: int, finding: Finding) -> Iterator[tuple[int, list[str]]]:
    """Walk the lines of a results file by their rows; one that is out of order is a breach."""
    last = 0
    for at, cells in enumerate(lines, start=2):
        text = cells[width] if len(cells) > width else ""
        row = int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ROW else 0
        if row <= last:
            found = f"row {shown(text)}" if text else "no row number"
            finding.breach(row or None, expected=f"a row after {last} in record {at} of the results file", found=found)
            continue
        last = row
        yield row, cells


def _difference(headings: Sequence[str], wanted: Sequence[str], written: Sequence[str], *, own: int) -> dict[str, str]:
    if len(wanted) != len(written):
        return {"expected": f"{len(wanted)} cells", "found": f"{len(written)} cells"}
    at = next(at for at, (one, other) in enumerate(zip(wanted, written, strict=True)) if one != other)
    if at < own:
        return {"expected": f"the list's own {headings[at]!r}", "found": "something else in the results file"}
    name = headings[at]
    tell = repr if name == "callId" else shown
    return {"expected": f"{name} {tell(wanted[at])}", "found": f"{tell(written[at])} in the results file"}

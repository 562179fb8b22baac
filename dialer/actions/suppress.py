"""`dialer suppress`: the ledger's own do-not-call list."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from dialer.domain.screening.suppression import SuppressionFile
from dialer.domain.wording import counted
from dialer.errors import SetupError
from dialer.screening.dnc_index import read_suppression
from dialer.session.environment import utc_now, who
from dialer.session.past_run import ledger_of
from dialer.session.typed_numbers import read_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.session.choices import Choices

_BATCH = 10_000  #: numbers a transaction, so that a run that dials meanwhile never waits long for the ledger

Told = dict[str, Any]


def add(numbers: Sequence[str], choices: Choices, env: Mapping[str, str], *, reason: str) -> Told:
    """Put numbers on the list; raises SetupError, naming each that is none, and then none is added."""
    read = read_numbers(numbers, choices.region)
    with ledger_of(choices, env, create=True) as ledger:
        added = ledger.suppressions().add([(number, reason) for number in read], who=who(), now=utc_now())
    return _said(f"{added} added to the do-not-call list, {len(read) - added} on it already", added=added)


def remove(numbers: Sequence[str], choices: Choices, env: Mapping[str, str]) -> Told:
    """Take numbers off the list; raises SetupError as `add` does."""
    read = read_numbers(numbers, choices.region)
    with ledger_of(choices, env, create=True) as ledger:
        removed = ledger.suppressions().remove(read, who=who(), now=utc_now())
    return _said(f"{removed} taken off the do-not-call list, {len(read) - removed} not on it", removed=removed)


def import_file(file: Path, choices: Choices, env: Mapping[str, str], *, reason: str) -> Told:
    """Put a file of numbers on the list; raises SetupError where it cannot be read, and then none is added."""
    now = utc_now()
    index = read_suppression([SuppressionFile(path=file)], region=choices.region, now=now)
    added = total = 0
    with ledger_of(choices, env, create=True) as ledger:
        found = (
            (number, reason or ", ".join(filter(None, (hit.reason, hit.since, f"line {hit.line} of {hit.list}"))))
            for number, hit in index.entries()
        )
        while entries := list(islice(found, _BATCH)):
            added += ledger.suppressions().add(entries, who=who(), now=now)
            total += len(entries)
    if not total:
        raise SetupError(f"{file} holds no number that could be dialled: nothing was added")
    says = (
        f"{added:,} added to the do-not-call list, {total - added:,} on it already, from {counted(index.lines, 'line')}"
    )
    return _said(says, added=added, warnings=list(index.warnings))


def listed(choices: Choices, env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Walk the list as plain values."""
    with ledger_of(choices, env) as ledger:
        for entry in ledger.suppressions():
            yield {
                "number": entry.number,
                "since": entry.since.isoformat(timespec="seconds"),
                "who": entry.who,
                "reason": entry.reason,
            }


def _said(says: str, *, warnings: Sequence[str] = (), **counts: int) -> Told:
    return {**counts, "says": says, "warnings": list(warnings), "exit_code": 0}

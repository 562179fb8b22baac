"""What becomes of rows that earlier runs of a campaign have left open, once a new list of it is there; pure.

It is decided once, with the loading of the new list and before anybody of either is dialled.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from dialer.domain.call import Outcome
from dialer.domain.wording import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryTerms:
    """Which open rows of earlier runs stay open beside a new list: none, or those of runs not older than `within`.

    Who is not on the new list any more stays open only with `vanished`.
    """

    carries: bool
    within: timedelta = timedelta.max
    vanished: bool = False


class Person(NamedTuple):
    """A row as it names somebody: by its key, '' where it has none, and by its number, '' where none could be read."""

    row: int
    key: str
    number: str


class OpenRow(NamedTuple):
    """A row of an earlier run that is still to be dialled, and when that run was begun."""

    run: int
    person: Person
    began: datetime


class Closing(NamedTuple):
    """An open row that is not dialled any more, and why; `instead` is the (run, row) that is, None where none is."""

    run: int
    row: int
    outcome: Outcome
    reason: str
    instead: tuple[int, int] | None = None


def closings(
    still_open: Sequence[OpenRow], listed: Iterable[Person], terms: CarryTerms, *, run: int, now: datetime
) -> Iterator[Closing]:
    """Decide which open rows of earlier runs are closed by the list that `run` loads now; the others stay open.

    The same person is who has the same key or the same number. A newer row stands in the place of an older one,
    whatever becomes of it: also one that says not to call.
    """
    known: dict[str, tuple[int, int]] = {}
    wanted = {name for each in still_open for name in _names(each.person)}
    for person in listed:
        for name in _names(person):
            if name in wanted:
                known.setdefault(name, (run, person.row))
    by_run = defaultdict[int, list[OpenRow]](list)
    for each in still_open:
        by_run[each.run].append(each)
    for number in sorted(by_run, reverse=True):
        staying = dict[str, tuple[int, int]]()
        for each in by_run[number]:
            closing = _closing(each, known, terms, run=run, now=now)
            if closing:
                yield closing
            else:
                staying |= dict.fromkeys(_names(each.person), (each.run, each.person.row))
        known = {**staying, **known}


def _closing(
    each: OpenRow, known: dict[str, tuple[int, int]], terms: CarryTerms, *, run: int, now: datetime
) -> Closing | None:
    row = each.person.row
    if instead := next((known[name] for name in _names(each.person) if name in known), None):
        reason = f"replaced by row {instead[1]} of run {instead[0]}"
        return Closing(each.run, row, Outcome.REPLACED, reason, instead)
    if not terms.carries:
        why = f"open when run {run} was begun, and not carried"
    elif now - each.began > terms.within:
        why = f"open when run {run} was begun, and older than {span(terms.within.total_seconds())}"
    elif not terms.vanished:
        why = f"not on the list of run {run} any more"
    else:
        return None
    return Closing(each.run, row, Outcome.EXPIRED, why)


def _names(person: Person) -> Sequence[str]:
    """Give what somebody is known by, the key first; no key is taken for a number."""
    return [*([f"key {person.key}"] if person.key else ()), *([person.number] if person.number else ())]

"""Reading the ledger's rows back: what is of the wrong kind or out of range is named with its place, never guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dialer.domain.call import Outcome
from dialer.domain.redaction import shown
from dialer.domain.retention import FORGOTTEN
from dialer.domain.run import Result, Run
from dialer.domain.screening.location import NO_ADDRESS, Address
from dialer.domain.verify.history import MAY_HAVE_RUNG
from dialer.errors import LedgerError
from dialer.ledger.records import DamagedError, Fault
from dialer.ledger.sqlite.database import from_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

T = TypeVar("T")

LAST_MOMENT = 253_402_300_799_999_999
"""The last microsecond a calendar of four-digit years knows."""

NO_FILE = "-"
"""What is kept in place of the paths of a single call, which has no list and no results; files are kept absolute."""

RESULTS = f"""
SELECT contact.row, cells, iif(number GLOB '{FORGOTTEN}*', '', number), outcome, call_id, status, error, tries,
       called_at
  FROM contact JOIN list_row USING (run, row)
 WHERE contact.run = ?
"""  # noqa: S608 - a constant
"""Where the rows of a run stand, as `read_result` reads them; whoever is forgotten has no number."""

_CALLS = f"""
SELECT row_number() OVER (ORDER BY try) AS nth, coalesce(sent_at, claimed_at) AS at,
       coalesce(redial.status, iif(try = tries AND outcome = 'placed' AND contact.status <> '', contact.status,
                                   iif(answer = 'accepted', 'placed', 'unknown'))) AS said
  FROM attempt LEFT JOIN redial USING (run, row, try)
 WHERE attempt.run = contact.run AND attempt.row = contact.row
   AND answer IN ({", ".join(f"'{answer}'" for answer in MAY_HAVE_RUNG)})
"""  # noqa: S608 - a constant of this program

CALLS = f"""
SELECT attempt.row, iif(contact.number GLOB '{FORGOTTEN}*', '', contact.number),
       row_number() OVER (PARTITION BY attempt.row ORDER BY try), coalesce(sent_at, claimed_at),
       coalesce(redial.call_id, iif(try = tries AND outcome = 'placed', contact.call_id,
                                    iif(answer = 'accepted', detail, ''))),
       coalesce(redial.status, iif(try = tries AND outcome = 'placed', contact.status, '')),
       iif(answer = 'accepted', '', detail)
  FROM attempt JOIN contact USING (run, row) LEFT JOIN redial USING (run, row, try)
 WHERE attempt.run = ? AND answer IN ({", ".join(f"'{answer}'" for answer in MAY_HAVE_RUNG)})
 ORDER BY attempt.row, try
"""  # noqa: S608 - constants of this program
"""The calls of a run that were made or may have been."""

RESULTS_CALLED_AGAIN = f"""
SELECT contact.row, cells, iif(number GLOB '{FORGOTTEN}*', '', number), outcome, call_id, status, error, tries,
       called_at, (SELECT count(*) FROM ({_CALLS})),
       (SELECT coalesce(group_concat(told, ' | '), '') FROM (
            SELECT nth || ' ' || strftime('%Y-%m-%dT%H:%MZ', at / 1000000, 'unixepoch') || ' ' || said AS told
              FROM ({_CALLS}) ORDER BY nth))
  FROM contact JOIN list_row USING (run, row)
 WHERE contact.run = ?
"""  # noqa: S608 - constants of this file
"""The same with the calls of each row, of a run whose contacts are called again by a rule."""

_MOST_ROWS = 2**32  #: more than any list has, and any count of its rows
_ONLY_TEXT = frozenset({str})
_decode = json.JSONDecoder().decode


def other_than_loaded(run: int, row: int) -> DamagedError:
    """Complain of a row whose number, parameters or address are not those of the list any more."""
    return DamagedError(run, row, [Fault("what it is dialled with", "as it was loaded", "something else")])


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    """What a column should hold, in words, and how it is read; that raises one of `_WRONG` for anything else."""

    says: str
    read: Callable[[Any], T]


_WRONG = (ValueError, TypeError, OverflowError, RecursionError)


def path_text(path: Path | None) -> str:
    """Write a path as the ledger keeps it."""
    return str(path) if path else NO_FILE


def read_run(found: Sequence[Any]) -> Run:
    """Read a run; raises LedgerError naming it and what is wrong with it."""
    run, faults = mended_run(found)
    if faults:
        raise DamagedError(run.number, None, faults)
    return run


def mended_run(found: Sequence[Any]) -> tuple[Run, tuple[Fault, ...]]:
    """Read a run as far as it can be read, with something harmless in the place of every fault."""
    number, campaign, provider, path, digest, results, headings, settings, rows, started, ended, left = found
    faults: list[Fault] = []

    def take(column: str, value: object, kind: _Kind[T], otherwise: T) -> T:
        try:
            return kind.read(value)
        except _WRONG:
            faults.append(Fault(column, kind.says, shown(str(value))))
            return otherwise

    run = Run(
        number=number,
        campaign=take("campaign", campaign, _TEXT, ""),
        provider=take("provider", provider, _TEXT, ""),
        list_path=take("list_path", path, _PATH, Path("?")),
        digest=take("list_digest", digest, _TEXT, ""),
        results=take("results", results, _PATH, Path("?")),
        headings=take("headings", headings, _STRINGS, ()),
        settings=take("settings", settings, _MAPPING, {}),
        rows=take("row_count", rows, _COUNT, 0),
        started_at=take("started_at", started, _MOMENT, from_stamp(0)),
        ended_at=take("ended_at", ended, _MAYBE, None),
        abandoned_at=take("abandoned_at", left, _MAYBE, None),
    )
    return run, tuple(faults)


def mended_moment(column: str, value: object) -> tuple[datetime | None, tuple[Fault, ...]]:
    """Read a moment, or nothing and its fault."""
    try:
        return _MOMENT.read(value), ()
    except _WRONG:
        return None, (Fault(column, _MOMENT.says, shown(str(value))),)


def address_of(text: object) -> Address:
    """Read an address; a damaged one, which is a fault of its own, is none."""
    try:
        known = strings(text) if text else NO_ADDRESS
        return Address(*known)
    except _WRONG:
        return NO_ADDRESS


def cells_of(text: object) -> tuple[str, ...]:
    """Read a row's cells; damaged ones, which are a fault of their own, are none."""
    try:
        return strings(text)
    except _WRONG:
        return ()


def read_result(run: int, found: Sequence[Any]) -> Result:
    """Read where a row of a run stands; raises LedgerError naming the row."""
    row, cells, number, outcome, call_id, status, error, tries, called_at, *calls = found
    sound = type(number) is type(call_id) is type(status) is type(error) is str and type(tries) is int
    try:
        result = Result(
            row=row,
            cells=strings(cells),
            number=number,
            outcome=Outcome(outcome),
            call_id=call_id,
            status=status,
            error=error,
            attempts=tries,
            called_at=None if called_at is None else from_stamp(called_at),
            tries=calls[0] if calls else 0,
            history=calls[1] if calls else "",
        )
    except (*_WRONG, LedgerError):
        sound, result = False, None
    if not sound or result is None:
        raise DamagedError(run, row, _faults_of_result(found))
    return result


def outcome_of(word: object, *, run: int) -> Outcome:
    """Read an outcome's word; raises LedgerError for one that is none."""
    try:
        return _OUTCOME.read(word)
    except ValueError:
        raise DamagedError(run, None, [Fault("outcome", _OUTCOME.says, shown(str(word)))]) from None


def moment(value: object) -> datetime | None:
    """Read microseconds since 1970, or nothing; raises LedgerError for anything else."""
    try:
        return _moment_or_none(value)
    except ValueError:
        raise LedgerError(f"the ledger is damaged: {shown(str(value))} is no moment") from None


def strings(value: Any) -> tuple[str, ...]:
    """Read a JSON array of texts; raises ValueError or TypeError for anything else."""
    found = _decode(value)
    if type(found) is not list or not _ONLY_TEXT.issuperset(map(type, found)):
        raise ValueError
    return tuple(found)


def mapping(value: object) -> dict[str, Any]:
    """Read a JSON object; raises ValueError or TypeError for anything else."""
    found = _decode(_text(value))
    if not isinstance(found, dict):
        raise TypeError
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _path(value: object) -> Path | None:
    if "\0" in _text(value):
        raise ValueError
    return None if value == NO_FILE else Path(_text(value))


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < _MOST_ROWS:
        raise ValueError
    return value


def _moment(value: object) -> datetime:
    if type(value) is not int or not 0 <= value <= LAST_MOMENT:
        raise ValueError
    return from_stamp(value)


def _moment_or_none(value: object) -> datetime | None:
    return None if value is None else _moment(value)


_TEXT = _Kind("text", _text)
_PATH: _Kind[Path | None] = _Kind("the path of a file", _path)
_STRINGS = _Kind("a JSON array of texts", strings)
_MAPPING: _Kind[Mapping[str, object]] = _Kind("a JSON object", mapping)
_COUNT = _Kind("a whole number", _count)
_MOMENT = _Kind("microseconds since 1970", _moment)
_MAYBE = _Kind("microseconds since 1970, or nothing", _moment_or_none)
_OUTCOME = _Kind("a word for where a row stands", Outcome)

_RESULT: dict[str, _Kind[Any]] = {
    "row": _COUNT,
    "cells": _STRINGS,
    "number": _TEXT,
    "outcome": _OUTCOME,
    "call_id": _TEXT,
    "status": _TEXT,
    "error": _TEXT,
    "tries": _COUNT,
    "called_at": _MAYBE,
}


def _faults_of_result(found: Sequence[Any]) -> list[Fault]:
    faults = []
    for (column, kind), value in zip(_RESULT.items(), found[: len(_RESULT)], strict=True):
        try:
            kind.read(value)
        except _WRONG:
            # A row's cells are a person's: that they are damaged is all that is said of them.
            faults.append(Fault(column, kind.says, "something else" if column == "cells" else shown(str(value))))
    return faults

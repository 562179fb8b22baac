"""What a row of the ledger may hold, as SQL: every other one is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.domain.call import CLOSED, MOVES, OPEN, SETTLED_BY_A_PERSON, Outcome
from dialer.domain.reconciliation import RECONCILED
from dialer.domain.verify.history import ANSWERS
from dialer.ledger.sqlite.row_reading import LAST_MOMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOST_TRIES = 1_000_000  #: of one row: far more than any run makes
_FASTEST = 10_000  #: calls a second: what a campaign may say at most


def one_of(words: Iterable[str]) -> str:
    """Write that a column, to be put in place of the braces, holds one of some words."""
    return "{} IN (" + ", ".join(f"'{word}'" for word in words) + ")"


IS_OPEN = one_of(sorted(OPEN)).format("outcome")
"""What holds of a contact that is still to be dialled."""

_TEXT = "typeof({}) = 'text'"
_ROW = "typeof({}) = 'integer' AND {} BETWEEN 1 AND 4294967296"
_MOMENT = f"typeof({{}}) = 'integer' AND {{}} BETWEEN 0 AND {LAST_MOMENT}"
_LATER = "typeof({}) = 'integer' AND {} >= 0"
_TRIES = f"typeof({{}}) = 'integer' AND {{}} BETWEEN 0 AND {_MOST_TRIES}"
_OBJECT = "CASE WHEN typeof({}) = 'text' AND json_valid({}) THEN json_type({}) = 'object' ELSE FALSE END"
_ARRAY = "CASE WHEN typeof({}) = 'text' AND json_valid({}) THEN json_type({}) = 'array' ELSE FALSE END"
_RULE = "typeof({}) = 'text' AND {} GLOB '[0-9]*s, [0-9]* times, [0-9]* in all, for [0-9]*s' AND length({}) <= 80"
_NAME = "typeof({}) = 'text' AND length({}) <= 64 AND {} NOT GLOB '*[^A-Za-z0-9-]*'"
_ADDRESS = f"""CASE WHEN {{}} = '' THEN TRUE WHEN {_ARRAY} THEN json_array_length({{}}) = 4
    AND NOT EXISTS (SELECT 1 FROM json_each({{}}) WHERE type <> 'text') ELSE FALSE END"""  # noqa: S608 - constants of this file

SOUND: Mapping[str, Mapping[str, str]] = {
    "list_row": {
        "row": _ROW,
        "cells": _ARRAY,
        "parameters": _OBJECT,
        "address": _ADDRESS,
        "checksum": "{} IS NULL OR typeof({}) = 'integer'",
        "key": _TEXT,
    },
    "contact": {
        "row": _ROW,
        "number": _TEXT,
        "outcome": one_of(MOVES),
        "due": _LATER,
        "tries": _TRIES,
        "call_id": _TEXT,
        "status": _TEXT,
        "error": _TEXT,
        "called_at": "{} IS NULL OR " + _MOMENT,
        "closes": _LATER,
        "is_final": "{} IN (0, 1) AND typeof({}) = 'integer'",
        "again_after": _TRIES,
        "reached_by": _TRIES,
    },
    "attempt": {
        "row": _ROW,
        "try": _TRIES,
        "number": _TEXT,
        "claimed_at": _MOMENT,
        "sent_at": "{} IS NULL OR " + _MOMENT,
        "ended_at": "{} IS NULL OR " + _MOMENT,
        "answer": one_of(ANSWERS),
        "detail": _TEXT,
        "token": _NAME,
    },
    "settlement": {
        "row": _ROW,
        "at": _MOMENT,
        "who": _TEXT,
        "from_outcome": "{} = 'unknown'",
        "to_outcome": one_of(SETTLED_BY_A_PERSON),
        "call_id": _TEXT,
    },
    "redial": {
        "row": _ROW,
        "try": _TRIES,
        "status": _TEXT,
        "word": _TEXT,
        "rule": _RULE,
        "at": _MOMENT,
        "due": _MOMENT,
        "until": _MOMENT,
        "call_id": _TEXT,
    },
    "reconciliation": {
        "row": _ROW,
        "try": _TRIES,
        "at": _MOMENT,
        "outcome": one_of(RECONCILED),
        "call_id": _TEXT,
        "seen": _TEXT,
    },
    "closing": {
        "row": _ROW,
        "by_run": _ROW,
        "at": _MOMENT,
        "outcome": one_of(sorted({*CLOSED, Outcome.PLACED})),
        "reason": _TEXT,
        "instead_run": "{} IS NULL OR " + _ROW,
        "instead_row": "{} IS NULL OR " + _ROW,
        "from_outcome": one_of(sorted(OPEN)),
        "from_error": _TEXT,
    },
    "session": {
        "started_at": _MOMENT,
        "calls_per_second": f"typeof({{}}) IN ('real', 'integer') AND {{}} > 0 AND {{}} <= {_FASTEST}",
        "screening": _OBJECT,
    },
}
"""What holds of each column of a table, as SQL: other rows are damaged, and are not walked."""


def holds(column: str, rule: str) -> str:
    """Write a rule of a column."""
    return f"({rule.replace('{}', column)})"


def sound(table: str) -> str:
    """Write what holds of every row of a table that a program of ours wrote."""
    return " AND ".join(holds(column, rule) for column, rule in SOUND[table].items())

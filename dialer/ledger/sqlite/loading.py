"""Writing a whole list down as a new run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.contact import Contact
from dialer.domain.screening.location import NO_ADDRESS
from dialer.errors import LedgerError
from dialer.ledger.sqlite.closings import close_earlier, reopen
from dialer.ledger.sqlite.database import to_stamp
from dialer.ledger.sqlite.row_checksum import checksum
from dialer.ledger.sqlite.row_reading import path_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.domain.carry import CarryTerms
    from dialer.domain.contact import Reject
    from dialer.domain.run import NewRun
    from dialer.ledger.sqlite.database import Database


def load(
    db: Database,
    new: NewRun,
    rows: Iterable[Sequence[Contact | Reject]],
    now: datetime,
    *,
    results: Callable[[int], Path] | None = None,
    carry: CarryTerms | None = None,
) -> int:
    """Write a list chunk by chunk, and return its run's number; it is no run before it is complete.

    What becomes of rows that earlier runs have left open is written with that, by the terms of `carry` where there are.
    """
    _sweep(db, new.campaign)
    with db.writing():
        number = _insert_run(db, new, now)
        if results:
            named = {"results": path_text(results(number)), "run": number}
            db.execute("UPDATE run SET results = :results WHERE id = :run", named)
    count = 0
    for chunk in rows:
        with db.writing():
            _insert_contacts(db, number, chunk)
        count += len(chunk)
    with db.writing():
        db.execute(
            "UPDATE run SET loaded_at = :now, row_count = :count WHERE id = :run",
            {"now": to_stamp(now), "count": count, "run": number},
        )
        if carry:
            close_earlier(db, number, carry, now=now)
    return number


def discard(db: Database, number: int) -> None:
    """Remove a run of which nobody has been dialled; where somebody may have been, leave it."""
    with db.writing():
        found = db.execute(
            """
            UPDATE run SET loaded_at = NULL
             WHERE id = :run AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.run = run.id)
            RETURNING campaign
            """,
            {"run": number},
        ).fetchone()
        if found:
            reopen(db, number)
    if found:
        _sweep(db, found[0])


def _sweep(db: Database, campaign: str) -> None:
    """Remove what a process left that died while it was reading a list."""
    with db.writing():
        for table in ("contact", "list_row", "session"):
            db.execute(
                f"""
                DELETE FROM {table}
                 WHERE run IN (SELECT id FROM run WHERE campaign = :campaign AND loaded_at IS NULL)
                """,  # noqa: S608 - names of this file
                {"campaign": campaign},
            )
        db.execute("DELETE FROM run WHERE campaign = :campaign AND loaded_at IS NULL", {"campaign": campaign})


def _insert_run(db: Database, new: NewRun, now: datetime) -> int:
    cursor = db.execute(
        """
        INSERT INTO run (campaign, provider, list_path, list_digest, results, headings, settings, started_at)
        VALUES (:campaign, :provider, :list_path, :digest, :results, :headings, :settings, :now)
        """,
        {
            "campaign": new.campaign,
            "provider": new.provider,
            "list_path": path_text(new.list_path),
            "digest": new.digest,
            "results": path_text(new.results),
            "headings": to_json(new.headings),
            "settings": to_json(new.settings),
            "now": to_stamp(now),
        },
    )
    if cursor.lastrowid is None:
        raise LedgerError("the ledger gave no number to a new run")
    return cursor.lastrowid


def _insert_contacts(db: Database, run: int, chunk: Sequence[Contact | Reject]) -> None:
    db.executemany(
        "INSERT INTO list_row (run, row, cells, parameters, address, checksum, key) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [_listed(run, item) for item in chunk],
    )
    db.executemany(
        "INSERT INTO contact (run, row, number, outcome, error) VALUES (?, ?, ?, ?, ?)",
        [
            (run, item.row, item.number, Outcome.PENDING.value, "")
            if isinstance(item, Contact)
            else (run, item.row, item.number, item.outcome.value, item.reason)
            for item in chunk
        ],
    )


def _listed(run: int, item: Contact | Reject) -> tuple[object, ...]:
    parameters, address = "{}", ""
    if isinstance(item, Contact):
        parameters = to_json(item.parameters)
        address = "" if item.address == NO_ADDRESS else to_json(item.address)
    sent = (item.row, item.number, parameters, address)
    return (run, item.row, to_json(item.cells), parameters, address, checksum(*sent), item.key)


def to_json(value: object) -> str:
    """Write a value as the ledger keeps it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

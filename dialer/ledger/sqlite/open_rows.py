"""What the runs of a campaign have left: rows that are still to be dialled, and rows that nobody has settled."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dialer.domain.call import OPEN, Outcome
from dialer.domain.run import Leftover
from dialer.ledger.sqlite.database import from_stamp
from dialer.ledger.sqlite.row_reading import NO_FILE, outcome_of

if TYPE_CHECKING:
    from dialer.ledger.sqlite.database import Database

_LOOKED_AT = 10
"""Runs whose unknown rows are looked for: a fortnight of working nights. Counting the rows of a whole year's runs
takes ten seconds."""


def finished(db: Database, campaign: str, digest: str | None, *, sandbox: bool) -> int | None:
    """Find the latest run of a campaign that dialled this very list to its end, or any where none is given."""
    with db.reading():
        (number,) = db.execute(
            """
            SELECT max(id) FROM run
             WHERE campaign = :campaign AND list_digest = coalesce(:digest, list_digest) AND list_path <> :single
               AND loaded_at IS NOT NULL AND ended_at IS NOT NULL AND abandoned_at IS NULL
               AND (provider = 'sandbox') = :sandbox
            """,
            {"campaign": campaign, "digest": digest, "sandbox": sandbox, "single": NO_FILE},
        ).fetchone()
    return number if number is None else int(number)


def leftovers(db: Database, campaign: str, *, sandbox: bool) -> list[Leftover]:
    """Tell what runs of a campaign have left, the oldest first, in the sandbox or in life; single calls have none."""
    values = {"campaign": campaign, "sandbox": sandbox, "most": _LOOKED_AT, "single": NO_FILE}
    with db.reading():
        found = db.execute(
            """
            WITH own AS (
                SELECT id, list_path, started_at, ended_at FROM run
                 WHERE campaign = :campaign AND (provider = 'sandbox') = :sandbox AND list_path <> :single
                   AND loaded_at IS NOT NULL AND abandoned_at IS NULL
            )
            SELECT own.id, started_at, outcome, count(*) FROM own JOIN contact ON contact.run = own.id
             WHERE ended_at IS NULL AND outcome IN ('pending', 'deferred', 'redial') GROUP BY own.id, outcome
            UNION ALL
            SELECT own.id, started_at, outcome, count(*) FROM own JOIN contact ON contact.run = own.id
             WHERE own.id IN (SELECT id FROM own ORDER BY id DESC LIMIT :most) AND outcome = 'unknown' GROUP BY own.id
             ORDER BY 1
            """,
            values,
        ).fetchall()
    counts: dict[int, Counter[Outcome]] = {}
    begun: dict[int, int] = {}
    for run, started, outcome, count in found:
        counts.setdefault(run, Counter())[outcome_of(outcome, run=run)] += count
        begun[run] = started
    return [
        Leftover(
            run=run,
            started_at=from_stamp(begun[run]),
            rows={outcome: count for outcome, count in left.items() if outcome in OPEN},
            unknown=left[Outcome.UNKNOWN],
        )
        for run, left in counts.items()
    ]

"""What the ledger knows of numbers: past calls of all its campaigns, and its own do-not-call list."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from dialer.domain.call import Accepted
from dialer.domain.reconciliation import NO_CALL
from dialer.domain.screening.candidate import Facts, PastCall
from dialer.domain.screening.suppression import Hit
from dialer.domain.verify.history import MAY_HAVE_RUNG, UNRECORDED
from dialer.ledger.records import PastRequest
from dialer.ledger.sqlite.database import from_stamp, to_stamp
from dialer.ledger.sqlite.integrity import one_of
from dialer.ledger.sqlite.retention import forgetting_key, keyed
from dialer.ledger.sqlite.row_reading import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dialer.domain.screening.candidate import Candidate
    from dialer.ledger.sqlite.database import Database

_CLOCKS_APART = timedelta(days=1)
"""By so much a clock may have been set back between a run's calls and its end, and the calls still count."""

_NO_RUN = 2**62  #: a number that no run has

OWN_LIST = "of this ledger"

_RANG = f"""
{one_of(MAY_HAVE_RUNG).format("answer")} AND (answer = '{Accepted.word}' OR NOT EXISTS (
    SELECT 1 FROM reconciliation
     WHERE reconciliation.run = attempt.run AND reconciliation.row = attempt.row AND reconciliation.try = attempt.try
       AND {one_of(NO_CALL).format("reconciliation.outcome")}))
"""  # noqa: S608 - constants
"""A request counts from its intent on, and no longer once its answer, or its provider afterwards, proves that no call
was made."""


class SqliteScreeningFacts:
    """Tells what is known of numbers, for one run; requests made for the sandbox count only there."""

    def __init__(self, db: Database, *, run: int | None, sandbox: bool) -> None:
        """Use an open ledger; `run` is the one whose own rows are asked for."""
        self._db = db
        self._run = run
        self._sandbox = sandbox
        self._seen: int | None = None

    def has_changed(self) -> bool:
        """Tell whether another program has written to the ledger since this was last asked."""
        with self._db.reading():
            version = self._db.execute("PRAGMA data_version").fetchone()[0]
        before, self._seen = self._seen, version
        return bool(version != before)

    def facts(self, candidates: Sequence[Candidate], *, since: datetime) -> Mapping[str, Facts]:
        """Fetch what is known of some numbers, those of which nothing is known left out; calls from `since` on."""
        rows = {candidate.number: candidate.row for candidate in candidates}
        numbers = json.dumps(list(rows))
        calls: dict[str, list[PastCall]] = defaultdict(list)
        with self._db.reading():
            key = forgetting_key(self._db)
            instead = {keyed(key, number): number for number in rows} if key else {}
            for known, at, campaign, run, row, provider, status, reached in self._calls(
                json.dumps([*rows, *instead]), since
            ):
                number = instead.get(known, known)
                own = run == self._run and row == rows[number]
                call = PastCall(at=from_stamp(at), campaign=campaign, own=own, is_reached=bool(reached))
                calls[number].append(replace(call, provider=provider, status=status) if status else call)
            listed = self._listed(numbers)
        return {
            number: Facts(listed=listed.get(number, ""), calls=tuple(calls.get(number, ())))
            for number in calls.keys() | listed.keys()
        }

    def requests_of(self, campaign: str, *, since: datetime) -> Sequence[datetime]:
        """Fetch when a campaign's requests left, of all its runs, those that rang nobody included."""
        with self._db.reading():
            found = self._db.execute(
                """
                SELECT coalesce(sent_at, claimed_at) FROM run JOIN attempt ON attempt.run = run.id
                 WHERE campaign = :campaign AND (provider = 'sandbox') = :sandbox
                   AND (run.ended_at IS NULL OR run.ended_at > :since) AND claimed_at > :since
                   AND (answer <> 'notsent' OR sent_at IS NOT NULL)
                """,
                {"campaign": campaign, "since": to_stamp(since), "sandbox": self._sandbox},
            ).fetchall()
        return [from_stamp(at) for (at,) in found]

    def prefixes(self, length: int) -> frozenset[str]:
        """Tell with which digits the run's open numbers begin, the plus left out."""
        with self._db.reading():
            found = self._db.execute(
                """
                SELECT DISTINCT substr(number, 2, :length) FROM contact
                 WHERE run = :run AND outcome IN ('pending', 'deferred', 'redial')
                """,
                {"run": self._run, "length": length},
            ).fetchall()
        return frozenset(prefix for (prefix,) in found)

    def suppressed(self) -> Iterator[int]:
        """Walk the rows of the run that were claimed while their number stood on the ledger's own list."""
        with self._db.reading():
            found = self._db.execute(
                """
                SELECT DISTINCT attempt.row FROM attempt JOIN suppression USING (number)
                 WHERE attempt.run = :run AND added_at < claimed_at AND coalesce(removed_at > claimed_at, TRUE)
                   AND answer <> :unrecorded
                 ORDER BY attempt.row
                """,
                {"run": self._run, "unrecorded": UNRECORDED},
            )
            yield from (row for (row,) in found)

    def repeated(self) -> Iterator[tuple[str, list[PastRequest]]]:
        """Walk the numbers of the run that were called more than once by any run, with those calls in order of time."""
        with self._db.reading():
            found = self._db.execute(
                f"""
                WITH mine AS (SELECT DISTINCT number FROM attempt WHERE run = :run AND typeof(number) = 'text')
                SELECT mine.number, run.id, contact.row, run.campaign, address, coalesce(sent_at, claimed_at) AS at
                  FROM mine
                  JOIN contact ON contact.number = mine.number AND contact.number <> ''
                  JOIN list_row ON list_row.run = contact.run AND list_row.row = contact.row
                  JOIN attempt ON attempt.run = contact.run AND attempt.row = contact.row
                  JOIN run ON run.id = contact.run
                 WHERE {_RANG} AND answer <> :unrecorded AND (provider = 'sandbox') = :sandbox
                   AND typeof(coalesce(sent_at, claimed_at)) = 'integer'
                 ORDER BY mine.number, at
                """,  # noqa: S608 - a constant of this file
                {"run": self._run, "sandbox": self._sandbox, "unrecorded": UNRECORDED},
            )
            for number, calls in groupby(found, key=itemgetter(0)):
                of_number = [
                    PastRequest(run, row, campaign, address_of(address), from_stamp(at))
                    for _, run, row, campaign, address, at in calls
                ]
                if len(of_number) > 1:
                    yield number, of_number

    def _calls(self, numbers: str, since: datetime) -> Sequence[tuple[str, int, str, int, int, str, str, int]]:
        return self._db.execute(
            f"""
            SELECT contact.number, coalesce(sent_at, claimed_at) AS at, run.campaign, run.id, contact.row, provider,
                   iif(answer = 'accepted', status, ''), reached_by = try
              FROM json_each(:numbers) AS asked
              JOIN contact ON contact.number = asked.value AND contact.number <> ''
              JOIN attempt ON attempt.run = contact.run AND attempt.row = contact.row
              JOIN run ON run.id = contact.run
             WHERE contact.run >= :oldest AND coalesce(sent_at, claimed_at) > :since AND {_RANG}
               AND (provider = 'sandbox') = :sandbox
             ORDER BY at DESC
            """,  # noqa: S608 - a constant of this file
            {
                "numbers": numbers,
                "since": to_stamp(since),
                "oldest": self._oldest(since - _CLOCKS_APART),
                "sandbox": self._sandbox,
            },
        ).fetchall()

    def _oldest(self, since: datetime) -> int:
        """Tell which run is the first that may have made calls since then: a year of older ones is not looked at."""
        (run,) = self._db.execute(
            """
            SELECT coalesce(min(id), :none) FROM run
             WHERE coalesce(nullif(max(coalesce(ended_at, 0), coalesce(abandoned_at, 0)), 0), :since + 1) > :since
            """,
            {"since": to_stamp(since), "none": _NO_RUN},
        ).fetchone()
        return int(run)

    def _listed(self, numbers: str) -> Mapping[str, str]:
        found = self._db.execute(
            """
            SELECT number, reason, added_at FROM json_each(:numbers) AS asked
              JOIN suppression ON suppression.number = asked.value AND removed_at IS NULL
            """,
            {"numbers": numbers},
        ).fetchall()
        return {
            number: Hit(list=OWN_LIST, since=f"{from_stamp(at):%Y-%m-%d %H:%M} UTC", reason=reason).sentence
            for number, reason, at in found
        }

"""What has changed since the campaign's list before: said of every run and check, and written where that is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.errors import LedgerError, SetupError, StoppedError
from dialer.ledger.reading import list_before_on_record
from dialer.providers.sandbox import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dialer.domain.run import Run
    from dialer.ledger.port import Records
    from dialer.lists.contacts import ContactList
    from dialer.lists.screened import ScreenedChunk
    from dialer.reports.delta import Delta, Night, Page
    from dialer.session.plan import Plan


def delta_of_run(ledger: Records, run: Run, *, write_to: Path | None = None) -> Delta | None:
    """Compare the list of a run with that of the campaign's run before it; None where there was none.

    Raises StoppedError where the changes cannot be written.
    """
    try:
        before = ledger.list_before(run.campaign, sandbox=run.provider == SANDBOX, than=run.number)
        return _delta(ledger, before, _night_of(ledger, run), write_to) if before else None
    except LedgerError:
        return None  # an earlier run is damaged: `verify` says so of it, and tonight's is not called off for that


def delta_of_list(plan: Plan, opened: ContactList, *, write_to: Path | None = None) -> Delta | None:
    """Compare a list with that of the campaign's latest run; None where there was none.

    Raises SetupError where the changes cannot be written.
    """
    with list_before_on_record(plan.ledger, plan.campaign.name, sandbox=plan.provider == SANDBOX) as (records, before):
        if records is None or before is None:
            return None
        from dialer.reports.delta import Night  # noqa: PLC0415 - pandas, which a first night does without

        now = Night(opened.headings, lambda: map(_page, opened.chunks()))
        try:
            return _delta(records, before, now, write_to)
        except LedgerError:
            return None  # as above
        except StoppedError as problem:
            raise SetupError(str(problem)) from problem


def _delta(records: Records, before: Run, now: Night, write_to: Path | None) -> Delta:
    from dialer.reports import delta as reports  # noqa: PLC0415 - pandas, which a first night does without

    earlier = _night_of(records, before)
    found = reports.compare(reports.pages_alike(now, earlier), reports.pages_alike(earlier, now))
    if write_to:
        try:
            reports.write_delta(write_to, found, now, earlier)
        except OSError as problem:
            raise StoppedError(f"the changes cannot be written to {write_to}: {problem.strerror}") from problem
    return reports.delta_of(found, run=before.number, began=before.started_at)


def _night_of(records: Records, run: Run) -> Night:
    from dialer.reports.delta import Night, Page  # noqa: PLC0415 - pandas, which a first night does without

    def pages() -> Iterator[Page]:
        return (Page(*map(list, zip(*page, strict=True))) for page in records.listed_pages(run.number))

    return Night(run.headings, pages)


def _page(screened: ScreenedChunk) -> Page:
    from dialer.reports.delta import Page  # noqa: PLC0415 - pandas, which a first night does without

    return Page(
        screened.rows,
        screened.keys(),
        [number or "" for number in screened.numbers],
        [screened.chunk.own(at) for at in range(len(screened))],
    )

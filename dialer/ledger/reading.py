"""What a ledger has on record, asked without writing to it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from dialer.errors import LedgerError
from dialer.ledger.port import read_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dialer.domain.carry import OpenRow
    from dialer.domain.run import Leftover, Run
    from dialer.ledger.port import Records
    from dialer.ledger.port_parts import ScreeningFacts


@contextmanager
def past_on_record(address: Path, *, sandbox: bool, whole: bool = False) -> Iterator[ScreeningFacts | None]:
    """Open what a ledger knows of numbers; None where there is no ledger yet.

    With `whole`, raises LedgerError where a run would: calls may be missing from it.
    """
    with read_ledger(address) as records:
        if records and whole:
            records.prove_whole()
        yield records.past(None, sandbox=sandbox) if records else None


def results_on_record(address: Path) -> frozenset[str]:
    """Name every file that a run of a ledger wrote its results to; none where there is no ledger, or an older one."""
    with _or_none(address) as records:
        return records.results_files() if records else frozenset()


def work_on_record(address: Path, campaign: str, digest: str, *, sandbox: bool) -> tuple[int | None, list[Leftover]]:
    """Tell which run of a campaign dialled a list to its end, if one did, and what its runs have left."""
    with _or_none(address) as records:
        if records is None:
            return None, []
        finished = records.finished(campaign, digest, sandbox=sandbox)
        return finished.number if finished else None, records.leftovers(campaign, sandbox=sandbox)


def finished_on_record(address: Path, campaign: str, digests: Iterable[str], *, sandbox: bool) -> frozenset[str]:
    """Tell which lists a campaign has dialled to their end, by their digests."""
    with _or_none(address) as records:
        if records is None:
            return frozenset()
        return frozenset(each for each in digests if records.finished(campaign, each, sandbox=sandbox))


def rows_on_record(address: Path, campaign: str, *, sandbox: bool) -> int | None:
    """Tell how many rows the list had that a campaign dialled to its end last; None where there was none."""
    with _or_none(address) as records:
        last = records.finished(campaign, None, sandbox=sandbox) if records else None
        return last.rows if last else None


def open_on_record(address: Path, campaign: str, digest: str, *, sandbox: bool) -> list[OpenRow]:
    """Fetch the rows that earlier runs have open when a list is loaded; none where it is loaded and gone on with."""
    with _or_none(address) as records:
        if records is None or records.unfinished(campaign, digest):
            return []
        return records.open_rows(campaign, sandbox=sandbox)


@contextmanager
def list_before_on_record(
    address: Path, campaign: str, *, sandbox: bool
) -> Iterator[tuple[Records, Run] | tuple[None, None]]:
    """Give the latest run of a list of a campaign, and the records that know its rows; Nones where there is none."""
    with _or_none(address) as records:
        before = records.list_before(campaign, sandbox=sandbox, than=None) if records else None
        yield (records, before) if records and before else (None, None)


@contextmanager
def _or_none(address: Path) -> Iterator[Records | None]:
    with ExitStack() as stack:
        try:
            records = stack.enter_context(read_ledger(address))
        except LedgerError:
            records = None  # whoever opens it to dial from it says what is wrong with it
        yield records

"""A run's list, read and screened again by the rules that the run was loaded by."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dialer.domain.recorded import RecordedReading
from dialer.errors import SetupError
from dialer.lists.chunk import make_chunk
from dialer.lists.contacts import open_list, screened
from dialer.lists.table import Table
from dialer.screening import tables as shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from dialer.domain.contact import Contact, Reject
    from dialer.domain.run import Run
    from dialer.lists.chunk import Chunk
    from dialer.lists.contacts import ContactList

    Rows = Callable[[], Iterator[tuple[int, Sequence[str]]]]

_PAGE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a run's list was read, and the day it was read on."""

    recorded: RecordedReading
    today: date


def reading_of(run: Run) -> Reading:
    """Find how a run's list was read; raises SetupError where its settings do not say so."""
    try:
        return Reading(recorded=RecordedReading.model_validate(run.settings), today=run.started_at.date())
    except ValidationError:
        raise SetupError("the run's settings do not say how its list was read") from None


def listed_again(path: Path, reading: Reading) -> ContactList:
    """Open the list file; raises SetupError."""
    return open_list(
        path,
        rules=reading.recorded.list_,
        parameters=reading.recorded.parameters,
        region=reading.recorded.choices.region,
        today=reading.today,
        objecting=reading.recorded.objecting,
        country_of=shipped.load().geography.country,
    )


def kept_again(headings: Sequence[str], rows: Rows, reading: Reading, *, cut: int | None) -> ContactList:
    """Screen the cells that the ledger kept, where the list file is gone or another; raises SetupError.

    `cut` is the row that the file did not end, which its cells do not show.
    """
    return screened(
        _KeptTable(headings, rows, cut),
        rules=reading.recorded.list_,
        parameters=reading.recorded.parameters,
        region=reading.recorded.choices.region,
        today=reading.today,
        objecting=reading.recorded.objecting,
        country_of=shipped.load().geography.country,
    )


def by_row(contacts: ContactList) -> Iterator[tuple[int, Contact | Reject]]:
    """Walk a list's rows, screened; raises SetupError where the file stops being a list."""
    contacts.prove_readable()
    return ((item.row, item) for chunk in contacts.items() for item in chunk)


class _KeptTable(Table):
    """A list as the ledger has it: its rows fit its headings already where they ever did."""

    def __init__(self, headings: Sequence[str], rows: Rows, cut: int | None) -> None:
        self.headings = tuple(headings)
        self.digest, self.size = "", 0
        self.assumptions, self.warnings = (), ()
        self._rows = rows
        self._cut = cut

    def chunks(self) -> Iterator[Chunk]:
        walk = self._rows()
        while page := list(islice(walk, _PAGE)):
            cells = [list(own) for _, own in page]
            rows = [row for row, _ in page]
            cut = rows.index(self._cut) if self._cut in rows else None
            yield make_chunk(self.headings, rows, cells, cut=cut)

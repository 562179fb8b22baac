"""A run's list, read and screened again by the rules that the run was loaded by."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dialer.domain.recorded_plan import RecordedPlan
from dialer.errors import SetupError
from dialer.lists.contacts import open_list
from dialer.lists.headings import Heading
from dialer.lists.hidden_rows import NOTHING_HIDDEN
from dialer.lists.records import Records
from dialer.providers.port import find_adapter
from dialer.providers.sandbox import SANDBOX, standing_in_for
from dialer.screening import tables as shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from dialer.domain.contact import Contact, Reject
    from dialer.domain.recorded_plan import RecordedReading
    from dialer.domain.run import Run
    from dialer.lists.contacts import ContactList, Misfit

    Rows = Callable[[], Iterator[tuple[int, Sequence[str]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a run's list was read, and the day it was read on."""

    recorded: RecordedReading
    today: date
    misfit: Misfit | None
    by_place: bool


def reading_of(run: Run) -> Reading:
    """Find how a run's list was read; raises SetupError where its settings do not say so."""
    try:
        recorded = RecordedPlan.model_validate(run.settings)
        is_rehearsal, said = run.provider == SANDBOX, recorded.choices.provider
        adapter = standing_in_for(said) if is_rehearsal else find_adapter(run.provider)
        misfit = adapter.misfits(recorded.flow_id, recorded.caller_number)
        today = run.started_at.date()
        return Reading(recorded=recorded, today=today, misfit=misfit, by_place=adapter.by_place)
    except ValidationError:
        raise SetupError("the run's settings do not say how its list was read") from None


def listed_again(path: Path | Records, reading: Reading) -> ContactList:
    """Open the list file, or records of it; raises SetupError."""
    return open_list(
        path,
        rules=reading.recorded.list_,
        parameters=reading.recorded.parameters,
        region=reading.recorded.choices.region,
        today=reading.today,
        objecting=reading.recorded.objecting,
        country_of=shipped.load().geography.country,
        misfit=reading.misfit,
        by_place=reading.by_place,
    )


def kept_again(headings: Sequence[str], rows: Rows, reading: Reading, *, cut: int | None) -> ContactList:
    """Screen the cells that the ledger kept, where the list file is gone or another; raises SetupError.

    `cut` is the row that the file did not end, which its cells do not show.
    """
    return listed_again(Records(_KeptRows(rows, cut), Heading(0, tuple(headings), is_sure=True)), reading)


def by_row(contacts: ContactList) -> Iterator[tuple[int, Contact | Reject]]:
    """Walk a list's rows, screened; raises SetupError where the file stops being a list."""
    contacts.prove_readable()
    return ((item.row, item) for chunk in contacts.items() for item in chunk)


class _KeptRows:
    """A list's rows as the ledger has them."""

    assumptions, warnings, sheet, hidden = (), (), "", NOTHING_HIDDEN

    def __init__(self, rows: Rows, cut: int | None) -> None:
        self._rows = rows
        self.cut_row = cut

    def pages(self, size: int) -> Iterator[tuple[list[int], list[list[str]]]]:
        walk = self._rows()
        while page := list(islice(walk, size)):
            yield [row for row, _ in page], [list(own) for _, own in page]

    def bytes_read(self) -> int:
        return 0

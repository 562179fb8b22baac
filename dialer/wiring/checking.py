"""`dialer check`: reads and screens a list exactly as a run would, and touches nothing."""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING

from dialer.domain.call import Outcome
from dialer.domain.contact import Contact
from dialer.domain.run import Result
from dialer.errors import Exit
from dialer.reports.results import write_results
from dialer.reports.summary import Summary, span
from dialer.wiring.plan import Complaints, find_list, make_plan, open_contacts, results_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dialer.domain.contact import Reject
    from dialer.intake.contacts import ContactList
    from dialer.wiring.plan import Choices

_PROBLEMS_SHOWN = 20


class Tally:
    """Counts what goes by, and keeps the first problems."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.outcomes: Counter[Outcome] = Counter()
        self.problems: list[Reject] = []
        self.warnings: Counter[str] = Counter()

    def walk(self, contacts: ContactList) -> Iterator[Result]:
        """Screen a list; each row as the results would show it."""
        for chunk in contacts.chunks():
            for item in chunk:
                yield self._count(item)

    def _count(self, item: Contact | Reject) -> Result:
        if isinstance(item, Contact):
            self.outcomes[Outcome.READY] += 1
            if item.note:
                self.warnings[item.note] += 1
            return Result(row=item.row, cells=item.cells, number=item.number, outcome=Outcome.READY, error=item.note)
        self.outcomes[item.outcome] += 1
        if len(self.problems) < _PROBLEMS_SHOWN:
            self.problems.append(item)
        return Result(row=item.row, cells=item.cells, number=item.number, outcome=item.outcome, error=item.reason)


def check(
    choices: Choices,
    env: Mapping[str, str],
    *,
    contacts: Path | None,
    output: Path | None,
    limit: int | None = None,
) -> Summary:
    """Screen a list and say what a run would do; writes the checked CSV to `output` if there is one.

    Raises SetupError with everything that is wrong.
    """
    began = monotonic()
    complaints = Complaints()
    path = find_list(contacts, choices, complaints)
    plan = make_plan(choices, env, complaints, name=path.stem if path else "none", dialling=False)
    opened = open_contacts(path, plan, complaints)
    results = results_path(path, output, complaints) if path and output else None
    complaints.speak()
    if opened is None:
        raise AssertionError("unreachable: an unopened list is a complaint")
    tally = Tally()
    if results:
        write_results(results, opened.headings, tally.walk(opened))
    else:
        for _ in tally.walk(opened):
            pass
    forecast = _forecast(tally, rate=plan.campaign.pace.calls_per_second, limit=limit)
    return Summary(
        run=None,
        campaign=plan.campaign.name,
        rows=sum(tally.outcomes.values()),
        outcomes=tally.outcomes,
        results=results,
        seconds=monotonic() - began,
        exit_code=Exit.PROBLEMS if tally.outcomes[Outcome.INVALID] else Exit.DONE,
        notes=(*_notes(tally, opened), forecast[0]),
        extra={
            "expected_seconds": forecast[1],
            "problems": [
                {"row": item.row, "outcome": str(item.outcome), "problems": [list(p) for p in item.problems]}
                for item in tally.problems
            ],
        },
    )


def _forecast(tally: Tally, *, rate: float, limit: int | None) -> tuple[str, float]:
    calls = min(tally.outcomes[Outcome.READY], limit or tally.outcomes[Outcome.READY])
    seconds = round(calls / rate, 1)
    return f"a run would place {calls:,} calls in about {span(seconds)} at {rate:g} a second", seconds


def _notes(tally: Tally, opened: ContactList) -> list[str]:
    problems = [f"  row {item.row}: {item.outcome}: {item.reason}" for item in tally.problems]
    more = sum(tally.outcomes.values()) - tally.outcomes[Outcome.READY] - len(problems)
    notes = [f"numbers are read from the column {opened.phone_heading!r}"]
    notes += [f"warning: {count:,} rows: {note}" for note, count in tally.warnings.most_common(5)]
    notes += [*(["problems:"] if problems else []), *problems]
    return [*notes, *([f"  … and {more:,} more"] if more else [])]

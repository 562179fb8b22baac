"""What it costs to compare the lists of two nights.

Prints the seconds to compare two lists in memory, and to compare a run's list with the run before in a ledger, as every
summary does; then what they took at most of the memory.

    python tests/benchmarks/bench_delta.py [--rows 50000]
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dialer.domain.contact import Contact
from dialer.domain.run import NewRun
from dialer.ledger.port import open_ledger
from dialer.reports.delta import Page, compare, delta_of
from dialer.session.list_delta import delta_of_run

MONDAY = datetime(2026, 11, 23, 18, tzinfo=UTC)
HEADINGS = ("account", "phone", "name", "street", "city", "due")


def rows(count: int, *, night: int) -> list[Contact]:
    """Make a list of which each night two in a hundred go and come, one moves and one has another number."""
    found = []
    for at in range(count):
        person = at + night * count // 50
        number = f"+1212{(person + (5_000_000 if night and at % 100 == 7 else 0)) % 10_000_000:07d}"
        street = f"{person} Main Street{' East' if night and at % 100 == 9 else ''}"
        cells = (f"A-{person}", number, f"Ann {person}", street, "Springfield", "2026-12-01")
        found.append(Contact(row=at + 2, cells=cells, number=number, parameters={"name": cells[2]}, key=f"A-{person}"))
    return found


def page(contacts: list[Contact]) -> Page:
    """Give the rows as the comparison takes them."""
    return Page(
        [each.row for each in contacts],
        [each.key for each in contacts],
        [each.number for each in contacts],
        [each.cells for each in contacts],
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    count = parser.parse_args().rows
    first, second = rows(count, night=0), rows(count, night=1)
    before, now = page(first), page(second)
    began = time.perf_counter()
    found = compare([now], [before])
    took = time.perf_counter() - began
    print(f"{count:,} against {count:,} rows in memory: {took:.2f} s")
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as ledger:
        for night, contacts in enumerate((first, second)):
            new = NewRun(
                campaign="nightly",
                provider="cxone",
                list_path=Path("list.csv"),
                digest=f"d{night}",
                results=Path("list.results.csv"),
                headings=HEADINGS,
                settings={},
            )
            run = ledger.load(new, [contacts], now=MONDAY + night * timedelta(days=1))
        began = time.perf_counter()
        delta = delta_of_run(ledger, run)
        took = time.perf_counter() - began
    assert delta == delta_of(found, run=1, began=MONDAY)
    print(f"from a ledger: {took:.2f} s")
    print(delta.sentence)
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, both lists in memory")


if __name__ == "__main__":
    main()

"""What a year of nights costs: a ledger of so many of them, asked what is asked of it each day, and then pruned.

Prints the seconds of `runs`, `runs --all`, `check` of a night's list (cold and warm) and of one backup, and the size of
the ledger before and after the cells of all nights but the newest 90 were pruned and it was compacted. One night is
loaded as a run loads it; the others are copies of it with other numbers, ten times as many people as a night has.

    python tests/benchmarks/bench_year.py [--nights 30] [--rows 50000] [--folder /var/tmp]

A night of 50,000 rows takes about 25 MB of disk: 365 of them 9 GB, and with copy and compacting three times that.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dialer.domain.contact import Contact
from dialer.domain.run import NewRun
from dialer.ledger.port import open_ledger
from dialer.ledger.sqlite.database import to_stamp

NOW = datetime.now(UTC).replace(microsecond=0)
AREAS = (212, 213, 305, 312, 404, 415, 512, 617, 702, 713, 850, 917)
CELLS_OF = 90  #: nights whose cells are kept
PEOPLE = 10  #: times as many as a night rings
RULES = '{"rules":{"hours":null,"after":"72000000ms","caps":[{"calls":8,"within":"2592000000ms"}]}}'
CAMPAIGN = """
name = "nightly"
[list]
region = "US"
[redial]
after = "20h"
"""

NIGHT = (
    """
    INSERT INTO run (id, campaign, provider, list_path, list_digest, results, headings, settings, row_count,
                     started_at, loaded_at, ended_at)
    SELECT :run, campaign, provider, list_path, 'night ' || :run, results || :run, headings, settings, row_count,
           :at, :at, :at + 10800000000 FROM run WHERE id = 1
    """,
    """
    INSERT INTO contact (run, row, number, outcome, tries, call_id, status, called_at)
    SELECT :run, row, person.number, 'placed', 1, 'call-' || :run || '-' || row, 'completed', :at + row * 200000
      FROM contact JOIN person ON person.id = (row * 7 + :run * 7919 * 31) % :people WHERE run = 1
    """,
    """
    INSERT INTO attempt (run, row, try, number, claimed_at, sent_at, ended_at, answer, detail, token)
    SELECT run, row, 1, number, called_at, called_at, called_at + 90000, 'accepted', call_id, lower(hex(randomblob(16)))
      FROM contact WHERE run = :run
    """,
    """
    INSERT INTO list_row (run, row, cells, parameters, address, checksum)
    SELECT :run, row, cells, parameters, address, checksum FROM list_row WHERE run = 1
    """,
    "INSERT INTO session VALUES (:run, :at, 5, :rules)",
    "INSERT INTO row_count VALUES (:run, 'placed', 'completed', (SELECT count(*) FROM contact WHERE run = :run))",
)


def number_of(person):
    """Give a number; neighbours in the list are none in the ledger's index."""
    return f"+1{AREAS[person % len(AREAS)]}{2_000_000 + person * 2_654_435_761 % 2**32 % 7_900_000:07}"


def cells_of(person):
    return (
        number_of(person),
        f"First{person % 997}",
        f"Last{person % 9973}",
        "1 Long Street",
        f"{person % 90000 / 7:.2f}",
    )


def build(path, nights, rows):
    """Write a ledger of so many nights."""
    new = NewRun(
        campaign="nightly",
        provider="cxone",
        list_path=path.with_name("list.csv"),
        digest="night 1",
        results=path.with_name("results"),
        headings=("phone", "first", "last", "street", "balance"),
        settings={},
    )
    listed = [
        Contact(
            row=at + 2,
            cells=cells_of(at),
            number=number_of(at),
            parameters=dict(zip("abc", cells_of(at)[1:4], strict=True)),
        )
        for at in range(rows)
    ]
    with open_ledger(path) as ledger:
        ledger.load(new, [listed], now=NOW - nights * timedelta(days=1))
        ledger.abandon(1, now=NOW - nights * timedelta(days=1))
        db = ledger._db
        db.execute("PRAGMA synchronous = OFF")
        db.execute("CREATE TEMP TABLE person (id INTEGER PRIMARY KEY, number TEXT)")
        with db.writing():
            db.executemany("INSERT INTO person VALUES (?, ?)", ((at, number_of(at)) for at in range(rows * PEOPLE)))
        for night in range(2, nights + 1):
            at = to_stamp(NOW - (nights + 1 - night) * timedelta(days=1))
            with db.writing():
                for statement in NIGHT:
                    named = {"run": night, "at": at, "people": rows * PEOPLE, "rules": RULES}
                    db.execute(statement, named)


def timed(*words, cwd):
    """Run a command to its end; the seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "dialer", *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"{words}: {done.stderr or done.stdout}")
    return time.monotonic() - began


def forgotten_by_the_machine(path):
    """Let the machine read a file from its disk when it is asked next."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        ledger, copies = folder / "ledger.db", folder / "copies"
        copies.mkdir()
        began = time.monotonic()
        build(ledger, asked.nights, asked.rows)
        print(f"built      {time.monotonic() - began:8.1f} s, {ledger.stat().st_size / 1e9:.2f} GB", flush=True)
        (folder / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
        lines = ["phone,first,last,street,balance", *(",".join(cells_of(at)) for at in range(asked.rows))]
        (folder / "tonight.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        measure(folder, ledger, copies, asked.nights)


def measure(folder, ledger, copies, nights):
    here = {"cwd": folder}
    meant = ("--ledger", ledger)
    check = ("check", "tonight.csv", "-c", "campaign.toml")
    alone = timed(*check, "--ledger", folder / "none.db", **here)
    print(f"check, no ledger   {alone:8.2f} s", flush=True)
    for what, words in (("runs", ("runs",)), ("runs --all", ("runs", "--all")), ("check", check)):
        forgotten_by_the_machine(ledger)
        cold = timed(*words, *meant, **here)
        warm = timed(*words, *meant, **here)
        print(f"{what:<18} {cold:8.2f} s cold, {warm:.2f} s warm", flush=True)
    print(f"backup             {timed('backup', copies, *meant, **here):8.2f} s", flush=True)
    for copy in copies.iterdir():
        copy.unlink()
    before = ledger.stat().st_size
    kept = min(CELLS_OF, nights // 2)
    took = timed("prune", "--older-than", f"{kept}d", *meant, **here)
    print(f"prune              {took:8.2f} s, of all nights but the newest {kept}", flush=True)
    took = timed("prune", "--older-than", f"{kept}d", "--compact", *meant, **here)
    after = ledger.stat().st_size
    print(f"compact            {took:8.2f} s: {before / 1e9:.2f} GB to {after / 1e9:.2f} GB ({after / before:.0%})")


if __name__ == "__main__":
    main()

"""Hold a provider to its contract: `python -m dialer.providers.contract MODULE`.

MODULE is the dotted name of a module with a value DIALECT. Each promise is told with `holds`, `BROKEN` and why, or `-`
where it does not apply. The exit code is 0 where none is broken, 1 where one is, 2 where there is no such module.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from dialer.errors import SetupError
from dialer.providers.contract.dialect import Dialect
from dialer.providers.contract.promise import hold
from dialer.providers.contract.promises import PROMISES
from dialer.providers.other_packages import imported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.providers.contract.promise import Finding

_WORDS = {True: "holds ", False: "BROKEN", None: "-     "}


def find_dialect(module: str) -> Dialect:
    """Take the DIALECT of a module; raises SetupError where there is none."""
    dialect = getattr(imported(module), "DIALECT", None)
    if not isinstance(dialect, Dialect):
        raise SetupError(f"{module} has no DIALECT of dialer.providers.contract")
    return dialect


async def findings(dialect: Dialect) -> Sequence[Finding]:
    """Hold a provider to every promise, one after the other, and say so on stdout."""
    found = []
    for promise in PROMISES:
        found.append(finding := await hold(dialect, promise))
        _say(f"{_WORDS[finding.holds]}  {finding.says}{f': {finding.why}' if finding.why else ''}")
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Tell of each promise whether it holds, and how many do; return the exit code."""
    about, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m dialer.providers.contract", description=about, epilog=more)
    parser.add_argument("module", metavar="MODULE", help="a module with a value DIALECT, such as acme_dialer.dialect")
    try:
        dialect = find_dialect(parser.parse_args(words).module)
    except SetupError as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2
    found = [finding.holds for finding in asyncio.run(findings(dialect))]
    broken = found.count(False)
    _say(f"{dialect.adapter.name}: {found.count(True)} hold, {broken} broken, {found.count(None)} do not apply")
    return 1 if broken else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

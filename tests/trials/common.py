"""What the trials share: a home to dial from, a provider that keeps the truth, and what both must agree on."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truth import Script, Truth, serving
from voices import CXONE, VOICES, Voice

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable, Iterator, Sequence

    from commands import Dialer

_SHOWN = 5


@contextmanager
def a_home(
    *rules: Any,
    voice: Voice = CXONE,
    courses: dict[str, tuple[str, ...]] | None = None,
    keeper: type[Truth] = Truth,
) -> Iterator[tuple[Dialer, Truth]]:
    """Give a command line in a folder of its own and a provider that goes by `rules`; gone after the block."""
    from commands import Dialer  # pytest wants to be the first to import its plugins

    def keeps(script: Script) -> Truth:
        return keeper(script, voice=voice)

    script = Script(rules=rules, courses=courses or {})
    with tempfile.TemporaryDirectory() as folder, serving(script, keeps) as truth:
        home = Path(folder) / "home"
        home.mkdir()
        dialer = Dialer(home)
        dialer.settle_on(truth.url, voice)
        yield dialer, truth


def with_provider(parser: ArgumentParser) -> None:
    """Let whoever starts a trial say through which provider it dials, CXone unless told."""
    parser.add_argument("--provider", choices=sorted(VOICES), default=CXONE.name)


def to_the_end(dialer: Dialer, *words: object, within: float = 600.0) -> tuple[int, dict[str, Any]]:
    """Run a command with `--json` to its end; its exit code and what it said. Raises what it complained of."""
    with dialer.started(*words, "--json") as process:
        out, err = process.communicate(timeout=within)
    if "Traceback" in err or not out.strip():
        raise RuntimeError(f"exit {process.returncode}: {err[-2000:]}")
    return process.returncode, json.loads(out)


def breaches(lines: Sequence[dict[str, str]], truth: Truth, listed: Sequence[str]) -> list[str]:
    """Compare the results with whom the provider rang, row by row; name what breaks a promise."""
    rung = Counter(number for number, _ in truth.rang)
    found = [f"{number} was rung {times} times" for number, times in rung.items() if times > 1]
    if [line["number"] for line in lines] != list(listed):
        lost = set(listed) - {line["number"] for line in lines}
        found.append(f"the results hold {len(lines)} rows of {len(listed)}; not among them: {sorted(lost)}")
    ids = dict(truth.rang)
    for line in lines:
        number, outcome = line["number"], line["outcome"]
        if outcome == "placed" and line["callId"] != ids.get(number):
            found.append(f"{number} is placed as {line['callId']!r}, and was rung as {ids.get(number)!r}")
        elif outcome in {"", "pending"}:
            found.append(f"{number} has no outcome: {outcome!r}")
        elif outcome not in {"placed", "unknown"} and number in rung:
            found.append(f"{number} is {outcome}, and was rung")
    return found


def show(found: Iterable[str]) -> None:
    """Complain on stderr; some say as much as all."""
    listed = list(found)
    for breach in listed[:_SHOWN]:
        print(f"BREACH {breach}", file=sys.stderr, flush=True)
    if listed[_SHOWN:]:
        print(f"BREACH and {len(listed) - _SHOWN} more", file=sys.stderr, flush=True)

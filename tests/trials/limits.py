"""How much of a provider's true limit is used, by its own log, and how much is thrown back, for limits of every kind.

    python tests/trials/limits.py [WORD …] [--load 8]

Only lines with one of the words in their name are tried. `--load` keeps so many busy processes beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from limited import AtRandom, Bucket, Calendar, Changing, Every, Once, OpenCalls, Rolling, Server
from trials.common import breaches, show, to_the_end
from truth import Reply, Rule, Script, Truth, most_in_a_second, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AREAS = (
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 "
    "252 253 254 256 260 262 267 269 270 272 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 "
    "318 319 320 321 323 325 330 331 334 336 337 339 346 347 351 352 360 361 385 386 401 402 404 405 406 407 408 "
    "409 410 412 413 414 415 417 419 423 424 425 430 432 434 435 440 442 443 458 469 470 475 478 479 480 484"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: a provider, the pace configured, what is true, and what is promised of it."""

    name: str
    server: Callable[[], Server]
    configured: int
    true: float
    rows: int
    share: float
    back: float = 0.0
    answers: float = 0.0
    in_flight: int = 50
    headers: dict[str, str] = field(default_factory=dict)


LINES = (
    Line(
        name="40 in any rolling second",
        server=lambda: Rolling(40),
        configured=200,
        true=40,
        rows=2400,
        share=0.93,
        back=0.02,
    ),
    Line(
        name="40 in any rolling second, Retry-After: 1",
        server=lambda: Rolling(40),
        configured=200,
        true=40,
        rows=2400,
        share=0.93,
        back=0.02,
        headers={"Retry-After": "1"},
    ),
    Line(
        name="3 % of the numbers refused once",
        server=lambda: Once(0.03),
        configured=200,
        true=200,
        rows=8000,
        share=0.93,
        back=0.04,
    ),
    Line(
        name="10 % of the numbers refused once",
        server=lambda: Once(0.1),
        configured=50,
        true=50,
        rows=3000,
        share=0.88,
        back=0.12,
    ),
    Line(
        name="10 calls at a time, .2 s each",
        server=lambda: OpenCalls(10),
        configured=200,
        true=50,
        rows=2400,
        share=0.9,
        back=0.08,
        answers=0.2,
    ),
    Line(
        name="150 in any 5 seconds",
        server=lambda: Rolling(150, 5),
        configured=200,
        true=30,
        rows=2000,
        share=0.85,
        back=0.04,
    ),
    Line(
        name="30 in a second of the clock",
        server=lambda: Calendar(30),
        configured=200,
        true=30,
        rows=2000,
        share=0.9,
        back=0.04,
    ),
    Line(
        name="bucket of 40 and 40 a second",
        server=lambda: Bucket(40, 40),
        configured=200,
        true=40,
        rows=2000,
        share=0.9,
        back=0.04,
    ),
    Line(
        name="2 % at random and 40 in any rolling second",
        server=lambda: Every(AtRandom(0.02), Rolling(40)),
        configured=200,
        true=40,
        rows=2000,
        share=0.78,
        back=0.06,
    ),
    Line(
        name="1 % at random, Retry-After: 5",
        server=lambda: AtRandom(0.01),
        configured=200,
        true=200,
        rows=8000,
        share=0.8,
        back=0.02,
        headers={"Retry-After": "5"},
    ),
    Line(name="7 a second of 20", server=lambda: Rolling(7), configured=20, true=7, rows=420, share=0.85, back=0.05),
    Line(
        name="refuses everybody for 10 s",
        server=lambda: Changing((10, Server()), (20, AtRandom(1.1)), (1e9, Server())),
        configured=50,
        true=50,
        rows=2500,
        share=0.6,
        back=0.02,
    ),
    *(
        Line(
            name="none",
            server=Server,
            configured=rate,
            true=rate,
            rows=min(20 * rate, 9000),
            share=0.98,
            in_flight=1000,
        )
        for rate in (5, 20, 50, 200, 1000)
    ),
)


class Limited(Truth):
    """A provider that keeps the truth, and takes calls as a server of `limited` does; times are since the first."""

    def __init__(self, script: Script, line: Line) -> None:
        super().__init__(script)
        self._line, self._server = line, line.server()
        self._first: float | None = None

    def _place(self, number: str, path: str, at: float) -> Reply:
        self._first = at if self._first is None else self._first
        if not self._server.takes(at - self._first, number):
            return Reply(status=429, body=b'{"error": "Too Many Requests"}', rule=Rule(headers=self._line.headers))
        if self._line.answers:
            self._server.opened += 1
            asyncio.get_running_loop().call_later(self._line.answers, self._answered)
        return super()._place(number, path, at)

    def _answered(self) -> None:
        self._server.opened -= 1


def dial(line: Line) -> tuple[float, float, int, int, list[str]]:
    """Dial a line: the share of what is true, the share thrown back, rows not placed, the fullest second, breaches."""
    from commands import Dialer  # pytest wants to be the first to import its plugins

    script = Script(rules=(Rule(after=line.answers),) if line.answers else ())
    listed = [f"+1{area}55501{last:02d}" for last in range(90) for area in AREAS.split()][: line.rows]
    with tempfile.TemporaryDirectory() as folder, serving(script, lambda known: Limited(known, line)) as truth:
        home = Path(folder) / "home"
        home.mkdir()
        dialer = Dialer(home)
        dialer.settle_on(truth.url)
        to_the_end(
            dialer,
            "run",
            dialer.write_list([number] for number in listed),
            "--rate",
            line.configured,
            "--in-flight",
            line.in_flight,
        )
        lines, calls = dialer.results(), truth.calls
    moments = [call.at for call in calls]
    placed = sum(result["outcome"] == "placed" for result in lines)
    thrown_back = sum(call.status == 429 for call in calls) / len(calls)
    used = (placed - 1) / (moments[-1] - moments[0]) / line.true
    return used, thrown_back, line.rows - placed, most_in_a_second(sorted(moments)), breaches(lines, truth, listed)


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep so many processes busy."""
    with ExitStack() as stack:
        for _ in range(processes):
            process: subprocess.Popen[Any] = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


def main() -> int:
    """Print a line of the table for each; 1 when one breaks what is promised."""
    options = argparse.ArgumentParser()
    options.add_argument("words", nargs="*")
    options.add_argument("--load", type=int, default=0)
    given, good = options.parse_args(), True
    print(f"{'limit of the server':<44} {'a second':>8} {'used':>6} {'back':>6} {'lost':>4} {'fullest second':>14}")
    with busy(given.load):
        for line in LINES:
            if given.words and not any(word in line.name for word in given.words):
                continue
            used, back, lost, fullest, found = dial(line)
            show(found)
            kept = used >= line.share and back <= line.back and not lost and not found and fullest <= line.configured
            good = good and kept
            told = f"{line.name:<44} {line.configured:>8} {used:>6.3f} {back:>6.3f} {lost:>4} {fullest:>14}"
            print(told if kept else f"{told}  promised: {line.share}, {line.back}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

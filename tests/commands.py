"""Fixtures for tests of the whole program: the `dialer` command as a person types it, and a provider to dial.

A test module asks for them with `pytest_plugins = ("commands",)`.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from terminals import a_terminal, read_until
from truth import ANY_HOUR, Truth, in_own_process, numbers, read_log, serving
from typer.testing import CliRunner
from voices import CXONE, SECRET, Voice

from dialer.cli import app
from dialer.session.list_name import named_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FLOW = CXONE.settings("")["CXONE_FLOW_ID"]
OUR_COLUMNS = ("row", "number", "outcome", "callId", "status", "error", "attempts", "called_at")
_AT_ITS_TERMINAL = """
import fcntl, runpy, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
runpy.run_module("dialer", run_name="__main__", alter_sys=True)
"""
_OURS = ("ASTERISK_", "AWS_", "CONNECT_", "CXONE_", "DIALER_", "TWILIO_", "XDG_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)


class Dialer:
    """The command line in a home folder of its own, which is also where it is typed; `env` are its settings.

    Calling it runs a real process. A code other than the expected one fails the test; `code=None` takes any.
    What is dialled or checked without a campaign gets one that lets everybody be rung at any hour, again and again.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env: dict[str, str] = {}

    def __call__(self, *words: object, code: int | None = 0) -> Ran:
        """Run a command to its end."""
        with self.started(*words) as process:
            out, err = process.communicate(timeout=60)
        return _expected(Ran(code=process.returncode, out=out, err=err), words, code)

    def here(self, *words: object, code: int | None = 0) -> Ran:
        """Run a command in this very process, which is faster."""
        words = self._with_campaign(words)
        hidden = {name: None for name in os.environ if name.startswith(_OURS)}
        before = os.getcwd()  # noqa: PTH109 - to go back there
        os.chdir(self.home)
        try:
            result = CliRunner().invoke(
                app, [str(word) for word in words], env={**hidden, "HOME": str(self.home), **self.env}
            )
        finally:
            os.chdir(before)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return _expected(Ran(code=result.exit_code, out=result.stdout, err=result.stderr), words, code)

    @contextmanager
    def started(
        self, *words: object, stdin: int = subprocess.DEVNULL, stderr: int = subprocess.PIPE
    ) -> Iterator[subprocess.Popen[str]]:
        """Start a command; at the end of the block it is dead, one way or the other.

        Where `stdin` is a terminal, it is the command's own, as in a shell.
        """
        words = self._with_campaign(words)
        env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        with subprocess.Popen(
            [sys.executable, *(("-c", _AT_ITS_TERMINAL) if stdin >= 0 else ("-m", "dialer")), *map(str, words)],
            cwd=self.home,
            env={**env, "HOME": str(self.home), "PYTHONDONTWRITEBYTECODE": "1", **self.env},
            stdin=stdin,
            start_new_session=stdin >= 0,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def at_a_terminal(self, *words: object, answer: str = "", width: int = 80, code: int | None = 0) -> Ran:
        """Run a command as a person does who types `answer` at its question; `err` is what the terminal showed."""
        terminal, its_end = a_terminal(width=width)
        with self.started(*words, stdin=its_end, stderr=its_end) as process:
            os.close(its_end)
            shown = read_until(terminal, "[y/N]", gone=True) if answer else ""
            os.write(terminal, answer.encode())
            shown += read_until(terminal, "", gone=True)
            out, _ = process.communicate(timeout=60)
        os.close(terminal)
        return _expected(Ran(code=process.returncode, out=out, err=shown.replace("\r\n", "\n")), words, code)

    def settle_on(self, url: str, voice: Voice = CXONE) -> None:
        """Set everything a run needs to dial the provider at `url`, with a ledger at home."""
        self.env |= {**voice.settings(url), "DIALER_LEDGER": str(self.home / "ledger.db")}

    def write_list(self, rows: Iterable[Sequence[str]], *, headings: Sequence[str] = ("phone",)) -> Path:
        """Write a contact list at home."""
        path = self.home / "list.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([headings, *rows])
        return path

    def write_campaign(self, text: str) -> Path:
        """Write a campaign file at home."""
        path = self.home / "campaign.toml"
        path.write_text(text if "[hours]" in text else text + ANY_HOUR, encoding="utf-8")
        return path

    def _with_campaign(self, words: Sequence[object]) -> Sequence[object]:
        if not words or words[0] not in {"run", "check", "call"} or {"-c", "--campaign", "--help"} & set(words):
            return words
        listed = [Path(str(word)) for word in words[1:2] if not str(word).startswith("-")]
        name = "call" if words[0] == "call" else named_after(listed[0] if listed else None)
        folder = self.home.parent / f"{self.home.name}-campaigns"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(f'name = "{name}"\n{ANY_HOUR}', encoding="utf-8")
        return (*words, "-c", folder / f"{name}.toml")

    def results(self, name: str = "list.results.csv") -> list[dict[str, str]]:
        """Read a results CSV at home."""
        with (self.home / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def files(self) -> set[str]:
        """Name every file at home."""
        return {str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file()}

    def arrivals(self, *, rate: int, count: int, script: str = "{}") -> list[float]:
        """Dial `count` numbers at `rate` a second; when each request came to a provider in a process of its own."""
        log = self.home / f"requests-{rate}.jsonl"
        with in_own_process(log, script) as url:
            self.settle_on(url)
            contacts = self.write_list([number] for number in numbers(count))
            self("run", contacts, "--rate", rate, "--in-flight", 1000, "--new", "--list-again", "--json")
        return [request.at for request in read_log(log) if request.number]


def _expected(ran: Ran, words: Sequence[object], code: int | None) -> Ran:
    told = f"dialer {' '.join(map(str, words))}: exit {ran.code}\n{ran.out}\n{ran.err}"
    assert "Traceback" not in ran.err, told
    assert code is None or ran.code == code, told
    assert SECRET not in ran.out + ran.err, told
    return ran


@pytest.fixture
def truth() -> Iterator[Truth]:
    """Serve a provider that keeps the truth; all is well with it until its script is replaced."""
    with serving() as provider:
        yield provider


@pytest.fixture
def dialer(tmp_path: Path) -> Dialer:
    """Give the command line without any settings."""
    return Dialer(tmp_path)


@pytest.fixture
def dialling(dialer: Dialer, truth: Truth) -> Dialer:
    """Give the command line with every setting it needs to dial the truth."""
    dialer.settle_on(truth.url)
    return dialer

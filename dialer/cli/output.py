"""How every command begins and ends: what it is told, what it says, its exit code."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from traceback import format_tb
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from dialer.cli.signals import told_to_end
from dialer.cli.terminal import fitted, is_terminal, show, window
from dialer.domain.alert_rules import FINE
from dialer.domain.redaction import shown, visible
from dialer.errors import DialerError, Exit, NothingToDoError, SetupError
from dialer.events.journal import Journal, is_standard_error
from dialer.events.progress import Progress
from dialer.session.alerting import Alerts
from dialer.session.command_end import CommandEnd, note_end
from dialer.session.environment import utc_now
from dialer.settings import ledger_path, log_path, read_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dialer.reports.doctor_report import DoctorReport
    from dialer.reports.summary import Summary
    from dialer.reports.verify_report import Proof
    from dialer.session.choices import Choices


UsageError: Any = typer.BadParameter.__mro__[2]  #: of all that is wrong usage; Typer does not export it


def environment() -> dict[str, str]:
    """Read the environment and the .env of the working directory."""
    return read_environment(os.environ, directory=Path.cwd())


def country(region: str | None) -> str | None:
    """Read the --region of a command line."""
    if region is None:
        return None
    code = region.strip().upper()
    if len(code) != 2 or not code.isalpha():  # noqa: PLR2004 - ISO 3166's two letters
        raise typer.BadParameter("a region is a country's two letters, such as US or GB", param_hint="--region")
    return code


@contextmanager
def ending(choices: Choices, *, as_json: bool, log: Path | None = None, quiet: bool = False) -> Iterator[None]:
    """Turn what ends a command early into words and an exit code; `choices` tell which ledger it means.

    A fault of the program itself leaves its frames in the `log`, which is beside the ledger where none is named. With
    `quiet` nothing is said of a night on which nothing was wrong: a scheduler mails whatever it hears.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, UsageError):
        raise
    except (Exception, KeyboardInterrupt) as problem:  # what nobody thought of has a code of its own
        code, complaints = _said(problem, choices, log)
        if as_json:
            print_json({"errors": list(complaints), "exit_code": int(code)})
        kind = "" if isinstance(problem, NothingToDoError | KeyboardInterrupt) else "error: "
        is_unheard = as_json or (quiet and code in FINE)
        for complaint in () if is_unheard else complaints:
            show(f"{kind}{visible(complaint)}", err=True)
        raise typer.Exit(code) from problem


@contextmanager
def ending_of_dialling(
    choices: Choices, *, as_json: bool, log: Path | None, quiet: bool, dry_run: bool = False
) -> Iterator[list[Summary]]:
    """End a command that dials as `ending` does, and let whoever was not watching hear how it began and ended.

    What is given takes the summaries of its sessions. A dry run dials nobody, and nobody hears of it.
    """
    summaries: list[Summary] = []
    alerts = None if dry_run else Alerts(choices, _environment_or_none(), now=utc_now)
    try:
        with ending(choices, as_json=as_json, log=log, quiet=quiet), told_to_end():
            if alerts:
                alerts.start()
            yield summaries
    except typer.Exit as end:
        if alerts:
            problem, code = end.__cause__, Exit(end.exit_code)
            complaints = _complaints(problem, choices) if isinstance(problem, DialerError) else ()
            told = CommandEnd(choices=choices, log=log, exit_code=code, complaints=complaints, summaries=summaries)
            note_end(told, _environment_or_none(), now=utc_now)
            unheard = alerts.end(told)
            for warning in () if quiet and code in FINE else unheard:
                show(f"warning: {visible(warning)}", err=True)
        raise end from None


def _environment_or_none() -> dict[str, str]:
    """Read the environment; without the .env where that cannot be read, which was complained of."""
    try:
        return environment()
    except DialerError:
        return dict(os.environ)


def _said(problem: BaseException, choices: Choices, log: Path | None) -> tuple[Exit, tuple[str, ...]]:
    """Say what ended a command, and with which code."""
    if isinstance(problem, DialerError):
        return problem.exit, _complaints(problem, choices)
    if isinstance(problem, KeyboardInterrupt):
        return Exit.LEFT, ("interrupted",)
    what, where = f"{type(problem).__name__}: {shown(str(problem))}", _kept(problem, choices, log)
    return Exit.FAULT, (f"a fault of dialer, not of yours: {what}; {where}",)


def _complaints(problem: DialerError, choices: Choices) -> tuple[str, ...]:
    return problem.complaints if isinstance(problem, SetupError) else (choices.told(problem),)


def _kept(fault: BaseException, choices: Choices, log: Path | None) -> str:
    """Note a fault in the log and say where; where there can be no log, its frames go to stderr."""
    try:
        path = log or log_path(ledger_path(environment(), given=choices.ledger, sandbox=choices.sandbox), given=None)
        with Journal(path, now=utc_now) as journal:
            journal.fault(fault)
    except DialerError:
        typer.echo("".join(format_tb(fault.__traceback__)), err=True, nl=False)
        return "the lines above say where"
    return f"where it happened is in {path}"


def asker(*, yes: bool) -> Callable[[str], bool] | None:
    """Give what asks before anybody is rung; None where it is said that all is well, or nobody is at a terminal."""
    somebody_is_there = is_terminal(sys.stdin) and is_terminal(sys.stderr)
    return agreed if somebody_is_there and not yes else None


def progress(*, quiet: bool, as_json: bool = False, log: Path | None = None) -> Progress:
    """Make what shows a person how a command goes: not where nothing is to be said, nor among the lines of a log."""
    is_silent = quiet or (as_json and sys.stderr.isatty())  # whoever asks for JSON at a terminal wants no bar
    return Progress(shown=not (is_silent or (log and is_standard_error(log))))


def agreed(question: str) -> bool:
    """Ask whoever is at the keyboard; where nobody answers, it is a no."""
    try:
        return typer.confirm(fitted(question, window(err=True)), err=True)
    except typer.Abort:
        typer.echo(err=True)
        return False


def tell(summary: Summary | Proof | DoctorReport, *, as_json: bool, quiet: bool = False) -> NoReturn:
    """Print how a command went, and end with its exit code."""
    say(summary, as_json=as_json, quiet=quiet)
    raise typer.Exit(summary.exit_code)


def say(summary: Summary | Proof | DoctorReport, *, as_json: bool, quiet: bool = False) -> None:
    """Print how a command went; `quiet` leaves only the JSON that was asked for."""
    if as_json:
        typer.echo(summary.as_json())
    elif not quiet:
        show(summary.as_text())


def complain(said: str) -> None:
    """Say on stderr what ended one of several runs."""
    show(f"error: {visible(said)}", err=True)


def print_to_copy(text: str) -> None:
    """Print text as it stands, whatever the width of the window: it is to be copied, and holds no sign that steers."""
    typer.echo(text, nl=False)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON object, in which nothing steers a terminal either."""
    text = json.dumps(document, ensure_ascii=False)
    typer.echo("".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text))

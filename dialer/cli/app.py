"""The program, as Typer sees it; each of its commands stands in a module beside this one."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from io import StringIO
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from dialer.cli.output import UsageError, print_json
from dialer.cli.terminal import WITHOUT_WINDOW, show, window
from dialer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Program(TyperGroup):
    """Commands whose help fits the window, and whose usage errors are JSON too where that was asked for."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **named: Any) -> Any:
        """Run a command and end with its exit code."""
        words = list(sys.argv[1:] if args is None else args)
        named.setdefault("terminal_width", window() or WITHOUT_WINDOW)
        try:
            code = super().main(args, *more, **{**named, "standalone_mode": False})
        except UsageError as problem:
            _complain(problem, as_json="--json" in words)
            sys.exit(problem.exit_code)
        except typer.Abort:
            show("interrupted", err=True)
            sys.exit(Exit.LEFT)
        sys.exit(code or Exit.DONE)


def _complain(problem: Any, *, as_json: bool) -> None:
    if as_json:
        print_json({"errors": [" ".join(problem.format_message().split())], "exit_code": int(Exit.SETUP)})
        return
    told = StringIO()
    problem.show(file=told)
    show(told.getvalue().rstrip("\n"), err=True)


app = typer.Typer(
    name="dialer",
    cls=_Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ring a contact list through a contact-centre API: one call a row, never too fast, never twice.",
)


def _tell_version(*, asked: bool) -> None:
    if asked:
        show(f"dialer {version_of('dialer')}")
        raise typer.Exit


@app.callback()
def program(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show which version this is.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Take what is said before a command."""

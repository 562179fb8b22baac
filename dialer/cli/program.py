"""The program, as Typer sees it; each of its commands stands in a module beside this one."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from dialer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence


_UsageError: Any = typer.BadParameter.__base__  #: Typer has it, and does not export it


class _Program(TyperGroup):
    """Commands whose usage errors are JSON too where that was asked for."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **named: Any) -> Any:
        """Run a command and end with its exit code."""
        words = list(sys.argv[1:] if args is None else args)
        if "--json" not in words:
            return super().main(args, *more, **named)
        try:
            code = super().main(args, *more, **{**named, "standalone_mode": False})
        except _UsageError as problem:
            said = " ".join(problem.format_message().split())
            typer.echo(json.dumps({"errors": [said], "exit_code": int(Exit.SETUP)}, ensure_ascii=False))
            sys.exit(Exit.SETUP)
        sys.exit(code or Exit.DONE)


app = typer.Typer(
    name="dialer",
    cls=_Program,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ring a contact list through a contact-centre API: one call a row, never too fast, never twice.",
)

"""The program, as Typer sees it; each of its commands stands in a module beside this one."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="dialer",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ring a contact list through a contact-centre API: one call a row, never too fast, never twice.",
)

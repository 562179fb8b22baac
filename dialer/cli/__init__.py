"""The commands: words in, words out, an exit code."""

from __future__ import annotations

from dialer.cli import lists, runs, records, calls  # isort: skip - the order in which --help names the commands
from dialer.cli.program import app

__all__ = ["app", "calls", "lists", "main", "records", "runs"]


def main() -> None:
    """Run the program; every command ends with one of the exit codes of `dialer.errors`."""
    app()

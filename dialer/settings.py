"""The environment and a .env file, read once; the environment wins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from platformdirs import user_data_path

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_environment(environ: Mapping[str, str], *, directory: Path) -> dict[str, str]:
    """Join the .env of a directory and the environment; empty values count as not set.

    Raises SetupError where the .env cannot be read.
    """
    file = directory / ".env"
    try:
        values = dotenv_values(file, interpolate=False, encoding="utf-8-sig") if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(f"{file} cannot be read as text") from problem
    return {**_set(values), **_set(environ)}


def _set(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value.strip() for name, value in values.items() if value and value.strip()}


def ledger_path(env: Mapping[str, str], *, given: Path | None, sandbox: bool) -> Path:
    """Tell where the ledger is: --ledger, else DIALER_LEDGER, else the platform's user data directory.

    The sandbox has a ledger of its own, never the one of DIALER_LEDGER. Raises SetupError for a ~user who is
    nobody here, where no home folder is known, and for what would not be kept.
    """
    path = given or _from_environment(env, sandbox=sandbox)
    if path and path.name == ":memory:":
        raise SetupError("the ledger is a file that is kept: name one with --ledger")
    return path or _user_data() / ("sandbox.db" if sandbox else "ledger.db")


def _user_data() -> Path:
    try:
        folder = user_data_path("dialer", appauthor=False)
    except RuntimeError:
        folder = Path("~")
    if not folder.is_absolute():  # without HOME and a user of that number, as in containers
        raise SetupError("no home folder is known: say where the ledger is with DIALER_LEDGER or --ledger")
    return folder


def _from_environment(env: Mapping[str, str], *, sandbox: bool) -> Path | None:
    if sandbox or "DIALER_LEDGER" not in env:
        return None
    try:
        return Path(env["DIALER_LEDGER"]).expanduser()
    except RuntimeError as problem:
        raise SetupError(f"DIALER_LEDGER: {problem}") from None


def log_path(ledger: Path, *, given: Path | None) -> Path:
    """Tell where the log is: --log, else beside the ledger."""
    return given or ledger.with_name(f"{ledger.name}.log")

"""The environment, the .env files, and the files that hold secrets; the environment wins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from platformdirs import user_data_path

from dialer.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FILE = "_FILE"  #: behind the name of a secret: where it is kept, as Docker and Kubernetes images have it
_OURS = "DIALER_"  #: of every setting that belongs to no provider
_LONGEST_SECRET = 64 * 1024  #: bytes: sixteen times the longest key in use; what is longer is another file


def read_environment(environ: Mapping[str, str], *, directory: Path) -> dict[str, str]:
    """Join the .env of a directory and the environment; empty values count as not set.

    Raises SetupError where the .env cannot be read.
    """
    return under(read_dotenv(directory), _set(environ))


def read_dotenv(directory: Path) -> dict[str, str]:
    """Read the .env of a directory, if there is one; raises SetupError where it cannot be read."""
    file = directory / ".env"
    return read_env_file(file) if file.is_file() else {}


def read_env_file(file: Path) -> dict[str, str]:
    """Read a file of settings, a NAME=value a line; raises SetupError where it cannot be read."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return _set(dotenv_values(stream=lines, interpolate=False))
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(f"{file} cannot be read as text") from problem


def under(values: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """Add to an environment what it does not say: neither the value itself nor the file that holds it."""
    said = {*env, *(name + _FILE for name in env), *(name.removesuffix(_FILE) for name in env)}
    return {**{name: value for name, value in values.items() if name not in said}, **env}


def with_files_read(env: Mapping[str, str], secrets: Collection[str] = ()) -> dict[str, str]:
    """Give the environment with what stands in files: NAME_FILE names the one that holds NAME.

    So may each of the `secrets` be kept, and what begins with DIALER_; files of other programs (SSL_CERT_FILE) are
    left alone. What is around a value, such as the end of its line, is cut off. Raises SetupError
    with every file that cannot be used, without a word of what is in it.
    """
    ours = {name.removesuffix(_FILE) for name in env if name.startswith(_OURS) and name.endswith(_FILE)}
    found, wrong = dict(env), list[str]()
    for name in sorted({*secrets, *ours}):
        if (path := env.get(name + _FILE)) is None:
            continue
        if name in env:
            wrong.append(f"both {name} and {name}{_FILE} are set: only one of them can be meant")
            continue
        try:
            found[name] = _read_secret(name + _FILE, path)
        except SetupError as problem:
            wrong.append(str(problem))
    if wrong:
        raise SetupError(wrong)
    return found


def _read_secret(setting: str, path: str) -> str:
    try:
        with Path(path).expanduser().open("rb") as file:
            content = file.read(_LONGEST_SECRET + 1)
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise SetupError(f"{setting}: {path} is not UTF-8 text") from None
    except (OSError, RuntimeError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "is no path that can be used"
        raise SetupError(f"{setting}: {path} cannot be read: {why}") from None
    if len(content) > _LONGEST_SECRET:
        raise SetupError(f"{setting}: {path} is longer than any secret: it holds something else")
    if not text:
        raise SetupError(f"{setting}: {path} is empty")
    return text


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

"""Commands as they are typed in a shell, so that whoever copies one means the ledger that was spoken of."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BARE = re.compile(r"[\w./:\\~=+-]+")


def typed(*words: object, ledger: Path | None = None, sandbox: bool = False) -> str:
    """Write a command of this program, quoted for the shell, with the options that make it mean the same ledger.

    `ledger` is the path as it was given, None where none was: then the command finds it as this one did.
    """
    meant = [*(["--sandbox"] if sandbox else []), *(["--ledger", str(ledger)] if ledger else [])]
    return " ".join(map(quoted, ["dialer", *map(str, words), *meant]))


def quoted(word: str, *, for_windows: bool = os.name == "nt") -> str:
    """Quote a word for the shell of this machine."""
    if not for_windows:
        return shlex.quote(word)
    return word if _BARE.fullmatch(word) else f'"{word}"'  # a file name there holds no quotation mark

"""The files of a log: what they are called, and how one is told from any other file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILES = 5  #: are kept, together some 100,000 calls: two long nights, of which the first is asked about on the second

BEGINNING = b'{"event": "'
"""How each file of a log begins."""


def is_log(path: Path) -> bool:
    """Tell whether a file is a log of this program's."""
    try:
        with path.open("rb") as file:
            return file.read(len(BEGINNING)) == BEGINNING
    except OSError:
        return False


def rotated(path: Path) -> list[Path]:
    """Name the files that older lines of a log go to."""
    return [path.with_name(f"{path.name}.{number}") for number in range(1, FILES)]

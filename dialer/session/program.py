"""This very program, and paths that hold wherever they are read."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def this_program() -> tuple[str, ...]:
    """Give the words that begin this very program, whatever the folder and the PATH."""
    python = Path(sys.executable)
    script = python.with_name("dialer.exe" if os.name == "nt" else "dialer")
    return (str(script),) if script.is_file() else (str(python), "-m", "dialer")


def whole(path: Path) -> Path:
    """Give a path from the root on; a link in it stays, for that is what was named."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - which would follow links

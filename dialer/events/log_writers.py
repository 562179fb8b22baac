"""Where the lines of a log go: a rotated file of its owner's, or standard error."""

from __future__ import annotations

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path

# Whoever may write into a log's folder could put a link there, and have another file written and closed to others.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class StandardErrorLog:
    """Standard error as a log: whole lines at once; after its first failure, none."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self.trouble = ""

    def write(self, lines: list[str]) -> None:
        """Append lines."""
        try:
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError) as problem:  # it may be closed, or not there at all
            self.trouble = getattr(problem, "strerror", None) or "nobody listens"

    def close(self) -> None:
        """Leave it open: it is not ours."""


class RotatedLog(RotatingFileHandler):
    """A rotated file of mode 0600 that is written many lines at a time, and remembers its first failure."""

    def __init__(self, path: Path, *, size: int, files: int) -> None:
        """Open the file; one of `size` bytes is moved away, and so many `files` are kept. Raises OSError."""
        self.trouble = ""
        super().__init__(path, maxBytes=size, backupCount=files - 1, encoding="utf-8")

    def write(self, lines: list[str]) -> None:
        """Append lines; after a failure, none."""
        if not self.trouble:
            self.handle(logging.makeLogRecord({"msg": "\n".join(lines)}))

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - logging's name
        """Follow where another process has moved the file away, before looking at its size."""
        if self.stream is not None and not _is_at(self.stream, self.baseFilename):
            gone, self.stream = self.stream, None
            gone.close()
            self.stream = self._open()
        return bool(super().shouldRollover(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name
        """Give up: a run is worth more than its log."""
        problem = sys.exc_info()[1]
        self.trouble = getattr(problem, "strerror", None) or type(problem).__name__

    def close(self) -> None:
        """Let go of the file, whatever became of it."""
        try:
            super().close()
        except (OSError, ValueError) as problem:
            self.trouble = self.trouble or getattr(problem, "strerror", None) or "it cannot be closed"

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=for_its_owner)


def for_its_owner(path: str, flags: int) -> int:
    """Open a file that nobody but its owner reads, as an opener of `open`; raises OSError for a link."""
    return os.open(path, flags | _NO_LINK, 0o600)


def _is_at(stream: TextIOWrapper, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), os.stat(path))  # noqa: PTH116
    except FileNotFoundError:
        return False

"""Standard streams that cannot end a command: whoever reads them may be gone, the work still has its own exit code."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

_STANDARD = (0, 1, 2)
_NOBODY_READS = frozenset({errno.EPIPE, errno.EBADF})
"""What a reader that has left is met with, such as `head`: it is no trouble to speak of."""


class _Stream(io.TextIOWrapper):
    """A text stream that drops what cannot be written, and remembers the first reason."""

    trouble: OSError | None = None

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as problem:
            self.trouble = self.trouble or problem
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as problem:
            self.trouble = self.trouble or problem


def make_steady() -> None:
    """See to it that printing never raises, also where the streams were closed by whoever started the program.

    A closed one becomes the null device: the next file opened would otherwise get its number, and be printed into.
    """
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _steady(sys.stdout, 1)
    sys.stderr = _steady(sys.stderr, 2)


def finish() -> None:
    """Write what is still to be written to the streams, and say it where the disk did not take it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    trouble = getattr(sys.stdout, "trouble", None)
    if trouble and trouble.errno not in _NOBODY_READS:
        sys.stderr.write(f"error: what was to be printed could not be written: {trouble.strerror}\n")
        sys.stderr.flush()


def _steady(stream: TextIO | None, number: int) -> _Stream:
    if not isinstance(stream, io.TextIOWrapper):
        return _Stream(open(number, "wb", closefd=False), encoding="utf-8", errors="replace", line_buffering=True)
    with suppress(OSError):
        stream.flush()
    # Names of files may be any bytes, and a terminal may know few signs: what cannot be shown is shown as numbers.
    kept = (stream.encoding, "backslashreplace", None, stream.line_buffering, stream.write_through)
    return _Stream(stream.detach(), *kept)

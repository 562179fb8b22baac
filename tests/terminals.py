"""A terminal of a test's own, to see what a person sees."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios


def a_terminal(*, width: int) -> tuple[int, int]:
    """Open a terminal of so many columns; give the person's end and the program's."""
    terminal, its_end = pty.openpty()
    fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    return terminal, its_end


def read_until(terminal: int, words: str, *, gone: bool = False) -> str:
    """Read what a program shows on its terminal until it has said something, or with `gone` has gone away."""
    shown = b""
    while not words or words.encode() not in shown:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # what Linux says where nobody writes any more
            more = b""
        if not more and gone:
            break
        shown += more
    return shown.decode()

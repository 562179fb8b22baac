"""What a person reads: fitted into the window, and unable to steer it."""

from __future__ import annotations

import os
import re
import sys
from textwrap import TextWrapper
from typing import TextIO

import typer

from dialer.domain.redaction import visible

NARROWEST = 30  #: columns; in less, breaking lines helps nobody
WITHOUT_WINDOW = 10_000  #: columns: a line that is piped into a program stays a line
_HANGING = 2  #: columns by which the rest of a broken line stands in, to be seen as its rest
_TO_COPY = re.compile(r" +(?:export |\[+[\w. -]+\]|[\w\"-]+ = )")  #: what is typed elsewhere as it stands
_COLUMN = re.compile(r" *(?:-> |\S+(?: \S+)* {2,})")


def show(text: str, *, err: bool = False) -> None:
    """Print text to stdout, or with `err` to stderr.

    In a terminal lines are broken between words at the width of its window; elsewhere none is, so that whoever
    searches finds whole sentences. Characters that would steer a terminal are shown as their escapes.
    """
    typer.echo(fitted(text, window(err=err)), err=err)


def window(*, err: bool = False) -> int | None:
    """Tell how many columns the window behind stdout or stderr has; None where there is none."""
    stream = sys.stderr if err else sys.stdout
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if is_terminal(stream) else 0
    except (OSError, ValueError):
        return None
    return columns or None


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person is at a stream; whoever started the program may have closed it."""
    return stream is not None and not stream.closed and stream.isatty()


def fitted(text: str, width: int | None) -> str:
    """Break lines longer than `width` between words; what follows stands below what was said, behind its column."""
    lines = map(visible, text.split("\n"))
    if width is None or width < NARROWEST:
        return "\n".join(lines)
    return "\n".join(part for line in lines for part in _broken(line, width))


def _broken(line: str, width: int) -> list[str]:
    if len(line) <= width or _TO_COPY.match(line):
        return [line]
    first = _COLUMN.match(line)
    below = first.end() if first else len(line) - len(line.lstrip()) + _HANGING
    indent = " " * (below if below <= width // 2 else _HANGING)
    wrapper = TextWrapper(width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(line)

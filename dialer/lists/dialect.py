"""What parts the cells of a text: found from how well it explains the first lines, unless it is given."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from dialer.errors import SetupError

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_NONE = "\x1f"  #: parts nothing: a sign no text has
_RECORDS = 200  #: rows looked at: a few odd ones do not decide
_PARTED = 0.5  #: of the rows: a title above them has no delimiter, they have
_SEP = re.compile(r'"?sep=(?P<sign>[^\r\n"]?)"?(?:\r\n|\r|\n|$)', re.IGNORECASE)


class Dialect(NamedTuple):
    """How lines become cells."""

    delimiter: str
    skip: int = 0  #: characters before the first line a spreadsheet shows

    @property
    def assumption(self) -> str:
        """How to say what parts the cells, empty for commas and for a single column."""
        if self.delimiter in (",", _NONE):
            return ""
        return f"with cells parted by {_DELIMITERS.get(self.delimiter, repr(self.delimiter))}"


def find_dialect(head: str, given: str | None = None) -> Dialect:
    """Return how a text is parted whose first lines are `head`.

    Excel's own `sep=;` line decides, and is not shown by it. Raises SetupError when the one given can be none.
    """
    sep = _SEP.match(head)
    skip = sep.end() if sep else 0
    if given is not None:
        if not _may_part(given):
            raise SetupError(f'[list] delimiter: {given!r} cannot part cells; it is one sign, such as ";" or "\\t"')
        return Dialect(given, skip)
    if sep and _may_part(sep["sign"]):
        return Dialect(sep["sign"], skip)
    return Dialect(_found(head[skip:]), skip)


def _may_part(sign: str) -> bool:
    return len(sign) == 1 and not sign.isalnum() and sign not in "\"'\r\n\0 +"


def _found(text: str) -> str:
    if not text.strip("\r\n" + "".join(_DELIMITERS)):
        return next(filter(text.__contains__, _DELIMITERS), _NONE)
    scores = {delimiter: _score(text, delimiter) for delimiter in _DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    if scores[best] > (0.0, 0):
        return best
    return _NONE


def _score(text: str, delimiter: str) -> tuple[float, int]:
    """Tell how well a delimiter explains a text: the share of rows as wide as the heading, and that width."""
    widths = _widths(text, delimiter)
    if not widths:
        return 0.0, 0
    heading, *rows = widths
    if heading > 1:
        return (1 + sum(width == heading for width in rows)) / len(widths), heading
    wide = sum(width > 1 for width in rows) / len(widths)
    return (wide / 2, 1) if wide > _PARTED else (0.0, 0)


def _widths(text: str, delimiter: str) -> list[int]:
    widths: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    with suppress(csv.Error):  # a quote that the end of the head leaves open, or one that no such cell has
        widths.extend(len(cells) for cells in islice(filter(any, reader), _RECORDS))
    return widths

"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, what: str, many: str = "") -> str:
    """Say how many: 1 row, 2 rows; `many` is for words whose plural is not made with an s."""
    return f"{count:,} {what if count == 1 else many or f'{what}s'}"

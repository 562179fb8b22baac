"""How much of a disk a night takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Measured: 50,000 rows of 60 bytes make a ledger of 25.6 MB, results of 8.0 MB and logs of 10.6 MB. A ledger is twice
# as large while a list is loaded, for it is written to its -wal first.
_A_ROW = 400  #: bytes of ledger for a row beside its cells, which are kept as they are and as parameters
_A_RESULT = 100  #: bytes of results for a row beside its cells
_LOGS = 30_000_000  #: bytes: six files of 5 MB at the most
_SHORTEST_ROW = 12  #: bytes of a file that is packed, in which no lines can be counted: a number and its end
_PACKED = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".zip", ".gz"})
_PAGE = 1 << 20  #: bytes read at a time


def needed_for(path: Path) -> int:
    """Tell how many bytes of a disk a night of a list takes at the most: ledger, results and log."""
    size = path.stat().st_size
    rows = size // _SHORTEST_ROW if path.suffix.lower() in _PACKED else _lines(path)
    ledger, results = rows * _A_ROW + 2 * size, rows * _A_RESULT + size
    return 2 * ledger + 2 * results + _LOGS


def _lines(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        while page := file.read(_PAGE):
            count += page.count(b"\n")
    return count + 1


def shown(size: int) -> str:
    """Say a number of bytes: 3 MB, 1.2 GB."""
    for unit, of in (("GB", 1e9), ("MB", 1e6)):
        if size >= of:
            return f"{size / of:.3g} {unit}"
    return f"{max(1, round(size / 1e3))} kB"

"""Begins the program, for `dialer` and for `python -m dialer` alike."""

from __future__ import annotations

import sys
from traceback import print_exc
from typing import NoReturn

from dialer.errors import Exit


def main() -> NoReturn:
    """Run the program; where not even its parts can be loaded, end as a fault and not as a list with rejected rows."""
    try:
        from dialer.cli import main as program  # noqa: PLC0415 - what fails here is told apart
    except Exception:  # noqa: BLE001 - a broken installation and too little memory alike
        print_exc()
        sys.exit(Exit.FAULT)
    program()


if __name__ == "__main__":
    main()

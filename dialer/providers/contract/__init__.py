"""What every provider promises, tried over real sockets: `python -m dialer.providers.contract MODULE`.

MODULE has a value `DIALECT`, which says how its provider spells the answers that every provider has. What is told here
of an answer stands in `docs/results.md` under "What an answer proves".
"""

from __future__ import annotations

from dialer.providers.contract.dialect import CALLED, CALLER, TRY, Dialect
from dialer.providers.contract.fault_server import http

__all__ = ["CALLED", "CALLER", "TRY", "Dialect", "http"]

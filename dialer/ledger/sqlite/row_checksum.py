"""Whether a row is dialled as it was loaded."""

from __future__ import annotations

from zlib import crc32


def checksum(row: int, number: str, parameters: str, address: str) -> int:
    """Sum up what decides whom a call of a row rings, when, and with what; the last two as the ledger keeps them."""
    return crc32(f"{row}\0{number}\0{parameters}\0{address}".encode("utf-8", "surrogatepass"))

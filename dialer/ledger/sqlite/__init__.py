"""The ledger as one SQLite file.

`ledger.py` is the way in: it answers what `dialer/ledger/port.py` asks, by the other modules; `opening.py` opens it.
"""

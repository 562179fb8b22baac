"""The durable record of runs, contacts and attempts; the only room that knows SQL.

`port.py` is the way in: what is asked of a ledger, whatever keeps it, and how one is opened.
"""

"""What records prove; pure.

`promises.py` is the way in: what a run promises, and what is found of it. `history.py` examines each row.
"""

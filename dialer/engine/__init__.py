"""How a list of contacts becomes calls, in time, in tasks of one event loop.

`runner.py` is the way in; `ports.py` says what it asks of the world.
"""

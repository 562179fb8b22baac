"""What is true of calls, contacts and campaigns, whatever the machine: no I/O, no clock, no dice.

`call.py` is the way in: what is asked, what may be answered, and the outcomes of a row, in words that all
rooms use. `screening/` says who may be rung, `verify/` what records prove.
"""

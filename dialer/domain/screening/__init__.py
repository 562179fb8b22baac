"""The rules of who may be rung, and when; pure.

`rules.py` is the way in: each rule by itself. `ruleset.py` asks them in their order, `hours.py` and `location.py` say
when and where; `permission.py` reads the columns of a list that say who may be rung.
"""

"""A session of dialling, from what was asked to what is said of it: the parts that several commands share.

`plan` checks what was asked, `dialling` is the session itself.
"""

"""What can be asked for: a file for each command, named as the command, is the way in.

No Typer, no printing, no signals; an action takes nothing from another (`resume` dials as `run` does), and what several
need stands in `session`.
"""

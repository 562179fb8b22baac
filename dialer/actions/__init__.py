"""What can be asked for, one file each, named as the command; no Typer, no printing, no signals."""

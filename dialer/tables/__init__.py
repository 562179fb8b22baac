"""Facts that ship with the program: calling windows, area codes, holidays, time zone data."""

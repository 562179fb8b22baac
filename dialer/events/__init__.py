"""Observers of a run: the log and the progress bar."""

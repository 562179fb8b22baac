"""What a person reads of a list or a run: in the terminal, as JSON, as files and as frames; a file for each report."""

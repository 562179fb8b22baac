"""Who observes a run: the log (`journal`) and the progress bar (`progress`), and `observers` to have several."""

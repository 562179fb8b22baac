"""`dialer verify`: a run's records held against its promises. `run` is the way in."""

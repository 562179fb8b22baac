"""`dialer verify`: a run's records held against its promises."""
